"""One operation of the document: what it takes, and every status that it can answer."""

import inspect
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from carboy.web.endpoints.signature import Plan
from carboy.web.endpoints.statuses import statuses
from carboy.web.endpoints.taking import Named
from carboy.web.idempotency.once import HEADER, KEY_SCHEMA, REPLAYED, keeps_answers
from carboy.web.identity import is_public
from carboy.web.openapi.components import PROBLEM, Components
from carboy.web.preconditions import IfMatch

if TYPE_CHECKING:
    from carboy.web.openapi.document import Route

_TEXT = {"type": "string"}
_ANY_BYTES: dict[str, Any] = {"*/*": {"schema": {}}}
_ETAG = {"type": "string", "pattern": r'^(\*|"[A-Za-z0-9._~:+/=-]{1,200}")$', "examples": ['"1"']}
_KEYS = "Repeat a request with the same key, and its work is done once, if you are known: strangers have no keys."
_HEADERS_OF = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": "Which credentials would help."},
    HTTPStatus.TOO_MANY_REQUESTS: {"Retry-After": "Seconds to wait."},
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": "Seconds to wait."},
}


class Operation:
    """Describes one method of one address."""

    def __init__(self, route: "Route", plan: Plan, components: Components, schemes: Sequence[str]) -> None:
        self._route = route
        self._plan = plan
        self._components = components
        self._schemes = schemes
        self._public = is_public(route.view)

    def described(self) -> dict[str, Any]:
        """Return the operation as the document says it."""
        said: dict[str, Any] = {
            "operationId": self._route.declared.operation_id or self._route.name.replace(".", "_"),
            "tags": [self._route.name.partition(".")[0]],
            **_words_of(self._route.declared.view),
            "parameters": list(self._parameters()),
            "responses": self.responses(),
            "security": self._security(),
        }
        if self._plan.body or self._plan.uploads:
            said["requestBody"] = {"required": True, "content": self._content()}
        if self._route.declared.deprecated:
            said["deprecated"] = True
        return {keyword: value for keyword, value in said.items() if value or keyword == "security"}

    def responses(self) -> dict[str, Any]:
        """Return every answer by its status."""
        return {str(int(status)): answer for status, answer in sorted(self._answers())}

    def _security(self) -> list[dict[str, Any]]:
        ways: list[dict[str, Any]] = [{scheme: []} for scheme in self._schemes]
        return [{}, *ways] if self._public else ways

    def _parameters(self) -> Iterator[dict[str, Any]]:
        path = self._plan.route.schema["properties"] if self._plan.route else {}
        for name in self._route.variables:
            yield {
                "name": name,
                "in": "path",
                "required": True,
                "schema": self._within(self._plan.route, path.get(name)),
            }
        for place in self._plan.places:
            if place.where in ("query", "header"):
                yield from self._of_place(place)
        if self._conditional:
            yield _header("If-Match", _ETAG, "The ETag that you have seen.")
        if self._may_be_known:
            yield _header("If-None-Match", _ETAG, "The ETag that you have: if it is still good, the answer is 304.")
        if self._takes_keys:
            yield _header(HEADER, KEY_SCHEMA, _KEYS)

    def _of_place(self, place: Named) -> Iterator[dict[str, Any]]:
        for name, schema in place.schema["properties"].items():
            shown = {keyword: value for keyword, value in schema.items() if keyword != "description"}
            described = {"description": schema["description"]} if "description" in schema else {}
            yield {
                "name": name,
                "in": place.where,
                "required": name in place.schema["required"],
                **described,
                "schema": self._within(place, shown),
            }

    def _within(self, place: Named | None, schema: dict[str, Any] | None) -> dict[str, Any]:
        if place is None or schema is None:
            return dict(_TEXT)
        return self._components.schema(schema | {"$defs": place.schema["$defs"]})

    def _content(self) -> dict[str, Any]:
        if self._plan.body:
            return {"application/json": {"schema": self._components.schema(self._plan.body.schema)}}
        return {"multipart/form-data": self._multipart()}

    def _multipart(self) -> dict[str, Any]:
        files = self._plan.uploads.files if self._plan.uploads else {}
        form = next((place.schema for place in self._plan.places if place.where == "form"), {})
        return {
            "schema": self._components.schema(
                {
                    "type": "object",
                    "properties": {name: {"type": "string", "format": "binary"} for name in files}
                    | form.get("properties", {}),
                    "required": [*files, *form.get("required", [])],
                    "additionalProperties": False,
                    "$defs": form.get("$defs", {}),
                }
            ),
            "encoding": {name: {"contentType": ", ".join(file.types)} for name, file in files.items()},
        }

    @property
    def _conditional(self) -> bool:
        return IfMatch in self._plan.asks_for

    @property
    def _may_be_known(self) -> bool:
        return self._route.method == "GET" and (self._may_have_version or self._plan.sends_bytes)

    @property
    def _may_have_version(self) -> bool:
        return bool(self._plan.answer and self._plan.answer.may_have_version)

    @property
    def _takes_keys(self) -> bool:
        return self._route.method == "POST" and keeps_answers(self._route.view)

    def _answers(self) -> Iterator[tuple[int, dict[str, Any]]]:
        answer = self._plan.answer
        if answer is not None:
            yield answer.status, self._success(answer.status, answer.schema)
        if self._plan.sends_bytes:
            yield HTTPStatus.OK, {"description": "The file.", "content": _ANY_BYTES}
            yield HTTPStatus.PARTIAL_CONTENT, {"description": "The part that Range asked for.", "content": _ANY_BYTES}
        if self._may_be_known:
            yield HTTPStatus.NOT_MODIFIED, {"description": "You have it already: it is what If-None-Match names."}
        for status in statuses(
            self._route.view, self._plan, self._route.method, has_variables=bool(self._route.variables)
        ):
            if status >= HTTPStatus.BAD_REQUEST:
                yield status, self._components.response(_name_of(status), _problem(status))

    def _success(self, status: int, schema: dict[str, Any] | None) -> dict[str, Any]:
        said: dict[str, Any] = {"description": HTTPStatus(status).phrase}
        headers = dict(self._headers_of_success(status))
        if headers:
            said["headers"] = headers
        if schema is not None:
            said["content"] = {"application/json": {"schema": self._components.schema(schema, answer=True)}}
        return said

    def _headers_of_success(self, status: int) -> Iterator[tuple[str, Any]]:
        if status == HTTPStatus.CREATED:
            yield "Location", _shown_header("Where what was made can be found.")
        if self._plan.answer and self._plan.answer.is_page:
            yield "Link", _shown_header('The next page, as rel="next".')
        if self._may_have_version:
            yield "ETag", _shown_header("The version of what is shown, if it has one.")
        if self._takes_keys:
            yield REPLAYED, _shown_header("true: this is the answer to an earlier request with the same key.")


def _words_of(view: Any) -> dict[str, str]:
    """Return a docstring as a summary and a description."""
    first, _, rest = inspect.cleandoc(view.__doc__ or "").partition("\n\n")
    return {"summary": " ".join(first.split()), "description": rest.strip()}


def _header(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "description": description, "schema": schema}


def _shown_header(description: str) -> dict[str, Any]:
    return {"description": description, "schema": _TEXT}


def _name_of(status: int) -> str:
    """Return what its problem is called here: what HTTP calls it is another word in another version of Python."""
    from carboy.web.problems import of_status

    return of_status(status).code.title().replace("-", "")


def _problem(status: int) -> dict[str, Any]:
    from carboy.web.problems import example_of, title_of

    headers = {name: _shown_header(why) for name, why in _HEADERS_OF.get(HTTPStatus(status), {}).items()}
    return {
        "description": title_of(status),
        **({"headers": headers} if headers else {}),
        "content": {
            "application/problem+json": {
                "schema": {"$ref": f"#/components/schemas/{PROBLEM}"},
                "example": example_of(status),
            }
        },
    }
