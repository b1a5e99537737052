"""Column types that mean the same on every database."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import DateTime, LargeBinary, Text, TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy import Dialect


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: goes in aware, comes out aware and in UTC, to the microsecond."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """What a value of this column is in Python."""
        return datetime

    def load_dialect_impl(self, dialect: "Dialect") -> Any:
        """Ask MariaDB for microseconds, which it would drop."""
        return _or_on_mysql(self, dialect, "DATETIME", fsp=6)

    def process_bind_param(self, value: datetime | None, dialect: "Dialect") -> datetime | None:
        """Turn the moment into UTC, and refuse one that does not say where it is."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone. Use carboy.context.utc_now(), or say which zone is meant.")
        utc = value.astimezone(UTC)
        return utc if dialect.name == "postgresql" else utc.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: "Dialect") -> datetime | None:  # noqa: ARG002
        """Give the moment its zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class LongText(TypeDecorator[str]):
    """Text of any length. MariaDB's own TEXT ends at 64 KiB."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: "Dialect") -> Any:
        """Ask MariaDB for its long kind."""
        return _or_on_mysql(self, dialect, "LONGTEXT")


class LongBytes(TypeDecorator[bytes]):
    """Bytes of any length. MariaDB's own BLOB ends at 64 KiB."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: "Dialect") -> Any:
        """Ask MariaDB for its long kind."""
        return _or_on_mysql(self, dialect, "LONGBLOB")


def _or_on_mysql(kind: TypeDecorator[Any], dialect: "Dialect", name: str, **options: int) -> Any:
    if dialect.name != "mysql":
        return dialect.type_descriptor(kind.impl_instance)
    # Imported here: whoever uses another database does not wait for this one's dialect at every start.
    from sqlalchemy.dialects import mysql

    return dialect.type_descriptor(getattr(mysql, name)(**options))
