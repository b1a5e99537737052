"""Schemathesis let loose on an application that is served: what it sent, how far it walked, and what it complains of.

It is served, and not called in-process: over WSGI, schemathesis cannot ask again without the key.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from uuid import uuid4

import requests
import schemathesis
from hypothesis import strategies
from schemathesis import engine
from schemathesis.config import SchemathesisConfig
from schemathesis.engine.events import FatalError, NonFatalError, ScenarioFinished
from schemathesis.openapi.checks import RejectedPositiveData, UseAfterFree
from serving import served

from carboy.web.idempotency.once import HEADER, KEY_SCHEMA

TOKEN = "st_whoever-asks"
PHASES = ("examples", "coverage", "fuzzing", "stateful")

# A version that something may have, and any version: made up ones only ever say 412.
schemathesis.openapi.format("etag", strategies.sampled_from(['"1"', '"2"', "*"]))


@dataclass
class Attack:
    """What came of one run."""

    requests: Counter = field(default_factory=Counter)  # by phase, method and status
    changed: set = field(default_factory=set)  # paths at which an unsafe request succeeded
    walked: set = field(default_factory=set)  # methods that succeeded on what the same scenario had made
    complaints: list = field(default_factory=list)


class _Signed:
    """Puts the token of whoever asks in the place of ours: what is sent may sign them out, or delete them."""

    def __init__(self, app, token):
        self._app, self._token = app, token

    def __call__(self, environ, start_response):
        if environ.get("HTTP_AUTHORIZATION") == f"Bearer {TOKEN}":
            environ["HTTP_AUTHORIZATION"] = f"Bearer {self._token()}"
        return self._app(environ, start_response)


def attack(app, *, seed, examples, key=None, signed_in=None, phases=PHASES, but_for="nothing"):
    """Send an application what its own document suggests, and hold every answer to that document.

    `signed_in` gives the token of whoever asks, anew for each request. Paths that match `but_for` are left out.
    """
    found = Attack()
    auth = {"apiKey": {"api_key": key}} if key else {"bearer": {"bearer": TOKEN}} if signed_in else {}
    with served(_Signed(app, signed_in)) as address:
        schema = _schema(address, _config(address, auth, seed, examples, phases)).exclude(path_regex=but_for)
        schema.hook(filter_failure)
        for event in engine.from_schema(schema).execute():
            if isinstance(event, FatalError | NonFatalError):
                found.complaints.append(f"schemathesis itself: {event}")
            elif isinstance(event, ScenarioFinished):
                _note(event, found)
    return found


def _schema(address, config):
    document = requests.get(f"{address}/api/v1/openapi.json", timeout=30).json()
    for parameter in _parameters(document):
        if parameter["name"] in ("If-Match", "If-None-Match"):
            # Of itself it finds no header that has quotes in it, and calls what has none right.
            parameter["schema"]["format"] = "etag"
    return schemathesis.openapi.from_dict(document, config=config)


def _parameters(document) -> Iterator[dict]:
    for path in document["paths"].values():
        for operation in path.values():
            yield from operation.get("parameters", ())


def _config(address, auth, seed, examples, phases):
    """Every check is on, as schemathesis has them."""
    return SchemathesisConfig.from_dict(
        {
            "base-url": address,
            "seed": seed,
            "cache": {"enabled": False},
            "continue-on-failure": True,
            "auth": {"openapi": auth} if auth else {},
            "generation": {"max-examples": examples, "allow-x00": False, "database": "none"},
            "checks": {"response_schema_conformance": {"validate-formats": True}},
            "phases": {phase: {"enabled": phase in phases} for phase in PHASES},
            # How slow a machine is, or how hard a value is to make up, says nothing of the API.
            "suppress-health-check": ["all"],
        }
    )


@schemathesis.hook
def before_call(_context, case, _kwargs):
    """Give each request an Idempotency-Key of its own: the answer to a repeated one tells of what may be gone."""
    if re.fullmatch(KEY_SCHEMA["pattern"], str(case.headers.get(HEADER, ""))):
        case.headers[HEADER] = uuid4().hex


def filter_failure(_context, failure, case, response):
    """Keep a complaint, unless it is of a request that fits its schema and breaks what no schema can say.

    Nor of a target or a header that is too long for the server: it says so before the application sees the request.
    """
    if response.status_code in (414, 431):
        return False
    if isinstance(failure, UseAfterFree):
        return not case.path.startswith("/api/v1/jobs/")  # which are taken back, and seen all the same
    if not isinstance(failure, RejectedPositiveData):
        return True
    problem = response.json()
    if problem["code"] == "invalid":  # two numbers whose sum is too large; a file of random bytes
        return any(error["code"] not in ("rule", "contentMediaType") for error in problem["errors"])
    return problem["code"] not in ("precondition-failed", "link-invalid")  # of a version, of a mail that nobody sent


def _note(scenario, found):
    recorder, phase = scenario.recorder, scenario.phase.value
    for name, exchange in recorder.interactions.items():
        status = exchange.response.status_code if exchange.response else None
        found.requests[phase, exchange.request.method, status] += 1
        if status in (200, 201, 202, 204) and exchange.request.method not in ("GET", "HEAD", "OPTIONS"):
            found.changed.add(urlsplit(exchange.request.uri).path)
        if phase == "stateful" and status in (200, 204) and _was_made_here(recorder, name):
            found.walked.add(exchange.request.method)
    found.complaints += [
        f"{phase}: {check.failure_info.failure}\n{check.failure_info.code_sample}"
        for checks in recorder.checks.values()
        for check in checks
        if check.failure_info
    ]


def _was_made_here(recorder, name):
    """Whether this request is for what an earlier one of its scenario made."""
    made = {
        exchange.response.json()["id"]
        for exchange in recorder.interactions.values()
        if exchange.response is not None and exchange.response.status_code == 201
    }
    return any(one in recorder.interactions[name].request.uri for one in made)
