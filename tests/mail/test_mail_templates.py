"""A message from templates: the text with its subject on top, the HTML beside it, links that begin with our address."""

from dataclasses import replace
from itertools import count

import pytest
from jinja2 import UndefinedError

from carboy.errors import Invalid, SetupError
from carboy.mail import Templates
from carboy.mail.flask import mail_of

TEXT = "Subject: Join {{ team }}\n\nHello {{ name }},\n{{ base_url }}/x {{ url_for('greet', name=name) }}\n"


@pytest.fixture
def app(make_app, project):
    (project / "shop/templates/mails").mkdir()
    app = make_app(app_base_url="https://shop.example.org", script_name="/eu", app_name="The Shop")
    app.add_url_rule("/greet/<name>", "greet", lambda name: name)
    return app


@pytest.fixture
def render(app, project):
    def render(text, html=None, **values):
        folder = project / "shop/templates/mails"
        (folder / "join.txt").write_text(text)
        if html is not None:
            (folder / "join.html").write_text(html)
        return mail_of(app).render("mails/join", to="ada@example.org", **values)

    return render


def test_a_message_is_made_of_its_templates(render):
    message = render(TEXT, "<p>Hello {{ name }}, from {{ app_name }}</p>", team="Carboy & Co", name="Ada")

    assert message.to == ("ada@example.org",)
    assert message.subject == "Join Carboy & Co"
    assert message.text == "Hello Ada,\nhttps://shop.example.org/eu/x https://shop.example.org/eu/greet/Ada"
    assert message.html == "<p>Hello Ada, from The Shop</p>"


def test_a_message_without_html_has_none(render):
    assert render(TEXT, team="", name="Ada").html is None


def test_values_are_escaped_in_the_html_and_not_in_the_text(render):
    message = render("Subject: {{ name }}\n\n{{ name }}", "{{ name }}", name="<b>&")

    assert (message.subject, message.text, message.html) == ("<b>&", "<b>&", "&lt;b&gt;&amp;")


@pytest.mark.parametrize("name", ["Ada\nBcc: eve@example.org", "Ada\n\nAnother text", "Ada\r\n\r\nx"])
def test_a_line_break_in_a_value_of_the_subject_is_refused(render, name):
    with pytest.raises(Invalid, match="subject"):
        render("Subject: {{ name }}\n\nHello", name=name)


@pytest.mark.parametrize("text", ["Hello", "Subject: Hello\nNo empty line", "\nSubject: Hello\n\n", ""])
def test_a_text_without_its_subject_on_top_is_refused(render, text):
    with pytest.raises(SetupError, match="must begin with a line `Subject: …`"):
        render(text)


@pytest.mark.parametrize("html", [None, "{{ nobody_said_this }}"])
def test_what_nobody_has_given_leaves_no_gap_in_a_mail(render, html):
    with pytest.raises(UndefinedError, match="nobody_said_this"):
        render("Subject: Hello\n\n" + ("" if html else "{{ nobody_said_this }}"), html)


def test_a_text_that_does_not_begin_with_its_subject_is_refused(render):
    with pytest.raises(SetupError, match="does not begin with it"):
        render("Subject: No. {{ next() }}\n\nHello", next=count().__next__)


def test_what_is_escaped_does_not_hang_on_the_environment(app, render, project):
    app.jinja_env.autoescape = True
    text = render("Subject: {{ name }}\n\n{{ name }}", name="<b>").text
    app.jinja_env.autoescape = False

    html = replace(mail_of(app), templates=Templates(lambda: app.jinja_env))
    (project / "shop/templates/mails/join.html").write_text("{{ name }}")

    assert (text, html.render("mails/join", to="ada@example.org", name="<b>").html) == ("<b>", "&lt;b&gt;")


def test_a_link_goes_to_our_own_address_whatever_the_request_says_and_without_one(app, render, project):
    (project / "shop/templates/mails/macro.txt").write_text(
        "{% macro go() %}{{ url_for('greet', name='x') }}{% endmacro %}"
    )
    text = (
        "Subject: Hello\n\n{% from 'mails/macro.txt' import go %}{{ url_for('greet', name='a b', _external=True) }}"
        " {{ url_for('greet', name='x', _external=False, _anchor='two words', q=1) }} {{ go() }}"
    )
    ours = "https://shop.example.org/eu/greet"

    alone = render(text).text
    with app.test_request_context("/", base_url="http://evil.example"):
        asked = render(text).text

    assert alone == asked == f"{ours}/a%20b {ours}/x?q=1#two%20words {ours}/x"


def test_an_include_that_is_missing_is_not_taken_for_a_missing_html(render):
    with pytest.raises(Exception, match=r"nowhere\.html"):
        render("Subject: Hello\n\nHello", "{% include 'nowhere.html' %}")


def test_a_request_does_not_change_what_links_begin_with(app, render):
    with app.test_request_context("/", base_url="http://evil.example"):
        message = render(TEXT, team="", name="Ada")

    assert "evil" not in message.text
    assert "https://shop.example.org/eu/greet/Ada" in message.text
