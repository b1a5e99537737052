"""Addresses and user names as they are kept and found: `canonical(typed).shown` is written, `.key` looked up.

Only what the mail room can send to is an address here, so that whoever signs up can be reached.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from carboy.errors import Invalid
from carboy.mail import addresses

if TYPE_CHECKING:
    from email_validator import ValidatedEmail

LONGEST = 320

NO_ADDRESS = "That is not an e-mail address."
NOT_REACHED = "We cannot send mails there: before the @, only the letters a to z, digits and signs can be used."
NO_USERNAME = "Choose 3 to 64 letters (a to z), digits, dots, dashes or underscores; a letter or a digit comes first."

_USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,63}")


@dataclass(frozen=True, slots=True)
class Address:
    """An e-mail address: `shown` is for mails and pages, `key` is the same for everyone who may read that mail."""

    shown: str
    key: str


def canonical(text: str) -> Address:
    """Return the address that was typed; what is none, or cannot be sent to, is Invalid.

    It is judged as it was typed: a sign that only looks like an @ is not made one.
    """
    if len(text) > LONGEST or addresses.unfit_for_a_line(text):
        raise Invalid(problems={"email": [NO_ADDRESS]})
    shown = _unambiguous(_validated(text.strip()))
    return Address(shown, unicodedata.normalize("NFKC", shown).casefold())


def username_key(text: str) -> str:
    """Return the user name as it is kept and found, in small letters; it is never an address."""
    if not _USERNAME.fullmatch(text):
        raise Invalid(problems={"username": [NO_USERNAME]})
    return text.casefold()


def _validated(text: str) -> "ValidatedEmail":
    from email_validator import EmailNotValidError, validate_email

    try:
        # test_environment takes .test as well, so that one address is good in every mode, and nothing else besides.
        return validate_email(text, check_deliverability=False, strict=True, test_environment=True)
    except EmailNotValidError:
        raise Invalid(problems={"email": [NO_ADDRESS]}) from None


def _unambiguous(valid: "ValidatedEmail") -> str:
    """Return it with its domain as people read it; as xn--…, where the mail room would read another domain."""
    if valid.ascii_email is None:
        raise Invalid(problems={"email": [NOT_REACHED]})
    try:
        read = addresses.parse(valid.normalized).address
    except ValueError:
        return valid.ascii_email
    return valid.normalized if read == valid.ascii_email else valid.ascii_email
