"""Whatever fails, and however much is to be told: no secret is in what the processes write."""

import http.client
import json
import re
import socket
import subprocess
import threading
from base64 import b64encode
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import make_url

from carboy.testing.servers import free_port

SAMPLE = Path(__file__).parent / "sample"
HOST = "shop.example.org"

# Each is another one, so that whatever is found says where it came from.
PLANTED = {
    "SECRET_KEY": "Planted1-qP9_wX7vB2nM5rT8yU1iO4aS6dF0gH",
    "JWT_SECRET_KEY": "Planted2-cD8_eF7gH6iJ5kL4mN3oP2qR1sT0uV",
    "the password in DATABASE_URL": "Planted3-tY7uI8oP9",
    "the password in REDIS_URL": "Planted4-gH5jK6lZ7",
    "the password in MAIL_URL": "Planted5-xC8vB9nM0",
    "METRICS_TOKEN": "Planted6-qW1eR2tY3uI4",
    "a bearer token": "Planted7.aS5dF6gH7.jK8lZ9",
    "a session cookie": "Planted8-xC1vB2nM3",
    "a password in a form": "Planted9 seven green umbrellas",
    "a password in JSON": "PlantedA eight blue umbrellas",
    "a token in a link": "PlantedB-zX1cV2bN3mQ4wE5rT6yU7iO8pA9sD0fG1hJ2kL3",
    "a CSRF token": "PlantedC-qA1wS2eD3",
    "a machine's key": "ck_PlantedD-rF4tG5yH6",
    "a password in Basic": "PlantedE-uJ7iK8oL9",
    "a query": "PlantedF-pZ0xC1vB2",
    "the link in a mail": "PlantedG-nM3qW4eR5",
    "a refresh token": "PlantedH.tY6uI7oP8.aS9dF0",
    "a password in a job": "PlantedI nine red umbrellas",
    "a method": "PLANTEDJ-BV4CX5",
    "a broken method": "PlantedK-nM6qW7",
}
P = PLANTED


@pytest.fixture
def variables():
    """What production is told; there is no Redis, and nobody takes mails."""
    redis = f"redis://:{P['the password in REDIS_URL']}@127.0.0.1:{free_port()}/0"
    return {
        "PYTHONPATH": str(SAMPLE),
        "GUNICORN_APP": "careless_shop:create_app()",
        "GUNICORN_WORKERS": "1",
        "LOG_LEVEL": "DEBUG",
        "SLOW_REQUEST_SECONDS": "0.05",
        "SECRET_KEY": P["SECRET_KEY"],
        "JWT_SECRET_KEY": P["JWT_SECRET_KEY"],
        "REDIS_URL": redis,
        "MAIL_URL": f"smtp://shop:{P['the password in MAIL_URL']}@127.0.0.1:{free_port()}?tls=no",
        "METRICS_TOKEN": P["METRICS_TOKEN"],
        "API_KEYS": f"robot={sha256(b'another key').hexdigest()}",
        "APP_BASE_URL": f"https://{HOST}",
        "TRUSTED_HOSTS": HOST,
        "BLACKLIST_STORAGE_TYPE": "database",
        "REQUIRE_CONFIRMED_EMAIL": "no",
        "PLANTED_LINK": f"https://{HOST}/password/reset/{P['the link in a mail']}",
        "DATABASE_BUSY_SECONDS": "2",
    }


