"""What an address is: one mailbox, `ada@example.org` or `Ada Lovelace <ada@example.org>`, and no other hidden in it.

Domains may be in any script; they travel as xn--…. What stands before the @ is ASCII: few servers take more.
"""

import re
import unicodedata
from dataclasses import dataclass

LONGEST, LONGEST_LOCAL_PART, LONGEST_DOMAIN = 1000, 64, 253

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL_PART = re.compile(rf"{_ATOM}(\.{_ATOM})*")
_LABEL = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*")
# The codec of Python knows the rules of 2003, which make another domain of these; browsers go by those of 2008.
# The last two are letters of Hangul that nobody sees.
_MEANS_ANOTHER_DOMAIN = set("ßẞς\u200c\u200d\u115f\u1160")
_ONE_ADDRESS = "must be one address, such as ada@example.org or Ada Lovelace <ada@example.org>"


@dataclass(frozen=True)
class Address:
    """One mailbox, and how its owner is called, whatever is in that name: `Address(user.name, user.email)`."""

    name: str
    address: str

    def __str__(self) -> str:
        """Write it as one, with quotes around the name."""
        quoted = re.sub(r'(["\\])', r"\\\1", self.name)
        return f'"{quoted}" <{self.address}>' if self.name else self.address


def parse(text: str) -> Address:
    """Return the mailbox that the text names, in ASCII; ValueError says what is wrong, never with the text itself."""
    if len(text) > LONGEST:
        raise ValueError(f"must have at most {LONGEST} characters")
    if found := unfit_for_a_line(text):
        raise ValueError(found)
    name, bracket, rest = text.strip().rpartition("<")
    if not bracket:
        return Address("", _in_ascii(rest))
    if not rest.endswith(">"):
        raise ValueError(_ONE_ADDRESS)
    return Address(_name(name.strip()), _in_ascii(rest[:-1].strip()))


def unfit_for_a_line(text: str) -> str:
    """Return why the text cannot stand in one line of a header; empty, if it can."""
    kinds = {unicodedata.category(character) for character in text}
    if kinds & {"Cc", "Zl", "Zp"}:
        return "must have no line breaks and no control characters"
    return "must have no half surrogate pairs" if "Cs" in kinds else ""


def _name(text: str) -> str:
    if _QUOTED.fullmatch(text):
        return re.sub(r"\\(.)", r"\1", text[1:-1]).strip()
    if set(text) & set('"<>'):
        raise ValueError(_ONE_ADDRESS)
    return text


def _in_ascii(text: str) -> str:
    local, at, domain = text.rpartition("@")
    if not at or len(local) > LONGEST_LOCAL_PART or not _LOCAL_PART.fullmatch(local):
        raise ValueError(_ONE_ADDRESS)
    return f"{local}@{_domain_in_ascii(domain)}"


def _domain_in_ascii(domain: str) -> str:
    if _MEANS_ANOTHER_DOMAIN & set(unicodedata.normalize("NFKC", domain)):
        raise ValueError("has a domain that is read in two ways: write it as xn--…")
    try:
        written = domain.encode("idna").decode().lower()
    except UnicodeError:
        written = ""
    if not _DOMAIN.fullmatch(written) or len(written) > LONGEST_DOMAIN:
        raise ValueError("must end in a domain, such as example.org")
    return written
