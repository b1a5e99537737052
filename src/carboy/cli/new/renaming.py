"""From the starter's name to the project's. A name is replaced where it stands by itself, and not within a word."""

import re
from pathlib import PurePosixPath

from carboy.cli.new.starter import NAME

_NAME = re.compile(rf"(?<![A-Za-z0-9_]){NAME}(?![A-Za-z0-9_])")
_TITLE = re.compile(rf"\b{NAME.capitalize()}\b")
_OTHERS_WORK = "static/vendor"
_WHERE_NAMES_ARE_HOSTS = "deploy/k8s"  # no underscore is taken there


def renamed_path(path: PurePosixPath, name: str) -> PurePosixPath:
    """Return where a file of the starter is in the project."""
    return PurePosixPath(*(name if part == NAME else part for part in path.parts))


def renamed_text(path: PurePosixPath, text: str, name: str) -> str:
    """Return what a file of the starter says in the project."""
    if f"/{_OTHERS_WORK}/" in f"/{path}":
        return text
    spelled = name.replace("_", "-") if path.is_relative_to(_WHERE_NAMES_ARE_HOSTS) else name
    return _TITLE.sub(title_of(name), _NAME.sub(spelled, text))


def title_of(name: str) -> str:
    """Return what people call the application, until somebody says otherwise: My shop for my_shop."""
    return name.replace("_", " ").capitalize()
