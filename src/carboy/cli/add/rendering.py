"""What is written for a feature: each file by its place in the project. Templates have marks of their own, since what
they write is full of braces.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from carboy.cli.add import contracts
from carboy.cli.add.feature import Feature
from carboy.cli.add.refusals import Refusal
from carboy.cli.add.speaking import words_of


def render(feature: Feature) -> Mapping[str, str]:
    """Return what stands in each file of a feature, but for its migration; not yet laid out by a formatter."""
    words = words_of(feature)
    places = list(_places(feature))
    _refuse_twice([place for _, place in places])
    files = {place: _filled(template, words) for template, place in places}
    if feature.contract == "files":
        folder = f"specifications/schemas/{feature.names.many}"
        files |= {f"{folder}/{name}.json": _printed(schema) for name, schema in contracts.files_of(feature).items()}
    return files


def render_migration(feature: Feature, **about: Any) -> str:
    """Return the migration that makes a feature's table."""
    return _filled("migration.py", {**words_of(feature), **about})


def _places(feature: Feature) -> Iterator[tuple[str, str]]:
    one, many = feature.names.one, feature.names.many
    package, tests = f"{feature.package}/{many}", f"tests/{many}"
    for piece in ("domain", "api"):
        yield f"{piece}.py", f"{package}/{piece}.py"
    yield "init.py", f"{package}/__init__.py"
    yield f"models_{feature.store}.py", f"{package}/models.py"
    yield f"backend_{feature.store}.py", f"{package}/backend.py"
    yield f"schemas_{feature.contract}.py", f"{package}/schemas.py"
    yield "belongings.py", f"{tests}/belongings.py"
    yield "conftest.py", f"{tests}/conftest.py"
    yield "test_api.py", f"{tests}/test_{many}_api.py"
    yield "test_kept.py", f"{tests}/test_{many}_kept.py"
    if feature.pages:
        templates = f"{feature.package}/templates/{many}"
        yield "forms.py", f"{package}/forms.py"
        yield "pages.py", f"{package}/pages.py"
        yield "test_pages.py", f"{tests}/test_{many}_pages.py"
        yield "one.html", f"{templates}/{one}.html"
        for page in ("_way", "_fields", "list", "new"):
            yield f"{page}.html", f"{templates}/{page}.html"


def _refuse_twice(places: Sequence[str]) -> None:
    """Refuse where one file would be written over another."""
    if twice := sorted({place for place in places if places.count(place) > 1}):
        raise Refusal(f"{', '.join(twice)} would be written twice. Take another name for one of them: --one NAME.")


@cache
def _templates() -> Environment:
    return Environment(  # noqa: S701  (what is written is no page: pages are made of it, and escape for themselves)
        loader=PackageLoader("carboy.cli.add"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<<",
        variable_end_string=">>",
        comment_start_string="<#",
        comment_end_string="#>",
    )


def _filled(template: str, words: Mapping[str, Any]) -> str:
    return _templates().get_template(f"{template}.txt").render(words)


def _printed(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, indent=2) + "\n"
