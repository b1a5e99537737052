"""The starter under gunicorn, granian and `flask run`: the same answers, the same refusals.

It runs what docs/how-to/databases.md, docs/how-to/gunicorn.md and docs/how-to/sub-path.md show.
"""

import json
import os
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest

SERVERS = {
    "gunicorn": ("gunicorn",),
    "granian": ("flask", "serve", "--server", "granian"),
    "flask run": ("flask", "run", "--port", "{port}"),
}


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


@pytest.mark.usefixtures("migrated")
def test_the_key_of_a_machine_arrives_under_the_name_that_a_refusal_says(serve, command):
    with serve(*command, API_KEYS=f"robot={sha256(b'ck_robot').hexdigest()}") as server:
        status, _, headers = server.get("/api/v1/foss", **{"X-API-Key": "ck_somebody"})
        name = re.search(r'header="(.+?)"', headers["WWW-Authenticate"])[1]
        known, stranger = (server.get("/api/v1/foss", **{name: key})[0] for key in ("ck_robot", "ck_somebody"))

    assert (status, known, stranger) == (401, 200, 401)


@pytest.mark.quick
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


def test_schema_files_are_found_whatever_folder_a_process_works_in(starter, environment, tmp_path):
    ask = (
        "from starter import create_app; client = create_app().test_client();"
        "answer = client.post('/api/v1/foss', json={}, headers={'X-API-Key': 'ck_robot'});"
        "print([error['pointer'] for error in answer.json['errors']])"
    )
    keys = {"API_KEYS": f"robot={sha256(b'ck_robot').hexdigest()}", "PYTHONPATH": str(starter)}

    finished = subprocess.run(
        [sys.executable, "-c", ask], cwd=tmp_path, env=environment | keys, capture_output=True, text=True, check=False
    )

    assert finished.stdout.splitlines()[-1:] == ["['#/licence', '#/name']"], finished.stderr


TOLD_TOO_EARLY = """
ours = post_fork

def post_fork(server, worker):
    ours(server, worker)
    if worker.age == 1:
        import os, signal
        os.kill(os.getpid(), signal.SIGTERM)
"""


def test_a_worker_that_is_told_to_stop_before_it_can_listen_stops(serve, starter):
    with (starter / "gunicorn.conf.py").open("a") as configuration:
        configuration.write(TOLD_TOO_EARLY)

    with serve("gunicorn") as server:
        server.wait_until(lambda: "Worker exiting" in server.said)

        assert server.get("/")[0] == 200
        assert server.end(signal.SIGTERM) == 0


def test_gunicorn_that_reloads_serves_what_was_saved(serve, starter):
    page = starter / "echo.py"
    page.write_text(ECHO + "\n\n@app.get('/word')\n@public\ndef word():\n    return 'before'\n")
    with serve("gunicorn", GUNICORN_APP="echo:app", GUNICORN_RELOAD="1") as server:
        before = server.get("/word")[1]
        page.write_text(page.read_text().replace("before", "after"))

        def is_told_of_after_another_save():  # what comes before gunicorn's first look is no change to it
            os.utime(page)
            return server.get("/word")[1] == "after"

        server.wait_until(is_told_of_after_another_save)

    assert before == "before"


@pytest.mark.quick
def test_gunicorn_ends_in_peace_on_sigterm(serve):
    with serve("gunicorn") as server:
        server.get("/")

        assert server.end(signal.SIGTERM) == 0
        assert server.port_is_free()


@pytest.mark.long
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


@pytest.mark.parametrize("server_name", ["gunicorn", "flask run"])  # granian ends with whoever hangs up
def test_a_body_arrives_whole_and_within_its_limit_or_not_at_all(serve, starter, server_name):
    (starter / "echo.py").write_text(ECHO)
    with serve(*SERVERS[server_name], MAX_CONTENT_LENGTH="10", GUNICORN_APP="echo:app", FLASK_APP="echo") as server:
        statuses = [server.send(body).split(b" ")[1] for body, _ in BODIES]

    assert statuses == [status for _, status in BODIES]


@pytest.mark.parametrize("command", [pytest.param("gunicorn", marks=pytest.mark.quick), "flask serve --server granian"])
@pytest.mark.usefixtures("migrated")
def test_every_line_that_a_server_writes_to_stdout_is_one_json_object(serve, command):
    with serve("sh", "-c", f"exec {command} 2>errors", LOG_FORMAT="json") as server:
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


@pytest.mark.usefixtures("migrated")
def test_a_request_without_a_body_has_none_on_any_server(serve, command):
    host, key = b"Host: localhost\r\nConnection: close\r\n", b"X-API-Key: ck_robot\r\n"
    nobody = b"/api/v1/foss/00000000-0000-0000-0000-000000000000"
    asked = {
        b"GET /api/v1/foss": 200,
        b"GET /api/v1/calculator/add?a=1&b=2": 200,
        b"GET /api/v1/openapi.json": 200,
        b"HEAD /api/v1/foss": 200,
        b"OPTIONS /api/v1/foss": 200,
        b"DELETE " + nobody: 404,
        b"POST /api/v1/foss": 400,
    }
    with serve(*command, API_KEYS=f"robot={sha256(b'ck_robot').hexdigest()}") as server:
        answers = {line: server.send(line + b" HTTP/1.1\r\n" + host + key + b"\r\n", hang_up=False) for line in asked}

    assert {line: int(answer.split(None, 2)[1]) for line, answer in answers.items()} == asked


