"""Somebody who is signed in at a stack, by its own API and by its own page."""

import http.client
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from bench.versus.data import EMAIL, PASSWORD
from bench.versus.stacks import Stack

_TOKEN = re.compile(r'name="(_?csrf\w*)"[^>]*value="([^"]*)"')


class Asker:
    """Asks one stack, and knows its tokens."""

    def __init__(self, port: int, stack: Stack) -> None:
        self._port, self.bearer, self.cookie = port, {}, ""
        if not stack.knows_users:
            return
        self.bearer = {"Authorization": f"Bearer {self._access_token()}"}
        if "page" in stack.work:
            self.cookie = self._session_cookie()

    def ask(
        self, method: str, path: str, body: str | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes, dict[str, str]]:
        """Return status, body and headers of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        sent = self.bearer if headers is None else headers
        connection.request(method, path, body.encode() if body is not None else None, dict(sent))
        answer = connection.getresponse()
        found = answer.status, answer.read(), dict(answer.getheaders())
        cookies = answer.headers.get_all("Set-Cookie") or []
        connection.close()
        return *found[:2], found[2] | {"Set-Cookie": "; ".join(cookie.partition(";")[0] for cookie in cookies)}

    def json(
        self, method: str, path: str, body: str | None = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Return what the answer says, which must be a good one."""
        status, said, _headers = self.ask(method, path, body, headers)
        if status >= http.HTTPStatus.BAD_REQUEST:
            raise RuntimeError(f"{method} {path} was answered with {status}: {said[:3000]!r}")
        found: dict[str, Any] = json.loads(said)
        return found

    def _access_token(self) -> str:
        body = json.dumps({"email": EMAIL, "password": PASSWORD})
        return str(self.json("POST", "/api/v1/tokens", body, {"Content-Type": "application/json"})["access_token"])

    def _session_cookie(self) -> str:
        _status, page, first = self.ask("GET", "/login", headers={})
        found = _TOKEN.search(page.decode())
        said = {"email": EMAIL, "password": PASSWORD, **({found[1]: found[2]} if found else {})}
        headers = {
            "Cookie": first["Set-Cookie"],
            "Origin": f"http://127.0.0.1:{self._port}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        status, answer, second = self.ask("POST", "/login", urlencode(said), headers)
        if not second["Set-Cookie"] or status >= http.HTTPStatus.BAD_REQUEST:
            raise RuntimeError(f"Nobody could sign in by the page: {status} {answer[:300]!r}")
        return second["Set-Cookie"]
