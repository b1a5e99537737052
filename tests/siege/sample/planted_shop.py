"""The starter with a fault, which PLANTED names: what attacks it, or loads it, must notice."""

import json
import os
from itertools import count
from pathlib import Path
from uuid import uuid4

from flask import request

import starter

_turns = count(1)


def create_app():
    app = starter.create_app()
    FAULTS[os.environ["PLANTED"]](app)
    return app


def a_route_leaks(app):
    _answer(app, "GET", "/api/v1/admin/users", "200 OK", lambda: {"items": [{"email": "ada@example.com"}]})


def a_commit_is_left_out(app):
    _answer(app, "POST", "/api/v1/todos", "201 CREATED", lambda: {"id": str(uuid4())}, every=5)


def a_job_is_lost(app):
    _answer(app, "POST", "/api/v1/todos/exports", "202 ACCEPTED", lambda: {"id": str(uuid4())}, every=2)


def a_parser_crashes(app):
    @app.before_request
    def read_the_cursor():
        request.args.get("cursor", "").encode("ascii")


def a_file_is_left_behind(app):
    @app.before_request
    def leave_it():
        if request.method == "POST" and request.path.endswith("/attachments"):
            Path(os.environ["FILES_DIR"], f"{uuid4()}.part").write_bytes(b"x")


def _answer(app, method, path, status, said, every=1):
    """Answer in its place, as if all were well, every so often."""
    inside = app.wsgi_app

    def planted(environ, start_response):
        is_it = (environ["REQUEST_METHOD"], environ["PATH_INFO"]) == (method, path)
        if not is_it or next(_turns) % every:
            return inside(environ, start_response)
        content = json.dumps(said()).encode()
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(content)))])
        return [content]

    app.wsgi_app = planted


FAULTS = {
    fault.__name__: fault
    for fault in (a_route_leaks, a_commit_is_left_out, a_job_is_lost, a_parser_crashes, a_file_is_left_behind)
}
