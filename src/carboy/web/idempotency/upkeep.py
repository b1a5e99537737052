"""Old keys are forgotten by the clock."""

from datetime import timedelta
from typing import TYPE_CHECKING

from carboy.jobs import job
from carboy.jobs.schedules import every
from carboy.web.idempotency.ledger import purge

if TYPE_CHECKING:
    from carboy.data import Database


@every(timedelta(hours=1))
@job(name="carboy.idempotency.purge", atomic=False)
def purge_keys(*, db: "Database") -> int:
    """Forget keys that nobody will repeat any more."""
    return purge(db)
