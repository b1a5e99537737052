"""The ways into an operation: which credentials, together, are enough."""

import json
from dataclasses import dataclass
from typing import Any

from carboy.web.openapi.schemas import Document


@dataclass(frozen=True)
class Way:
    """Credentials that are enough together: none at all, or several with their scopes."""

    asks: frozenset[tuple[str, str]]
    called: str

    def asks_no_more_than(self, other: "Way") -> bool:
        """Whether who came in the other way comes in by this."""
        return self.asks <= other.asks


def ways_in(home: Document, operation: dict[str, Any]) -> list[Way]:
    """Return every way into an operation. Schemes are known by what they say, whatever their names are."""
    said = operation.get("security", home.said.get("security", []))
    return [_way(home, requirement) for requirement in said] or [_way(home, {})]


def _way(home: Document, requirement: dict[str, list[str]]) -> Way:
    schemes = home.said.get("components", {}).get("securitySchemes", {})
    asks = set()
    for name, scopes in requirement.items():
        said = home.followed(schemes.get(name, name))
        essence = json.dumps(
            {key: value for key, value in said.items() if key != "description"} if isinstance(said, dict) else said,
            sort_keys=True,
        )
        asks |= {(essence, scope) for scope in ("", *scopes)}
    return Way(frozenset(asks), " with ".join(requirement) or "Nothing")
