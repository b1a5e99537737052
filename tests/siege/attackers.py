"""Those who come from outside, each a function of the fortress and of how much is thrown: what became of all of it.

What is thrown is made of a seed: a run that finds something can be run again.
"""

import json
import random
import re
import socket
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field

from websocket import ABNF, WebSocketException, create_connection

from carboy.web.doors import open_doors

PATIENCE_SECONDS = 10
JSON = b"Content-Type: application/json"
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


@dataclass
class Tally:
    """What came of it: answers by status, 0 for a connection that was closed instead; what hung; what was taken."""

    answers: Counter = field(default_factory=Counter)
    hung: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def tried(self):
        return self.answers.total() + self.hung

    @property
    def refused(self):
        return sum(count for status, count in self.answers.items() if status == 0 or 400 <= status < 500)


def throw(port, tally, sent, *, hang_up=True):
    """Send these bytes, and note every status that comes back."""
    said = bytearray()
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as connection:
            # Who goes on sending to a server that has heard enough is cut off.
            with suppress(ConnectionError):
                connection.sendall(sent)
                if hang_up:
                    connection.shutdown(socket.SHUT_WR)
            with suppress(ConnectionError):
                while some := connection.recv(65536):
                    said += some
    except TimeoutError:
        tally.hung += 1
        return b""
    statuses = [int(line[9:12]) for line in bytes(said).splitlines() if line.startswith(b"HTTP/1.1 ")]
    tally.answers.update(statuses or [0])
    return bytes(said)


def head(method, target, *fields, host=b"localhost"):
    lines = [b"%s %s HTTP/1.1" % (method, target), b"Host: " + host, b"X-Forwarded-Proto: https", *fields, b"", b""]
    return b"\r\n".join(lines)


def post(target, body, *fields, content_type=JSON):
    length = b"Content-Length: %d" % len(body)
    return head(b"POST", target, content_type, length, b"Connection: close", *fields) + body


# --- what opens nothing


