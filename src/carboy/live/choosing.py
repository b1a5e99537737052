"""Which manager the settings name."""

from typing import TYPE_CHECKING

from carboy.live.managers.memory import MemoryManager

if TYPE_CHECKING:
    from carboy.data import Database
    from carboy.live.managers import Manager
    from carboy.settings import Settings


def manager_of(settings: "Settings", database: "Database") -> "Manager":
    """Return the manager that the settings name. It connects when it is first used."""
    if settings.live_manager == "redis":
        from carboy.live.managers.redis import RedisManager

        return RedisManager(database, settings.redis_url or "", settings.app_name)
    if settings.live_manager == "database":
        from carboy.live.managers.database import DatabaseManager

        return DatabaseManager(database)
    return MemoryManager(database)