class Visitor:
    """Sends a secret in every place that a request has."""

    def __init__(self, port):
        self._port = port
        self.statuses = {}
        self.given = set()  # what the server itself handed out

    def send(self, method, path, body="", **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            connection.request(method, path, body, {"Host": HOST, "Sec-Fetch-Site": "same-origin", **headers})
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        self.statuses.setdefault(answer.status, []).append(path)
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            self.given |= {value for value in re.findall(r"^[^=]+=([^;]+)", cookie) if len(value) > 15}
        return answer, text

    def send_raw(self, text):
        with socket.create_connection(("127.0.0.1", self._port), timeout=10) as connection, suppress(ConnectionError):
            connection.sendall(text.encode())
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass

    def form(self, path, **fields):
        fields = {"csrf_token": P["a CSRF token"], "password": P["a password in a form"], **fields}
        cookie = f"__Host-session={P['a session cookie']}; session={P['a session cookie']}"
        kind = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
        return self.send("POST", path, urlencode(fields), **kind)

    def json(self, method, path, **fields):
        _answer, text = self.send(method, path, json.dumps(fields), **{"Content-Type": "application/json"})
        found = json.loads(text) if text.startswith("{") else {}
        self.given |= {found[name] for name in ("access_token", "refresh_token", "csrf_token") if found.get(name)}
        return found

    def go_everywhere(self):
        ada, token = {"email": "ada@example.org"}, P["a token in a link"]
        self.json("POST", "/api/v1/users", **ada, password=P["a password in JSON"])
        tokens = self.json("POST", "/api/v1/tokens", **ada, password=P["a password in JSON"])
        self.json("POST", "/api/v1/sessions", **ada, password=P["a password in JSON"])
        self.json("POST", "/api/v1/tokens", **ada, password=P["a password in JSON"] + " and one more")
        self.json("PUT", "/api/v1/tokens", refresh_token=tokens.get("refresh_token", P["a refresh token"]))
        self.json("PUT", "/api/v1/tokens", refresh_token=P["a refresh token"])
        self.json("PUT", "/api/v1/password-resets", token=token, password=P["a password in JSON"])
        for authorization in (
            f"Bearer {tokens.get('access_token', '')}",
            f"Bearer {P['a bearer token']}",
            "Basic " + b64encode(f"ada:{P['a password in Basic']}".encode()).decode(),
        ):
            self.send("GET", "/api/v1/users/me", Authorization=authorization)
            self.send("GET", f"/metrics?{P['a query']}", Authorization=authorization)
        self.send("GET", "/metrics", Authorization=f"Bearer {P['METRICS_TOKEN']}")
        self.send("GET", "/api/v1/foss", **{"X-API-Key": P["a machine's key"]})
        self.send("GET", f"/api/v1/calculator/add?a=1&b=2&c={P['a query']}")
        for path in (f"/password/reset/{token}", f"/confirm/{token}", f"/password/reset/{token}/x", f"/reset/{token}/"):
            self.send("GET", f"{path}?next={P['a query']}", Referer=f"https://{HOST}/password/reset/{token}")
        self.send("GET", f"/{token}")
        self.send("DELETE", f"/password/reset/{token}")
        for method in (P["a method"], P["a broken method"]):
            self.send(method, f"/password/reset/{token}")
        self.form("/login", **ada)
        self.form("/register", email="eve@example.org")
        self.form("/password/forgot", **ada)
        for name in ("slow", "crash", "die_slowly", "refuse", "ask_wrongly", "write_to_somebody"):
            self.form(f"/careless/{name}?q={P['a query']}")
        self.form("/careless/ask_for_a_job", password=P["a password in a job"])
        self.send(
            "POST", "/api/v1/tokens", '{"password": "' + P["a password in JSON"], **{"Content-Type": "application/json"}
        )
        upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Authorization": f"Bearer {P['a bearer token']}"}
        for broken in (
            f"Authorization Bearer {P['a bearer token']}",
            f"X-Y\x00: {P['a bearer token']}",
            "Content-Length: x",
        ):
            self.send_raw(f"GET /password/reset/{token}?{P['a query']} HTTP/1.1\r\nHost: {HOST}\r\n{broken}\r\n\r\n")
        self.send_raw(f"GET /password/reset/{token} /{P['a query']} HTTP/1.1\r\nHost: {HOST}\r\n\r\n")
        with suppress(http.client.RemoteDisconnected):  # it has shaken hands wrongly
            self.send("GET", f"/socket.io/?transport=websocket&EIO=4&token={P['a query']}", **upgrade)


def found_in(text, visitor):
    """Which secrets are in which line, as they are, in a URL or in base64."""
    everything = PLANTED | {f"handed out: {value[:6]}…": value for value in visitor.given}
    forms = {name: {value, value.replace(" ", "%20"), value.replace(" ", "+")} for name, value in everything.items()}
    forms["a password in Basic"].add(b64encode(f"ada:{P['a password in Basic']}".encode()).decode())
    lines = text.splitlines()
    return [(name, line) for name, ways in forms.items() for line in lines if any(way in line for way in ways)]


@pytest.fixture
def with_password(new_database):
    """A database whose URL has a password; it trusts everybody here and does not look at it."""
    url = make_url(new_database("postgresql"))
    return url.set(password=P["the password in DATABASE_URL"]).render_as_string(hide_password=False)


def until_it_has_said(process, *words):
    """Read until each of these has come."""
    told, missing = [], set(words)
    patience = threading.Timer(60, process.kill)
    patience.start()
    while missing and (line := process.stdout.readline()):
        told.append(line)
        missing -= {word for word in missing if word in line}
    patience.cancel()
    assert not missing, told
    return "".join(told)


@pytest.mark.parametrize("mode", ["production", pytest.param("development", marks=pytest.mark.long)])
def test_no_secret_is_in_what_is_written_though_redis_and_mails_fail(
    serve, start, starter, environment, variables, with_password, mode
):
    told = variables | {"DATABASE_URL": with_password, "FLASK_ENV": mode}
    subprocess.run(["flask", "db", "upgrade"], cwd=starter, env=environment | told, check=True, capture_output=True)
    with serve("gunicorn", **told) as server:
        visitor = Visitor(server.port)
        visitor.go_everywhere()
        worker = start("flask", "worker", **(told | {"FLASK_APP": "careless_shop"}))
        said = until_it_has_said(worker, "job failed", "job put back") + server.said

    assert {200, 204, 400, 401, 404, 422, 500} <= visitor.statuses.keys(), visitor.statuses
    assert len(visitor.given) >= 3, visitor.statuses
    assert [word for word in ("slow request", "ZeroDivisionError", "Redis", "nowhere") if word not in said] == []
    assert found_in(said, visitor) == []


@pytest.mark.long
def test_no_secret_is_in_what_is_written_though_the_database_is_away(serve, starter, environment, variables):
    nobody = f"postgresql://shop:{P['the password in DATABASE_URL']}@127.0.0.1:{free_port()}/shop"
    told = variables | {"DATABASE_URL": nobody, "FLASK_ENV": "production", "BLACKLIST_STORAGE_TYPE": "redis"}
    with serve("gunicorn", **told) as server:
        visitor = Visitor(server.port)
        visitor.go_everywhere()
        not_ready = server.get("/readyz")[0]
        worker = subprocess.run(
            ["flask", "worker"],
            cwd=starter,
            env=environment | told,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        said = server.said + worker.stdout + worker.stderr

    assert not_ready == 503
    assert worker.returncode == 1
    assert "not ready" in said
    assert found_in(said, visitor) == []
