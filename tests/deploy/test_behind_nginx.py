"""nginx with our configuration in front of two gunicorn workers: what it keeps off, adds and takes over."""

import gzip
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from artefacts import BIN, configure_nginx, copy_of_the_starter, tool
from listening import Refused, Script

from carboy.testing.servers import free_port, wait_for_port

pytestmark = pytest.mark.long

HERE = Path(__file__).parent
ADA = {"email": "ada@example.com", "password": "seventeen green umbrellas sing"}
FOR_EVER = "public, max-age=31536000, immutable"
THREADS = 4
PATIENCE_SECONDS = 6  # less than nginx has with a slow client, so that its own patience saves nobody here


@contextmanager
def running(*command, port, folder, environment, log):
    with log.open("ab") as file:
        process = subprocess.Popen(
            [str(word) for word in command], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=file,
            stderr=file, start_new_session=True,
        )  # fmt: skip
    try:
        wait_for_port(port, process)
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(20)


@pytest.fixture(scope="module")
def upstream(tmp_path_factory):
    """The starter at /shop on two workers of two threads, which believes one proxy; and its static files, collected."""
    folder = tmp_path_factory.mktemp("upstream")
    project, port = copy_of_the_starter(folder / "project"), free_port()
    environment = {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "HOME": str(folder),
        "PYTHONPATH": f"{HERE / 'sample'}:{HERE.parent / 'live' / 'sample'}",
        "FLASK_SKIP_DOTENV": "1",
        "FLASK_APP": "starter",
        "SECRET_KEY": "only-for-tests-0123456789abcdefghij",
        "JWT_SECRET_KEY": "only-for-tests-abcdefghij0123456789",
        "SCRIPT_NAME": "/shop",
        "PROXY_FIX": "1,1,0,0,0",
        "GUNICORN_PORT": str(port),
        "GUNICORN_WORKERS": "2",
        "GUNICORN_THREADS": str(THREADS // 2),
    }
    for words in (["db", "upgrade"], ["static", "collect", str(folder / "static")]):
        subprocess.run(["flask", *words], cwd=project, env=environment, check=True, capture_output=True)
    where = {"port": port, "folder": project, "environment": environment, "log": folder / "log"}
    with running("gunicorn", "behind_shop:create_app()", **where) as gunicorn:
        yield Upstream(gunicorn.pid, port, folder / "static")


class Upstream(NamedTuple):
    """gunicorn: its master, where it listens, and the static files of its application."""

    pid: int
    port: int
    static: Path

    @property
    def workers(self):
        return set(Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split())


class Front:
    """nginx, as visitors meet it."""

    def __init__(self, port, static):
        self.port, self.static, self.address = port, static, f"http://127.0.0.1:{port}"

    def ask(self, path, data=None, method=None, **headers):
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(f"{self.address}{path}", data, names, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
                return answer.status, answer.read(), answer.headers
        except urllib.error.HTTPError as error:
            return error.code, error.read(), error.headers

    def ask_json(self, path, body=None, **headers):
        data = None if body is None else json.dumps(body).encode()
        return json.loads(self.ask(path, data, Content_Type="application/json", **headers)[1])

    def begin(self, request):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        connection.sendall(request)
        return connection


@pytest.fixture
def start(upstream, tmp_path):
    """Start nginx with these values, and this done to its configuration."""
    with ExitStack() as started:

        def begin(damage=("server {", "server {"), **values):
            folder, port = tmp_path / "nginx", free_port()
            project = copy_of_the_starter(tmp_path / "project")
            template = project / "deploy/nginx/default.conf.template"
            assert damage[0] in template.read_text()
            template.write_text(template.read_text().replace(*damage))
            folder.mkdir()
            there = {
                "LISTEN": f"127.0.0.1:{port}",
                "UPSTREAM": f"127.0.0.1:{upstream.port}",
                "STATIC_FOLDER": str(upstream.static),
            }
            configure_nginx(project, folder, **there, SCRIPT_NAME="/shop", **{"MAX_BODY_SIZE": "1m", **values})
            nginx = [tool("nginx", "apt-get install nginx-light"), "-c", folder / "nginx.main"]
            where = {"port": port, "folder": folder, "environment": {}, "log": folder / "log"}
            started.enter_context(running(*nginx, **where))
            return Front(port, upstream.static)

        yield begin


def the_application_lives_under_its_prefix(front):
    status, page, _ = front.ask("/shop/")

    assert (status, b'href="/shop/static/' in page) == (200, True)
    assert [front.ask(path)[0] for path in ("/livez", "/readyz", "/", "/shopping")] == [200, 200, 404, 404]


def a_live_event_comes_through(front):
    front.ask_json("/shop/api/v1/users", ADA)
    token = front.ask_json("/shop/api/v1/tokens", ADA)["access_token"]
    client = Script(front.address, token, {}, path="shop/socket.io")
    try:
        client.listen("everybody")
        for number in (1, 2):
            front.ask(f"/shop/say/everybody?from={number}&to={number + 1}", method="POST")
        heard = [client.next(), client.next()]
    finally:
        client.close()

    assert sorted(data["number"] for _, data in heard) == [1, 2]


def a_visitor_is_believed_about_nothing(front):
    lies = {"X_Forwarded_For": "203.0.113.9", "X_Forwarded_Proto": "https", "X_Forwarded_Host": "evil.example.org",
            "X_Forwarded_Prefix": "/evil", "X_Real_IP": "203.0.113.9", "Forwarded": "for=203.0.113.9"}  # fmt: skip

    told = front.ask_json("/shop/who", **lies)

    assert told["from"] == "127.0.0.1"
    assert told["root"] == f"{front.address}/shop/"
    assert told["names"] == ["X-Forwarded-For", "X-Forwarded-Proto"]


def a_body_that_is_too_large_is_refused_before_the_application_has_it(front):
    status, _, headers = front.ask("/shop/api/v1/tokens", b"x" * 1_100_000, Content_Type="application/json")

    assert (status, headers["X-Request-ID"]) == (413, None)
    assert front.ask("/shop/api/v1/tokens", b"x" * 900_000, Content_Type="application/json")[0] == 400


def named_files(front):
    page = front.ask("/shop/")[1].decode()
    return sorted(set(re.findall(r'/shop/static/[^"]+\.[0-9a-f]{12}\.\w+', page)))


def files_that_a_page_names_come_from_the_disk_and_are_kept_for_a_year(front):
    names = named_files(front)
    assert len(names) >= 2
    for name in names:
        status, content, headers = front.ask(name, Accept_Encoding="gzip")
        assert (status, headers["Cache-Control"], headers["X-Request-ID"]) == (200, FOR_EVER, None)
        assert headers["X-Content-Type-Options"] == "nosniff"
        plain = gzip.decompress(content) if headers["Content-Encoding"] == "gzip" else content
        assert plain == (front.static / name.lstrip("/")).read_bytes()
    assert any(front.ask(name, Accept_Encoding="gzip")[2]["Content-Encoding"] == "gzip" for name in names)


def a_file_by_its_plain_name_is_asked_for_each_time(front):
    status, _, headers = front.ask("/shop/static/app.css")

    assert (status, headers["Cache-Control"], headers["X-Request-ID"]) == (200, "no-cache", None)
    assert front.ask("/shop/static/app.css", If_None_Match=headers["ETag"])[0] == 304


def a_name_of_another_release_is_never_kept_for_a_year(front):
    status, _, headers = front.ask("/shop/static/app.0123456789ab.css")

    assert (status, headers["Cache-Control"]) == (200, "no-cache")
    assert headers["X-Request-ID"], "the application answers what does not lie on the disk"


def slow_senders_hold_no_thread(front):
    head = b"POST /shop/api/v1/tokens HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    head += b'Content-Length: 1000\r\n\r\n{"email"'
    with ExitStack() as slow:
        for request in [head, head[:40]] * (3 * THREADS):
            slow.enter_context(front.begin(request))
        assert [front.ask("/shop/who")[0] for _ in range(2 * THREADS)] == [200] * 2 * THREADS


LAWS = [
    the_application_lives_under_its_prefix,
    a_live_event_comes_through,
    a_visitor_is_believed_about_nothing,
    a_body_that_is_too_large_is_refused_before_the_application_has_it,
    files_that_a_page_names_come_from_the_disk_and_are_kept_for_a_year,
    a_file_by_its_plain_name_is_asked_for_each_time,
    a_name_of_another_release_is_never_kept_for_a_year,
]

DAMAGES = [
    (the_application_lives_under_its_prefix, "Host $http_host", "Host $proxy_host"),
    (a_live_event_comes_through, "proxy_set_header Upgrade", "proxy_set_header Upgraded"),
    (a_visitor_is_believed_about_nothing, "For $remote_addr", "For $http_x_forwarded_for"),
    (a_visitor_is_believed_about_nothing, "Proto $visitors_scheme", "Proto $http_x_forwarded_proto"),
    (a_visitor_is_believed_about_nothing, 'Forwarded-Prefix ""', "Forwarded-Prefix $http_x_forwarded_prefix"),
    (LAWS[3], "client_max_body_size ${MAX_BODY_SIZE}", "client_max_body_size 9m"),
    (LAWS[4], "root ${STATIC_FOLDER}", "root /nowhere"),
    (LAWS[4], "{12}", "{13}"),
    (LAWS[4], "gzip_static on", "gzip_static off"),
    (LAWS[5], "add_header Cache-Control no-cache", "add_header Cache-Control public"),
    (LAWS[6], "$uri @application;", "$uri /shop/static/app.css =404;"),
    (slow_senders_hold_no_thread, "proxy_request_buffering on", "proxy_request_buffering off"),
]


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_behind_nginx(start, law):
    law(start())


def test_s75_slow_senders_behind_nginx_keep_nobody_waiting(start):
    slow_senders_hold_no_thread(start())


@pytest.mark.parametrize(("law", "right", "wrong"), DAMAGES)
def test_damaged_it_keeps_the_law_no_more(start, law, right, wrong):
    front = start(damage=(right, wrong))

    with pytest.raises((AssertionError, OSError, Refused)):
        law(front)


def test_a_balancer_is_believed_where_it_is_named(start):
    front = start(TRUSTED_PROXY="127.0.0.1")

    told = front.ask_json("/shop/who", X_Forwarded_For="203.0.113.9", X_Forwarded_Proto="https")

    assert told["from"] == "203.0.113.9"
    assert told["root"].startswith("https://")


def test_the_limit_of_a_body_is_the_one_that_is_said(start):
    front = start(MAX_BODY_SIZE="12m")

    assert front.ask("/shop/api/v1/tokens", b"{" * 1_500_000, Content_Type="application/json")[0] == 400


class Callers:
    """Some who keep their connection to nginx, and ask and send by it, again and again."""

    def __init__(self, port):
        self.answers, self._ends = Counter(), threading.Event()
        self._threads = [threading.Thread(target=self._call, args=(port,), daemon=True) for _ in range(THREADS)]
        for thread in self._threads:
            thread.start()

    def _call(self, port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        while not self._ends.is_set():
            for request in (("GET", "/shop/who"), ("POST", "/shop/say/everybody?from=1&to=2")):
                connection.request(*request)
                answer = connection.getresponse()
                answer.read()
                self.answers[request[0], answer.status] += 1
        connection.close()

    def stop(self):
        self._ends.set()
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)
        return self.answers


def test_new_workers_behind_it_lose_nothing_that_is_sent_over_connections_that_are_kept(start, upstream):
    callers = Callers(start().port)
    for _ in range(5):
        old, deadline = upstream.workers, time.monotonic() + 60
        os.kill(upstream.pid, signal.SIGHUP)
        while len(upstream.workers) != 2 or not upstream.workers.isdisjoint(old):
            assert time.monotonic() < deadline, "the old workers are still there"
            time.sleep(0.02)
    answers = callers.stop()

    assert set(answers) == {("GET", 200), ("POST", 204)}
    assert answers["POST", 204] > 50
