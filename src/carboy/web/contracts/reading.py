"""The one JSON reader: bytes become a value, or the request is Malformed. It is stricter than Python's own.

Refused: bytes that are no UTF-8, half a surrogate pair, NaN and Infinity, numbers beyond what a float or Python's
own patience holds, a name that an object has twice, and nesting so deep that nobody means it.
"""

import json
import math
import re
from typing import Any, NoReturn

from carboy.errors import Malformed

DEEPEST = 100

_HALF_A_PAIR = re.compile(rb"\\u[dD][89a-fA-F]")
_NUL = rb"\u0000"


class MalformedJson(Malformed):
    """The body is not the JSON that it should be."""

    code = "malformed-json"
    title = "Your JSON cannot be read"


def read_json(content: bytes) -> Any:
    """Return the value that these bytes say, or raise MalformedJson."""
    if not content:
        raise MalformedJson("A JSON body is expected, and there is none.")
    try:
        value = _DECODER.decode(content.decode("utf-8"))
        if _HALF_A_PAIR.search(content):
            _write_out(value)
    except UnicodeError as error:
        raise MalformedJson("Text must be UTF-8, and whole.") from error
    except json.JSONDecodeError as error:
        raise MalformedJson(f"{error.msg} at line {error.lineno}, column {error.colno}.") from error
    except RecursionError as error:
        raise MalformedJson(_TOO_DEEP) from error
    except ValueError as error:  # a whole number with more digits than Python is willing to read
        raise MalformedJson("A number is too large.") from error
    _refuse_depth(value)
    return value


def may_hold_nul(content: bytes) -> bool:
    """Whether some text in this JSON can have a NUL, which databases refuse. It is rare, so the look is cheap."""
    return _NUL in content


def _write_out(value: Any) -> None:
    json.dumps(value, ensure_ascii=False).encode()


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise MalformedJson("An object has one name twice.")
    return value


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise MalformedJson("A number is too large.")
    return number


def _whole(text: str) -> int:
    _finite(text)  # else a rule in Python that calculates with it as a float would fail
    return int(text)


def _no_number(text: str) -> NoReturn:
    raise MalformedJson(f"{text} is not JSON.")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique_names, parse_float=_finite, parse_int=_whole, parse_constant=_no_number
)
_TOO_DEEP = f"It is nested more than {DEEPEST} deep."


def _refuse_depth(value: Any) -> None:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(DEEPEST + 1):
        if not level:
            return
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, dict | list)
        ]
    raise MalformedJson(_TOO_DEEP)