def every_closed_door(fortress, _size):
    """A stranger, a forged token and a forged cookie at every door that is closed."""
    tally = Tally()
    forged = {
        "nobody": {},
        "a token that is none": {"Authorization": "Bearer st_" + "x" * 43},
        "a token without a signature": {"Authorization": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0."},
        "a cookie that is none": {"Cookie": "__Host-session=.eJw.x.y"},
        "a machine that nobody knows": {"X-API-Key": "ck_" + "x" * 40},
    }
    opened = open_doors(fortress.app)
    for rule in (rule for rule in fortress.app.url_map.iter_rules() if rule.endpoint not in opened):
        path = re.sub(r"<.+?>", "00000000-0000-7000-8000-000000000000", rule.rule)
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            for who, headers in forged.items():
                status, _content = fortress.ask(method, path, b"{}" if method in UNSAFE else None, **_json(headers))
                tally.answers[status] += 1
                if status < 300 or (300 <= status < 400 and rule.rule.startswith("/api/")):
                    tally.wrong.append(f"{method} {path} let {who} in: {status}")
    return tally


def _json(headers):
    return {"Content-Type": "application/json", **headers}


# --- what two servers could read in two ways

_SOUND = {"a chunk of forty digits more"}  # zeros: it has but one reading, and another request may follow


def smuggled_requests(fortress, _size):
    """Requests whose length is said twice, or wrongly, with another request hidden behind."""
    hidden = head(b"GET", b"/hidden-by-somebody", b"Connection: close")
    body = b'{"email":"a@example.com","password":"x"}'
    chunk = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    length, chunked = b"Content-Length: %d" % len(body), b"Transfer-Encoding: chunked"
    forms = {
        "a length and chunks": ([length, chunked], chunk),
        "chunks and a short length": ([chunked, b"Content-Length: 4"], chunk),
        "two lengths": ([length, b"Content-Length: 0"], body),
        "the same length twice": ([length, length], body),
        "chunks in disguise": ([b"Transfer-Encoding: xchunked"], chunk),
        "chunks behind a tab": ([b"Transfer-Encoding:\tchunked", length], chunk),
        "chunks on a folded line": ([b"X: y\r\n Transfer-Encoding: chunked", length], body),
        "chunks twice": ([chunked, b"Transfer-Encoding: identity"], chunk),
        "a blank before the colon": ([b"Content-Length : %d" % len(body)], body),
        "a bare line feed": ([b"X: y\nContent-Length: %d" % len(body)], body),
        "a length in hexadecimal": ([b"Content-Length: 0x28"], body),
        "a length with a sign": ([b"Content-Length: +40"], body),
        "a chunk with a sign": ([chunked], b"+28\r\n" + body + b"\r\n0\r\n\r\n"),
        "a chunk of forty digits more": ([chunked], b"0" * 40 + chunk),
        "a chunk that never ends": ([chunked], b"28\r\n" + body),
    }
    tally = Tally()
    for name, (fields, content) in forms.items():
        sent = head(b"POST", b"/api/v1/tokens", JSON, *fields) + content + hidden
        said = throw(fortress.port, tally, sent)
        first = said.split(b"\r\n", 1)[0]
        if said.count(b"HTTP/1.1 ") > 1 and name not in _SOUND:
            tally.wrong.append(f"{name}: a second answer came: {said[-300:]!r}")
        if first[9:12] in (b"200", b"201"):
            tally.wrong.append(f"{name}: it was taken")
    return tally


# --- what is too large, too much, or in pieces


def oversize_everything(fortress, _size):
    """Bodies, targets, headers, fields, files and numbers beyond what anybody needs."""
    deep = b"[" * 50_000 + b"]" * 50_000
    many = b"&".join(b"field%d=x" % number for number in range(20_000))
    token = fortress.sign_in().encode()
    bearer = b"Authorization: Bearer " + token
    sent = [
        post(b"/api/v1/tokens", b'{"email": "%s"}' % (b"x" * 20_000_000)),
        post(b"/api/v1/tokens", deep),
        post(b"/api/v1/tokens", b'{"email":' * 20_000 + b"1" + b"}" * 20_000),
        post(b"/api/v1/tokens", b'{"email":1%s}' % (b"0" * 200_000)),
        post(b"/api/v1/todos", b'{"title": "x", "priority": 1e400}', bearer),
        post(b"/api/v1/todos", b'{"title": "x", "tags": [%s]}' % b",".join([b'"t"'] * 100_000), bearer),
        post(b"/login", many, content_type=b"Content-Type: application/x-www-form-urlencoded"),
        head(b"GET", b"/" + b"a" * 1_000_000, b"Connection: close"),
        head(b"GET", b"/api/v1/foss?q=" + b"a" * 7000, b"Connection: close"),
        head(b"GET", b"/api/v1/foss?" + b"&".join([b"q=a"] * 2000), b"Connection: close"),
        head(b"GET", b"/", b"X-Large: " + b"x" * 1_000_000, b"Connection: close"),
        head(b"GET", b"/", *[b"X-Many: x"] * 5000, b"Connection: close"),
        head(b"GET", b"/", b"Cookie: " + b"; ".join(b"c%d=x" % number for number in range(500)), b"Connection: close"),
        head(b"GET", b"/api/v1/todos", b"Authorization: Bearer " + b"x" * 7000, b"Connection: close"),
        head(b"GET", b"/", b"Range: bytes=" + b",".join([b"0-1"] * 1500), b"Connection: close"),
        head(b"GET", b"/static/app.css", b"Range: bytes=" + b",".join([b"0-1"] * 1500), b"Connection: close"),
        head(b"GET", b"/api/v1/todos?limit=" + b"9" * 5000, bearer, b"Connection: close"),
        head(b"GET", b"/", b"Accept: " + b",".join([b"text/html;q=0.1"] * 500), b"Connection: close"),
    ]
    tally = Tally()
    for one in sent:
        throw(fortress.port, tally, one)
    return tally


def malformed_multipart(fortress, size):
    """Uploads in pieces: without an end, a name or a boundary, nested, in thousands of parts, or of any bytes."""
    token = fortress.sign_in()
    status, said = fortress.ask(
        "POST", "/api/v1/todos", b'{"title": "Aim"}', **_json({"Authorization": f"Bearer {token}"})
    )
    assert status == 201, said
    target = f"/api/v1/todos/{json.loads(said)['id']}/attachments".encode()
    bearer = b"Authorization: Bearer " + token.encode()
    part = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nx\r\n'
    )
    bodies = [
        b"", b"--b", b"--b--", b"--b\r\n\r\n", part, part + b"--b--\r\n" * 3, part * 2 + b"--b--\r\n",
        part.replace(b'name="file"; ', b"") + b"--b--\r\n", part.replace(b"name", b"n\0me") + b"--b--\r\n",
        part.replace(b"a.txt", b"../../etc/passwd\0.txt") + b"--b--\r\n",
        part.replace(b"a.txt", b"\xff\xfe") + b"--b--\r\n",
        part.replace(b"a.txt", b"x" * 100_000) + b"--b--\r\n", part.replace(b"\r\n", b"\n") + b"--b--\n",
        part.replace(b"text/plain", b"multipart/mixed; boundary=c") + b"--b--\r\n",
        b"".join(part.replace(b"file", b"f%d" % number) for number in range(3000)) + b"--b--\r\n",
        b"--b\r\n" + b"X-A: b\r\n" * 5000 + b"\r\nx\r\n--b--\r\n", b"\r\n" * 100_000, part[:-5] + b"--b--",
    ]  # fmt: skip
    kinds = [
        b"boundary=b",
        b"boundary=",
        b"",
        b'boundary="b',
        b"boundary=" + b"b" * 5000,
        b"boundary=\xff",
        b"charset=x; boundary=b",
    ]
    chance = random.Random(7)
    bodies += [damaged(part + b"--b--\r\n", chance) for _ in range(size)]
    tally = Tally()
    for number, body in enumerate(bodies):
        kind = kinds[number % len(kinds)] if number >= len(kinds) * 2 else kinds[0]
        throw(
            fortress.port, tally, post(target, body, bearer, content_type=b"Content-Type: multipart/form-data; " + kind)
        )
    return tally


