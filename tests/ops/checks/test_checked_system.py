"""What only a system that lives can be asked: each fault alone is found under its name."""

import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from carboy.accounts.flask import accounts_of
from carboy.accounts.table import ADMIN
from carboy.context import utc_now
from carboy.data.flask import data_of
from carboy.jobs.flask import jobs_of
from carboy.jobs.table import SCHEDULES
from carboy.ops.checks import asking, database, services, starting
from carboy.ops.checks.asking import QUESTIONS, settings_of
from carboy.settings.ruling import Severity

pytestmark = pytest.mark.long

NOBODY = "postgresql://nobody:s3cret@127.0.0.1:1/nowhere"


def long_ago(app):
    return jobs_of(app).clock() - timedelta(minutes=10)


def add_user(app, password, *, email="ada@example.org", role=ADMIN):
    room = accounts_of(app)
    values = {"email": email, "email_normalized": email, "role": role, "password_hash": room.hasher.hash(password)}
    with room.database.transaction() as session:
        session.add(room.user(**values, confirmed_at=utc_now()))


def a_schedule_is_late(_shop, app):
    schedule = next(iter(jobs_of(app).schedules))
    values = {"handler": schedule[0], "timing": schedule[1], "next_at": long_ago(app)}
    with data_of(app).database.transaction() as session:
        session.execute(insert(SCHEDULES), values)


def the_table_of_revoked_tokens_is_gone(_shop, app):
    with data_of(app).database.transaction() as session:
        session.execute(text("DROP TABLE revoked_tokens"))


# The variables that are said, and what happens before it is asked.
BAD = {
    "data.unreachable": ({"DATABASE_URL": NOBODY}, None),
    "data.replica": ({"DATABASE_READ_URL": NOBODY}, None),
    "data.unmigrated": ({"DATABASE_URL": "sqlite:///{folder}/new.sqlite"}, None),
    "data.sqlite-elsewhere": (
        {},
        lambda shop, app: shop.add_job(
            app, state="running", leased_by="other/1/a", look_at=utc_now() + timedelta(hours=1)
        ),
    ),
    "redis.unreachable": ({"REDIS_URL": "redis://127.0.0.1:1/0"}, None),
    "jobs.broker": ({"JOBS_ENGINE": "celery", "CELERY_BROKER_URL": "amqp://shop:s3cret@127.0.0.1:1/shop"}, None),
    "files.store": (
        {
            "FILES_STORE": "s3",
            "S3_BUCKET": "b",
            "S3_ENDPOINT": "http://127.0.0.1:1",
            "S3_KEY_ID": "a",
            "S3_SECRET": "s",
        },
        None,
    ),
    "accounts.revocation-store": ({}, the_table_of_revoked_tokens_is_gone),
    "accounts.empty-password": ({}, lambda _shop, app: add_user(app, "")),
    "accounts.known-password": ({}, lambda _shop, app: add_user(app, "ada")),
    "jobs.no-worker": ({}, lambda shop, app: shop.add_job(app, due_at=long_ago(app))),
    "jobs.unknown": ({}, lambda shop, app: shop.add_job(app, handler="shop.gone:export")),
    "jobs.no-scheduler": ({}, a_schedule_is_late),
    "web.threads-without-connection": ({"GUNICORN_THREADS": "16"}, None),
    "jobs.threads-without-connection": ({"JOBS_THREADS": "12"}, None),
    "live.open-files": ({"LIVE_SOCKETS": "100000000"}, None),
}
ELSEWHERE = {  # in tests of their own
    "data.clock",
    "data.version",
    "redis.clock",
    "data.connections",
    "data.sqlite-network",
    "redis.eviction",
    "accounts.revoked-tokens-evicted",
}


@pytest.mark.parametrize("name", BAD)
def test_one_fault_is_found_under_its_name_alone(shop, name):
    said, happens = BAD[name]
    shop.before_it_is_asked = lambda app: happens and happens(shop, app)

    found = shop.check(**{key: value.replace("{folder}", str(shop.folder)) for key, value in said.items()})

    assert found == (1, {name})
    assert "s3cret" not in str(shop.findings)


def test_every_question_has_a_fault():
    assert {question.id for question in QUESTIONS} == set(BAD) | ELSEWHERE


def test_a_file_on_a_network_is_found(shop, monkeypatch):
    monkeypatch.setattr(database, "file_system_of", lambda path: "nfs4")

    assert shop.check() == (1, {"data.sqlite-network"})


def test_the_file_system_of_a_path_is_known_where_linux_says_it(tmp_path):
    (tmp_path / "link").symlink_to("/proc")

    assert database.file_system_of(Path("/proc/self")) == "proc"
    assert database.file_system_of(tmp_path / "link/self/of.sqlite") == "proc"


@pytest.mark.parametrize(
    ("named", "email", "role", "password"),
    [
        (set(), "ada@example.org", ADMIN, "seventeen green umbrellas sing"),
        (set(), "ada@example.org", "user", "admin"),  # of others it would take too long to try
        (set(), "admin@example.org", "user", "admin"),  # or a stranger could stop a start
        ({"accounts.known-password"}, "ada@example.org", ADMIN, "ada@example.org"),
    ],
)
def test_admins_are_looked_at_and_nobody_else(shop, named, email, role, password):
    shop.before_it_is_asked = lambda app: add_user(app, password, email=email, role=role)

    assert shop.check()[1] == named


def test_nothing_is_found_on_postgresql_where_nothing_is_wrong(shop_on_postgresql):
    assert shop_on_postgresql.check() == (0, set())


def test_a_clock_that_differs_from_the_databases_is_found(shop_on_postgresql, monkeypatch):
    monkeypatch.setattr(database, "utc_now", lambda: utc_now() + timedelta(minutes=1))

    assert shop_on_postgresql.check() == (1, {"data.clock"})
    assert "60 seconds behind" in str(shop_on_postgresql.findings)


