"""Settings told to people, from the class itself: a table, an example file for each mode, a page of the reference."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from carboy.settings.kinds import MODES, Called, Otherwise
from carboy.settings.rules import DEPLOYED, PLACEHOLDER
from carboy.settings.secrecy import is_secret, shown, written
from carboy.settings.spellings import Spelling, spellings_of

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from carboy.settings import Settings

# Each group begins with this field; what an application adds comes last.
_GROUPS = {
    "mode": "The application",
    "secret_key": "Keys and tokens",
    "session_lifetime": "Accounts",
    "database_url": "Databases",
    "jobs_engine": "Jobs",
    "files_store": "Files",
    "live_manager": "Live events",
    "app_base_url": "The web",
    "mail_url": "Mails",
    "log_level": "The log",
    "host": "The development server",
    "gunicorn_host": "gunicorn",
}
_OWN = "This application's own"

# What a deployed application must say. None of these is accepted as it stands, but for the one proxy that most have.
_TO_FILL_IN = {
    "secret_key": PLACEHOLDER,
    "jwt_secret_key": PLACEHOLDER,
    "database_url": f"postgresql://shop:{PLACEHOLDER}@localhost/shop",
    "app_base_url": f"https://{PLACEHOLDER}.example.org",
    "trusted_hosts": f"{PLACEHOLDER}.example.org",
    "proxy_fix": "1,1,0,0,0",
    "mail_url": f"smtp://shop:{PLACEHOLDER}@mail.example.org:587",
}


class Row(NamedTuple):
    """One setting: its variable, its value as it may be shown, and who said it."""

    name: str
    value: str
    source: str


class Entry(NamedTuple):
    """One setting as its class declares it."""

    group: str
    name: str
    field: "FieldInfo"
    spelling: Spelling

    @property
    def variable(self) -> str:
        """The name to use."""
        return self.spelling.names[0]

    @property
    def otherwise(self) -> str:
        """How the default is worked out, if it is."""
        return next((note.words for note in self.field.metadata if isinstance(note, Otherwise)), "")


def rows(settings: "Settings") -> list[Row]:
    """Return every setting with its value, secrets hidden, and who said it."""
    return [
        Row(entry.variable, shown(entry.name, entry.field, getattr(settings, entry.name)), settings.sources[entry.name])
        for entry in entries(type(settings))
    ]


def entries(cls: "type[Settings]") -> Iterator[Entry]:
    """Yield every setting of the class, in the order of its declaration."""
    from carboy.settings import Settings

    group = ""
    for name, spelling in spellings_of(cls).items():
        group = _GROUPS.get(name, group) if name in Settings.model_fields else _OWN
        yield Entry(group, name, cls.model_fields[name], spelling)


def variable_of(cls: "type[Settings]", name: str) -> str:
    """Return the variable of a setting."""
    return spellings_of(cls)[name].names[0]


def example(cls: "type[Settings]", mode: str) -> str:
    """Return an example file for the mode: every variable with its type, default and reason."""
    lines = _EXAMPLE.format(mode=mode).splitlines()
    to_say = {"mode": mode, **_TO_FILL_IN} if mode in DEPLOYED else {}
    group = ""
    for entry in entries(cls):
        if entry.group != group:
            group = entry.group
            lines += ["", f"# == {group} =="]
        lines += ["", *_commented(entry), _assignment(entry, to_say)]
    return "\n".join(lines) + "\n"


def starting_file(cls: "type[Settings]", mode: str, keys: Mapping[str, str]) -> str:
    """Return a file to begin with: the keys, and what a deployed application must say besides."""
    said = {**(_TO_FILL_IN if mode in DEPLOYED else {}), **keys}
    lines = _START.format(mode=mode).splitlines()
    for entry in entries(cls):
        if entry.name in said:
            reason = textwrap.wrap(entry.field.description or "", 110)
            lines += ["", *(f"# {line}" for line in reason), f"{entry.variable}={said[entry.name]}"]
    return "\n".join(lines) + "\n"


def _assignment(entry: Entry, to_say: Mapping[str, str]) -> str:
    if entry.name in to_say:
        return f"{entry.variable}={to_say[entry.name]}"
    return f"#{entry.variable}={_plain_default(entry)}"


def _commented(entry: Entry) -> Iterator[str]:
    yield from (f"# {line}" for line in textwrap.wrap(entry.field.description or "", 110))
    yield f"# {_type_of(entry)}. Default: {_default_of(entry)}."
    if instances := [written(value) for value in entry.field.examples or ()]:
        yield f"# For instance: {'  or  '.join(instances)}"
    if others := _also(entry, quote=""):
        yield f"# {others}"


def reference(cls: "type[Settings]") -> str:
    """Return the page of the reference, in Markdown."""
    parts, group = [_REFERENCE.format(modes=", ".join(f"`{mode}`" for mode in MODES))], ""
    for entry in entries(cls):
        if entry.group != group:
            group = entry.group
            parts.append(f"\n## {group}\n\n| variable | type | default | what for |\n|---|---|---|---|\n")
        cells = (f"`{entry.variable}`", _type_of(entry), _quoted_default(entry), _reason(entry))
        parts.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n")
    return "".join(parts)


def _reason(entry: Entry) -> str:
    instances = ", ".join(f"`{written(value)}`" for value in entry.field.examples or ())
    sentences = [
        entry.field.description or "",
        f"For instance {instances}." if instances else "",
        _also(entry, quote="`"),
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _also(entry: Entry, *, quote: str) -> str:
    def named(variables: Iterable[str]) -> str:
        return ", ".join(f"{quote}{variable}{quote}" for variable in variables)

    spelling = entry.spelling
    sentences = []
    if spelling.names[1:]:
        sentences.append(f"Also {named(spelling.names[1:])}.")
    if spelling.older:
        sentences.append(f"Older: {named(spelling.older)}.")
    if spelling.parts:
        sentences.append(f"In parts: {named(spelling.parts.variables)}.")
    return " ".join(sentences)


def _type_of(entry: Entry) -> str:
    called = _called(entry.field.metadata) or next(
        filter(None, (_called(getattr(part, "__metadata__", ())) for part in get_args(entry.field.annotation))), ""
    )
    if not called and is_secret(entry.name, entry.field):
        return "secret"
    return f"{called or _words_of(entry.field.annotation)}{_bounds(entry.field)}"


def _called(notes: Iterable[Any]) -> str:
    return next((note.words for note in notes if isinstance(note, Called)), "")


def _words_of(annotation: Any) -> str:
    words = [word for word in get_args(annotation) if isinstance(word, str)]
    return " | ".join(words) or str(getattr(annotation, "__name__", annotation))


def _bounds(field: "FieldInfo") -> str:
    least, most = (
        next((getattr(note, name) for note in field.metadata if hasattr(note, name)), None) for name in ("ge", "le")
    )
    if least is not None and most is not None:
        return f", {least} to {most}"
    return f", {least} or more" if least is not None else ""


def _plain_default(entry: Entry) -> str:
    if entry.otherwise or entry.field.is_required() or is_secret(entry.name, entry.field):
        return ""
    return written(entry.field.get_default(call_default_factory=False))


def _default_of(entry: Entry) -> str:
    if entry.otherwise:
        return entry.otherwise
    return "none, it must be set" if entry.field.is_required() else _plain_default(entry) or "none"


def _quoted_default(entry: Entry) -> str:
    plain = _plain_default(entry)
    return f"`{plain}`" if plain else _default_of(entry)


_EXAMPLE = """\
# Settings for {mode}. Made by `flask config --example {mode}`.
# The real file is .env.d/.env.{mode}; `flask secrets --write --mode {mode}` begins one.
# It never goes into git. The environment outranks it.
# One NAME=value on a line; no quotes, no export, no ${{...}}, nothing behind a value: systemd, docker and dotenv
# then read it alike. An empty value counts as not set."""

