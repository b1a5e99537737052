"""A schema file for every endpoint, whichever way its contract was written.

Who writes types gets files from them: `<feature>/<view>.json` for a body, `<view>.answer.json` for an answer. They
say of themselves that they were written by a command, so that no hand-written file is ever touched.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carboy.errors import SetupError
from carboy.web.endpoints import contracts_of
from carboy.web.openapi.document import Route, routes_of
from carboy.web.versions import blueprints_of

if TYPE_CHECKING:
    from flask import Flask

_COMMENT = "Written by `flask schemas export`. The type in the code is the source: change it there."


def files_of(app: "Flask") -> dict[str, str]:
    """Return what every exported file holds, by its name in the schema folder."""
    files: dict[str, str] = {}
    for api in blueprints_of(app):
        for route in routes_of(app, api):
            for name, schema in _schemas(app, route).items():
                written = _written(schema)
                if files.setdefault(f"{name}.json", written) != written:  # another version of the API says otherwise
                    files[f"{api.removeprefix('api_')}/{name}.json"] = written
    return files


def differences(folder: Path, files: Mapping[str, str]) -> list[str]:
    """Say in sentences how the folder differs from what would be exported."""
    said = [f"{name} is missing." for name in files if not (folder / name).exists()]
    said += [f"{name} says something else than its type." for name in files if _differs(folder / name, files[name])]
    return [*said, *(f"{name} belongs to no endpoint any more." for name in _stale(folder, files))]


def export(folder: Path, files: Mapping[str, str]) -> None:
    """Write the files, and remove those of ours that belong to no endpoint any more."""
    for name, content in files.items():
        path = folder / name
        if path.exists() and not is_exported(path):
            raise SetupError(f"{path} was written by hand. Use it, with Json(…), or give the view another name.")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    for name in _stale(folder, files):
        (folder / name).unlink()


def _schemas(app: "Flask", route: Route) -> dict[str, Any]:
    plan = contracts_of(app).plan(route.declared.view)
    name = route.name.replace(".", "/")
    said = {}
    if plan.body and not _from_file(plan.body.schema):
        said[name] = plan.body.schema
    if plan.answer and plan.answer.schema and not _from_file(plan.answer.schema):
        said[f"{name}.answer"] = plan.answer.schema
    for place in plan.places:
        said[f"{name}.{place.where}"] = place.schema
    return said


def _from_file(schema: Mapping[str, Any]) -> bool:
    return set(schema) == {"$ref", "$defs"} and "." in schema["$ref"]


def _written(schema: Mapping[str, Any]) -> str:
    said = {keyword: value for keyword, value in schema.items() if value or keyword != "$defs"}
    return json.dumps({"$comment": _COMMENT, **said}, indent=2, ensure_ascii=False) + "\n"


def _differs(path: Path, content: str) -> bool:
    return path.exists() and path.read_text() != content


def _stale(folder: Path, files: Mapping[str, str]) -> list[str]:
    here = (path for path in sorted(folder.rglob("*.json")) if is_exported(path))
    return [name for path in here if (name := path.relative_to(folder).as_posix()) not in files]


def is_exported(path: Path) -> bool:
    """Tell whether this file was written by the command, and not by hand."""
    try:
        return bool(json.loads(path.read_bytes()).get("$comment") == _COMMENT)
    except (ValueError, AttributeError):
        return False
