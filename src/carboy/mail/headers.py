"""Headers as they travel: ASCII, one line each, and nothing in them that means more than it says.

The standard library's own headers are not used: they decode what looks encoded, so that a subject which spells a line
break as =?utf-8?q?=0A?= would become two headers.
"""

import re
from collections.abc import Sequence

from carboy.mail import addresses

LINE_BREAK = "\r\n"
_LONGEST_LINE = 900  # a server may refuse more than 998

_PLAIN = re.compile(r"[\x20-\x7e]*")
_NEEDS_NO_QUOTES = re.compile(r"[A-Za-z0-9 ]+")


def text(name: str, value: str) -> str:
    """Return the value of a header that is text."""
    return value if _is_plain(value) else _encoded(name, value)


def mailboxes(name: str, said: Sequence[str]) -> str:
    """Return the value of a header that is a list of addresses, one on a line."""
    return f",{LINE_BREAK} ".join(_mailbox(name, addresses.parse(one)) for one in said)


def _mailbox(header: str, address: addresses.Address) -> str:
    if not address.name:
        return address.spec
    return f"{_phrase(header, address.name)}{LINE_BREAK} <{address.spec}>"


def _phrase(header: str, name: str) -> str:
    quoted = re.sub(r'(["\\])', r"\\\1", name)
    if not _is_plain(name) or len(quoted) > _LONGEST_LINE:
        return _encoded(header, name)
    return name if _NEEDS_NO_QUOTES.fullmatch(name) else f'"{quoted}"'


def _is_plain(value: str) -> bool:
    return bool(_PLAIN.fullmatch(value)) and "=?" not in value and len(value) <= _LONGEST_LINE


def _encoded(header: str, value: str) -> str:
    from email.header import Header

    return Header(value, "utf-8", header_name=header).encode(linesep=LINE_BREAK)
