"""The page about OpenTelemetry, followed: what its blocks make sends the spans that it promises."""

import re
from pathlib import Path

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import text

from carboy.data.flask import data_of, db
from carboy.web.identity import public

PAGE = Path(__file__).parents[2] / "docs/how-to/opentelemetry.md"


@pytest.fixture
def followed(make_app, monkeypatch, project):
    """What the Python blocks of the page define."""
    made = []
    monkeypatch.setattr("carboy.app.create_app", lambda _name, **more: made.append(make_app(**more)) or made[-1])
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    there = {}
    exec("\n".join(blocks), there)
    yield there
    from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor

    SQLAlchemyInstrumentor().uninstrument()


@pytest.fixture
def spans_of(followed):
    """Ask for something, and give the answer and the spans of it."""
    exporter, app = InMemorySpanExporter(), followed["app"]
    followed["provider"].add_span_processor(SimpleSpanProcessor(exporter))
    with data_of(app).database.transaction() as session:
        session.execute(text("SELECT 1"))  # makes the file
    app.add_url_rule("/ask/<token>", "ask", public(lambda token: str(db().session.scalar(text("SELECT 7")))))

    def ask(path, method="GET"):
        exporter.clear()
        answer = app.test_client().open(path, method=method)
        return answer, exporter.get_finished_spans()

    return ask


def all_that_is_in(spans):
    return "".join(f"{span.name} {dict(span.attributes)} {span.events}" for span in spans)


def test_a_request_and_its_statements_are_spans_with_the_id_of_the_request_and_without_the_path(spans_of):
    answer, spans = spans_of("/ask/s3cret-token?q=s3cret")

    (request,) = [span for span in spans if span.attributes.get("http.route")]
    statements = [span for span in spans if "SELECT 7" in str(dict(span.attributes))]
    assert answer.text == "7"
    assert (request.name, request.attributes["http.route"]) == ("GET /ask/<token>", "/ask/<token>")
    assert request.attributes["request_id"] == answer.headers["X-Request-ID"]
    assert [span.context.trace_id for span in statements] == [request.context.trace_id]
    assert "s3cret" not in all_that_is_in(spans)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/ask/s3cret/x"), ("GET", "/s3cret"), ("DELETE", "/ask/s3cret"), ("S3CRET", "/s3cret")]
)
def test_a_request_that_no_route_takes_is_a_span_that_tells_nothing_of_its_path(spans_of, method, path):
    answer, spans = spans_of(f"{path}?q=s3cret", method)

    (request,) = [span for span in spans if "request_id" in span.attributes]
    assert answer.status_code in (404, 405)
    assert request.name.endswith(" unmatched")
    assert "s3cret" not in all_that_is_in(spans).lower()


def test_a_request_that_is_refused_before_it_has_a_span_is_refused_all_the_same(followed):
    answer = followed["app"].test_client().get("/", base_url="http://elsewhere.example.org")

    assert answer.status_code == 400
