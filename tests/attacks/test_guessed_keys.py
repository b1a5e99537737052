"""No cookie is signed with a key of the list that flask-unsign brings: keys that people have used and shown."""

import pytest
from itsdangerous import URLSafeTimedSerializer

from carboy.testing.servers import absent
from carboy.web.cookies import SessionCookies
from starter import create_app
from starter.settings import Settings

pytestmark = [pytest.mark.long, pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning")]


@pytest.fixture
def crack(monkeypatch):
    """Have flask-unsign guess the key of a cookie."""
    try:
        from flask_unsign import DEFAULT_WORDLIST, session
        from flask_unsign.cracker import Cracker
        from flask_unsign.helpers import wordlist
    except ImportError:
        absent("flask-unsign", "pip install flask-unsign flask-unsign-wordlist")
    # Of itself it knows only Flask's own signature, and no key whatever would fit ours.
    monkeypatch.setattr(session, "get_serializer", lambda key, _legacy, _salt: signing_as_we_do(key))

    def try_all(cookie):
        with wordlist(DEFAULT_WORDLIST, parse_lines=True) as keys:
            cracker = Cracker(cookie, threads=1, chunk_size=4096, quiet=True)
            found = cracker.crack(keys)
        assert found or cracker.attempts > 50_000, "It gave up before the end of its list."
        return found

    return try_all


def signing_as_we_do(key):
    ours = SessionCookies
    how = {"key_derivation": ours.key_derivation, "digest_method": ours.digest_method}
    return URLSafeTimedSerializer(key, salt=ours.salt, serializer=ours.serializer, signer_kwargs=how)


def cookie_of(app):
    """A cookie that this application would give."""
    return app.session_interface.get_signing_serializer(app).dumps({"_sign_in": "st_somebody"})


@pytest.mark.parametrize("mode", ["development", "testing", "production"])
def test_no_key_of_the_list_signs_what_the_starter_signs(crack, deployed, tmp_path, mode):
    told = deployed if mode == "production" else {"mode": mode}
    app = create_app(Settings.load(root=tmp_path, environ={}, **told))

    assert crack(cookie_of(app)) is None


def test_a_key_of_the_list_is_found_where_it_signs(crack, tmp_path):
    app = create_app(Settings.load(root=tmp_path, environ={}, mode="testing", secret_key="s3cr3t"))

    assert crack(cookie_of(app)) == "s3cr3t"
