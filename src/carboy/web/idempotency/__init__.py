"""`Idempotency-Key`: a POST that is repeated is answered again, and not done again. Start reading at once.py.

fingerprint.py says whether two requests are the same; ledger.py is the table, in the transaction of the work;
upkeep.py forgets old keys.
"""

from typing import TYPE_CHECKING

from carboy import front
from carboy.web.idempotency.ledger import IDEMPOTENCY_KEYS, KeyReused, purge

if TYPE_CHECKING:
    from flask import Flask

    from carboy.web.idempotency.once import HEADER, KEY_SCHEMA, REPLAYED, answered_once

__all__ = [
    "HEADER",
    "IDEMPOTENCY_KEYS",
    "KEY_SCHEMA",
    "REPLAYED",
    "KeyReused",
    "answered_once",
    "init_app",
    "purge",
]

# Later: whoever wants the table alone, to migrate, needs no Flask.
_ROOMS = {"carboy.web.idempotency.once": ("HEADER", "KEY_SCHEMA", "REPLAYED", "answered_once")}
__getattr__, __dir__ = front.opening(__name__, __all__, _ROOMS)


def init_app(app: "Flask") -> None:
    """Give the application `flask idempotency purge`, and the job that does it by the clock.

    The table comes with the import of this package.
    """
    from carboy.web.idempotency import cli

    app.cli.add_command(cli.idempotency_commands)
    if "carboy.jobs" in app.extensions:
        from carboy.jobs.flask import jobs_of
        from carboy.web.idempotency import upkeep

        jobs_of(app).register(upkeep.purge_keys)
