"""What is told of an error: everything, or of a confidential job's no more than what and where."""

import pytest

from carboy.jobs.telling import told_of


def whisper(word):
    raise LookupError(f"{word} does not open")


@pytest.fixture
def error():
    with pytest.raises(LookupError) as raised:
        whisper("sesame")
    return raised.value


def test_of_an_error_the_whole_traceback_is_kept_and_a_sentence_told(error):
    told = told_of(error)

    assert told.text.startswith("Traceback")
    assert "in whisper" in told.text
    assert told.sentence == "LookupError: sesame does not open"
    assert told.error is error


def test_of_a_confidential_jobs_error_type_and_place_alone_are_told(error):
    told = told_of(error, confidential=True)

    assert "sesame" not in repr(told)
    assert told.error.__cause__ is None
    assert told.sentence.startswith(f"LookupError at {__file__}:9 whisper.")


def test_an_error_that_was_never_raised_has_no_place():
    assert "an unknown place" in told_of(LookupError(), confidential=True).sentence
