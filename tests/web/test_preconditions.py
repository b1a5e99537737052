"""ETag, If-Match and If-None-Match: nobody overwrites what they have not seen, or loads again what they have."""

from contextvars import Context

import pytest
from flask import Flask, Response, request
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column, registry

from carboy import data
from carboy import settings as settings_room
from carboy.data import Base, Database, Model, Versioned
from carboy.data.flask import db
from carboy.errors import Malformed, PreconditionFailed
from carboy.web import errors
from carboy.web.preconditions import IfMatch, Tags, answer_304_if_known, etag_of, if_none_match

# Reading


def test_a_tag_is_the_version_in_quotes():
    assert [etag_of(version) for version in (3, "2026-01-01T00:00:00+00:00")] == ['"3"', '"2026-01-01T00:00:00+00:00"']


@pytest.mark.parametrize("version", ["", 'a"b', "a,b", "a b", "a\\b", "a\nb", "ä", "x" * 201])
def test_a_version_that_would_break_a_header_makes_no_tag(version):
    with pytest.raises(ValueError, match="letters, digits"):
        etag_of(version)


@pytest.mark.long
@given(st.lists(st.from_regex(r"[A-Za-z0-9._~:+/=-]{1,20}", fullmatch=True), min_size=1, max_size=20), st.data())
def test_what_was_given_as_a_tag_is_read_as_that_tag(versions, draw):
    tags = [etag_of(version) for version in versions]
    comma = draw.draw(st.sampled_from([",", ", ", " ,\t", ",,", " , , "]))

    read = Tags.parse(comma.join(tags))

    assert read == Tags(opaque=frozenset(tags), strong=frozenset(tags))


@given(st.one_of(st.text(), st.text(alphabet='W/",* \tab\x00\x7fé', max_size=40)))
@hypothesis_settings(max_examples=1000)
def test_random_text_is_read_or_malformed_and_nothing_else(text):
    try:
        read = Tags.parse(text)
    except Malformed:
        return
    assert read.everything is (text.strip(" \t") == "*")
    assert read.everything or read.opaque


BROKEN = [
    "",
    " ",
    ",",
    "3",
    '"3',
    '3"',
    '"3""4"',
    '"3" "4"',
    '"3"4"',
    '"3";x',
    '*, "3"',
    "**",
    "*,*",
    'w/"3"',
    'W/ "3"',
    'W/3"',
    '"a b"',
    '"a\tb"',
    '"a\x00b"',
    '"a\x7fb"',
    '"\u0142"',
    "'3'",
    f'"{"x" * 999}"',
    ",".join(['"3"'] * 51),
]


@pytest.mark.parametrize("header", ["If-Match", "If-None-Match"])
@pytest.mark.parametrize("text", BROKEN)
def test_a_condition_that_cannot_be_read_is_malformed_whichever_header_it_is_in(header, text):
    app = Flask("plain")
    environ = {f"HTTP_{header.upper().replace('-', '_')}": text}

    with app.test_request_context(environ_overrides=environ), pytest.raises(Malformed, match=f"^{header} "):
        IfMatch.of(request) if header == "If-Match" else if_none_match('"3"')


@pytest.mark.parametrize("text", [f'"{"x" * 998}"', ",".join(['"3"'] * 50), '"",', ',"a,b" , W/"c"', '"\xe9\\"'])
def test_what_the_grammar_allows_is_read_up_to_the_limits(text):
    assert Tags.parse(text).opaque


# Changing


def if_match(text):
    with Flask("plain").test_request_context(headers={} if text is None else {"If-Match": text}):
        return IfMatch.of(request)


@pytest.mark.parametrize("text", [None, '"3"', '"1", "3"', 'W/"1","3"', "*", ' "3" '])
def test_a_change_of_the_version_that_was_seen_may_go_on(text):
    assert if_match(text).require(3) is None


@pytest.mark.parametrize("text", ['"2"', 'W/"3"', '"33"', '"03"', '""', '"2","4"', 'W/"3", "2"'])
def test_a_change_of_another_version_is_refused_and_a_weak_tag_is_always_another(text):
    with pytest.raises(PreconditionFailed):
        if_match(text).require(3)


@pytest.mark.parametrize("text", ["*", '"3"'])
def test_what_is_not_there_matches_nothing(text):
    with pytest.raises(PreconditionFailed):
        if_match(text).require(None)


# Over HTTP


def answering(view, **options):
    app = Flask("plain")
    settings_room.adopt(app, settings_room.Settings.load(environ={}, mode="testing"))
    errors.init_app(app)
    app.add_url_rule("/", "view", view, **options)
    return app.test_client()


@pytest.fixture
def reader():
    def view():
        answer = Response("content", content_type="text/plain", headers={"Cache-Control": "no-cache", "Vary": "Accept"})
        return answer_304_if_known(answer, etag_of(3))

    return answering(view, methods=["GET", "POST"])


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("text", ['"3"', 'W/"3"', '"1", W/"3"', "*"])
def test_who_has_it_already_gets_304_with_all_that_caches_need_and_no_body(reader, method, text):
    answer = reader.open("/", method=method, headers={"If-None-Match": text})

    assert (answer.status_code, answer.data) == (304, b"")
    kept = {name: answer.headers.get(name) for name in ("ETag", "Cache-Control", "Vary")}
    assert kept == {"ETag": '"3"', "Cache-Control": "no-cache", "Vary": "Accept"}
    assert not {"Content-Type", "Content-Length"} & set(answer.headers.keys())


