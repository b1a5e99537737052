"""Do what a newcomer does first, in an empty folder, and write down how long it took.

    .venv/bin/python -m bench.newcomer

It clones what is committed here, and packages are fetched as if for the first time. docs/reference/newcomer.md is what
it writes. bash, git, curl, envsubst and nginx must be there, and the ports 5000 and 8080 free.
"""

import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/reference/newcomer.md"
PATIENCE_SECONDS = 600
_ASK = ("curl", "--silent", "--fail", "--output", "/dev/null")
DIRECT, BEHIND_NGINX = "http://127.0.0.1:5000", "http://127.0.0.1:8080"

# What nginx is told where it is nobody's service: Debian's own file does the same for the whole machine.
NGINX = """daemon off; pid nginx.pid; error_log stderr; events {}
http { include /etc/nginx/mime.types; access_log off; include default.conf; }
"""


@dataclass(frozen=True)
class Leg:
    """A part of the way: what is typed, line by line, and what is there in the end."""

    title: str
    there: str
    commands: tuple[str, ...]
    servers: tuple[str, ...] = ()  # what is typed then, and goes on until Ctrl-C
    sight: str = ""  # the address that shows it

    @property
    def typed(self) -> tuple[str, ...]:
        """Every line."""
        return self.commands + self.servers


# What an editor would do, and what docs/how-to/nginx.md has.
_FILL_IN = (
    "sed -i -e 's|^DATABASE_URL=.*|ALLOW_SQLITE_IN_PRODUCTION=1|' -e 's|change-me.example.org|127.0.0.1|'"
    " -e 's|^MAIL_URL=.*|MAIL_URL=file:instance/mails|' -e '$ a PROXY_FIX=1,1,0,0,0' .env.d/.env.production"
)
_SAY = (
    "export LISTEN=8080 UPSTREAM=127.0.0.1:5000 SERVER_NAME=_ SCRIPT_NAME= MAX_BODY_SIZE=12m"
    " STATIC_FOLDER=$PWD/public TRUSTED_PROXY=255.255.255.255"
)
_CONFIGURE = (
    "envsubst '$LISTEN $UPSTREAM $SERVER_NAME $SCRIPT_NAME $MAX_BODY_SIZE $STATIC_FOLDER $TRUSTED_PROXY'"
    " < deploy/nginx/default.conf.template > default.conf"
)

LEGS = (
    Leg(
        "The first page",
        "the starter's first page, from a clone",
        ("git clone --quiet $CARBOY carboy", "cd carboy"),
        ("make run",),
        sight=DIRECT,
    ),
    Leg(
        "A project of one's own",
        "the first page of `shop`, with its database, its keys and its first commit",
        (
            "python3 -m venv tools",
            "tools/bin/pip install --quiet ./carboy",
            "tools/bin/carboy new shop",
            "cd shop",
        ),
        ("make run",),
        sight=DIRECT,
    ),
    Leg(
        "A feature of one's own",
        "invoices over JSON and on pages, and every test of the project passed, theirs among them",
        (
            "cd shop",
            "make setup",
            ". .venv/bin/activate",
            "carboy add feature invoices 'number:string(20):unique' amount:decimal due:date 'note:text?' --pages",
            "make test",
            "git add --all && git commit --quiet --message Invoices",
        ),
    ),
    Leg(
        "Under gunicorn, behind nginx",
        "the same in production's mode, `flask check --deploy` content, static files from nginx's disk",
        (
            "cd shop && . .venv/bin/activate",
            "export FLASK_ENV=production && flask secrets --write --mode production",
            _FILL_IN,
            "flask db upgrade",
            "flask check --deploy",
            "flask static collect public",
            _SAY,
            _CONFIGURE,
        ),
        ("nginx -p $PWD -c nginx.conf", "flask serve"),
        sight=BEHIND_NGINX,
    ),
)


def main() -> None:
    """Go the whole way, and write the page."""
    with tempfile.TemporaryDirectory(prefix="newcomer-") as folder:
        here = Path(folder)
        here.chmod(0o755)
        taken = []
        for leg in LEGS:
            taken.append(go(leg, here))
            print(f"{leg.title}: {taken[-1]:.0f} s", file=sys.stderr)
    PAGE.write_text(page(taken))


def go(leg: Leg, folder: Path) -> float:
    """Type what the leg has, and return after how many seconds there was what it leads to."""
    if "nginx.conf" in "".join(leg.servers):
        user = "user root;\n" if os.geteuid() == 0 else ""  # who else may not look into a folder of root's
        (folder / "shop/nginx.conf").write_text(user + NGINX)
    script = "\n".join(["set -e", *leg.commands, *(f"{server} &" for server in leg.servers), "wait"])
    began = time.monotonic()
    with shell(script, folder) as process:
        if leg.sight:
            _wait_for(leg.sight, process)
        else:
            _must(process.wait(PATIENCE_SECONDS) == 0, f"Not all is well: {leg.title}")
        return time.monotonic() - began


@contextmanager
def shell(script: str, folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A shell of somebody who has Python, make and git, and nothing of this repository's."""
    ours = str(Path(sys.executable).parent)
    path = [one for one in os.environ["PATH"].split(os.pathsep) if one != ours] + ["/usr/sbin"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VIRTUAL_ENV", "PYTHON"))}
    who = {"GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "Ada"}
    who |= {"GIT_CONFIG_KEY_1": "user.email", "GIT_CONFIG_VALUE_1": "ada@example.com"}
    process = subprocess.Popen(
        ["/bin/bash", "-c", script],
        cwd=folder,
        env=kept | who | {"PATH": os.pathsep.join(path), "HOME": str(folder), "CARBOY": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)


def _wait_for(address: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while subprocess.run([*_ASK, address], check=False).returncode:
        _must(process.poll() is None and time.monotonic() < deadline, f"Nothing answers at {address}.")
        time.sleep(0.1)


def _must(holds: bool, otherwise: str) -> None:
    if not holds:
        raise SystemExit(otherwise)


def page(taken: list[float]) -> str:
    """Return docs/reference/newcomer.md."""
    return "\n\n".join([HEAD.format(python=platform.python_version()), table(taken), *map(shown, LEGS)]) + "\n"


HEAD = """# The way of a newcomer

How much is typed, and how long it takes, until there is something to see. `python -m bench.newcomer` goes this way, in
an empty folder, and writes this page. Python {python}, make and git are there, for the last part nginx and `envsubst`
of gettext as well, and no cache of packages to begin with: the second part finds what the first has left there. What
the index of packages takes, and the way to it, is in these figures. Two cores."""


def table(taken: list[float]) -> str:
    """Return what it took."""
    lines = ["| | commands | seconds |", "|---|---|---|"]
    lines += [
        f"| {leg.title}: {leg.there} | {len(leg.typed)} | {it:.0f} |" for leg, it in zip(LEGS, taken, strict=True)
    ]
    return "\n".join([*lines, f"| together | {sum(len(leg.typed) for leg in LEGS)} | {sum(taken):.0f} |"])


def shown(leg: Leg) -> str:
    """Return what is typed."""
    return f"## {leg.title}\n\n```sh\n" + "\n".join(leg.typed) + "\n```"


if __name__ == "__main__":
    main()