@pytest.mark.usefixtures("migrated")
def test_a_body_in_chunks_is_a_body_on_any_server(serve, command):
    head = b"Host: localhost\r\nConnection: close\r\nX-API-Key: ck_robot\r\nTransfer-Encoding: chunked\r\n"
    body = b'{"name": "Chunky", "licence": "MIT"}'
    chunks = b"\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    json_type = b"Content-Type: application/json\r\n"
    with serve(*command, API_KEYS=f"robot={sha256(b'ck_robot').hexdigest()}") as server:
        made = server.send(b"POST /api/v1/foss HTTP/1.1\r\n" + head + json_type + chunks, hang_up=False)
        untyped = server.send(b"POST /api/v1/foss HTTP/1.1\r\n" + head + chunks, hang_up=False)
        unexpected = server.send(b"GET /api/v1/foss HTTP/1.1\r\n" + head + json_type + chunks, hang_up=False)

    assert [answer.split(None, 2)[1] for answer in (made, untyped, unexpected)] == [b"201", b"415", b"415"]


@pytest.mark.parametrize("server_name", ["gunicorn", "granian"])
def test_a_server_that_is_told_to_stop_finishes_what_is_under_way(serve, starter, server_name):
    (starter / "echo.py").write_text(ECHO + SLOW)
    with serve(*SERVERS[server_name], GUNICORN_APP="echo:app", FLASK_APP="echo") as server:
        with ThreadPoolExecutor() as threads:
            answers = [threads.submit(server.get, "/slow") for _ in range(4)]
            server.wait_until(lambda: (starter / "slow").exists() and len((starter / "slow").read_text()) == 4)
            server.process.send_signal(signal.SIGTERM)
            told = [answer.result()[:2] for answer in answers]
        code = server.process.wait(timeout=15)

    assert told == [(200, "slow")] * 4
    assert code == 0
    assert server.port_is_free()


SLOW = """

@app.get("/slow")
@public
def slow():
    import time
    with open("slow", "a") as file:
        file.write("x")
    time.sleep(1.5)
    return "slow"
"""


@pytest.mark.usefixtures("migrated")
def test_every_request_has_its_line_on_every_server_and_no_key_is_in_it(serve, command):
    with serve(*command, LOG_FORMAT="json") as server:
        server.get("/livez", **{"X-Request-ID": "asked-by-a-test"})
        server.get("/nowhere", **{"X-Request-ID": "asked-by-a-test"})
        server.wait_until(lambda: "asked-by-a-test" in server.said)

    lines = [json.loads(line) for line in server.said.splitlines() if line.startswith("{")]
    [nowhere] = [line for line in lines if line.get("request_id") == "asked-by-a-test"]
    assert (nowhere["event"], nowhere["status"], nowhere["path"]) == ("request", 404, "/…")
    assert "only-for-tests" not in server.said


ENVIRON = (
    ECHO
    + """

@app.get("/environ")
@public
def environ():
    return " ".join(request.environ)
"""
)


def test_the_keys_of_the_process_are_in_no_request(serve, starter, command):
    (starter / "echo.py").write_text(ENVIRON)
    with serve(*command, GUNICORN_APP="echo:app", FLASK_APP="echo") as server:
        names = server.get("/environ")[1].split()

    assert "REQUEST_METHOD" in names
    assert "SECRET_KEY" not in names


@pytest.mark.parametrize("server_name", ["gunicorn", "granian"])
@pytest.mark.usefixtures("migrated")
def test_flask_serve_serves_from_any_folder(serve, starter, tmp_path, server_name):
    words = ("env", "--chdir", str(tmp_path), "flask", "serve", "--server", server_name)
    with serve(*words, PYTHONPATH=str(starter)) as server:
        assert [server.get(path)[0] for path in ("/", "/readyz")] == [200, 200]
        assert ("LIVE_SOCKETS=0" in server.said) == (server_name == "granian")


@pytest.mark.parametrize("server_name", ["gunicorn", "granian"])
def test_flask_serve_exits_with_78_on_wrong_settings(starter, environment, server_name):
    finished = subprocess.run(
        ["flask", "serve", "--server", server_name],
        cwd=starter,
        env=environment | {"FLASK_ENV": "production"},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert finished.returncode == 78
    assert "TRUSTED_HOSTS" in finished.stderr


def test_granian_takes_a_body_within_its_limit_and_no_other(serve, starter):
    (starter / "echo.py").write_text(ECHO)
    whole = [BODIES[0], BODIES[1], BODIES[2], BODIES[4]]
    with serve(*SERVERS["granian"], MAX_CONTENT_LENGTH="10", GUNICORN_APP="echo:app", FLASK_APP="echo") as server:
        statuses = [server.send(body, hang_up=False).split(b" ")[1] for body, _ in whole]

    assert statuses == [status for _, status in whole]
