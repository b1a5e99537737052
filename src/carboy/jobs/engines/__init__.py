"""Who is told that there is work. A bell and nothing more: the row is what counts."""

from collections.abc import Callable
from contextlib import suppress
from typing import Protocol
from uuid import UUID


class Engine(Protocol):
    """Tells those who run jobs that one is due. It never blocks and never raises: a request may be waiting."""

    rings_again: bool
    """Whether somebody rings again for what nobody has taken; not so where all who run jobs look for themselves."""

    def ring(self, job_id: UUID, queue: str) -> None:
        """Say that this job can start now."""

    def close(self) -> None:
        """Say what has not been said yet, and give everything back."""


class Local:
    """Wakes the threads of this process; other processes watch the database."""

    rings_again = False

    def __init__(self) -> None:
        self._listeners: list[Callable[[], object]] = []

    def listen(self, wake: Callable[[], object]) -> None:
        """Call this whenever a job may be due."""
        self._listeners.append(wake)

    def forget(self, wake: Callable[[], object]) -> None:
        """Call this no more."""
        with suppress(ValueError):
            self._listeners.remove(wake)

    def ring(self, job_id: UUID, queue: str) -> None:  # noqa: ARG002  (whoever is free looks for the next)
        """Wake everybody who listens here."""
        for wake in tuple(self._listeners):
            wake()

    def close(self) -> None:
        """Forget the listeners."""
        self._listeners.clear()
