"""`flask dev` is one terminal: it migrates, serves, reloads, and one signal ends all of it."""

import json
import os
import signal
import subprocess
import time

import pytest

MIGRATION = 'revision = "a1"\ndown_revision = None\ndef upgrade(): pass\ndef downgrade(): pass\n'


@pytest.mark.quick
def test_it_answers_says_where_to_look_and_ends_at_once_on_ctrl_c(serve):
    with serve("flask", "dev", "--yes") as server:
        statuses = [server.get(path)[0] for path in ("/", "/health", "/livez", "/readyz")]

        server.end(signal.SIGINT)

        assert statuses == [200, 200, 200, 200]
        assert f"http://127.0.0.1:{server.port}/" in server.said
        assert f"http://127.0.0.1:{server.port}/api/v1/docs" in server.said
        assert f"http://127.0.0.1:{server.port}/dev/mailbox" in server.said
        assert server.port_is_free()


def test_a_mail_leads_to_the_port_that_is_served(serve):
    said = json.dumps({"email": "ada@example.org", "password": "seventeen green umbrellas sing"}).encode()
    head = b"POST /api/v1/users HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n"

    with serve("flask", "dev", "--yes") as server:
        assert b" 202 " in server.send(head + b"Content-Length: %d\r\n\r\n%s" % (len(said), said))

        server.wait_until(lambda: f"http://localhost:{server.port}/" in server.get("/dev/mailbox.json")[1])


def test_where_celery_runs_the_jobs_it_says_how_to_start_its_workers(serve):
    with serve("flask", "dev", "--yes", JOBS_ENGINE="celery", REDIS_URL="redis://127.0.0.1:1/0") as server:
        assert "celery -A starter.celery worker" in server.said


@pytest.mark.parametrize(
    "number",
    [signal.SIGTERM, pytest.param(signal.SIGHUP, marks=pytest.mark.long), signal.SIGKILL],
    ids=lambda number: number.name,
)
def test_whatever_ends_the_first_process_ends_the_second_as_well(serve, number):
    with serve("flask", "dev", "--yes") as server:
        server.get("/livez")  # the second one serves
        os.kill(server.process.pid, number)
        server.process.wait(timeout=15)

        server.wait_until(server.port_is_free)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_told_again_while_it_ends_it_ends(serve, number):
    """As by `make`, which hands on what all of them were told."""
    with serve("flask", "dev", "--yes") as server:
        for _ in range(2000):
            os.killpg(server.process.pid, number)

        assert server.process.wait(timeout=15) == 0
        server.wait_until(server.port_is_free)


@pytest.mark.parametrize("moment", range(6))
def test_a_second_process_that_is_just_starting_ends_with_the_first(serve, moment):
    with serve("flask", "dev", "--yes") as server:
        time.sleep(moment / 100)  # not waited for: the law holds at any moment
        os.kill(server.process.pid, signal.SIGTERM)
        server.process.wait(timeout=15)

        server.wait_until(server.port_is_free)


def test_a_saved_file_is_served_and_one_saved_half_written_does_not_end_it(serve, starter):
    rules = starter / "starter/home/domain.py"
    whole = rules.read_text()
    with serve("flask", "dev", "--yes") as server:
        rules.write_text("def half(")
        server.wait_until(lambda: server.get("/")[0] == 500)

        rules.write_text(whole)
        server.wait_until(lambda: server.get("/")[0] == 200)


@pytest.mark.quick
def test_it_refuses_an_unmigrated_database_and_says_what_to_run(starter, environment):
    (starter / "migrations/versions/first.py").write_text(MIGRATION)

    finished = subprocess.run(
        ["flask", "dev"],
        cwd=starter,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert finished.returncode == 1
    assert "flask db upgrade" in finished.stdout


def test_it_refuses_to_be_a_production_server(starter, environment):
    deployed = {
        "FLASK_ENV": "staging", "TRUSTED_HOSTS": "shop.example.org", "APP_BASE_URL": "https://shop.example.org",
        "DATABASE_URL": "postgresql://shop@localhost/shop",
        "SECRET_KEY": "Zk3-qP9_wX7vB2nM5rT8yU1iO4aS6dF0gH", "JWT_SECRET_KEY": "aB9-cD8_eF7gH6iJ5kL4mN3oP2qR1sT0uV",
    }  # fmt: skip

    finished = subprocess.run(
        ["flask", "dev"], cwd=starter, env=environment | deployed, capture_output=True, text=True, check=False
    )

    assert finished.returncode != 0
    assert "gunicorn" in finished.stderr or "FLASK_DEBUG" in finished.stderr


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (["manage.py", "db", "upgrade"], "up to date"),
        pytest.param(["manage.py", "db", "init"], "there already", marks=pytest.mark.long),
        pytest.param(["insert_default_data.py"], "foss", marks=pytest.mark.long),
    ],
)
def test_the_older_names_of_commands_work(starter, environment, script, expected):
    environment.pop("FLASK_APP")
    subprocess.run(["python", "manage.py", "db", "upgrade"], cwd=starter, env=environment, check=True)

    finished = subprocess.run(
        ["python", *script], cwd=starter, env=environment, capture_output=True, text=True, check=False
    )

    assert finished.returncode == 0, finished.stderr
    assert expected in finished.stdout


def test_run_py_serves(serve):
    with serve("python", "run.py") as server:
        assert server.get("/")[0] == 200


@pytest.mark.parametrize(("source", "code"), [("def test_a(): pass", 0), ("def test_a(): assert 0", 1), ("", 5)])
def test_flask_test_exits_as_pytest_does(starter, environment, source, code):
    (starter / "tests/test_exit.py").write_text(source)

    finished = subprocess.run(
        ["flask", "test", "-q", "tests/test_exit.py"], cwd=starter, env=environment, capture_output=True, check=False
    )

    assert finished.returncode == code, finished.stdout.decode()
