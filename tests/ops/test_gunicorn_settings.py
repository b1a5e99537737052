"""What gunicorn is told, where nobody says anything else, and what is done before it has workers."""

import subprocess
import sys
from types import SimpleNamespace

import pytest
from gunicorn.config import Config

from carboy.cli.new.answers import Answers
from carboy.cli.new.rendering import render
from carboy.cli.new.starter import starter_folder
from carboy.ops.gunicorn import configuration


def test_a_worker_has_threads_and_patience(make_settings):
    told = configuration(make_settings())

    assert told["worker_class"] == "gthread"
    assert told["threads"] > 1
    assert told["timeout"] >= 30


def test_what_is_served_is_the_project_however_it_is_called(make_settings):
    module, _, factory = configuration(make_settings())["wsgi_app"].partition(":")

    shop = render(starter_folder(), Answers("shop", frozenset()))

    assert factory == "create_app()"
    assert b"from shop import create_app" in shop[f"{module}.py"].content


def test_gunicorn_can_print_what_it_is_told(make_settings):
    config = Config()
    for name, value in configuration(make_settings()).items():
        config.set(name, value)

    assert "on_starting" in str(config)


@pytest.mark.parametrize(("kind", "is_kept"), [("gevent", False), ("gthread", True)])
def test_after_a_reload_too_each_worker_of_gevent_makes_its_own_application(make_settings, kind, is_kept):
    server = SimpleNamespace(app=SimpleNamespace(callable=object()), cfg=SimpleNamespace(worker_class_str=kind))

    configuration(make_settings())["on_reload"](server)

    assert (server.app.callable is not None) == is_kept


BEFORE_THE_FORK = """
import gc, sys
from types import SimpleNamespace
from carboy.ops import gunicorn
from carboy.ops.checks import starting

starting.refuse_fatal = lambda *_: None
server = SimpleNamespace(app=SimpleNamespace(wsgi=None, callable=object()), stop=None)
server.cfg = SimpleNamespace(worker_class_str="gthread", preload_app={preload})
gunicorn.on_starting(server, settings=SimpleNamespace(metrics_port=None))
print(gc.get_freeze_count() > 0, sorted({{"argon2", "jwt", "structlog"}} & sys.modules.keys()))
"""


@pytest.mark.parametrize(
    ("preload", "told"), [(True, "True ['argon2', 'jwt', 'structlog']"), (False, "False []")], ids=["shared", "apart"]
)
def test_what_every_worker_needs_is_read_before_they_are_forked_and_left_alone_by_their_collectors(preload, told):
    program = BEFORE_THE_FORK.format(preload=preload)

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == told
