"""The names that a setting goes by, and what several of them at once add up to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from carboy.settings.nearest import nearest
from carboy.settings.sources import ENV_FILE, SECRETS_DIR, Layer, is_name, says

if TYPE_CHECKING:
    from pydantic import BaseModel

    from carboy.settings.urls import Parts

# Other tools read the same files; these variables are theirs.
_OTHERS = {
    "FLASK_APP",
    "FLASK_SKIP_DOTENV",
    "POSTGRES_INITDB_ARGS",
    "WEB_CONCURRENCY",
    "GUNICORN_CMD_ARGS",
    "TZ",
    "LANG",
}
_OTHER_FAMILIES = (
    "FLASK_RUN_",
    "COMPOSE_",
    "DOCKER_",
    "PYTHON",
    "OTEL_",
    "POSTGRES_",
    "MARIADB_",
    "MYSQL_",
    "PG",
    "LC_",
)


@dataclass(frozen=True, slots=True)
class Spelling:
    """The variables that say one setting: the name to use first, then others, then those of older projects."""

    names: tuple[str, ...]
    older: tuple[str, ...] = ()
    parts: "Parts | None" = None

    @property
    def whole(self) -> tuple[str, ...]:
        """Every variable that says the setting by itself."""
        return self.names + self.older

    @property
    def every(self) -> tuple[str, ...]:
        """Every variable that says the setting or a part of it."""
        return self.whole + (tuple(self.parts.variables) if self.parts else ())


def spelled(*names: str, older: tuple[str, ...] = (), parts: "Parts | None" = None) -> Spelling:
    """Declare, in a field's annotation, the variables that say it."""
    return Spelling(names, older, parts)


def spellings_of(cls: "type[BaseModel]") -> dict[str, Spelling]:
    """Return how each field of a settings class is spelled: as it declares, else its name in upper case."""
    declared = {
        name: next((item for item in field.metadata if isinstance(item, Spelling)), Spelling((name.upper(),)))
        for name, field in cls.model_fields.items()
    }
    return {name: spelling for name, spelling in declared.items() if spelling.names}


class Origin(NamedTuple):
    """Which variable gave a setting its value, and where that stands."""

    variable: str
    where: str

    @property
    def label(self) -> str:
        """How a problem begins."""
        return f"{self.variable} ({self.where})"

    def __str__(self) -> str:
        return f"{self.variable} {self.where}"


class Found(NamedTuple):
    """A setting's value as text, who said it, and how high the source ranks (0 is the highest)."""

    value: str
    origin: Origin
    rank: int


Same = Callable[[str, str], bool]


def find(spelling: Spelling, layers: Sequence[Layer], same: Same, problems: list[str]) -> Found | None:
    """Return what the highest source says. Two spellings in one source must say the same."""
    whole = _find_whole(spelling.whole, layers, same, problems)
    if spelling.parts is None:
        return whole
    parts = _find_parts(spelling.parts, layers, problems)
    if whole is None or (parts and min(part.rank for part in parts.values()) < whole.rank):
        return _composed(spelling, parts, problems)
    for piece, part in parts.items():
        if part.rank == whole.rank and not spelling.parts.agree(piece, part.value, whole.value):
            problems.append(_disagreement(whole.origin, part.origin))
    return whole


def _find_whole(names: Sequence[str], layers: Sequence[Layer], same: Same, problems: list[str]) -> Found | None:
    for rank, layer in enumerate(layers):
        said = [Found(layer[name].value, Origin(name, layer[name].where), rank) for name in names if says(layer, name)]
        problems += [
            _disagreement(said[0].origin, other.origin) for other in said[1:] if not same(said[0].value, other.value)
        ]
        if said:
            return said[0]
    return None


def _disagreement(one: Origin, other: Origin) -> str:
    return f"{one.label} and {other.label} say different things. Keep one of them."


def _find_parts(parts: "Parts", layers: Sequence[Layer], problems: list[str]) -> dict[str, Found]:
    found = {}
    for piece in dict.fromkeys(parts.variables.values()):
        names = [name for name, says in parts.variables.items() if says == piece]
        if part := _find_whole(names, layers, str.__eq__, problems):
            found[piece] = part
    return found


def _composed(spelling: Spelling, found: dict[str, Found], problems: list[str]) -> Found | None:
    parts = spelling.parts
    if not found or parts is None:
        return None
    said = ", ".join(str(part.origin) for part in found.values())
    if missing := [_variable_for(parts, piece) for piece in parts.required if piece not in found]:
        problems.append(
            f"{spelling.names[0]} cannot be put together from {said}: {' and '.join(missing)} must be set too."
        )
        return None
    url = parts.compose({piece: part.value for piece, part in found.items()})
    return Found(url, Origin(spelling.names[0], f"put together from {said}"), min(part.rank for part in found.values()))


def _variable_for(parts: "Parts", piece: str) -> str:
    return next(name for name, says in parts.variables.items() if says == piece)


def unknown_keys(layer: Layer, known: set[str]) -> list[str]:
    """Return a problem for each key of a dotenv file that nobody reads."""
    problems = []
    for key, said in layer.items():
        if key in known or key in _OTHERS or key.removesuffix("_FILE") in known:
            continue
        family = key.startswith(_OTHER_FAMILIES)
        near = nearest(key, known, cutoff=0.8 if family else 0.6)
        shown = f"{key if is_name(key) or key.upper() in known else 'A key'} ({said.where})"
        if key in (ENV_FILE, SECRETS_DIR):
            problems.append(
                f"{shown} counts in the environment alone: once a file is read, it is too late. Set it there."
            )
        elif near or not family:
            problems.append(
                f"{shown} is not the name of a setting. " + (f"Did you mean {near}?" if near else "Take it away.")
            )
    return problems
