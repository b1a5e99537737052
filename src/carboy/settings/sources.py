"""Where settings are said: the environment, files that it names, a folder of secrets, dotenv files."""

from collections.abc import Collection, Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import NamedTuple


class Said(NamedTuple):
    """A value as text, and where it stands, in words that follow the variable's name."""

    value: str
    where: str


# What one source says.
Layer = dict[str, Said]


def says(layer: Layer, name: str) -> bool:
    """Tell whether this source sets the variable. An empty text counts as not set."""
    return name in layer and layer[name].value != ""


ENV_FILE = "ENV_FILE"
SECRETS_DIR = "SECRETS_DIR"


def environment(environ: Mapping[str, str]) -> Layer:
    """Return what the process was started with."""
    return {
        name: Said(value, "in the environment") for name, value in environ.items() if not _is_of_kubernetes(name, value)
    }


def _is_of_kubernetes(name: str, value: str) -> bool:
    # Beside a service called redis, every pod finds REDIS_PORT=tcp://10.0.0.1:6379 in its environment.
    return name.endswith("_PORT") and value.startswith(("tcp://", "udp://"))


def files_named_by(layer: Layer, names: Collection[str], root: Path, problems: list[str]) -> Layer:
    """Return what stands in the files that NAME_FILE variables of this layer name."""
    return dict(_files_named_by(layer, names, root, problems))


def _files_named_by(
    layer: Layer, names: Collection[str], root: Path, problems: list[str]
) -> Iterator[tuple[str, Said]]:
    for name in names:
        pointer = f"{name}_FILE"
        if pointer in names or not says(layer, pointer):
            continue
        path, where = layer[pointer]
        if says(layer, name):
            problems.append(f"{name} ({layer[name].where}) and {pointer} ({where}) are both set. Keep one of them.")
        elif (text := _read(root / path)) is None:
            problems.append(f"{pointer} ({where}) must name a file of text that this process can read.")
        elif text:
            yield name, Said(text, f"from {pointer}={path}")


def folder_of_secrets(named: str, names: Collection[str], root: Path, problems: list[str]) -> Layer:
    """Return what stands in a folder with one file for each variable."""
    if not named:
        return {}
    folder = root / named
    if not folder.is_dir():
        problems.append(f"{SECRETS_DIR} (in the environment) must name a folder that exists.")
        return {}
    layer = {}
    for name in names:
        if not (folder / name).exists():
            continue
        if (text := _read(folder / name)) is None:
            problems.append(f"{name} (in {SECRETS_DIR}) must be a file of text that this process can read.")
        elif text:
            layer[name] = Said(text, f"from {folder / name}")
    return layer


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8").removesuffix("\n")
    except (OSError, ValueError):
        return None


def dotenv(path: Path, shown: str, problems: list[str], *, optional: bool = True) -> Layer:
    """Return what a dotenv file says. Nothing in it is expanded; a line that cannot be read is a problem."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        if not (optional and isinstance(error, (FileNotFoundError, NotADirectoryError))):
            problems.append(f"{shown} cannot be read: {error.strerror}. Mend its name or its permissions.")
        return {}
    except ValueError:
        problems.append(f"{shown} cannot be read: it is not text in UTF-8. Save it as that.")
        return {}
    return _parsed(text, shown, problems)


def _parsed(text: str, shown: str, problems: list[str]) -> Layer:
    from dotenv.parser import parse_stream

    layer: Layer = {}
    for key, value, original, error in parse_stream(StringIO(text)):
        where = f"in {shown} line {_line_of(original.line, original.string)}"
        if error or (key and value is None):
            # What stands there is not repeated: it may be the second line of a secret.
            problems.append(f"There is a line that is not NAME=value {where}. Mend it, or take it away.")
        elif key and key in layer and value != layer[key].value:
            problems.append(f"{key if is_name(key) else 'A key'} is said again, differently, {where}. Keep one line.")
        elif key:
            layer[key] = Said(value or "", where)
    return layer


def _line_of(first: int, original: str) -> int:
    return first + original[: len(original) - len(original.lstrip())].count("\n")


def is_name(key: str) -> bool:
    """Tell whether this looks like a variable's name, and not like a torn piece of a secret."""
    return key == key.upper() and key.isidentifier() and len(key) < 60


def copied_by_flask(layer: Layer, environ: Mapping[str, str]) -> bool:
    """Tell whether Flask seems to have copied this file into the environment, where it outranks all other files."""
    return (
        bool(layer)
        and not environ.get("FLASK_SKIP_DOTENV")
        and all(environ.get(name) == said.value for name, said in layer.items())
    )
