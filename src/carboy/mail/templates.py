"""A message from templates: `mails/invitation.txt`, and `mails/invitation.html` if there is one.

The text begins with its subject:

    Subject: {{ team }} would like you to join

    Hello {{ name }}, …

What a template names and nobody has given is a mistake, and no gap in a mail.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from carboy.errors import SetupError

if TYPE_CHECKING:
    from jinja2 import Environment

_SUBJECT = "Subject: "


@dataclass(frozen=True)
class Templates:
    """Where templates of mails are, and what each of them knows, also those that it imports."""

    environment: "Callable[[], Environment]"
    known: Mapping[str, Any] = field(default_factory=dict)

    def subject_and_text(self, name: str, values: Mapping[str, Any]) -> tuple[str, str]:
        """Return what the text template says, in its two parts."""
        first_line, _, rest = self._source(name).partition("\n")
        if not first_line.startswith(_SUBJECT) or rest.partition("\n")[0].strip():
            raise SetupError(f"{name} must begin with a line `{_SUBJECT}…`, and the second line must be empty.")
        # By itself, so that no value in it, whatever line breaks it has, reaches into the text.
        subject = self._plain.from_string(first_line).render(values)
        whole = self._plain.get_template(name).render(values)
        if not whole.startswith(subject):
            raise SetupError(f"The first line of {name} must say the same by itself: its text does not begin with it.")
        return subject.removeprefix(_SUBJECT).strip(" "), whole.removeprefix(subject).lstrip("\r\n")

    def html(self, name: str, values: Mapping[str, Any]) -> str | None:
        """Return what the HTML template says; None where there is none."""
        from jinja2 import TemplateNotFound

        try:
            template = self._escaping.get_template(name)
        except TemplateNotFound as error:
            if error.name == name:
                return None
            raise
        return template.render(values)

    @cached_property
    def _plain(self) -> "Environment":
        return self._overlay(autoescape=False)

    @cached_property
    def _escaping(self) -> "Environment":
        return self._overlay(autoescape=True)

    def _overlay(self, *, autoescape: bool) -> "Environment":
        from jinja2 import StrictUndefined

        theirs = self.environment()
        ours = theirs.overlay(autoescape=autoescape, undefined=StrictUndefined)
        ours.globals = {**theirs.globals, **self.known}
        return ours

    def _source(self, name: str) -> str:
        if self._plain.loader is None:
            raise SetupError("There is no folder that templates of mails could be in. Give the environment a loader.")
        return self._plain.loader.get_source(self._plain, name)[0].replace("\r\n", "\n")
