"""What types of contracts are made from."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from carboy.data.pages import LARGEST_PAGE, Window


class Schema(BaseModel):
    """What goes over the wire, as a type: closed, unchangeable, and read from attributes of whatever it shows."""

    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True, defer_build=True)

    @classmethod
    def of(cls, source: Any, **more: Any) -> Self:
        """Show an object of the domain: take what this schema names from its attributes, all but what is said here."""
        if not more:
            return cls.model_validate(source)
        taken = {name: getattr(source, name) for name in cls.__pydantic_fields__ if name not in more}
        return cls.model_validate(taken | more)

    def given(self) -> dict[str, Any]:
        """Return what the client said, and nothing that it left out: the changes of a PATCH."""
        return {name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set}


class ListQuery(Schema):
    """The query of a list: which page of it. Extend it by filters, and by `sort` as a Literal of what is offered."""

    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE, description="How many to answer with.")] = 20
    cursor: Annotated[str | None, Field(max_length=1000, description="The next_cursor of the page before.")] = None

    @property
    def window(self) -> Window:
        """Return the page that is wanted."""
        return Window(limit=self.limit, cursor=self.cursor)
