"""Addresses of databases, of Redis and of mail servers: one spelling for each, whole or put together from its parts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, quote, unquote, urlsplit

_DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mysql+pymysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
    "mariadb+pymysql": "mysql+pymysql",
}
_SQLITE = ("sqlite", "sqlite+pysqlite")
_REDIS = ("redis", "rediss")
_RABBIT = ("amqp", "amqps")
_MAIL = ("smtp", "smtps")
_PORTS = range(1, 65536)
_LOOPBACK = re.compile(r"localhost|127\.[0-9.]+|::1")

_SERVER = re.compile(
    r"(?:(?P<user>[^:@/?#\s]*)(?::(?P<password>[^@/?#\s]*))?@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^@:/?#\[\]\s]*)(?::(?P<port>[0-9]{1,5}))?"
    r"(?:/(?P<name>[^?@#\s]*))?(?P<query>\?\S*)?"
)
_QUOTING = "A password with @ : / ? # or % in it must be percent-encoded"


def _server(rest: str) -> re.Match[str] | None:
    match = _SERVER.fullmatch(rest)
    return match if match and (not match["port"] or int(match["port"]) in _PORTS) else None


def database_url(text: str, root: Path) -> str:
    """Return the URL with the driver that Carboy uses; a relative SQLite path starts at `root`."""
    scheme, separator, rest = text.strip().partition("://")
    scheme = scheme.lower()
    if separator and scheme in _SQLITE:
        return _sqlite_url(rest, root)
    if not separator or scheme not in _DRIVERS:
        raise ValueError("must begin with sqlite://, postgresql://, mysql:// or mariadb://, then the rest of a URL")
    if not _server(rest):
        raise ValueError(f"must look like {scheme}://user:password@host:port/name. {_QUOTING}")
    return f"{_DRIVERS[scheme]}://{rest}"


def _sqlite_url(rest: str, root: Path) -> str:
    path, question_mark, query = rest.partition("?")
    if path in ("", "/", "/:memory:") or path.startswith("/file:"):
        raise ValueError(
            "must name a file, as in sqlite:///instance/shop.sqlite. In memory it cannot be:"
            " a reading and a writing pool of connections cannot share it"
        )
    if not path.startswith("/"):
        raise ValueError("must have three slashes and a path: sqlite:///instance/shop.sqlite")
    return f"sqlite:///{root / path[1:]}{question_mark}{query}"


def redis_url(text: str) -> str:
    """Return the URL if it is one of Redis."""
    text = text.strip()
    scheme, separator, rest = text.partition("://")
    scheme = scheme.lower()
    if separator and scheme == "unix" and rest.startswith("/"):
        return text
    match = _server(rest)
    if scheme not in _REDIS or not match or not match["host"]:
        raise ValueError(f"must look like redis://:password@host:6379/0, or rediss://… for TLS. {_QUOTING}")
    return f"{scheme}://{rest}"


def broker_url(text: str) -> str:
    """Return the URL if it is one that Celery's messages can go to."""
    scheme, separator, rest = text.strip().partition("://")
    if scheme.lower() not in _RABBIT:
        return redis_url(text)
    match = _server(rest)
    if not separator or not match or not match["host"]:
        raise ValueError(f"must look like amqp://user:password@host:5672/name, or amqps://… for TLS. {_QUOTING}")
    return f"{scheme.lower()}://{rest}"


def mail_url(text: str, root: Path) -> str:
    """Return where mails go, spelled alike; a relative folder starts at `root`."""
    scheme, separator, rest = text.strip().partition(":")
    scheme = scheme.lower()
    if scheme in ("console", "mailbox") and rest.strip("/") == "":
        return scheme
    if separator and scheme == "file" and rest.strip("/"):
        return f"file:{root / re.sub('^///', '/', rest)}"
    if not rest.startswith("//") or scheme not in _MAIL:
        raise ValueError("must be smtp://…, smtps://…, file:FOLDER, mailbox or console")
    mail_server(f"{scheme}:{rest}")
    return f"{scheme}:{rest}"


