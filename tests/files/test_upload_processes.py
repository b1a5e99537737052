"""Uploads to a real server: what does not come whole leaves nothing, and what comes takes no memory to speak of."""

import json
import os
import socket
import subprocess
import sys
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest
import upload_shop
from sqlalchemy import func, select

from carboy.data import Database
from carboy.files.stores.folder import FolderStore
from carboy.files.table import FILES
from carboy.testing.servers import free_port, wait_for_port

MIB = 1024 * 1024
PDF = b"%PDF-1.7\n" + b"x" * 800_000
BOUNDARY = b"------------------------carboy"
HEAD = (
    b"--" + BOUNDARY + b'\r\nContent-Disposition: form-data; name="thing"; filename="plan.pdf"\r\n'
    b"Content-Type: application/pdf\r\n\r\n"
)
TAIL = b"\r\n--" + BOUNDARY + b"--\r\n"
WHOLE = HEAD + PDF + TAIL


class Shop:
    """gunicorn with one worker, and what it keeps."""

    def __init__(self, process, port, root):
        self.process, self.port = process, port
        self.store = FolderStore(root / "files")
        self.database = Database(f"sqlite:///{root}/shop.sqlite")

    @property
    def worker(self):
        """The one process that answers."""
        return Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()[0]

    def peak(self):
        """The most memory that the worker has had, in MiB."""
        status = Path(f"/proc/{self.worker}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024

    def spooled(self):
        """The temporary files that the worker has open; they have no name."""
        found = [os.readlink(one) for one in Path(f"/proc/{self.worker}/fd").iterdir() if one.is_symlink()]  # noqa: PTH115
        return sorted(one for one in found if "(deleted)" in one)

    def kept(self):
        """How many rows there are."""
        with self.database.reading() as session:
            return session.scalar(select(func.count()).select_from(FILES))

    def status(self, body, *length):
        """Send this body and go away; the status of the answer."""
        lines = [
            "POST /api/v1/things HTTP/1.1",
            f"Host: localhost:{self.port}",
            "Connection: close",
            f"Content-Type: multipart/form-data; boundary={BOUNDARY.decode()}",
            *length,
        ]
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            with suppress(OSError):  # it may have answered, and gone, before it has read all
                connection.sendall("".join(f"{line}\r\n" for line in lines).encode() + b"\r\n" + body)
                connection.shutdown(socket.SHUT_WR)
            return int(connection.makefile("rb").readline().split(b" ", 2)[1])


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    root, port = tmp_path_factory.mktemp("shop"), free_port()
    (root / "files").mkdir()
    environ = {
        "DATABASE_URL": f"sqlite:///{root}/shop.sqlite",
        "FILES_STORE": "folder",
        "FILES_DIR": str(root / "files"),
        "FILES_MAX_BYTES": str(300 * MIB),
        "FLASK_ENV": "testing",
        "PATH": os.environ["PATH"],
    }
    command = [sys.executable, "-m", "gunicorn", "-w", "1", "--threads", "2", "-b", f"127.0.0.1:{port}"]
    with (root / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "upload_shop:create_app()"],
            cwd=Path(upload_shop.__file__).parent,
            env=environ,
            stdout=log,
            stderr=log,
        )
    wait_for_port(port, process)
    made = Shop(process, port, root)
    made.status(b"")  # the port is open before there is an application behind it
    yield made
    made.database.close()
    process.terminate()
    process.wait()


BROKEN_OFF = {
    "breaks off": (WHOLE[:500_000], f"Content-Length: {len(WHOLE)}"),
    "is longer than it says": (WHOLE, "Content-Length: 100000"),
    "is shorter than it says": (WHOLE, f"Content-Length: {len(WHOLE) + 1000}"),
    "breaks off in chunks": (b"%x\r\n" % len(WHOLE) + WHOLE[:500_000], "Transfer-Encoding: chunked"),
    "says no length": (WHOLE,),
    "ends before its last boundary": (WHOLE[:-60], f"Content-Length: {len(WHOLE) - 60}"),
}


@pytest.mark.parametrize("case", BROKEN_OFF)
def test_an_upload_that_does_not_come_whole_is_refused_and_leaves_nothing(shop, keys_in, until, case):
    before = shop.kept(), keys_in(shop.store), shop.spooled()

    assert 400 <= shop.status(*BROKEN_OFF[case]) < 500

    until(lambda: (shop.kept(), keys_in(shop.store), shop.spooled()) == before)


def test_an_upload_that_comes_whole_is_kept(shop, keys_in):
    rows, keys = shop.kept(), len(keys_in(shop.store))

    assert shop.status(WHOLE, f"Content-Length: {len(WHOLE)}") == 200

    assert (shop.kept(), len(keys_in(shop.store))) == (rows + 1, keys + 1)


@pytest.mark.long
def test_a_large_upload_and_its_download_take_no_memory_to_speak_of(shop):
    size, block = 200 * MIB, b"x" * MIB
    assert shop.status(WHOLE, f"Content-Length: {len(WHOLE)}") == 200
    before = shop.peak()

    with closing(HTTPConnection("127.0.0.1", shop.port, timeout=120)) as connection:
        headers = {
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY.decode()}",
            "Content-Length": str(len(HEAD) + size + 9 + len(TAIL)),
        }
        body = (part for parts in ([HEAD, b"%PDF-1.7\n"], (block for _ in range(200)), [TAIL]) for part in parts)
        connection.request("POST", "/api/v1/things", body, headers)
        answer = connection.getresponse()
        assert answer.status == 200
        thing = json.loads(answer.read())["id"]
    uploaded = shop.peak()
    with closing(HTTPConnection("127.0.0.1", shop.port, timeout=120)) as connection:
        connection.request("GET", f"/api/v1/things/{thing}")
        answer = connection.getresponse()
        received = sum(len(chunk) for chunk in iter(lambda: answer.read(MIB), b""))

    print(f"before {before:.1f}, uploaded {uploaded:.1f}, downloaded {shop.peak():.1f} MiB")
    assert received == size + 9
    assert uploaded - before < 20
    assert shop.peak() - before < 20