_START = """\
# Settings of this machine for {mode}, made by `flask secrets --write`. Keep it to yourself and out of git.
# {mode}.example, beside this file, explains every setting; `flask config` shows those in force."""

_REFERENCE = """\
# Settings

Generated by `flask config --reference` from the class itself; a test keeps it true.

Modes: {modes}. `FLASK_ENV` says which, in the environment or in `.env`.
A value comes from the first source that has it:

1. the environment;
2. the file that `NAME_FILE` names, without its last line break (`SECRET_KEY_FILE=/run/secrets/key`);
3. the file called `NAME` in the folder that `SECRETS_DIR` names;
4. `.env.d/.env.<mode>`, or instead of it the file that `ENV_FILE` names;
5. `.env`;
6. the default.

An empty value counts as not set. Relative paths start at the project's folder. Two spellings of one setting that
disagree in one source are an error; so is an unknown name in a file, unless it belongs to another tool. All faults are
told at once, with their sources and without any value, and the process ends with exit code 78.
[Why it is so](../why/settings.md).

`flask config` shows every setting with its value (secrets hidden) and its source. `flask secrets` prints new keys.
`ENV_FILE` and `SECRETS_DIR` are read from the environment alone.

## Staging and production refuse

- keys that are missing, shorter than 32 bytes, made of fewer than 16 different characters (10 in a key of 64 or more
  hexadecimal digits), or made up; a `JWT_SECRET_KEY` that is also a `SECRET_KEY`
- `FLASK_DEBUG`, `GUNICORN_RELOAD`, `BLACKLIST_STORAGE_TYPE=memory`, `AUTH_THROTTLING` that is off
- `*` or `null` in `CORS_ORIGINS`
- no `TRUSTED_HOSTS`; an `APP_BASE_URL` that is not set, not https, longer than a host, or not of a trusted host
- SQLite without `ALLOW_SQLITE_IN_PRODUCTION`
- `MAIL_URL` with what only developers see: `mailbox`, `console`; `?tls=no` to another machine
- whatever still holds `change-me`
"""
