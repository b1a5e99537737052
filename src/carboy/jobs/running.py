"""The job at work: what its handler sees of it, and what others tell it while it runs."""

import time
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from carboy.errors import SetupError
from carboy.jobs.claiming import Claim
from carboy.jobs.stops import Cancelled, LostLease, Stopped, TookTooLong
from carboy.jobs.table import LONGEST_NOTE, storable

if TYPE_CHECKING:
    from carboy.data import Database


class Running:
    """The job at work, for a handler that asks for it: `def export(…, *, job: Running)`."""

    def __init__(self, database: "Database", claimed: Claim, soft_limit: timedelta | None = None) -> None:
        self.claimed = claimed
        self.reported: tuple[float, str] | None = None
        self._database = database
        self._stopped: Stopped | None = None
        self._began = time.monotonic()
        self._limit = soft_limit.total_seconds() if soft_limit else None

    @property
    def id(self) -> UUID:
        """What to give to others as the key of an effect that must not happen twice."""
        return self.claimed.id

    @property
    def attempt(self) -> int:
        """How often it has been started, this time included."""
        return self.claimed.attempt

    @property
    def asked_by(self) -> str:
        """Who asked for it, by the name that an identity has; empty for nobody."""
        return self.claimed.asked_by

    @property
    def seconds(self) -> float:
        """How long it has run."""
        return time.monotonic() - self._began

    def progress(self, fraction: float, note: str = "") -> None:
        """Say how far it has come, from 0 to 1; call it as often as you like. Raises if it must end here."""
        if self._database.is_writing:
            raise SetupError(
                "Progress was reported from inside a transaction that writes. What is reported is for others to see"
                " now, and on SQLite they would wait for each other. Read and work first, report, and write last."
            )
        self.reported = min(max(0.0, float(fraction)), 1.0), storable(note)[:LONGEST_NOTE]  # NaN is 0
        self.check()

    def check(self) -> None:
        """Raise if it must end here: it was taken back, takes too long, or its lease is lost. Let that pass."""
        if self._stopped is None and self._limit is not None and self.seconds > self._limit:
            self._stopped = TookTooLong(f"It ran longer than its soft limit of {self._limit:g} s.")
        if self._stopped is not None:
            raise self._stopped

    def is_wanted(self) -> bool:
        """Whether it should go on; for a handler that would rather ask than be interrupted."""
        try:
            self.check()
        except Stopped:
            return False
        return True

    # -- for whoever runs it -----------------------------------------------------------------------------

    def take_back(self) -> None:
        """Let the handler know that nobody wants it any more."""
        self._stopped = self._stopped or Cancelled("It was taken back while it ran.")

    def lose(self) -> None:
        """Let the handler know that the job is not ours any more."""
        self._stopped = LostLease(f"The lease of job {self.id} is over.")
