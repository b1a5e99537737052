"""Headers as they travel: ASCII, one line each, and nothing in them that means more than it says.

The standard library's own headers are not used: they decode what looks encoded, so that a subject which spells a line
break as =?utf-8?q?=0A?= would become two headers.
"""

import re
from collections.abc import Sequence

from carboy.mail import addresses

LINE_BREAK = "\r\n"
_LONGEST_LINE = 900  # a server may refuse more than 998
_LONGEST_ENCODED_LINE = 76

_PLAIN = re.compile(r"[\x20-\x7e]*")
_NEEDS_NO_QUOTES = re.compile(r"[A-Za-z0-9 ]+")


def text(name: str, value: str) -> str:
    """Return the value of a header that is text."""
    return value if is_plain(value) else _encoded(name, value)


def mailboxes(name: str, said: Sequence[str]) -> str:
    """Return the value of a header that is a list of addresses, one on a line."""
    return f",{LINE_BREAK} ".join(_mailbox(name, addresses.parse(one)) for one in said)


def is_plain(value: str) -> bool:
    """Tell whether the value travels as it is."""
    return bool(_PLAIN.fullmatch(value)) and "=?" not in value and len(value) <= _LONGEST_LINE


def _mailbox(header: str, mailbox: addresses.Address) -> str:
    if not mailbox.name:
        return mailbox.address
    return f"{_phrase(header, mailbox.name)}{LINE_BREAK} <{mailbox.address}>"


def _phrase(header: str, name: str) -> str:
    quoted = re.sub(r'(["\\])', r"\\\1", name)
    if not is_plain(quoted):
        return _encoded(header, name)
    return name if _NEEDS_NO_QUOTES.fullmatch(name) else f'"{quoted}"'


def _encoded(header: str, value: str) -> str:
    from email.header import Header

    written = Header(value, "utf-8", header_name=header, maxlinelen=_LONGEST_ENCODED_LINE)
    return written.encode(linesep=LINE_BREAK)
