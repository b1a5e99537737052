"""What is said when others work on a database that is to be replaced."""

from collections.abc import Iterator
from contextlib import contextmanager

from carboy.data.faults import DatabaseBusy, meaning_of
from carboy.errors import Busy


def in_use(why: object) -> Busy:
    """Return the error that says what to do."""
    return Busy(f"The database is in use, or does not answer ({why}). Stop the application first. Nothing was changed.")


@contextmanager
def told_when_in_use() -> Iterator[None]:
    """Say so when a lock is not given within the patience of a connection."""
    try:
        yield
    except Exception as error:
        if isinstance(meaning_of(error), DatabaseBusy):
            raise in_use(getattr(error, "orig", error)) from error
        raise
