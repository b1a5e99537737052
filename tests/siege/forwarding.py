"""Sends what an application is asked to a server somewhere else: who holds a Flask application meets that."""

import http.client

_OF_THIS_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "server", "date"}


class Forwarding:
    """A WSGI application whose answers are another server's. `token` puts a good one in the place of another; `by` says
    from which address somebody asks.
    """

    def __init__(self, port, *, stands_for="", token=None, by=None):
        self._port, self._stands_for, self._token, self._by = port, f"Bearer {stands_for}", token, by

    def __call__(self, environ, start_response):
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            connection.putrequest(
                environ["REQUEST_METHOD"], _target(environ), skip_host=True, skip_accept_encoding=True
            )
            for name, value in self._headers(environ, body):
                connection.putheader(name, value.encode("latin-1"))
            connection.endheaders(body)
            answer = connection.getresponse()
            headers = [(name, value) for name, value in answer.getheaders() if name.lower() not in _OF_THIS_HOP]
            content = answer.read()
        finally:
            connection.close()
        start_response(f"{answer.status} {answer.reason}", [*headers, ("Content-Length", str(len(content)))])
        return [content]

    def _headers(self, environ, body):
        yield "X-Forwarded-Proto", "https"
        if self._by is not None:
            yield "X-Forwarded-For", self._by()
        for name, value in environ.items():
            if name.startswith("HTTP_") and name not in ("HTTP_CONNECTION", "HTTP_X_FORWARDED_PROTO"):
                if self._token is not None and (name, value) == ("HTTP_AUTHORIZATION", self._stands_for):
                    value = f"Bearer {self._token()}"  # noqa: PLW2901
                yield name[5:].replace("_", "-").title(), value
        if content_type := environ.get("CONTENT_TYPE"):
            yield "Content-Type", content_type
        if body or environ["REQUEST_METHOD"] in ("POST", "PUT", "PATCH"):
            yield "Content-Length", str(len(body))


def _target(environ):
    """Return the target as it was asked for, byte by byte where the server kept it."""
    raw = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    if raw:
        return raw
    query = environ.get("QUERY_STRING", "")
    return environ.get("PATH_INFO", "/") + (f"?{query}" if query else "")
