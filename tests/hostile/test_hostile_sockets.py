"""What only a socket can send: raw bytes in the target, lengths that disagree, chunks that are none. Under gunicorn."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hostile_forms import VIM

from carboy.data import Database
from carboy.testing.servers import free_port, wait_for_port
from starter.foss.models import FOSS

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
LIMIT = 1000


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sockets") / "project"
    shutil.copytree(ROOT / "starter", folder, ignore=shutil.ignore_patterns("instance", "__pycache__", ".env.d"))
    return folder


@pytest.fixture(scope="module")
def environment(project, key_setting):
    return {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": os.environ.get("HOME", "/"),
        "FLASK_SKIP_DOTENV": "1",
        "SECRET_KEY": "only-for-tests-0123456789abcdefghij",
        "JWT_SECRET_KEY": "only-for-tests-abcdefghij0123456789",
        "DATABASE_URL": f"sqlite:///{project}/hostile_test.sqlite",
        "API_KEYS": key_setting,
        "MAX_CONTENT_LENGTH": str(LIMIT),
    }


@pytest.fixture(scope="module")
def port(project, environment):
    """Where the starter listens, under gunicorn with its own settings."""
    subprocess.run(["flask", "db", "upgrade"], cwd=project, env=environment, check=True, capture_output=True)
    number = free_port()
    with (project / "server.log").open("wb") as log:
        served = environment | {"GUNICORN_PORT": str(number)}
        process = subprocess.Popen(
            ["gunicorn"], cwd=project, env=served, stdout=log, stderr=log, start_new_session=True
        )
    try:
        wait_for_port(number, process)
        yield number
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # gunicorn loses a SIGTERM that meets a worker being forked
        process.wait()


@pytest.fixture
def send(port, key):
    """Send these bytes behind a first line, say that no more will come, and return the answer's."""

    def request(line, *fields, body=b""):
        head = [line, b"X-API-Key: " + key.encode(), b"Content-Type: application/json", b"Connection: close", *fields]
        answer = bytearray()
        # Who sends on to a server that has heard enough is cut off, and what it said may be lost with the connection.
        with socket.create_connection(("127.0.0.1", port), timeout=20) as connection, suppress(ConnectionError):
            connection.sendall(b"\r\n".join([*head, b"", body]))
            with suppress(OSError):  # ENOTCONN, when it is cut off already
                connection.shutdown(socket.SHUT_WR)
            while some := connection.recv(65536):
                answer += some
        return bytes(answer)

    return request


@pytest.fixture
def stored(project, port):
    """How many projects are in the catalogue."""
    database = Database(f"sqlite:///{project}/hostile_test.sqlite")

    def count():
        with database.reading() as session:
            return session.query(FOSS).count()

    yield count
    database.close()


HOST = b"Host: localhost"
LENGTH = b"Content-Length: %d" % len(VIM)
CHUNKED = b"Transfer-Encoding: chunked"
POST = b"POST /api/v1/foss HTTP/1.1"
WHOLE = b"%x\r\n%s\r\n0\r\n\r\n" % (len(VIM), VIM)
LONG = b"%x\r\n%s\r\n0\r\n\r\n" % (LIMIT + 1, b" " * (LIMIT + 1))

