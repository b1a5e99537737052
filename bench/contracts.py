"""What a contract costs: a validated request against a plain Flask view that reads the same JSON, in one process.

    .venv/bin/python bench/contracts.py [ROUNDS]

Both applications have every hook of the house; only the view differs. The rounds are interleaved, so that a busy
machine slows all alike; the median of the rounds counts.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from flask import Flask, request
from pydantic import Field

from carboy.app import create_app
from carboy.settings import Settings
from carboy.web import Created, Query, Schema, endpoint, public

REQUESTS = 300


class CreateTodo(Schema):
    """A body of five fields."""

    title: Annotated[str, Field(min_length=1, max_length=200)]
    notes: str = ""
    priority: Annotated[int, Field(ge=1, le=5)] = 3
    done: bool = False
    tags: Annotated[list[str], Field(default_factory=list)]


class TodoOut(CreateTodo):
    """What is shown of it."""

    id: int


BODY = {"title": "Buy milk", "notes": "two litres", "priority": 2, "done": False, "tags": ["home", "food"]}


def _register(_app: Flask, api: Any) -> None:
    @api.post("/plain")
    @public
    def plain() -> Any:
        return {**request.get_json(), "id": 1}, 201

    @api.post("/contract")
    @endpoint
    @public
    def contract(body: CreateTodo) -> Created[TodoOut]:
        return Created(TodoOut(id=1, **dict(body)), location="/todos/1")

    @api.get("/plain-sum")
    @public
    def plain_sum() -> Any:
        return {"result": float(request.args["a"]) + float(request.args["b"])}

    @api.get("/contract-sum")
    @endpoint
    @public
    def contract_sum(a: Annotated[float, Query()], b: Annotated[float, Query(not_equal=0)]) -> dict[str, float]:
        return {"result": a + b}


def main(rounds: int) -> None:
    """Print the microseconds of each, and what the contract adds."""
    app = _app()
    client = app.test_client()
    asked: dict[str, Callable[[], Any]] = {
        "POST plain": lambda: client.post("/api/v1/plain", json=BODY),
        "POST contract": lambda: client.post("/api/v1/contract", json=BODY),
        "GET plain": lambda: client.get("/api/v1/plain-sum?a=1&b=2"),
        "GET contract": lambda: client.get("/api/v1/contract-sum?a=1&b=2"),
    }
    for ask in asked.values():
        ask()
    times: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(rounds):
        for name, ask in asked.items():
            times[name].append(_microseconds(ask))
    for name, taken in times.items():
        print(f"{name:14} {statistics.median(taken):8.1f} µs a request")
    for method in ("POST", "GET"):
        added = [one - other for one, other in zip(times[f"{method} contract"], times[f"{method} plain"], strict=True)]
        print(f"{method}: the contract adds {statistics.median(added):.1f} µs")


def _app() -> Flask:
    import types

    feature = types.ModuleType("bench_feature")
    feature.register = _register  # type: ignore[attr-defined]
    sys.modules["bench_feature"] = feature
    settings = Settings.load(
        root=Path(tempfile.mkdtemp()), environ={}, mode="development", log_level="ERROR", api_rate_limit=""
    )
    return create_app("carboy", settings, features=("bench_feature",))


def _microseconds(ask: Callable[[], Any]) -> float:
    began = time.perf_counter()
    for _ in range(REQUESTS):
        ask()
    return (time.perf_counter() - began) / REQUESTS * 1e6


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
