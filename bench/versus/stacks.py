"""Who takes part, and how each is served: as its own documentation says, with the same workers and threads."""

import sys
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
PEERS = HERE / "peers"
STARTER = HERE.parents[1] / "starter"

_WERKZEUG = "from werkzeug.security import generate_password_hash as h"
_ARGON2 = "from argon2 import PasswordHasher; h = PasswordHasher().hash"
_PWDLIB = "from pwdlib import PasswordHash; from pwdlib.hashers.argon2 import Argon2Hasher; "
_PWDLIB += "h = PasswordHash((Argon2Hasher(),)).hash"
_DJANGO = (
    "from django.conf import settings; settings.configure(); from django.contrib.auth.hashers import make_password as h"
)
_CARBOY = "from carboy.accounts.hashing import Hasher; h = Hasher().hash"


@dataclass(frozen=True)
class Stack:
    """An application with its server."""

    name: str
    title: str
    command: tuple[str, ...]  # with {port}, {workers} and {threads}
    hashing: str  # makes `h`, which hashes a password as this stack keeps it
    work: frozenset[str] = frozenset()  # what it does beside todos: page, foss, files
    environment: str | None = None  # of a peer; ours is the project's own
    folder: Path = PEERS
    variables: dict[str, str] = field(default_factory=dict)
    knows_users: bool = True
    packages: tuple[str, ...] = ()  # to be named with their versions

    def binaries(self, environments: Path) -> Path:
        """Return where its programs are."""
        return environments / self.environment / "bin" if self.environment else Path(sys.executable).parent


def _gunicorn(app: str) -> tuple[str, ...]:
    settings = ("--no-control-socket", "-b", "127.0.0.1:{port}", "-k", "gthread")
    return ("gunicorn", *settings, "-w", "{workers}", "--threads", "{threads}", app)


def _granian(app: str) -> tuple[str, ...]:
    settings = ("--interface", "wsgi", "--port", "{port}", "--no-ws")
    return ("granian", *settings, "--workers", "{workers}", "--blocking-threads", "{threads}", app)


def _uvicorn(app: str) -> tuple[str, ...]:
    quiet = ("--no-access-log", "--log-level", "warning")
    return ("uvicorn", "--port", "{port}", "--workers", "{workers}", *quiet, app)


_OURS = {
    "FLASK_APP": "starter",
    "FLASK_SKIP_DOTENV": "1",
    "GUNICORN_PORT": "{port}",
    "GUNICORN_WORKERS": "{workers}",
    "GUNICORN_THREADS": "{threads}",
    # In production, as the checks of a deployment want it. All is counted as it is by default; the limits are where
    # nobody who measures meets them.
    "FLASK_ENV": "production",
    "APP_BASE_URL": "https://127.0.0.1",
    "TRUSTED_HOSTS": "127.0.0.1,localhost",
    "CSRF_TRUSTED_ORIGINS": "http://127.0.0.1:{port}",
    "ALLOW_SQLITE_IN_PRODUCTION": "1",
    "API_RATE_LIMIT": "100000000/minute",
    "METRICS_TOKEN": "a-token-for-the-yardstick",
}
_EVERYTHING = frozenset({"page", "foss", "files"})
_FLOOR = {"hashing": _CARBOY, "work": _EVERYTHING, "knows_users": False}
_CARBOYS = {"hashing": _CARBOY, "work": _EVERYTHING, "folder": STARTER}

_ALL = (
    Stack("floor", "floor, gunicorn", _gunicorn("floor:app"), packages=("flask", "gunicorn"), **_FLOOR),
    Stack("floor-granian", "floor, granian", _granian("floor:app"), packages=("flask", "granian"), **_FLOOR),
    Stack(
        "carboy", "**Carboy**, gunicorn", ("flask", "serve"), variables=_OURS,
        packages=("carboy", "flask", "sqlalchemy", "pydantic", "gunicorn"), **_CARBOYS,
    ),
    Stack(
        "carboy-granian", "**Carboy**, granian", ("flask", "serve", "--server", "granian"),
        variables=_OURS | {"LIVE_SOCKETS": "0"}, packages=("carboy", "granian"), **_CARBOYS,
    ),
    Stack(
        "typical", "Flask-SQLAlchemy, Flask-JWT-Extended, marshmallow; gunicorn", _gunicorn("typical:app"), _WERKZEUG,
        frozenset({"page"}), "typical",
        packages=("flask", "flask-sqlalchemy", "flask-jwt-extended", "marshmallow", "gunicorn"),
    ),
    Stack(
        "fastapi", "FastAPI, SQLModel; uvicorn", _uvicorn("fastapi_template:app"), _PWDLIB,
        environment="fastapi_template", packages=("fastapi", "sqlmodel", "pydantic", "uvicorn"),
    ),
    Stack(
        "django", "Django, REST framework, simplejwt; gunicorn", _gunicorn("django_rest.wsgi:app"), _DJANGO,
        frozenset({"page"}), "django_rest", variables={"DJANGO_SETTINGS_MODULE": "django_rest.settings"},
        packages=("django", "djangorestframework", "djangorestframework-simplejwt", "gunicorn"),
    ),
    Stack(
        "litestar", "Litestar, advanced-alchemy; uvicorn", _uvicorn("litestar_stack:app"), _ARGON2,
        environment="litestar_stack", packages=("litestar", "advanced-alchemy", "uvicorn"),
    ),
)  # fmt: skip
STACKS = {stack.name: stack for stack in _ALL}
FLOOR_OF = {"carboy-granian": "floor-granian"}