WRITES = {
    "two lengths": (POST, [HOST, LENGTH, LENGTH], VIM),
    "two lengths that disagree": (POST, [HOST, LENGTH, b"Content-Length: 5"], VIM),
    "a list of lengths": (POST, [HOST, b"Content-Length: 5, 5"], VIM),
    "a length and chunks": (POST, [HOST, LENGTH, CHUNKED], WHOLE),
    "chunks and a length": (POST, [HOST, CHUNKED, b"Content-Length: 3"], WHOLE),
    "a length with a sign": (POST, [HOST, b"Content-Length: +52"], VIM),
    "a length that is none": (POST, [HOST, b"Content-Length: abc"], VIM),
    "a negative length": (POST, [HOST, b"Content-Length: -1"], VIM),
    "a length of 400 digits": (POST, [HOST, b"Content-Length: " + b"9" * 400], VIM),
    "a length that nothing reaches": (POST, [HOST, b"Content-Length: 900"], VIM),
    "a length beyond the limit": (POST, [HOST, b"Content-Length: 1001"], VIM),
    "a length that cuts it": (POST, [HOST, b"Content-Length: 20"], VIM),
    "no length": (POST, [HOST], VIM),
    "a size that is none": (POST, [HOST, CHUNKED], b"zz\r\n" + VIM + b"\r\n0\r\n\r\n"),
    "a negative size": (POST, [HOST, CHUNKED], b"-5\r\n" + VIM + b"\r\n0\r\n\r\n"),
    "a size that cuts a chunk": (POST, [HOST, CHUNKED], b"5\r\n" + VIM + b"\r\n0\r\n\r\n"),
    "a chunk without an end": (POST, [HOST, CHUNKED], b"%x\r\n%s" % (len(VIM), VIM)),
    "no last chunk": (POST, [HOST, CHUNKED], b"%x\r\n%s\r\n" % (len(VIM), VIM)),
    "chunks beyond the limit": (POST, [HOST, CHUNKED], LONG),
    "chunks twice": (POST, [HOST, CHUNKED, CHUNKED], WHOLE),
    "a blank before a colon": (POST, [HOST, b"Content-Length : 52"], VIM),
    "a folded field": (POST, [HOST, LENGTH, b"X-A: b\r\n c"], VIM),
    "a NUL in a field": (POST, [HOST, LENGTH, b"X-A: b\0c"], VIM),
    "a field without a name": (POST, [HOST, LENGTH, b": b"], VIM),
    "a field with an underscore for the key": (POST, [HOST, LENGTH, b"Content_Length: 5", b"X-API-Key: x"], VIM),
    "a long field": (POST, [HOST, LENGTH, b"X-A: " + b"b" * 100_000], VIM),
    "a thousand fields": (POST, [HOST, LENGTH, *[b"X-A: b"] * 1000], VIM),
    "no host": (POST, [LENGTH], VIM),
    "two hosts": (POST, [HOST, b"Host: evil.example", LENGTH], VIM),
    "a strange host": (POST, [b"Host: evil.example", LENGTH], VIM),
    "an absolute target of a strange host": (
        POST.replace(b"/api", b"http://evil.example/api"),
        [b"Host: x", LENGTH],
        VIM,
    ),
    "an old protocol": (POST.replace(b"1.1", b"0.9"), [HOST, LENGTH], VIM),
    "a protocol that is none": (POST.replace(b"1.1", b"9.9"), [HOST, LENGTH], VIM),
    "a method in lower case": (POST.lower().replace(b"http", b"HTTP"), [HOST, LENGTH], VIM),
    "a raw NUL in the path": (POST.replace(b"foss", b"foss\0"), [HOST, LENGTH], VIM),
    "raw 8-bit in the path": (POST.replace(b"foss", b"foss\xff"), [HOST, LENGTH], VIM),
    "a raw blank in the path": (POST.replace(b"foss", b"foss /"), [HOST, LENGTH], VIM),
    "a fragment in the target": (POST.replace(b"foss", b"fos#s"), [HOST, LENGTH], VIM),
    "a long target": (POST.replace(b"foss", b"f" * 100_000), [HOST, LENGTH], VIM),
    "8-bit in the key of idempotency": (POST, [HOST, LENGTH, b"Idempotency-Key: \xff\xfe"], VIM),
    "raw UTF-16": (POST, [HOST, b"Content-Length: 10"], "Vim12".encode("utf-16-le")),
}


@pytest.mark.parametrize("form", WRITES)
def test_a_request_that_servers_could_read_in_two_ways_is_refused_or_ends_and_stores_nothing(send, stored, form):
    (line, fields, body), before = WRITES[form], stored()

    answer = send(line, *fields, body=body)

    assert answer == b"" or answer.split(b" ")[1].startswith(b"4"), answer[:300]
    assert answer.count(b"Connection: close") <= 1
    assert stored() == before


READS = {
    "a raw NUL": (b"/api/v1/foss/\0", b"400"),
    "an escaped NUL": (b"/api/v1/foss/%00", b"404"),
    "raw 8-bit": (b"/api/v1/foss/\xff\xfe", b"400"),
    "escaped bytes that are no text": (b"/api/v1/foss/%ff", b"404"),
    "a broken escape": (b"/api/v1/foss/%zz", b"404"),
    "a way up": (b"/api/v1/../../etc/passwd", b"404"),
    "an escaped way up": (b"/static/%2e%2e/%2e%2e/settings.py", b"404"),
    "raw 8-bit in the query": (b"/api/v1/foss?q=\xff", b"400"),
    "a raw NUL in the query": (b"/api/v1/foss?q=\0", b"400"),
    "an absolute target": (b"http://localhost/api/v1/foss", b"200"),
    "an absolute target of another": (b"http://evil.example/api/v1/foss", b"200"),
}


@pytest.mark.parametrize("form", READS)
def test_a_target_of_any_bytes_is_answered_as_a_path(send, form):
    target, status = READS[form]

    answer = send(b"GET " + target + b" HTTP/1.1", HOST)

    assert answer.split(b" ")[1] == status, answer[:300]
    assert b"evil" not in answer


@pytest.mark.parametrize("coding", [b"xchunked", b"chunked, identity", b"chunked;q=1"])
def test_a_coding_that_nobody_knows_is_refused_by_the_server(send, stored, coding):
    before = stored()

    answer = send(POST, HOST, b"Transfer-Encoding: " + coding, body=WHOLE)

    assert answer.split(b" ")[1] in (b"400", b"501"), answer[:300]
    assert stored() == before


def test_the_same_in_good_order_is_stored(send, stored):
    before, body = stored(), WHOLE.replace(b"Vim", b"Joe")

    answer = send(POST, HOST, CHUNKED, body=body)

    assert answer.split(b" ")[1] == b"201", answer[:300]
    assert stored() == before + 1
