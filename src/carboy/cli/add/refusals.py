"""What is said when nothing is written."""

import click


class Refusal(click.ClickException):
    """It cannot be done as it was asked for: one line that says why, and nothing was changed."""