@dataclass(frozen=True, slots=True)
class MailServer:
    """What a URL of a mail server says."""

    host: str
    port: int | None
    user: str
    password: str = field(repr=False)
    tls: Literal["starttls", "tls", "none"]
    ca: str | None

    @property
    def is_overheard(self) -> bool:
        """Whether others on the way could read the mails."""
        return self.tls == "none" and not _LOOPBACK.fullmatch(self.host)


def mail_server(url: str) -> MailServer:
    """Return what the URL of a mail server says."""
    scheme, _, rest = url.partition("://")
    match = _server(rest)
    if not match or not match["host"] or match["name"]:
        raise ValueError(f"must look like {scheme}://user:password@host:port. {_QUOTING}")
    user, password = (unquote(match[piece] or "") for piece in ("user", "password"))
    if not re.fullmatch(r"[\x21-\x7e]*", user + password):
        raise ValueError("must have a user and a password of visible ASCII characters: mail servers know no others")
    options = dict(parse_qsl((match["query"] or "?")[1:], keep_blank_values=True))
    if not options.keys() <= {"tls", "ca"} or options.get("tls", "no") != "no":
        raise ValueError("takes two options: ?ca=/path/of/certificates.pem and ?tls=no")
    if "tls" in options and scheme == "smtps":
        raise ValueError("says smtps:// and ?tls=no, which cannot both be")
    return MailServer(
        host=match["host"].strip("[]").lower(),
        port=int(match["port"]) if match["port"] else None,
        user=user,
        password=password,
        tls="none" if "tls" in options else "tls" if scheme == "smtps" else "starttls",
        ca=options.get("ca"),
    )


def usual_sender(name: str, address: str) -> str:
    """Return whom mails are from if nobody says it: the application, at the host that visitors know."""
    host = urlsplit(address).hostname or ""
    quoted = re.sub(r'[\\"<>]', "", name)
    return f'"{quoted}" <no-reply@{host if re.search("[a-z]", host) and ":" not in host else "localhost"}>'


def database_name(url: str) -> str:
    """Return the name of the database that this URL leads to: for SQLite, of its file."""
    return url.partition("://")[2].partition("?")[0].rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Parts:
    """Variables that say a URL piece by piece, and the piece that each of them says."""

    schemes: tuple[str, ...]
    variables: Mapping[str, str]
    required: tuple[str, ...]
    defaults: Mapping[str, str]

    def compose(self, said: Mapping[str, str]) -> str:
        """Put the pieces together; user and password are quoted, so they may hold any character."""
        piece = {**self.defaults, **said}
        user, password = (quote(piece.get(name, ""), safe="") for name in ("user", "password"))
        credentials = f"{user}:{password}@" if password else f"{user}@" if user else ""
        if piece["host"].startswith("/"):  # the folder of a Unix socket
            return f"{self.schemes[0]}://{credentials}/{piece['name']}?host={quote(piece['host'])}"
        host = f"[{piece['host']}]" if ":" in piece["host"].strip("[]") else piece["host"]
        return f"{self.schemes[0]}://{credentials}{host}:{piece['port']}/{piece['name']}"

    def agree(self, piece: str, value: str, url: str) -> bool:
        """Tell whether the URL says the same about this piece."""
        scheme, _, rest = url.strip().partition("://")
        match = _SERVER.fullmatch(rest)
        if match is None or scheme.lower() not in self.schemes:
            return False
        said = unquote(match[piece] or "") or self.defaults.get(piece, "")
        return said == value or (piece == "host" and said.strip("[]").lower() == value.strip("[]").lower())


POSTGRES = Parts(
    schemes=("postgresql", "postgres", "postgresql+psycopg"),
    variables={
        "POSTGRES_USER": "user",
        "POSTGRES_PASSWORD": "password",
        "POSTGRES_HOST": "host",
        "POSTGRES_PORT": "port",
        "POSTGRES_NAME": "name",
        "POSTGRES_DB": "name",
    },
    required=("user", "name"),
    defaults={"host": "localhost", "port": "5432"},
)

REDIS = Parts(
    schemes=("redis", "rediss"),
    variables={"REDIS_HOST": "host", "REDIS_PASSWORD": "password", "REDIS_PORT": "port", "REDIS_DB_INDEX": "name"},
    required=("host",),
    defaults={"port": "6379", "name": "0"},
)
