"""Administration: the pages by which administrators look after users, jobs and what happened. Needs accounts."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Blueprint, Flask


def register(app: "Flask", api: "Blueprint") -> None:  # noqa: ARG001  (its API is that of accounts)
    """Put the pages under /admin on the application."""
    from carboy import accounts
    from carboy.ops import job_pages

    accounts.mount_administration(app)
    job_pages.mount(app)
