"""What an address is: one mailbox, `ada@example.org` or `Ada Lovelace <ada@example.org>`, and no other hidden in it.

Domains may be in any script; they travel as xn--…. What stands before the @ is ASCII: few servers take more.
"""

import re
import unicodedata
from typing import NamedTuple

LONGEST_LOCAL_PART, LONGEST_DOMAIN = 64, 253

_NAMED = re.compile(r'\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^"<>]*))\s*<(?P<address>[^<>]*)>\s*')
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL_PART = re.compile(rf"{_ATOM}(\.{_ATOM})*")
_LABEL = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*")
# The codec of Python knows the rules of 2003, which make another domain of these; browsers go by those of 2008.
_MEANS_ANOTHER_DOMAIN = set("ßς\u200c\u200d")


class Address(NamedTuple):
    """One mailbox: how its owner is called, and where it is, in ASCII."""

    name: str
    spec: str


def parse(text: str) -> Address:
    """Return the mailbox that the text names; ValueError says what is wrong, never with the text itself."""
    if found := unfit_for_a_line(text):
        raise ValueError(found)
    match = _NAMED.fullmatch(text)
    if match is None:
        return Address("", _spec(text.strip()))
    name = re.sub(r"\\(.)", r"\1", match["quoted"]) if match["quoted"] is not None else match["plain"].strip()
    return Address(name, _spec(match["address"].strip()))


def unfit_for_a_line(text: str) -> str:
    """Return why the text cannot stand in one line of a header; empty, if it can."""
    kinds = {unicodedata.category(character) for character in text}
    if kinds & {"Cc", "Zl", "Zp"}:
        return "must have no line breaks and no control characters"
    return "must have no half surrogate pairs" if "Cs" in kinds else ""


def _spec(text: str) -> str:
    local, at, domain = text.rpartition("@")
    if not at or not _LOCAL_PART.fullmatch(local) or len(local) > LONGEST_LOCAL_PART:
        raise ValueError("must be one address, such as ada@example.org or Ada Lovelace <ada@example.org>")
    return f"{local}@{_in_ascii(domain)}"


def _in_ascii(domain: str) -> str:
    if _MEANS_ANOTHER_DOMAIN & set(domain):
        raise ValueError("has a domain that is read in two ways: write it as xn--…")
    try:
        written = domain.encode("idna").decode().lower()
    except UnicodeError:
        written = ""
    if not _DOMAIN.fullmatch(written) or len(written) > LONGEST_DOMAIN:
        raise ValueError("must end in a domain, such as example.org")
    return written
