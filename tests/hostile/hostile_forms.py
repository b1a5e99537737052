"""What no honest client sends, by name, with the code of the problem that answers it."""

import json

JSON = ("Content-Type", "application/json")
EMACS = b'{"name": "GNU Emacs", "licence": "GPL-3.0-or-later"}'
VIM = b'{"name": "Vim", "licence": "GPL-2.0-or-later"}'
DEEP = 100_000


def _vim(**said):
    return json.dumps({"name": "Vim", "licence": "GPL-2.0-or-later"} | said).encode()


# Each would change something if it were taken for what it resembles.
BODIES = {
    "nothing": (b"", "malformed-json"),
    "blanks": (b" \r\n\t", "malformed-json"),
    "half of it": (VIM[:20], "malformed-json"),
    "all but its end": (VIM[:-1], "malformed-json"),
    "two of it": (VIM + VIM, "malformed-json"),
    "more after its end": (VIM + b"\0", "malformed-json"),
    "lists too deep": (b"[" * DEEP + b"]" * DEEP, "malformed-json"),
    "lists without an end": (b"[" * DEEP, "malformed-json"),
    "objects too deep": (b'{"name":' * DEEP + b"1" + b"}" * DEEP, "malformed-json"),
    "depth in a field": (VIM[:-1] + b', "email": ' + b"[" * DEEP + b"]" * DEEP + b"}", "malformed-json"),
    "an escaped high surrogate": (VIM.replace(b"Vim", b"Vim\\ud800"), "malformed-json"),
    "an escaped low surrogate": (VIM.replace(b"Vim", b"\\uDFFFVim"), "malformed-json"),
    "a raw surrogate": (VIM.replace(b"Vim", b"Vim\xed\xa0\x80"), "malformed-json"),
    "a surrogate in a name": (VIM[:-1] + b', "\\ud83d": 1}', "malformed-json"),
    "an overlong NUL": (VIM.replace(b"Vim", b"Vim\xc0\x80"), "malformed-json"),
    "Latin-1": ('{"name": "Vïm", "licence": "MIT"}'.encode("latin-1"), "malformed-json"),
    "UTF-16": (VIM.decode().encode("utf-16"), "malformed-json"),
    "UTF-16 without a mark": (VIM.decode().encode("utf-16-le"), "malformed-json"),
    "UTF-32": (VIM.decode().encode("utf-32"), "malformed-json"),
    "a byte order mark": (b"\xef\xbb\xbf" + VIM, "malformed-json"),
    "a raw NUL": (VIM.replace(b"Vim", b"Vi\0m"), "malformed-json"),
    "an escaped NUL": (VIM.replace(b"Vim", b"Vi\\u0000m"), "invalid"),
    "a NUL in a name": (VIM[:-1] + b', "email\\u0000": null}', "invalid"),
    "NaN": (VIM.replace(b'"Vim"', b"NaN"), "malformed-json"),
    "Infinity": (VIM.replace(b'"Vim"', b"-Infinity"), "malformed-json"),
    "a number beyond floats": (VIM.replace(b'"Vim"', b"1e999"), "malformed-json"),
    "5,000 digits": (VIM.replace(b'"Vim"', b"9" * 5000), "malformed-json"),
    "400 digits": (VIM.replace(b'"Vim"', b"9" * 400), "malformed-json"),
    "minus zero": (VIM.replace(b'"Vim"', b"-0"), "invalid"),
    "a number beyond 64 bits": (_vim(version=2**63), "invalid"),
    "a name twice": (VIM[:-1] + b', "name": "Vim"}', "malformed-json"),
    "a name twice, once escaped": (VIM[:-1] + b', "n\\u0061me": "Vim"}', "malformed-json"),
    "a name twice, inside": (VIM[:-1] + b', "email": {"a": 1, "a": 1}}', "malformed-json"),
    "null": (b"null", "invalid"),
    "true": (b"true", "invalid"),
    "a number": (b"7", "invalid"),
    "a text": (b'"Vim"', "invalid"),
    "a list": (b"[" + VIM + b"]", "invalid"),
    "the text of it": (json.dumps(VIM.decode()).encode(), "invalid"),
    "an unknown field": (_vim(admin=True), "invalid"),
    "an unknown field without a name": (_vim(**{"": 1}), "invalid"),
    "an unknown field with a long name": (_vim(**{"x" * 100_000: 1}), "invalid"),
    "10,000 unknown fields": (_vim(**{f"x{number}": 1 for number in range(10_000)}), "invalid"),
    "what Python would call by name": (_vim(__class__="x", __proto__={"a": 1}), "invalid"),
    "a long field": (_vim(description="x" * 1_000_000), "invalid"),
    "objects for texts": (_vim(name={"$ne": None}, licence={"$gt": ""}), "invalid"),
    "lists for texts": (_vim(name=["Vim"]), "invalid"),
    "a form": (b"name=Vim&licence=MIT", "malformed-json"),
    "XML": (b'<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>', "malformed-json"),
    "YAML": (b"name: Vim\nlicence: MIT\n", "malformed-json"),
    "a pickle": (b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x8c\x07builtins", "malformed-json"),
    "beyond the limit": (_vim(description="x" * 3_000_000), "payload-too-large"),
}

MEDIA_TYPES = {
    "none": [],
    "an empty one": [("Content-Type", "")],
    "text": [("Content-Type", "text/plain")],
    "a form": [("Content-Type", "application/x-www-form-urlencoded")],
    "multipart": [("Content-Type", "multipart/form-data; boundary=x")],
    "XML": [("Content-Type", "application/xml")],
    "another JSON": [("Content-Type", "application/vnd.api+json")],
    "two at once": [("Content-Type", "application/json, text/plain")],
    "one that resembles it": [("Content-Type", "application/jsonp")],
    "one that is quoted": [("Content-Type", '"application/json"')],
    "bytes beyond ASCII": [("Content-Type", "\xffapplication/json")],
    "a long one": [("Content-Type", "x" * 10_000)],
    "compressed": [JSON, ("Content-Encoding", "gzip")],
    "compressed twice": [JSON, ("Content-Encoding", "identity, br")],
}

ETAGS = {
    "no quotes": ("1", "malformed"),
    "half the quotes": ('"1', "malformed"),
    "single quotes": ("'1'", "malformed"),
    "nothing": ("", "malformed"),
    "a comma": (",", "malformed"),
    "a list with a stranger": ('"1", x', "malformed"),
    "two without a comma": ('"1" "1"', "malformed"),
    "a star in a list": ('*, "1"', "malformed"),
    "a lower-case weak one": ('w/"1"', "malformed"),
    "a NUL": ("\0", "malformed"),
    "a control character": ('"1\x01"', "malformed"),
    "a long one": (f'"{"1" * 2000}"', "malformed"),
    "a hundred": (", ".join(['"2"'] * 100), "malformed"),
    "a weak one": ('W/"1"', "precondition-failed"),
    "bytes beyond ASCII": ('"1\xff"', "precondition-failed"),
    "another number": (f'"{2**64}"', "precondition-failed"),
    "the same number otherwise": ('"01"', "precondition-failed"),
    "an empty one": ('""', "precondition-failed"),
}

IDEMPOTENCY_KEYS = {
    "nothing": "",
    "256 characters": "k" * 256,
    "100,000 characters": "k" * 100_000,
    "a blank inside": "a b",
    "a tab": "a\tb",
    "beyond ASCII": "cl\xe9",
    "a NUL": "k\0",
    "a control character": "\x7f",
}

QUERIES = {
    "an unknown one": ("sorting=name", "invalid"),
    "one without a name": ("=", "invalid"),
    "one with brackets": ("q[]=vim", "invalid"),
    "one twice": ("q=a&q=b", "invalid"),
    "one twice, the same": ("sort=name&sort=name", "invalid"),
    "one that is empty": ("limit=", "invalid"),
    "one without a value": ("limit", "invalid"),
    "a NUL": ("q=%00", "invalid"),
    "a NUL in a name": ("q%00=1", "invalid"),
    "bytes that are no text": ("q=%ff", "malformed"),
    "a surrogate": ("q=%ed%a0%80", "malformed"),
    "a name that is no text": ("%ff=1", "malformed"),
    "2,000 of one": ("&".join(["q=1"] * 2000), "malformed"),
    "100,000 ampersands": ("&" * 100_000, "malformed"),
    "a long text": ("q=" + "x" * 1_000_000, "invalid"),
    "a long name": ("x" * 100_000 + "=1", "invalid"),
    "a number beyond 64 bits": (f"limit={2**63}", "invalid"),
    "400 digits": ("limit=" + "9" * 400, "invalid"),
    "5,000 digits": ("limit=" + "9" * 5000, "invalid"),
    "a negative number": ("limit=-1", "invalid"),
    "NaN": ("limit=NaN", "invalid"),
    "a number beyond floats": ("limit=1e999", "invalid"),
    "digits of another script": ("limit=%D9%A1", "invalid"),
    "digits as Python writes them": ("limit=1_0", "invalid"),
    "a blank before a number": ("limit=%201", "invalid"),
    "a sort of its own making": ("sort=name;DROP%20TABLE%20foss", "invalid"),
    "a licence in lower case": ("licence=mit", "invalid"),
    "an empty cursor": ("cursor=", "invalid"),
    "a cursor that is no base64": ("cursor=%C3%A9", "invalid"),
    "a cursor with a NUL": ("cursor=%00", "invalid"),
    "a cursor of no list": ("cursor=e30", "invalid"),
    "a cursor of an empty list": ("cursor=W10", "invalid"),
    "a cursor of a number": ("cursor=WzFd", "invalid"),
    "a cursor that is too deep": ("cursor=" + "W1tb" * 400, "invalid"),
    "a long cursor": ("cursor=" + "A" * 100_000, "invalid"),
}

# Paths below /api/v1/foss/ as bytes of the wire, unquoted: none names a project.
IDS = {
    "nothing": b"",
    "a NUL": b"\0",
    "bytes that are no text": b"\xff",
    "a surrogate": b"\xed\xa0\x80",
    "an emoji": "💩".encode(),
    "a way up": b"../../etc/passwd",
    "a slash": b"a/b",
    "a backslash": b"..\\..",
    "a placeholder": b"{foss_id}",
    "a statement": b"' OR 1=1 --",
    "a number": b"1",
    "5,000 digits": b"9" * 5000,
    "100,000 letters": b"a" * 100_000,
    "a line break": b"\r\nX-Evil: 1",
}

MULTIPART = "multipart/form-data; boundary=x"
_PICTURE = b'name="picture"; filename="a.png"'
_PNG = b"\x89PNG\r\n\x1a\n0000"
END = b"--x--\r\n"


def part(said, content=_PNG, *more):
    """Return one part of a multipart body."""
    lines = [b"--x", b"Content-Disposition: form-data; " + said, *more, b"", content, b""]
    return b"\r\n".join(lines)


TYPED = b"Content-Type: image/png"
PICTURE = part(_PICTURE, _PNG, TYPED)
TITLE = part(b'name="title"', b"Emacs")

# To a view that takes one picture and one title; media type, body, code.
UPLOADS = {
    "nothing": (MULTIPART, b"", "malformed"),
    "nothing but its end": (MULTIPART, END, "malformed"),
    "bytes": (MULTIPART, bytes(range(256)) * 16, "malformed"),
    "JSON": ("application/json", b"{}", "unsupported-media-type"),
    "a form": ("application/x-www-form-urlencoded", b"title=Emacs", "unsupported-media-type"),
    "another multipart": ("multipart/mixed; boundary=x", PICTURE + TITLE + END, "unsupported-media-type"),
    "no boundary": ("multipart/form-data", PICTURE + TITLE + END, "malformed"),
    "an empty boundary": ("multipart/form-data; boundary=", PICTURE + TITLE + END, "malformed"),
    "another boundary": ("multipart/form-data; boundary=y", PICTURE + TITLE + END, "malformed"),
    "a boundary beyond ASCII": ('multipart/form-data; boundary="\xff"', PICTURE + TITLE + END, "malformed"),
    "a long boundary": (f"multipart/form-data; boundary={'x' * 5000}", PICTURE + TITLE + END, "malformed"),
    "no end": (MULTIPART, PICTURE + TITLE, "malformed"),
    "half a part": (MULTIPART, PICTURE[:40], "malformed"),
    "a field without a name": (MULTIPART, PICTURE + TITLE + part(b'x="y"', b"a") + END, "malformed"),
    "a field with an empty name": (MULTIPART, PICTURE + TITLE + part(b'name=""', b"a") + END, "malformed"),
    "a file without a name": (MULTIPART, PICTURE + TITLE + part(b'filename="a.png"') + END, "malformed"),
    "a field that is no text": (MULTIPART, PICTURE + part(b'name="title"', b"\xff\xfe\xfd") + END, "malformed"),
    "a field with a surrogate": (MULTIPART, PICTURE + part(b'name="title"', b"ab\xed\xa0\x80") + END, "malformed"),
    "a field with a NUL": (MULTIPART, PICTURE + part(b'name="title"', b"ab\0") + END, "invalid"),
    "a NUL in a name": (MULTIPART, PICTURE + TITLE + part(b'name="a\0"', b"a") + END, "invalid"),
    "bytes in a name": (MULTIPART, PICTURE + TITLE + part(b'name="\xff"', b"a") + END, "malformed"),
    "a field twice": (MULTIPART, PICTURE + TITLE + TITLE + END, "invalid"),
    "a file twice": (MULTIPART, PICTURE + PICTURE + TITLE + END, "invalid"),
    "a field as a file": (MULTIPART, PICTURE + part(b'name="title"; filename="a.txt"', b"Emacs") + END, "invalid"),
    "a file as a field": (MULTIPART, part(b'name="picture"') + TITLE + END, "malformed"),
    "an unknown field": (MULTIPART, PICTURE + TITLE + part(b'name="other"', b"a") + END, "invalid"),
    "an unknown file": (MULTIPART, PICTURE + TITLE + part(b'name="b"; filename="b.png"') + END, "invalid"),
    "a charset of its own": (MULTIPART, PICTURE + TITLE + part(b'name="_charset_"', b"utf-7") + END, "invalid"),
    "a NUL in a file's name": (
        MULTIPART,
        part(b'name="picture"; filename="a\0.png"', _PNG, TYPED) + TITLE + END,
        "invalid",
    ),
    "another ending": (MULTIPART, part(b'name="picture"; filename="a.php"', _PNG, TYPED) + TITLE + END, "invalid"),
    "other content": (MULTIPART, part(_PICTURE, b"GIF89a", TYPED) + TITLE + END, "invalid"),
    "another type": (MULTIPART, part(_PICTURE, _PNG, b"Content-Type: text/html") + TITLE + END, "invalid"),
    "a part of parts": (
        MULTIPART,
        part(_PICTURE, _PNG, b"Content-Type: multipart/mixed; boundary=z") + TITLE + END,
        "invalid",
    ),
    "a large file": (MULTIPART, part(_PICTURE, _PNG + b"0" * 3000, TYPED) + TITLE + END, "invalid"),
    "a very large file": (MULTIPART, part(_PICTURE, _PNG + b"0" * 300_000, TYPED) + TITLE + END, "payload-too-large"),
    "3,000 fields": (MULTIPART, PICTURE + part(b'name="a"', b"") * 3000 + END, "payload-too-large"),
}
