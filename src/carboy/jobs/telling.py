"""What is told of an error: to developers in the row, to the log in a sentence, and to whoever collects errors.

A traceback ends with what the error says, and that may quote what the job was asked with. Of a confidential job's
error only its type and its place are told.
"""

import traceback
from typing import NamedTuple

from carboy.errors import CarboyError

_LONGEST_SENTENCE = 500


class Told(NamedTuple):
    """One error, as far as it may be told."""

    text: str
    sentence: str
    error: Exception


def told_of(error: Exception, *, confidential: bool = False) -> Told:
    """Return what may be told of an error that a handler has raised."""
    if confidential:
        sentence = f"{_type(error)} at {_place(error)}. The job is confidential, and no more is told."
        return Told(sentence, sentence, CarboyError(sentence))
    sentence = "".join(traceback.format_exception_only(error)).strip()  # whose own str() may fail
    return Told("".join(traceback.format_exception(error)), sentence[:_LONGEST_SENTENCE], error)


def _type(error: Exception) -> str:
    kind = type(error)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno} {frames[-1].name}" if frames else "an unknown place"
