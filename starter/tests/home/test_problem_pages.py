"""What an error of the API leads to, and what an error of a page says, as this application draws them."""

import pytest
from carboy.errors import Invalid, Throttled, Violation
from carboy.web import public
from carboy.web.problems import catalogue


@pytest.mark.parametrize("code", ["invalid", "not-found", "rate-limited", "internal-error"])
def test_a_problem_is_explained_in_our_own_frame(client, code):
    answer = client.get(f"/problems/{code}")

    assert answer.status_code == 200
    assert all(
        str(words) in answer.text for words in ("masthead", code, catalogue()[code].title, catalogue()[code].status)
    )


def test_an_error_of_the_api_leads_to_such_a_page(client):
    problem = client.get("/api/v1/nowhere").json

    assert client.get(problem["type"]).status_code == 200


def test_what_is_wrong_with_a_form_is_listed(app, client):
    @app.get("/form")
    @public
    def form():
        raise Invalid("", violations=[Violation("form", "name", "maxLength", "At most 40 <characters>.")])

    answer = client.get("/form")

    assert answer.status_code == 422
    assert "<li>name: At most 40 &lt;characters&gt;.</li>" in answer.text


def test_whoever_sends_a_form_that_has_expired_is_told_to_load_it_anew_and_not_to_log_in(app, client):
    app.add_url_rule("/form", view_func=public(lambda: "sent"), methods=["POST"])

    answer = client.post("/form", data={"name": "curl"})

    assert answer.status_code == 403
    assert "Go back, reload the page, and send it again." in answer.text
    assert "copy" in answer.text
    assert not {wrong for wrong in ("log in", "another account") if wrong in answer.text}


def test_whoever_asks_too_often_is_told_to_wait(app, client):
    @app.get("/often")
    @public
    def often():
        raise Throttled

    assert "Wait a minute" in client.get("/often").text


def test_a_host_name_that_is_not_ours_is_answered_with_the_setting_that_makes_it_so(client):
    answer = client.get("/", base_url="http://elsewhere.example")

    assert answer.status_code == 400
    assert "TRUSTED_HOSTS" in answer.text