def damaged(content, chance):
    """Change some bytes of it, leave some out, say some twice."""
    damaged = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(damaged))
        match chance.randrange(3):
            case 0:
                damaged[place] = chance.randrange(256)
            case 1:
                del damaged[place : place + chance.randint(1, 9)]
            case _:
                damaged[place:place] = damaged[place : place + chance.randint(1, 30)]
        damaged = damaged or bytearray(b"x")
    return bytes(damaged)


def any_bytes(fortress, size):
    """Requests of which some bytes are others, and bytes that are no request."""
    chance, tally = random.Random(11), Tally()
    token = fortress.sign_in().encode()
    bearer = b"Authorization: Bearer " + token
    sound = [
        head(b"GET", b"/api/v1/todos?limit=5&cursor=eyJ4Ijox", bearer, b"Connection: close"),
        head(b"GET", b"/api/v1/foss?q=a%20b&sort=name", b'If-None-Match: "1"', b"Connection: close"),
        head(b"GET", b"/", b"Cookie: __Host-session=eyJfY3NyZiI6.x.y", b"Connection: close"),
        head(b"GET", b"/static/app.css", b"Accept-Encoding: gzip", b"Connection: close"),
        post(b"/api/v1/tokens", b'{"email": "a@example.com", "password": "x"}'),
        post(
            b"/api/v1/todos",
            b'{"title": "x", "due_on": "2026-01-01", "tags": ["a"]}',
            bearer,
            b"Idempotency-Key: abcdef0123456789",
        ),
        post(
            b"/login",
            b"email=a%40example.com&password=x",
            content_type=b"Content-Type: application/x-www-form-urlencoded",
        ),
    ]
    for number in range(size):
        one = damaged(sound[number % len(sound)], chance) if number % 10 else chance.randbytes(chance.randint(1, 3000))
        throw(fortress.port, tally, one)
    return tally


# --- what holds on


def a_flood_of_sockets(fortress, size):
    """Sockets of strangers, in hundreds; messages in thousands, too large, broken, or of no protocol."""
    tally, chance = Tally(), random.Random(13)
    url = f"ws://127.0.0.1:{fortress.port}/socket.io/?transport=websocket&EIO=4"
    told = json.dumps({"token": fortress.sign_in()})
    with ExitStack() as opened:
        for number in range(size):
            try:
                one = create_connection(
                    url, suppress_origin=True, timeout=PATIENCE_SECONDS, header=["X-Forwarded-Proto: https"]
                )
            except (WebSocketException, OSError) as refusal:
                tally.answers[getattr(refusal, "status_code", 0) or 0] += 1
                continue
            opened.callback(one.close, timeout=0)
            tally.answers[101] += 1
            with suppress(WebSocketException, OSError):
                _flood(one, number % 8, told, chance)
    return tally


def _flood(one, way, told, chance):
    match way:
        case 0:
            pass  # says nothing, and stays
        case 1:
            one.send(f"40{told}")
            for _ in range(500):
                one.send('42["listen","todos:mine"]')
        case 2:
            one.send(f"40{told}")
            one.send("42" + "x" * 100_000)
        case 3:
            one.send("40" + "[" * 3000)
        case 4:
            one.send_binary(chance.randbytes(2000))
        case 5:
            one.send_frame(ABNF.create_frame(b"\xff\xfe" * 50, ABNF.OPCODE_TEXT))
        case 6:
            one.sock.sendall(chance.randbytes(500))
        case _:
            for number in range(200):
                one.send(f"4{number}" + '["listen",{}]' * (number % 3))


def health_beside_slow_senders(fortress, size):
    """Clients that begin, and wait: fewer than there are threads, for without a proxy no more is promised."""
    tally = Tally()
    with ExitStack() as held:
        for number in range(min(size, 3)):
            connection = held.enter_context(
                socket.create_connection(("127.0.0.1", fortress.port), timeout=PATIENCE_SECONDS)
            )
            connection.sendall((head(b"GET", b"/") if number % 2 else post(b"/api/v1/tokens", b"x" * 900))[:60])
        for _ in range(50):
            tally.answers[fortress.ask("GET", "/health")[0]] += 1
    return tally


ATTACKERS = (
    every_closed_door,
    smuggled_requests,
    oversize_everything,
    malformed_multipart,
    any_bytes,
    a_flood_of_sockets,
    health_beside_slow_senders,
)
