"""What a scenario is, and the list of all of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from chaos_ground import Ground


@dataclass(frozen=True)
class Scenario:
    """What happens, and where it can."""

    happen: Callable[[Ground], None]
    databases: tuple[str, ...] = ("sqlite", "postgresql")
    engines: tuple[str, ...] = ("local", "celery")
    celery_on: tuple[str, ...] = ("sqlite", "postgresql")  # its workers take long to start: not each time on both
    own_server: bool = False
    default: bool = False  # quick enough on SQLite with the local engine to be tried each time

    def cells(self) -> Iterator[tuple[str, str]]:
        """Where it happens: databases and engines."""
        for database in self.databases:
            for engine in self.engines:
                if engine == "local" or database in self.celery_on:
                    yield database, engine

    @property
    def name(self) -> str:
        return self.happen.__name__

    @property
    def title(self) -> str:
        return (self.happen.__doc__ or "").splitlines()[0].rstrip(".")


SCENARIOS: list[Scenario] = []


def scenario(**options):
    def note(happen):
        SCENARIOS.append(Scenario(happen, **options))
        return happen

    return note
