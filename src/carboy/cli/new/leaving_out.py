"""A feature that is not wanted: its folders, and the lines that name them, are left out. No file has an `if`."""

import json
import re
from collections.abc import Collection, Iterator
from pathlib import PurePosixPath
from typing import Any

from carboy.cli.new.starter import NAME

OPTIONAL = ("todos", "foss", "calculator")  # the others are leaned upon

# What Carboy's own repository needs, and no project: it gets a first migration that fits its models.
_OF_THE_REPOSITORY = ("compose.override.yaml", "migrations/versions/*.py")
_WITH_LINES = (f"{NAME}/features.py", "README.md")
_DOCUMENT = "specifications/openapi-v1.json"
_REFERENCE = re.compile(r'"#/components/([^"/]+)/([^"/]+)[/"]')


def is_wanted(path: PurePosixPath, without: Collection[str]) -> bool:
    """Whether a file of the starter is in the project."""
    if any(path.match(pattern) for pattern in _OF_THE_REPOSITORY):
        return False
    return not set(path.parts[:-1]) & set(without)


def remaining_text(path: PurePosixPath, text: str, without: Collection[str]) -> str:
    """Return what a file says of the features that remain."""
    if str(path) == _DOCUMENT:
        return _remaining_document(text, without) if without else text
    if str(path) == "pyproject.toml":
        return text.replace("without = []\n", f"without = {json.dumps(sorted(without))}\n", 1)
    if str(path) in _WITH_LINES:
        gone = [word for feature in without for word in (f'"{NAME}.{feature}"', f"`{NAME}/{feature}/`")]
        return "".join(line for line in text.splitlines(keepends=True) if not any(word in line for word in gone))
    return text


def _remaining_document(text: str, without: Collection[str]) -> str:
    """Take the operations of features out of the API's document, and then what only they have referred to."""
    said = json.loads(text)
    for path, operations in list(said["paths"].items()):
        kept = {method: one for method, one in operations.items() if not set(one["tags"]) & set(without)}
        said["paths"][path] = kept
        if not kept:
            del said["paths"][path]
    if "tags" in said:
        said["tags"] = [tag for tag in said["tags"] if tag["name"] not in without]
    _forget_the_unreferred(said)
    return json.dumps(said, indent=2, ensure_ascii=False) + "\n"


def _forget_the_unreferred(said: dict[str, Any]) -> None:
    components = said["components"]
    referred = set(_references_in(said["paths"], components))
    for kind, named in components.items():
        if kind != "securitySchemes":
            components[kind] = {name: one for name, one in named.items() if (kind, name) in referred}


def _references_in(part: Any, components: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Name the components that this part refers to, and those that they refer to in turn."""
    waiting, seen = [part], set()
    while waiting:
        for kind, name in _REFERENCE.findall(json.dumps(waiting.pop())):
            if (kind, name) not in seen:
                seen.add((kind, name))
                waiting.append(components[kind][name])
                yield kind, name
