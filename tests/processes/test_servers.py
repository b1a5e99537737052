"""The starter under gunicorn and under `flask run`: the same answers, the same refusals."""

import json
import signal
import subprocess
import sys

import pytest

SERVERS = {"gunicorn": ("gunicorn",), "flask run": ("flask", "run", "--port", "{port}")}


@pytest.fixture(params=SERVERS)
def command(request):
    return SERVERS[request.param]


@pytest.mark.usefixtures("migrated")
@pytest.mark.parametrize("prefix", ["/sub", "sub"])
def test_a_sub_path_is_the_same_on_every_server(serve, command, prefix):
    with serve(*command, SCRIPT_NAME=prefix) as server:
        home = server.get("/sub/")
        bare = server.get("/sub")
        probes = [server.get(path)[0] for path in ("/livez", "/readyz", "/health", "/sub/livez")]
        elsewhere = [server.get(path)[0] for path in ("/subway", "/", "/other")]

    assert home[0] == 200
    assert 'href="/sub/static/' in home[1]
    assert 'href="/static/' not in home[1]
    assert (bare[0], bare[2]["Location"]) == (308, "/sub/")
    assert probes == [200, 200, 200, 200]
    assert elsewhere == [404, 404, 404]


def test_no_header_chooses_a_prefix_on_any_server(serve, command):
    with serve(*command) as server:
        for header in ("SCRIPT-NAME", "SCRIPT_NAME", "X-Forwarded-Prefix", "X-Script-Name"):
            assert "evil" not in server.get("/", **{header: "/evil"})[1]


def test_gunicorn_exits_with_78_on_wrong_settings_and_starts_no_worker(starter, environment):
    finished = subprocess.run(
        ["gunicorn"],
        cwd=starter,
        env=environment | {"FLASK_ENV": "production", "SECRET_KEY": "dev"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert finished.returncode == 78
    assert "SECRET_KEY" in finished.stderr
    assert "Booting worker" not in finished.stderr


def test_gunicorn_ends_in_peace_on_sigterm(serve):
    with serve("gunicorn") as server:
        server.get("/")

        assert server.end(signal.SIGTERM) == 0
        assert server.port_is_free()


@pytest.mark.usefixtures("migrated")
def test_eight_processes_may_start_at_once_against_one_database(starter, environment):
    start = "from starter import create_app; a = create_app(); print(a.test_client().get('/readyz').status)"
    database = sorted((starter / "instance").rglob("*"))
    before = [path.stat().st_mtime_ns for path in database if path.suffix == ".sqlite"]

    processes = [
        subprocess.Popen([sys.executable, "-c", start], cwd=starter, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(8)
    ]

    assert [process.communicate()[0].strip().splitlines()[-1] for process in processes] == ["200 OK"] * 8
    assert [path.stat().st_mtime_ns for path in database if path.suffix == ".sqlite"] == before


@pytest.mark.parametrize("server_fixture", ["postgresql_server", "mariadb_server"])
def test_the_same_application_runs_on_another_database_by_one_variable(
    serve, starter, environment, request, server_fixture
):
    url = request.getfixturevalue(server_fixture)
    subprocess.run(
        ["flask", "db", "upgrade"],
        cwd=starter,
        env=environment | {"DATABASE_URL": url},
        check=True,
        capture_output=True,
    )

    with serve("gunicorn", DATABASE_URL=url, GUNICORN_WORKERS="2") as server:
        answers = {server.get(path)[0] for path in ("/", "/health", "/readyz") for _ in range(5)}

    assert answers == {200}


ECHO = """
from flask import request
from carboy.web import public
from carboy.web.csrf import accepts_foreign_posts
from starter import create_app

app = create_app()


@app.post("/echo")
@public
@accepts_foreign_posts
def echo():
    return str(len(request.get_data()))
"""

CHUNKED = b"POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
LENGTH = b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\nConnection: close\r\n\r\n"
BODIES = [
    (CHUNKED + b"3\r\nabc\r\n0\r\n\r\n", b"200"),
    (CHUNKED + b"a\r\n0123456789\r\n0\r\n\r\n", b"200"),
    (CHUNKED + b"b\r\n0123456789x\r\n0\r\n\r\n", b"413"),
    (CHUNKED + b"zz\r\nabc\r\n0\r\n\r\n", b"400"),
    (LENGTH.replace(b"100", b"10") + b"0123456789", b"200"),
    (LENGTH.replace(b"100", b"9") + b"a=1", b"400"),
    (LENGTH + b"a=1", b"413"),
]


@pytest.mark.parametrize("server_name", ["gunicorn", "flask run"])
def test_a_body_arrives_whole_and_within_its_limit_or_not_at_all(serve, starter, server_name):
    (starter / "echo.py").write_text(ECHO)
    with serve(*SERVERS[server_name], MAX_CONTENT_LENGTH="10", GUNICORN_APP="echo:app", FLASK_APP="echo") as server:
        statuses = [server.send(body).split(b" ")[1] for body, _ in BODIES]

    assert statuses == [status for _, status in BODIES]


@pytest.mark.usefixtures("migrated")
def test_every_line_that_gunicorn_writes_is_one_json_object(serve):
    with serve("gunicorn", LOG_FORMAT="json") as server:
        server.get("/")
        server.get("/nowhere")
        server.end(signal.SIGTERM)

    events = [json.loads(line)["event"] for line in server.said.splitlines()]
    assert events.count("request") == 2
    assert any("Listening at" in event for event in events)


def test_commands_find_the_application_in_its_folder_by_themselves(starter, environment):
    del environment["FLASK_APP"]

    finished = subprocess.run(
        ["flask", "db", "upgrade"], cwd=starter, env=environment, capture_output=True, check=False
    )

    assert finished.returncode == 0, finished.stderr
