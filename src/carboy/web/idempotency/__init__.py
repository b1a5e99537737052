"""`Idempotency-Key`: a POST that is repeated is answered again, and not done again. Start reading at once.py.

fingerprint.py says whether two requests are the same; ledger.py is the table, in the transaction of the work.
"""

from typing import TYPE_CHECKING

from carboy.web.idempotency.ledger import IdempotencyKey, KeyReused, purge
from carboy.web.idempotency.once import HEADER, KEY_SCHEMA, REPLAYED, answered_once

if TYPE_CHECKING:
    from flask import Flask

__all__ = [
    "HEADER",
    "KEY_SCHEMA",
    "REPLAYED",
    "IdempotencyKey",
    "KeyReused",
    "answered_once",
    "init_app",
    "purge",
]


def init_app(app: "Flask") -> None:
    """Give the application `flask idempotency purge`; its table comes with the import of this package."""
    from carboy.web.idempotency import cli

    app.cli.add_command(cli.idempotency_commands)