@pytest.mark.parametrize("headers", [{}, {"If-None-Match": '"2"'}, {"If-None-Match": 'W/"33", "1"'}])
def test_who_has_another_version_gets_the_content_and_its_tag(reader, headers):
    answer = reader.get("/", headers=headers)

    assert (answer.status_code, answer.text, answer.headers["ETag"]) == (200, "content", '"3"')


def test_an_answer_to_a_change_is_never_304(reader):
    assert reader.post("/", headers={"If-None-Match": '"3"'}).status_code == 200


def test_an_answer_that_is_no_plain_success_is_never_304():
    client = answering(lambda: answer_304_if_known(Response("gone", 410), etag_of(3)))

    assert client.get("/", headers={"If-None-Match": '"3"'}).status_code == 410


@pytest.mark.parametrize(("text", "status"), [(None, 428), ('"2"', 412), ('"3', 400), ('"3"', 200)])
def test_a_view_that_demands_the_condition_gets_it_or_says_what_is_wrong(text, status):
    client = answering(lambda: IfMatch.of(request).demanded().require(3) or "done", methods=["PUT"])

    assert client.put("/", headers={} if text is None else {"If-Match": text}).status_code == status


@pytest.mark.parametrize(
    ("text", "stored", "status"), [("*", 3, 412), ('"3"', 3, 412), ('W/"3"', 3, 412), ('"2"', 3, 200), ("*", None, 200)]
)
def test_who_asks_that_it_not_be_there_overwrites_nothing(text, stored, status):
    client = answering(lambda: IfMatch.of(request).require(stored) or "done", methods=["PUT"])

    assert client.put("/", headers={"If-None-Match": text}).status_code == status


@pytest.mark.long
@given(st.binary(max_size=60))
@hypothesis_settings(max_examples=1000, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_bytes_in_either_header_never_end_in_500(reader, content):
    environ = {"HTTP_IF_NONE_MATCH": content.decode("latin-1")}

    assert reader.get("/", environ_overrides=environ).status_code in (200, 304, 400)


# Two clients and one row


class Sample(Model):
    __abstract__ = True
    registry = registry(type_annotation_map=Base.type_annotation_map)
    metadata = registry.metadata


class Page(Versioned, Sample):
    __tablename__ = "preconditions_pages"
    text: Mapped[str] = mapped_column(String(50))


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def database(request, new_database):
    database = Database(new_database(request.param), patience=2.0)
    Sample.metadata.create_all(database.engine())
    yield database
    database.close()


@pytest.fixture
def meanwhile():
    """What happens between the moment when a view has read the row and the moment when it writes it."""
    return []


@pytest.fixture
def wiki(database, make_settings, meanwhile):
    """An application with one page, which everybody may read and write."""
    app = Flask("wiki")
    settings_room.adopt(app, make_settings())
    errors.init_app(app)
    data.init_app(app, database)
    with database.transaction() as session:
        session.add(page := Page(text="first"))
        session.flush()

    def load():
        with database.reading() as session:
            return session.get_one(Page, page.id)

    @app.get("/page")
    def read():
        stored = load()
        return answer_304_if_known(Response(stored.text), etag_of(stored.version))

    @app.put("/page")
    def change():
        stored = Context().run(load)  # apart from the transaction that writes, as a slow view reads
        IfMatch.of(request).require(stored.version)
        while meanwhile:
            meanwhile.pop()()
        db().session.add(stored)
        stored.text = request.get_data(as_text=True)
        db().session.flush()
        return answer_304_if_known(Response(stored.text), etag_of(stored.version))

    return app


def test_the_second_of_two_who_saw_the_same_version_is_told_412(wiki):
    ada, ben = wiki.test_client(), wiki.test_client()
    seen = {"If-Match": ada.get("/page").headers["ETag"]}

    answers = [ada.put("/page", data="Ada's", headers=seen), ben.put("/page", data="Ben's", headers=seen)]

    assert [answer.status_code for answer in answers] == [200, 412]
    assert (ben.get("/page").text, answers[0].headers["ETag"]) == ("Ada's", '"2"')


@pytest.mark.parametrize("headers", [{}, {"If-Match": '"1"'}])
def test_a_race_that_is_lost_after_the_condition_was_looked_at_is_409(wiki, meanwhile, headers):
    ada, ben = wiki.test_client(), wiki.test_client()
    meanwhile.append(lambda: ada.put("/page", data="Ada's"))

    answer = ben.put("/page", data="Ben's", headers=headers)

    assert (answer.status_code, ben.get("/page").text) == (409, "Ada's")


def test_who_lost_can_load_again_and_win(wiki):
    client = wiki.test_client()
    client.put("/page", data="Ada's", headers={"If-Match": '"1"'})

    seen = client.get("/page", headers={"If-None-Match": '"1"'})
    answer = client.put("/page", data="Ben's", headers={"If-Match": seen.headers["ETag"]})

    assert (seen.text, answer.status_code) == ("Ada's", 200)
    assert client.get("/page", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
