"""What a view returns becomes an answer: its status, its bytes, and the header fields that go with it."""

import json
from collections.abc import Mapping
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from flask import Response, current_app, request
from pydantic_core import to_json

from carboy.data.pages import Page
from carboy.errors import SetupError
from carboy.web.contracts import types
from carboy.web.contracts.judge import Judge, pointer
from carboy.web.endpoints.answers import NoContent, Reply


class BrokenPromise(SetupError):
    """An endpoint answered what its contract does not allow. Bodies and errors are looked at in tests alone."""


class Answer:
    """What one endpoint answers when all went well."""

    def __init__(
        self,
        status: int,
        schema: dict[str, Any] | None,
        kind: Any,
        *,
        called: str,
        is_page: bool = False,
        may_have_version: bool = False,
    ) -> None:
        self.status = status
        self.schema = schema
        self.is_page = is_page
        self.may_have_version = may_have_version
        self._called = called
        self._adapter = None if kind is None else types.adapter_of(kind)

    def made_of(self, result: Any) -> Response:
        """Turn what the view returned into the answer."""
        if result is None and self.status == HTTPStatus.NO_CONTENT:
            result = NoContent()
        self._check_status(result)
        if isinstance(result, NoContent):
            return _headed(_nothing(), result.headers)
        reply = result if isinstance(result, Reply) else Reply(result)
        content = self._written(reply.body)
        if current_app.testing:
            self._check(content)
        response = Response(content, self.status, mimetype="application/json")
        if isinstance(reply.body, Page):
            _link_to_the_next(response, reply.body)
        return _tagged(_headed(response, {**reply.headers, **_location(reply)}), reply)

    def _written(self, body: Any) -> bytes:
        return to_json(body) if self._adapter is None else self._adapter.dump_json(body, by_alias=True, warnings=False)

    @cached_property
    def _judge(self) -> Judge:
        return Judge(self.schema or {}, called=f"the answer of {self._called}")

    def _check_status(self, result: Any) -> None:
        status = result.status if isinstance(result, Reply | NoContent) else Reply.status
        if status != self.status:
            raise BrokenPromise(
                f"{self._called} declares {self.status} and returned what answers {status}. Mend one of the two."
            )

    def _check(self, content: bytes) -> None:
        faults = self._judge.faults(json.loads(content))
        if faults:
            said = "; ".join(f"{pointer(fault.path)} {fault.code}: {fault.detail}" for fault in faults)
            raise BrokenPromise(
                f"{self._called} answered what its contract does not allow. Mend one of the two: {said}"
            )


def _nothing() -> Response:
    response = Response(status=HTTPStatus.NO_CONTENT)
    del response.headers["Content-Type"]  # which is HTML by default, and there is nothing that could be
    return response


def _headed(response: Response, headers: Mapping[str, str]) -> Response:
    response.headers.update(headers)
    return response


def _location(reply: Reply[Any]) -> dict[str, str]:
    location = getattr(reply, "location", "")
    return {"Location": location} if location else {}


def _tagged(response: Response, reply: Reply[Any]) -> Response:
    if reply.etag is None:
        return response
    from carboy.web.preconditions import answer_304_if_known, etag_of

    return answer_304_if_known(response, etag_of(reply.etag))


def _link_to_the_next(response: Response, page: Page[Any]) -> None:
    if page.next_cursor is not None:
        query = urlencode([*_other_parameters(), ("cursor", page.next_cursor)])
        response.headers["Link"] = f'<{quote(request.root_path + request.path)}?{query}>; rel="next"'


def _other_parameters() -> list[tuple[str, str]]:
    return [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
