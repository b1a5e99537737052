"""One name for one request."""

import pytest

from carboy import context


@pytest.fixture
def client(make_app):
    app = make_app()
    app.add_url_rule("/", "home", lambda: context.request_id() or "none")
    return app.test_client()


def test_a_request_without_an_id_is_given_a_fresh_one(client):
    first, second = client.get("/"), client.get("/")

    assert first.headers["X-Request-ID"] == first.text
    assert first.text != second.text


def test_a_well_formed_id_is_kept(client):
    assert client.get("/", headers={"X-Request-ID": "edge-7f3a_19.b"}).text == "edge-7f3a_19.b"


@pytest.mark.parametrize(
    "brought", ["short", "x" * 129, "a b c d e f", "<script>alert(1)", 'a"b"c"d"e"', "-leading-dash", ""]
)
def test_an_ill_formed_id_is_replaced(client, brought):
    answer = client.get("/", headers={"X-Request-ID": brought})

    assert answer.text != brought
    assert answer.headers["X-Request-ID"] == answer.text


def test_the_id_ends_with_the_request(client):
    client.get("/")

    assert context.request_id() is None
