"""What a question is. It yields a sentence for whatever is not as it should be, and none where all is well."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from carboy import settings as settings_room
from carboy.settings.ruling import Finding, Severity

if TYPE_CHECKING:
    from flask import Flask

Ask = Callable[["Flask"], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a system that lives."""

    id: str
    ask: Ask
    remedy: str
    severity: Severity
    everywhere: bool
    after: tuple[str, ...]
    room: str  # of the application; without it there is nothing to ask


QUESTIONS: list[Question] = []

WITHOUT_DATABASE = ("data.unreachable", "data.unmigrated")


def question(
    question_id: str,
    *,
    room: str = "carboy.data",
    remedy: str,
    severity: Severity = Severity.WARNING,
    everywhere: bool = False,
    after: tuple[str, ...] = (),
) -> Callable[[Ask], Ask]:
    """Declare a question. Its docstring says what is so where all is well.

    It is not asked when something of `after` was found: then the answer is known.
    """

    def note(ask: Ask) -> Ask:
        QUESTIONS.append(Question(question_id, ask, remedy, severity, everywhere, after, room))
        return ask

    return note


def asked(
    app: "Flask", questions: Iterable[Question], *, deployed: bool, found: Iterable[Finding] = ()
) -> Iterator[Finding]:
    """Ask them one after the other; `found` are known already."""
    known = {one.id for one in found}
    for one in questions:
        if (one.everywhere or deployed) and one.room in app.extensions and known.isdisjoint(one.after):
            for finding in _answers(app, one):
                known.add(one.id)
                yield finding


def _answers(app: "Flask", one: Question) -> list[Finding]:
    try:
        with app.app_context():
            return [Finding(one.id, one.severity, sentence, one.remedy) for sentence in one.ask(app)]
    except Exception as error:  # noqa: BLE001  (what cannot be asked is a finding as well; it stops no start)
        return [Finding(one.id, Severity.WARNING, f"It could not be asked: {reason(error)}", one.remedy)]


def reason(error: BaseException) -> str:
    """Return why, in a line."""
    said = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
    return said.splitlines()[0].rstrip(".") + "."


def settings_of(app: "Flask") -> "settings_room.Settings":
    """Return the settings of this application."""
    return settings_room.of(app)
