"""Access and refresh tokens: nobody makes one but we."""

import base64
import hashlib
import hmac
import json
import time
from uuid import uuid4

import jwt
import pytest

from carboy.accounts.signing import Signer

KEYS = {
    "secret_key": "Zk3-qP9_wX7vB2nM5rT8yU1iO4aS6dF0gH",
    "jwt_secret_key": "aB9-cD8_eF7gH6iJ5kL4mN3oP2qR1sT0uV",
}


def encoded(part):
    """A part of a token: JSON, or bytes, in the alphabet of tokens."""
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(token):
    """What a token says in its header and its payload, whoever signed it."""
    return jwt.get_unverified_header(token), jwt.decode(token, options={"verify_signature": False})


def signed(header, payload, key, *, digest=hashlib.sha256):
    """A token of these parts with a signature by this key, made by hand: no library refuses to write it."""
    text = f"{encoded(header)}.{encoded(payload)}"
    return f"{text}.{encoded(hmac.digest(key, text.encode(), digest))}"


def key_of(room):
    """The key by which the application signs."""
    return room.signer._newest


@pytest.fixture
def ada(make_user, sign_in):
    """Ada, who has signed in and whose tokens are good."""
    make_user()
    who = sign_in()
    assert who("GET", "/users/me").status_code == 200
    return who


@pytest.fixture
def is_refused(api):
    """Whether a token opens nothing."""

    def look(token):
        answer = api("GET", "/users/me", token=token)
        return answer.status_code == 401 and "error" in answer.headers["WWW-Authenticate"]

    return look


def test_s23_a_token_by_another_algorithm_is_refused(ada, is_refused):
    """S23: none in every spelling, without a signature or with the one that was there."""
    header, payload = decoded(ada.token)
    signature = ada.token.rpartition(".")[2]
    algorithms = ("none", "None", "nOnE", "NONE", "", None, "HS384", "HS512", "RS256", "ES256")

    taken = [
        algorithm
        for algorithm in algorithms
        for end in ("", signature, encoded(b"\x00" * 32))
        if not is_refused(f"{encoded({**header, 'alg': algorithm})}.{encoded(payload)}.{end}")
    ]

    assert taken == []


def test_s23_our_own_key_signs_by_one_algorithm_alone(ada, is_refused, room):
    """S23: what is signed with it in another way is refused as well."""
    header, payload = decoded(ada.token)
    algorithms = {"HS384": hashlib.sha384, "HS512": hashlib.sha512, "HS256": hashlib.sha512, "none": hashlib.sha256}

    taken = [
        algorithm
        for algorithm, digest in algorithms.items()
        if not is_refused(signed({**header, "alg": algorithm}, payload, key_of(room), digest=digest))
    ]

    assert taken == []


def test_s23_a_token_without_its_signature_is_refused(ada, is_refused):
    """S23: whether it is left out, empty, or another one."""
    text, _dot, signature = ada.token.rpartition(".")
    other = "B" if signature[0] == "A" else "A"

    forged = [text, f"{text}.", f"{text}.{signature[:-2]}", f"{text}.{other}{signature[1:]}", f"{ada.token}.x"]

    assert all(map(is_refused, forged))


def test_s23_a_token_that_says_something_else_is_refused(ada, is_refused):
    """S23: with the signature of what it said before."""
    header, _payload, signature = ada.token.split(".")
    said = decoded(ada.token)[1]
    changes = ({"sub": str(uuid4())}, {"sid": str(uuid4())}, {"ver": 1}, {"exp": 2**31})

    taken = [change for change in changes if not is_refused(f"{header}.{encoded({**said, **change})}.{signature}")]

    assert taken == []


