"""The pages of docs/reference that are made from the code, and the messages that one of them shows."""

import re

import click
import pytest
from tools.reference.collecting import messages
from tools.reference.markdown import anchor
from tools.reference.pages import FOLDER, PAGES

from carboy.errors import Busy, SetupError

FOR_OPERATORS_AND_DEVELOPERS = (SetupError, Busy, click.ClickException, pytest.UsageError)

# A verb that begins a sentence or a part of one, a command, or what must be.
VERBS = (
    "add allow annotate ask bring call choose commit count define delete draw end exchange fetch fill give go grant"
    " have import install keep lay leave let look lower make mend merge move name open pass provide put raise read"
    " remove rename repeat restore run save say see send serve set shorten start stop store take try undo use wait"
    " wrap write"
)
WHAT_TO_DO = re.compile(
    rf"(?:^|[.:;?!,(] |[.:;?!]\n|}} | or | and |then )(?:{VERBS.replace(' ', '|')})\b|`(?:flask|carboy|make|git|lsof) "
    r"|pip install|\bmust\b|Did you mean",
    re.IGNORECASE,
)
# A full stop or the like; or what is handed over: a command to copy, or what somebody else says.
ENDS = re.compile(r"""[.?!]['")]*$|(?:: |[:.]?\n|\. )(?:\{[^{}]*\}|(?:carboy|chmod|git|pip|python3?|sqlite:).*)\)?$""")
# What is said is somebody else's, and their text is held to the same where it stands.
OF_OTHERS = {
    "{name} cannot be the name. {sentence}": "carboy.cli.new.names says which one could be",
    "{ours.detail} {orig}": "carboy.data.faults",
    "{plan.called} {status}": "carboy.web.endpoints.statuses",
    "API_KEYS {error}.": "carboy.settings.kinds: must …",
    "The limit of @throttled {error}.": "carboy.settings.kinds: must …",
    "{variable} {port} of {host} cannot be opened: {reason}. {remedy}": "whoever opens the port",
    "Job {job_id} is left as it is: {detail}": "carboy.jobs.queueing",
}
NOTHING_TO_DO = {
    "This job is {row.state}: {why}.": "a job that is over stays as it is",
    "{host}:{port} takes no mail for now: {error}": "the mail is sent later by itself",
}


@pytest.fixture(name="said")
def every_message():
    return messages()


def told(message):
    return f"{message.module}:{message.line} {message.text}"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_code_says(name):
    assert (FOLDER / name).read_text("utf-8") == PAGES[name](), "make reference"


@pytest.mark.parametrize("name", PAGES)
def test_a_link_into_the_page_itself_leads_somewhere(name):
    text = (FOLDER / name).read_text("utf-8")
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)

    assert set(re.findall(r"\]\(#([^)]+)\)", text)) - set(map(anchor, headings)) == set()


def test_messages_of_every_room_are_found(said):
    rooms = {message.room for message in said}

    assert {"carboy.accounts", "carboy.cli", "carboy.data", "carboy.settings", "carboy.web", "starter.todos"} <= rooms
    assert len(said) > 500


def test_a_message_is_a_sentence_or_hands_over_to_a_command_or_to_what_others_say(said):
    broken = [told(one) for one in said if not ENDS.search(one.text) and one.text not in OF_OTHERS]

    assert broken == []


def test_a_message_is_longer_than_a_bare_word(said):
    assert [told(one) for one in said if len(one.text.split()) < 4 and one.text not in OF_OTHERS] == []


def test_a_message_for_operators_and_developers_says_what_to_do(said):
    silent = [
        told(one)
        for one in said
        if (one.kind is None or issubclass(one.kind, FOR_OPERATORS_AND_DEVELOPERS))
        and one.text not in {**OF_OTHERS, **NOTHING_TO_DO}
        and not WHAT_TO_DO.search(one.text)
    ]

    assert silent == []


def test_an_exception_to_these_laws_is_a_message_that_is_there(said):
    assert {*OF_OTHERS, *NOTHING_TO_DO} - {one.text for one in said} == set()
