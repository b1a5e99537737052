"""A feature as it was asked for: its names, its fields, what they refer to, and how it is to be made."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from carboy.cli.add.fields import Field
from carboy.cli.add.naming import Names
from carboy.cli.add.refusals import Refusal

Store = Literal["orm", "sql"]
Contract = Literal["types", "files"]

USERS = "users"
LONGEST_IN_A_DATABASE = 60  # of the names that constraints have; PostgreSQL ends at 63


@dataclass(frozen=True, slots=True)
class Target:
    """What a field refers to: rows of another feature, or users."""

    names: Names
    module: str  # shop.customers
    store: Store = "orm"
    title: str = ""  # the column by which people know one; none, if there is none
    has_api: bool = True

    @property
    def is_users(self) -> bool:
        """Whether these are the users, who belong to nobody."""
        return self.names.many == USERS

    @property
    def symbol(self) -> str:
        """What its domain exports for others to refer to."""
        return self.names.table if self.store == "sql" else self.names.kind

    @property
    def columns(self) -> str:
        """Where its columns are attributes."""
        return f"{self.symbol}.c" if self.store == "sql" else self.symbol

    @property
    def title_column(self) -> str:
        """The column by which people know one; of a table by its name, since `c.items` is a method."""
        title = self.title or "id"
        return f'{self.columns}["{title}"]' if self.store == "sql" else f"{self.columns}.{title}"

    @property
    def foreign_key(self) -> str:
        """What a column that refers to one is told: users go when they like, and nothing holds them back."""
        on_delete = ', ondelete="SET NULL"' if self.is_users else ""
        return f"ForeignKey({self.columns}.id{on_delete})"

    @property
    def asked(self) -> str:
        """The method that says whether somebody may refer to one."""
        return f"may_name_{self.names.one}" if self.is_users else f"owns_{self.names.one}"

    @property
    def condition(self) -> str:
        """What makes one that may be referred to."""
        return "User.is_active" if self.is_users else f"{self.columns}.owner_id == me"

    @property
    def missing(self) -> str:
        """What is said where there is none."""
        return "There is no such user." if self.is_users else f"There is no such {self.names.word} of yours."


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature that is to be written."""

    package: str
    names: Names
    fields: tuple[Field, ...]
    targets: dict[str, Target] = field(default_factory=dict)  # by the feature that a field refers to
    store: Store = "orm"
    contract: Contract = "types"
    pages: bool = False

    @property
    def module(self) -> str:
        """The feature's package: shop.invoices."""
        return f"{self.package}.{self.names.many}"

    @property
    def references(self) -> Sequence[Field]:
        """The fields that refer to something."""
        return [one for one in self.fields if one.is_reference]

    @property
    def title(self) -> Field | None:
        """The field by which people know a row; one that is always there, if there is such."""
        titles = [one for one in self.fields if one.kind.is_title]
        return next((one for one in titles if not one.optional), titles[0] if titles else None)

    @property
    def changed(self) -> Field:
        """The field that tests change: the plainest there is."""
        return min(self.fields, key=lambda one: (one.is_reference, one.unique, bool(one.kind.default)))

    def target_of(self, one: Field) -> Target:
        """Return what a field refers to."""
        return self.targets[one.kind.feature]

    def check(self) -> None:
        """Refuse names that would be too long for a database, and what is nothing but a list of users."""
        many = self.names.many
        made = [f"fk_{many}_{one.attribute}_{one.kind.feature}" for one in self.references]
        made += [f"uq_{many}_owner_id_{one.attribute}" for one in self.fields]
        if too_long := [name for name in made if len(name) > LONGEST_IN_A_DATABASE]:
            raise Refusal(f"{too_long[0]} would be too long a name for a database. Take a shorter one for the field.")
        if all(one.kind.feature == USERS for one in self.fields):
            raise Refusal("Say at least one field that is no user: a list of users alone says nothing of them.")
        for one in self.references:
            if one.kind.feature == USERS and not one.optional:
                raise Refusal(f"{one.said}: a user may go at any time, and the field is null then. Say '{one.said}?'.")
