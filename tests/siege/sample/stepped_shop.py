"""The starter on a machine whose clock is off by so many seconds."""

import os
import time
from datetime import UTC, datetime, timedelta

OFF = float(os.environ["CLOCK_IS_OFF"])
_time = time.time
time.time = lambda: _time() + OFF

from carboy import context  # noqa: E402  (its clock is stepped before anybody takes it)

context.utc_now = lambda: datetime.now(UTC) + timedelta(seconds=OFF)

from starter import create_app  # noqa: E402

__all__ = ["create_app"]
