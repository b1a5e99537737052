"""A schema file as a contract: `specifications/schemas/<feature>/<name>.json`.

A file may refer to itself and to other files inside the folder, and to nothing else. It is read as one schema that
carries everything it refers to in its $defs, so that the judge, and whoever reads the API's document, need no files.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from carboy.errors import SetupError

_NOT_SCHEMAS = ("const", "enum", "default", "examples", "example")
_NAMES_OF_SCHEMAS = ("properties", "patternProperties", "$defs", "dependentSchemas")
_UNTOLD = ("$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef")


class SchemaFolder:
    """The folder of an application's schema files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> Iterator[str]:
        """Name every schema in the folder: `foss/create_foss`."""
        for path in sorted(self._folder.rglob("*.json")):
            yield path.relative_to(self._folder).with_suffix("").as_posix()

    def schema(self, name: str) -> dict[str, Any]:
        """Return the schema of this name, with all that it refers to in its $defs."""
        defs: dict[str, Any] = {}
        self._gather(name, defs)
        return {"$ref": f"#/$defs/{key_of(name)}", "$defs": defs}

    def _gather(self, name: str, defs: dict[str, Any]) -> None:
        if key_of(name) in defs:
            return
        schema = self._read(name)
        defs[key_of(name)] = schema
        for inner, where in _schemas(schema):
            self._check(inner, f"{name}.json#{where}")
            if "$ref" in inner:
                inner["$ref"] = self._bundled(inner["$ref"], name, defs)

    def _bundled(self, reference: Any, name: str, defs: dict[str, Any]) -> str:
        file, _, inside = str(reference).partition("#")
        target = self._named(unquote(file), name) if file else name
        self._gather(target, defs)
        return f"#/$defs/{key_of(target)}{inside}"

    def _named(self, file: str, referrer: str) -> str:
        path = self._path(referrer).parent / file
        within = _resolved(path).is_relative_to(self._folder.resolve())
        if ":" in file or file.startswith("/") or not within or path.suffix != ".json":
            raise SetupError(f"{referrer}.json refers to {file}. Let it name a .json file in {self._folder.name}/.")
        return path.resolve().relative_to(self._folder.resolve()).with_suffix("").as_posix()

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"

    def _read(self, name: str) -> dict[str, Any]:
        path = self._path(name)
        try:
            schema = json.loads(path.read_bytes())
        except OSError:  # not there, or no name that a file can have
            raise SetupError(f"There is no schema {path}. Write it, or mend the name in Json({name!r}).") from None
        except ValueError as error:
            raise SetupError(f"{path} is no JSON. Mend it: {error}") from error
        if not isinstance(schema, dict):
            raise SetupError(f"{path} must hold an object.")
        schema.pop("$schema", None)  # there is one dialect here: 2020-12
        return schema

    def _check(self, schema: dict[str, Any], where: str) -> None:
        if told := [keyword for keyword in _UNTOLD if keyword in schema]:
            raise SetupError(
                f"{where} uses {told[0]}, which changes what $ref means. Use plain file names and #/$defs."
            )
        if "properties" in schema and not {"additionalProperties", "unevaluatedProperties"} & schema.keys():
            raise SetupError(
                f'{where} has properties and does not say whether others are taken. Say "additionalProperties": false.'
            )


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, ValueError):  # a name that no file can have
        return Path("/")


def key_of(name: str) -> str:
    """Return the name of a schema as a key of $defs, where a slash would be a step of a pointer."""
    return name.replace("/", ".")


def _schemas(value: Any, where: str = "") -> Iterator[tuple[dict[str, Any], str]]:
    """Yield this schema and every schema in it, with its pointer; data that only looks like one is left alone."""
    if isinstance(value, list):
        for index, child in enumerate(value):
            yield from _schemas(child, f"{where}/{index}")
    elif isinstance(value, dict):
        yield value, where
        for keyword, child in value.items():
            if keyword in _NAMES_OF_SCHEMAS and isinstance(child, dict):
                for name, schema in child.items():
                    yield from _schemas(schema, f"{where}/{keyword}/{name}")
            elif keyword not in _NOT_SCHEMAS:
                yield from _schemas(child, f"{where}/{keyword}")
