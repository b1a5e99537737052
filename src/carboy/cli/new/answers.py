"""What somebody wants of a new project."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Answers:
    """What the project's package is called, and which features are left out of it."""

    name: str
    without: frozenset[str] = frozenset()
