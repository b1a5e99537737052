"""A message from templates: `mails/invitation.txt`, and `mails/invitation.html` if there is one.

The text begins with its subject:

    Subject: {{ team }} would like you to join

    Hello {{ name }}, …
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from carboy.errors import SetupError

if TYPE_CHECKING:
    from jinja2 import Environment

_SUBJECT = "Subject: "


def subject_and_text(templates: "Environment", name: str, values: Mapping[str, Any]) -> tuple[str, str]:
    """Return what the text template says, in its two parts."""
    first_line, _, rest = _source(templates, name).partition("\n")
    if not first_line.startswith(_SUBJECT) or rest.partition("\n")[0].strip():
        raise SetupError(f"{name} must begin with a line `{_SUBJECT}…`, and the second line must be empty.")
    # By itself, so that no value in it, whatever line breaks it has, reaches into the text.
    subject = templates.overlay(autoescape=False).from_string(first_line).render(values)
    whole = templates.get_template(name).render(values)
    return subject.removeprefix(_SUBJECT).strip(" "), whole.removeprefix(subject).lstrip("\r\n")


def html_of(templates: "Environment", name: str, values: Mapping[str, Any]) -> str | None:
    """Return what the HTML template says; None where there is none."""
    from jinja2 import TemplateNotFound

    try:
        template = templates.get_template(name)
    except TemplateNotFound as error:
        if error.name == name:
            return None
        raise
    return template.render(values)


def _source(templates: "Environment", name: str) -> str:
    if templates.loader is None:
        raise SetupError("There is no folder that templates of mails could be in.")
    return templates.loader.get_source(templates, name)[0].replace("\r\n", "\n")
