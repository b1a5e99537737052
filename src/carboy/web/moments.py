"""Moments as people say them: `{{ todo.created_at | ago }}` is "3 hours ago"."""

from datetime import datetime, timedelta

from flask import Flask

from carboy.context import utc_now

_STEPS = (
    (timedelta(days=365), "year"),
    (timedelta(days=30), "month"),
    (timedelta(days=1), "day"),
    (timedelta(hours=1), "hour"),
    (timedelta(minutes=1), "minute"),
)


def init_app(app: Flask) -> None:
    """Give templates the filter `ago`, and the day: `today()`."""
    app.jinja_env.filters["ago"] = ago
    app.jinja_env.globals["today"] = lambda: utc_now().date()


def ago(moment: datetime) -> str:
    """Say how long ago a moment was, or how long it is until then."""
    distance = utc_now() - moment
    for step, name in _STEPS:
        if abs(distance) >= step:
            count = abs(distance) // step
            many = f"{count} {name}{'' if count == 1 else 's'}"
            return f"{many} ago" if distance > timedelta(0) else f"in {many}"
    return "just now" if distance >= timedelta(0) else "in a moment"
