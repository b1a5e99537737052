"""Whatever stands where one of our parsers reads, it is read, or refused in our own words; nothing else is raised."""

import json
import random
from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest
from attackers import damaged
from sqlalchemy import Column, Date, Integer, String, Uuid

from carboy.accounts.signing import ACCESS, REFRESH, Claims, Signer
from carboy.context import utc_now
from carboy.data.pages import read_cursor
from carboy.data.types import UtcDateTime
from carboy.errors import CarboyError
from carboy.web.contracts.files import SchemaFolder
from carboy.web.contracts.judge import Judge
from carboy.web.contracts.text import value_of
from carboy.web.csrf import token_in
from carboy.web.preconditions import Tags
from starter import create_app
from starter.settings import Settings

pytestmark = pytest.mark.long

COLUMNS = [Column(f"column{number}", kind) for number, kind in enumerate([String(9), Integer, Uuid, Date, UtcDateTime])]
KEYS = [(b"k" * 32, b"j" * 32)]


def cursors(tmp_path):
    for count in range(1, len(COLUMNS) + 1):
        yield lambda text, count=count: read_cursor(text, COLUMNS[:count])


def etags(tmp_path):
    yield Tags.parse


def tokens(tmp_path):
    signer = Signer(KEYS, issuer="i", audience="a")
    for kind in (ACCESS, REFRESH):
        yield lambda text, kind=kind: signer.read(text, kind)


def texts_of_forms(tmp_path):
    kinds = [{"type": kind} for kind in ("integer", "number", "boolean", "string", "array", "null")]
    for schema in [
        *kinds,
        {"type": "string", "format": "date"},
        {"type": "string", "format": "uuid"},
        {"anyOf": kinds},
    ]:
        judge = Judge(schema, called="a form")
        yield lambda text, schema=schema, judge=judge: judge.faults(value_of([text], schema, {}), look_for_nul=True)


def references_of_schemas(tmp_path):
    (tmp_path / "other.json").write_text('{"type": "string"}')

    def read(text):
        (tmp_path / "one.json").write_text(json.dumps({"$ref": text}))
        SchemaFolder(tmp_path).schema("one")

    yield read


def cookies_and_tokens_of_forms(tmp_path):
    app = create_app(Settings.load(root=tmp_path, environ={}, mode="testing", log_level="ERROR"))
    client, name = app.test_client(), app.config["SESSION_COOKIE_NAME"]
    session = {}
    sound = token_in(session)

    def read(text):
        header = text.encode("utf-8", "replace").decode("latin-1").replace("\n", "").replace("\r", "").replace("\0", "")
        answer = client.get("/login", headers={"Cookie": f"{name}={header}"})
        assert answer.status_code == 200, answer.status_code
        answer = client.post("/login", data={"_csrf": header or sound, "email": header, "password": header})
        assert answer.status_code < 500, answer.status_code
        assert answer.status_code >= 400, answer.status_code

    yield read


PARSERS = {
    cursors: ["WyJhIiwxXQ", "WyJhIiwxLCIwMDAwMDAwMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDAiXQ", "W10", "bnVsbA"],
    etags: ['"3"', 'W/"3"', '"3", W/"4"', "*", '"a,b"'],
    tokens: [],  # one that is good is made below
    texts_of_forms: [
        "1",
        "-1.5e3",
        "true",
        "2026-01-01",
        "a,b",
        "00000000-0000-7000-8000-000000000000",
        "null",
        "9" * 20,
    ],
    references_of_schemas: [
        "other.json",
        "#/$defs/x",
        "other.json#/a~1b",
        "../one.json",
        "http://x/y",
        "%2e%2e/other.json",
    ],
    cookies_and_tokens_of_forms: ["eyJfY3NyZiI6IngifQ.aWx0.abc", ".eJw.x.y", "x"],
}


@pytest.mark.parametrize("parsers", PARSERS, ids=lambda parsers: parsers.__name__)
def test_twenty_thousand_strings_are_read_or_refused(request, whole, tmp_path, parsers):
    chance, seeds = random.Random(17), [text.encode() for text in PARSERS[parsers] or [_sound_token()]]
    is_slow = parsers in (cookies_and_tokens_of_forms, references_of_schemas)
    count = (20_000 if whole else 2000) // (10 if is_slow and not whole else 1)
    readers, told = list(parsers(tmp_path)), SimpleNamespace(read=0, refused=0)

    for number in range(count):
        content = chance.randbytes(chance.randint(0, 60)) if number % 4 == 0 else damaged(chance.choice(seeds), chance)
        text = content.decode(chance.choice(["utf-8", "latin-1"]), "replace")
        for read in readers:
            try:
                read(text)
                told.read += 1
            except CarboyError:
                told.refused += 1

    row = [" ".join(parsers.__name__.split("_")), count * len(readers), told.read, told.refused]
    request.node.user_properties.append(("siege", [row[0], *(f"{one:,}" for one in row[1:]), "0", "0", ""]))
    assert told.refused or parsers in (texts_of_forms, cookies_and_tokens_of_forms)


def _sound_token():
    now, nobody = utc_now(), UUID(int=7)
    claims = Claims(user_id=nobody, session_id=nobody, jti=nobody, issued_at=now, expires_at=now + timedelta(hours=1))
    return Signer(KEYS, issuer="i", audience="a").access(claims)
