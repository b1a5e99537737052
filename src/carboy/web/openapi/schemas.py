"""Schemas of one document: references followed, and a print that is the same for schemas that say the same."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

# What is said to people, and decides nothing.
WORDS = {
    "title", "description", "default", "example", "examples", "deprecated", "readOnly", "writeOnly", "discriminator",
    "externalDocs", "xml", "$comment", "$schema", "$id", "$anchor", "$defs",
}  # fmt: skip

_ONE = {
    "items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames", "unevaluatedItems",
    "unevaluatedProperties",
}  # fmt: skip
_NAMED = {"properties", "patternProperties", "dependentSchemas"}
_ORDERED = {"prefixItems"}
_ANY_ORDER = {"allOf", "anyOf", "oneOf"}
_SETS = {"required", "enum"}


class Document:
    """An OpenAPI document, or any JSON in which schemas refer to each other."""

    def __init__(self, said: dict[str, Any]) -> None:
        self.said = said
        self.prints: dict[str, str] = dict.fromkeys(_references(said), "")

    def target(self, reference: str) -> Any:
        """Return what a reference leads to, or None if it leads nowhere in this document."""
        found: Any = self.said
        if not reference.startswith("#/"):
            return None
        for step in reference.removeprefix("#/").split("/"):
            if not isinstance(found, dict):
                return None
            found = found.get(step.replace("~1", "/").replace("~0", "~"))
        return found

    def followed(self, said: Any) -> Any:
        """Return a parameter, body or answer itself, wherever it is written."""
        for _ in self.prints:
            if isinstance(said, dict) and isinstance(said.get("$ref"), str):
                said = self.target(said["$ref"])
        return said

    def print_of(self, schema: Any) -> str:
        """Return a short text that two schemas share only if they take the same values."""
        for _ in self.prints:
            if not isinstance(self.essence(schema), str) or (target := self.target(schema["$ref"])) is None:
                break
            schema = target
        return hashlib.sha256(_text(self.essence(schema)).encode()).hexdigest()

    def essence(self, schema: Any) -> Any:
        """Return the schema without words, names of components and order."""
        if not isinstance(schema, dict):
            return schema
        kept = {keyword: self.essence_of(keyword, said) for keyword, said in schema.items() if decides(keyword)}
        return kept["$ref"] if set(kept) == {"$ref"} else kept or True

    def essence_of(self, keyword: str, said: Any) -> Any:
        """Return the essence of what a keyword says."""
        if keyword == "$ref":
            return self.prints.get(said, said)
        if keyword in _ONE:
            return self.essence(said)
        if keyword in _NAMED:
            return {name: self.essence(schema) for name, schema in said.items()}
        if keyword in _ORDERED:
            return [self.essence(schema) for schema in said]
        if keyword in _ANY_ORDER:
            return sorted((self.essence(schema) for schema in said), key=_text)
        if keyword == "type":
            return sorted(listed(said))
        return sorted(said, key=_text) if keyword in _SETS and isinstance(said, list) else said


def decides(keyword: str) -> bool:
    """Whether a keyword can make a value right or wrong."""
    return keyword not in WORDS and not keyword.startswith("x-")


def listed(said: Any) -> list[str]:
    """Return the types that `type` names, one or several."""
    return [said] if isinstance(said, str) else list(said)


def read(*said: dict[str, Any]) -> list[Document]:
    """Read documents that are to be compared.

    Schemas may be recursive, so their prints are found by refining a guess: all are alike, until what they refer to
    tells them apart. Once a round tells no more of them apart, the prints are right.
    """
    documents = [Document(each) for each in said]
    told_apart = 0
    while True:
        rounds = [
            {reference: document.print_of(document.target(reference)) for reference in document.prints}
            for document in documents
        ]
        for document, prints in zip(documents, rounds, strict=True):
            document.prints = prints
        found = len({mark for prints in rounds for mark in prints.values()})
        if found <= told_apart:
            return documents
        told_apart = found


def _references(said: Any) -> Iterator[str]:
    if isinstance(said, dict):
        if isinstance(reference := said.get("$ref"), str):
            yield reference
        said = list(said.values())
    for child in said if isinstance(said, list) else ():
        yield from _references(child)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
