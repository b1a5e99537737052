"""The front of a room: each name is imported when it is first used, so that a start costs only what it needs.

    __getattr__, __dir__ = front.opening(__name__, __all__, {"carboy.jobs.room": ("Jobs",)})

The house's own front door does this by itself, since `import carboy.errors` is to import nothing else.
"""

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module


def opening(
    package: str, names: Iterable[str], lives_in: Mapping[str, Iterable[str]]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return a package's `__getattr__` and `__dir__` (PEP 562): `lives_in` says which module has which names."""
    modules = {name: module for module, its_names in lives_in.items() for name in its_names}

    def getattr_(name: str) -> object:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(modules[name]), name)

    return getattr_, lambda: sorted(names)
