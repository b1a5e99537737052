"""`PasswordPolicy`: which passwords are good enough. Their length counts, and how many guesses they take; nothing else.

PasswordPolicy(names=("Shop",)).check(password, about=[user.email, user.full_name])
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from threading import Lock

from carboy.errors import Invalid, SetupError

SHORTEST_MINIMUM = 8
SHORTEST_MAXIMUM = 64  # a passphrase must fit
LONGEST_MAXIMUM = 256  # what a Hasher takes: 1024 bytes, at four bytes a character

# The estimate costs the square of the length, once for each reading of p@55w0rd: seconds, for what is made for that.
# So many characters, and so many different signs that stand for letters, are enough to tell a good password.
_ESTIMATED_CHARACTERS, _READ_AS_LETTERS = 40, 3
_LETTER_LIKE = frozenset("@({[<!|$+%")
_NO_LETTER = "~"
# zxcvbn keeps what it is told about the user in a dictionary of its module, for every thread.
_one_estimate = Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordPolicy:
    """What a new password must be. `names` are the application's: they make no password harder to guess."""

    min_length: int = 12
    max_length: int = 128
    min_guesses_log10: float = 8.0
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.min_length < SHORTEST_MINIMUM:
            raise SetupError(f"min_length of passwords is {self.min_length}. Ask for {SHORTEST_MINIMUM} or more.")
        if not max(SHORTEST_MAXIMUM, self.min_length) <= self.max_length <= LONGEST_MAXIMUM:
            raise SetupError(
                f"max_length of passwords is {self.max_length}."
                f" Allow {SHORTEST_MAXIMUM} to {LONGEST_MAXIMUM}, and not less than min_length."
            )

    def judge(self, password: str, *, about: Iterable[str] = ()) -> list[str]:
        """Return what is wrong with the password, in sentences that never repeat it; none, if it is good.

        `about` is what others may know of the person: e-mail address, user name, names.
        """
        if len(password) < self.min_length:
            return [f"Choose a longer one: at least {self.min_length} characters."]
        if len(password) > self.max_length:
            return [f"Choose a shorter one: at most {self.max_length} characters."]
        if not _is_whole(password):
            return ["One of its characters came only in half: type it again."]
        if _guesses_log10(password, [*self.names, *about]) < self.min_guesses_log10:
            return ["Too easy to guess: add words that do not belong together."]
        return []

    def check(self, password: str, *, about: Iterable[str] = (), field: str = "password") -> None:
        """Refuse a password that is not good enough, as what is wrong with that field."""
        if problems := self.judge(password, about=about):
            raise Invalid(problems={field: problems})

    def refuse_too_long(self, password: str) -> None:
        """Refuse what can be nobody's password, before anything is counted or hashed for it."""
        if len(password) > self.max_length:
            raise Invalid(problems={"password": [f"No password is longer than {self.max_length} characters."]})


def _is_whole(password: str) -> bool:
    """Half a surrogate pair is no character: no other keyboard could type it again."""
    return not any("\ud800" <= character <= "\udfff" for character in password)


def _guesses_log10(password: str, known: Iterable[str]) -> float:
    from zxcvbn import zxcvbn  # type: ignore[import-untyped]

    # Cut like the password, lest a long address hide behind the cut.
    inputs = [word[:_ESTIMATED_CHARACTERS] for word in dict.fromkeys(_words(known))]
    with _one_estimate:
        return float(zxcvbn(_estimated(password), user_inputs=inputs)["guesses_log10"])


def _words(known: Iterable[str]) -> Iterator[str]:
    """Every text, the two sides of an address, their parts, and their parts written as one."""
    for text in known:
        for piece in (text, *text.split("@")):
            parts = re.findall(r"[^\W_]+", piece.lower())
            yield from (piece.lower(), *parts, "".join(parts))


def _estimated(password: str) -> str:
    """Capitals count for nothing: zxcvbn takes those in MyLittleShop2026! for hard to guess, and they are known."""
    cut = password[:_ESTIMATED_CHARACTERS].lower()
    signs = [sign for sign in dict.fromkeys(cut) if sign in _LETTER_LIKE]
    return cut.translate({ord(sign): _NO_LETTER for sign in signs[_READ_AS_LETTERS:]})
