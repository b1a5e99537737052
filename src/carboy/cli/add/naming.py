"""What a feature and its parts are called: `order_items` are the rows of OrderItem at /order-items."""

import keyword
import re
from dataclasses import dataclass

from carboy.cli.add.refusals import Refusal

LONGEST = 24  # of a name: the database's own names are made of three of them, and end at 63 characters

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
# How one of several is called, by how the word ends; the first that fits.
_SINGULARS = (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"), ("ss", "ss"), ("s", ""))


@dataclass(frozen=True, slots=True)
class Names:
    """The forms of one name that code, database, addresses and people know it by."""

    many: str  # order_items: the package, the table, the plural in code
    one: str  # order_item

    @property
    def kind(self) -> str:
        """The class: OrderItem."""
        return camel(self.one)

    @property
    def kinds(self) -> str:
        """The class of all of them: OrderItems."""
        return camel(self.many)

    @property
    def table(self) -> str:
        """The constant that holds the table: ORDER_ITEMS."""
        return self.many.upper()

    @property
    def path(self) -> str:
        """The first part of the address: order-items."""
        return self.many.replace("_", "-")

    @property
    def words(self) -> str:
        """Several of them in a sentence: order items."""
        return spoken(self.many)

    @property
    def word(self) -> str:
        """One of them in a sentence: order item."""
        return spoken(self.one)

    @property
    def a_word(self) -> str:
        """One of them with its article: an order item."""
        return with_article(self.word)


def names_of(many: str, one: str = "") -> Names:
    """Return the names of a feature, of which a single thing is called `one`; refuse what cannot be one."""
    refuse_bad(many, "feature")
    one = one or _singular(many)
    refuse_bad(one, "name for one of them")
    if one == many:
        raise Refusal(f"{many} has no singular that I can make out. Say what one of them is called: --one NAME.")
    return Names(many, one)


def refuse_bad(name: str, what: str) -> None:
    """Refuse what Python, a database and an address cannot all have for a name."""
    if not _NAME.fullmatch(name):
        raise Refusal(f"{name!r} is no {what}. Take small letters, digits and single underscores, a letter first.")
    if len(name) > LONGEST:
        raise Refusal(f"{name} is too long for a {what}. Take {LONGEST} characters at the most.")
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        raise Refusal(f"{name} is a word of Python's own, and no {what}. Take another.")


def camel(name: str) -> str:
    """Write a name as classes have it."""
    return "".join(part.capitalize() for part in name.split("_"))


def spoken(name: str) -> str:
    """Write a name as sentences have it."""
    return name.replace("_", " ")


def with_article(words: str) -> str:
    """Put `a` or `an` before words."""
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _singular(many: str) -> str:
    for ending, instead in _SINGULARS:
        if many.endswith(ending):
            return many.removesuffix(ending) + instead
    return many
