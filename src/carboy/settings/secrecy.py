"""What may be shown of a setting: never a secret, and never the password inside a URL."""

import re
from typing import TYPE_CHECKING, Any, get_args

from pydantic import Secret, SecretBytes, SecretStr

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

HIDDEN = "********"

_SECRET_TYPES = (Secret, SecretStr, SecretBytes)
_SECRET_NAMES = ("secret", "password", "passwd", "token", "api_key", "private_key")

# Up to the last @: an unquoted password may itself hold @, / or :.
_CREDENTIALS = re.compile(r"(?<=://)(?P<user>[^:@/?#]*:(?!@))?.*@", re.DOTALL)
_SECRET_PARAMETER = re.compile(r"(?i)([?&][^=&]*(?:pass|pwd|secret|token|key)[^=&]*=)[^&#]*")


def is_secret(name: str, field: "FieldInfo") -> bool:
    """Tell whether the values of this field must never be shown."""
    return name.endswith(_SECRET_NAMES) or _is_secret_type(field.annotation)


def _is_secret_type(annotation: Any) -> bool:
    inner = get_args(annotation)
    return annotation in _SECRET_TYPES or any(_is_secret_type(part) for part in inner)


def redacted(text: str) -> str:
    """Return the text without the password that a URL in it carries."""
    hidden = _CREDENTIALS.sub(lambda match: f"{match['user'] or ''}{HIDDEN}@", text)
    return _SECRET_PARAMETER.sub(rf"\g<1>{HIDDEN}", hidden)


def written(value: object) -> str:
    """Write a value as its variable would."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (tuple, list, set, frozenset)):
        return ",".join(written(part) for part in value)
    return str(value)


def shown(name: str, field: "FieldInfo", value: object) -> str:
    """Write a value for people to see."""
    if is_secret(name, field):
        return HIDDEN if value else ""
    return redacted(written(value))