def test_s23_a_signature_that_is_spelled_otherwise_revives_no_ended_token(ada, is_refused):
    """S23: one signature can be written in several ways; the name in the token is what is ended."""
    head, letter = ada.token[:-1], ada.token[-1]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    others = [head + other for other in alphabet if alphabet.index(other) // 4 == alphabet.index(letter) // 4]
    ada("DELETE", "/tokens")

    assert ada.token in others
    assert all(map(is_refused, [*others, f"{ada.token}=", f"{ada.token}=="]))


def guessable():
    """Keys that somebody would try."""
    words = ["", "secret", "dev", "Starter", "starter", "carboy", "Carboy", "password", "changeme", "change-me"]
    long = ["secret" * 6, "0" * 32, "\x00" * 32, "your-256-bit-secret", "carboy: tokens", KEYS["jwt_secret_key"]]
    return [word.encode() for word in [*words, *long, KEYS["secret_key"], "".join(KEYS.values())]]


@pytest.mark.settings(**KEYS)
def test_s24_a_token_signed_with_a_guessable_key_is_refused(ada, is_refused):
    """S24: whoever knows one of our two secrets alone has no key either."""
    header, payload = decoded(ada.token)
    digests = [hashlib.sha256(key).digest() for key in guessable()]

    forged = [
        signed({**header, "kid": kid}, payload, key)
        for key in [*guessable(), *digests]
        for kid in (header["kid"], hashlib.sha256(key).hexdigest()[:8])
    ]

    assert all(map(is_refused, forged))


@pytest.mark.settings(**KEYS)
def test_s24_one_secret_alone_makes_no_key(ada, is_refused):
    """S24: not even for whoever draws it as we do, with something else for the other."""
    header, payload = decoded(ada.token)
    secret, jwt_secret = (key.encode() for key in KEYS.values())
    pairs = [(other, jwt_secret) for other in (b"", b"dev", jwt_secret)]
    pairs += [(secret, other) for other in (b"", b"dev", secret)] + [(jwt_secret, secret)]
    keys = [Signer([pair], issuer="", audience="")._newest for pair in pairs]

    assert all(is_refused(signed(header, payload, key)) for key in keys)
    assert not is_refused(signed(header, payload, Signer([(secret, jwt_secret)], issuer="", audience="")._newest))


def test_s24_a_token_that_brings_its_own_key_is_refused(ada, is_refused):
    """S24: nothing that a token says leads to a key but the names of ours."""
    header, payload = decoded(ada.token)
    own = b"k" * 32
    brought = (
        {"jku": "https://evil.example/keys"},
        {"x5u": "https://evil.example/certificate"},
        {"jwk": {"kty": "oct", "k": encoded(own)}},
        {"x5c": [encoded(own)]},
    )

    taken = [more for more in brought if not is_refused(signed({**header, **more}, payload, own))]

    assert taken == []


def test_s24_a_token_that_names_no_key_of_ours_is_refused(ada, is_refused, room):
    """S24: even if it is signed with one."""
    header, payload = decoded(ada.token)
    names = (None, "", "x", "../../dev/null", "' OR 1=1--", 0, [], {})

    taken = [name for name in names if not is_refused(signed({**header, "kid": name}, payload, key_of(room)))]

    assert taken == []


def test_s25_a_refresh_token_opens_nothing(ada, api):
    """S25: it is good for its own renewal."""
    answer = api("GET", "/users/me", token=ada.held["refresh_token"])

    assert answer.status_code == 401


def test_s25_an_access_token_is_not_refreshed(ada, api):
    """S25: and neither is a pair of ours."""
    answer = api("PUT", "/tokens", {"refresh_token": ada.held["access_token"]})

    assert answer.status_code == 401
    assert ada("GET", "/users/me").status_code == 200


def test_s25_what_a_token_is_for_is_signed_with_it(ada, is_refused, room):
    """S25: a token of ours of another kind is no access token, whatever else it says."""
    header, payload = decoded(ada.token)
    kinds = ("JWT", "rt+jwt", "AT+JWT", "at+jwt ", "", None, 1)

    taken = [kind for kind in kinds if not is_refused(signed({**header, "typ": kind}, payload, key_of(room)))]

    assert taken == []


GONE = object()
WRONG_CLAIMS = {
    "expired": {"exp": time.time() - 60},
    "an end that is no number": {"exp": "tomorrow"},
    "an end that is no moment": {"exp": 1e300},
    "no end": {"exp": GONE},
    "not yet": {"nbf": time.time() + 86_400},
    "issued tomorrow": {"iat": time.time() + 86400},
    "no beginning": {"iat": GONE},
    "another issuer": {"iss": "evil"},
    "no issuer": {"iss": GONE},
    "another audience": {"aud": "evil"},
    "several audiences": {"aud": ["Starter", "evil"]},
    "no audience": {"aud": GONE},
    "no name": {"jti": GONE},
    "a name that is none": {"jti": "x"},
    "no sign-in": {"sid": GONE},
    "a sign-in that is none": {"sid": "x"},
    "no user": {"sub": GONE},
    "a number for a user": {"sub": 7},
    "a user that is none": {"sub": "ada"},
    "another user": {"sub": str(uuid4())},
    "an older version": {"ver": -1},
    "a version that is none": {"ver": "x"},
    "no version": {"ver": GONE},
    "a list for a version": {"ver": [0]},
}


def test_s26_a_token_whose_claims_do_not_all_fit_is_refused(ada, is_refused, room):
    """S26: although it is signed with our own key."""
    header, payload = decoded(ada.token)
    assert ada("GET", "/users/me", token=signed(header, payload, key_of(room))).status_code == 200

    def forged(claims):
        said = {name: value for name, value in {**payload, **claims}.items() if value is not GONE}
        return signed(header, said, key_of(room))

    taken = [wrong for wrong, claims in WRONG_CLAIMS.items() if not is_refused(forged(claims))]

    assert taken == []


def test_s26_a_token_whose_payload_is_no_object_is_refused(ada, is_refused, room):
    """S26: with a good signature as well."""
    header = decoded(ada.token)[0]
    payloads = (b"[]", b"null", b'"text"', b"{", b"", b"\xff", b"[" * 2000)

    taken = [payload for payload in payloads if not is_refused(signed(header, payload, key_of(room)))]

    assert taken == []


def test_s26_an_access_token_dies_at_its_time(ada, clock):
    """S26: without anybody ending it."""
    clock.shift(ada.held["access_expires_in"] + 11)

    answer = ada("GET", "/users/me")

    assert answer.status_code == 401
    assert answer.json["code"] == "token-expired"


def test_s26_a_token_in_the_address_is_none(ada, api):
    """S26: addresses are written into logs."""
    names = ("access_token", "token", "session_token", "jwt")

    answers = [api("GET", f"/users/me?{name}={ada.token}") for name in names]

    assert {answer.status_code for answer in answers} == {401}


def test_s26_a_token_in_a_cookie_is_none(ada, app):
    """S26: browsers send cookies by themselves."""
    browser = app.test_client()
    for name in ("access_token", "session", "session_token", "Authorization"):
        browser.set_cookie(name, ada.token)

    assert browser.get("/api/v1/users/me").status_code == 401


def test_s35_a_huge_header_is_refused(api):
    """S35: 4xx, and never an error of ours."""
    forms = ("Bearer {}", "Bearer ey{}", "Bearer st_{}", "Bearer ut_{}", "Basic {}", "{}")

    answers = [api("GET", "/users/me", headers={"Authorization": form.format("a" * 100_000)}) for form in forms]

    assert all(400 <= answer.status_code < 500 for answer in answers)


def test_s35_a_huge_token_is_not_even_read(ada, is_refused, room):
    """S35: although we signed it."""
    header, payload = decoded(ada.token)

    assert is_refused(signed(header, {**payload, "more": "a" * 100_000}, key_of(room)))