@pytest.mark.parametrize(("oldest", "words"), [({"PostgreSQL": (99,)}, "99 and newer"), ({}, "not tried with")])
def test_a_database_that_carboy_is_not_tried_with_is_found(shop_on_postgresql, monkeypatch, oldest, words):
    monkeypatch.setattr(database, "_OLDEST", oldest)

    assert shop_on_postgresql.check() == (1, {"data.version"})
    assert words in str(shop_on_postgresql.findings)


def test_a_clock_that_differs_from_redis_is_found(shop, redis_server, monkeypatch):
    monkeypatch.setattr(services, "utc_now", lambda: utc_now() + timedelta(minutes=1))

    assert shop.check(REDIS_URL=redis_server) == (1, {"redis.clock"})


def test_more_connections_than_the_database_lets_in_are_found(shop_on_postgresql):
    quiet = shop_on_postgresql.check(GUNICORN_WORKERS="4", DATABASE_POOL_SIZE="50")
    found = shop_on_postgresql.check(GUNICORN_WORKERS="4", GUNICORN_THREADS="12")

    assert quiet == (0, set())
    assert found == (1, {"data.connections"})


@pytest.fixture
def evicting(redis_server):
    from redis import Redis

    redis = Redis.from_url(redis_server)
    redis.config_set("maxmemory-policy", "allkeys-lru")
    yield redis_server
    redis.config_set("maxmemory-policy", "noeviction")
    redis.close()


@pytest.mark.parametrize(
    ("store", "name"), [("database", "redis.eviction"), ("redis", "accounts.revoked-tokens-evicted")]
)
def test_a_redis_that_evicts_is_found_and_stops_a_start_if_it_keeps_revoked_tokens(shop, evicting, store, name):
    assert shop.check(REDIS_URL=evicting, BLACKLIST_STORAGE_TYPE=store) == (1, {name})


def test_a_redis_that_keeps_everything_is_no_fault(shop, redis_server):
    assert shop.check(REDIS_URL=redis_server, BLACKLIST_STORAGE_TYPE="redis") == (0, set())


def test_a_question_that_breaks_is_a_finding_and_holds_up_no_other(shop, monkeypatch):
    broken = asking.Question("shop.broken", lambda app: 1 / 0, "Mend it.", Severity.WARNING, True, (), "carboy.data")
    monkeypatch.setattr(asking, "QUESTIONS", QUESTIONS)
    QUESTIONS.append(broken)
    try:
        assert shop.check(GUNICORN_THREADS="16") == (1, {"shop.broken", "web.threads-without-connection"})
    finally:
        QUESTIONS.remove(broken)


def test_what_is_fatal_in_a_system_that_lives_stops_a_deployed_start_alone(shop, capfd):
    app = shop.app()
    add_user(app, "admin")

    with pytest.raises(SystemExit) as stopped:
        starting.refuse_fatal(settings_of(app), lambda: app)
    starting.refuse_fatal(settings_of(shop.app(FLASK_ENV="development")), lambda: app)

    assert stopped.value.code == 78
    assert "accounts.known-password" in capfd.readouterr().err


def test_a_fatal_question_that_cannot_be_asked_is_a_warning_and_stops_no_start(shop, monkeypatch):
    app = shop.app()
    broken = asking.Question("shop.broken", lambda app: 1 / 0, "Mend it.", Severity.FATAL, True, (), "carboy.data")
    monkeypatch.setattr(starting, "QUESTIONS", [broken])

    assert starting.refuse_fatal(settings_of(app), lambda: app) is None
    assert [finding.severity for finding in asking.asked(app, [broken], deployed=True)] == [Severity.WARNING]


def test_what_does_not_answer_stops_no_start(shop):
    app = shop.app(DATABASE_URL=NOBODY)

    assert starting.refuse_fatal(settings_of(app), lambda: app) is None


def test_what_says_nothing_stops_no_start_for_long(shop, monkeypatch):
    monkeypatch.setattr(starting, "_PATIENCE_SECONDS", 1)
    monkeypatch.setattr(starting, "_ask", lambda app: time.sleep(60))
    app, began = shop.app(), time.monotonic()

    starting.refuse_fatal(settings_of(app), lambda: app)

    assert time.monotonic() - began < 30


def test_the_production_example_filled_in_is_found_without_fault(shop_on_postgresql):
    example = (Path(__file__).parents[3] / "starter/.env.d/production.example").read_text()
    filled = {
        "SECRET_KEY": "Zk3-qP9_wX7vB2nM5rT8yU1iO4aS6dF0gH",
        "JWT_SECRET_KEY": "aB9-cD8_eF7gH6iJ5kL4mN3oP2qR1sT0uV",
        "DATABASE_URL": shop_on_postgresql.environment["DATABASE_URL"],
        "APP_BASE_URL": "https://shop.example.org",
        "TRUSTED_HOSTS": "shop.example.org",
        "MAIL_URL": "smtp://shop:pw@mail.example.org:587",
    }
    lines = [line for line in example.splitlines() if line and not line.startswith("#")]
    names = [line.partition("=")[0] for line in lines]
    said = "\n".join(
        f"{name}={filled.get(name) or line.partition('=')[2]}" for name, line in zip(names, lines, strict=True)
    )
    (shop_on_postgresql.folder / ".env.d").mkdir()
    (shop_on_postgresql.folder / ".env.d/.env.production").write_text(said)
    shop_on_postgresql.environment = {"FLASK_ENV": "production"}

    assert set(filled) < set(names)
    assert shop_on_postgresql.check("--deploy") == (0, set())
