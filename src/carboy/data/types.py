"""Column types that mean the same on every database."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, DateTime, LargeBinary, Numeric, Text, TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy import Dialect

MOST_DIGITS = 18  # what a whole number of 64 bits holds


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


class FixedPoint(TypeDecorator[Decimal]):
    """A decimal number with up to `precision` digits, `scale` of them behind the point; exact on every database.

    SQLite knows no such numbers and would keep a binary fraction: there it is a whole number, of the last place. It is
    compared, ordered and summed as elsewhere; plain SQL sees 1250 for 12.50.
    """

    impl = Numeric
    cache_ok = True

    def __init__(self, precision: int = 12, scale: int = 2) -> None:
        if not 0 <= scale <= precision <= MOST_DIGITS or precision < 1:
            raise ValueError(
                f"FixedPoint({precision}, {scale}): 1 to {MOST_DIGITS} digits, and no more behind the point."
            )
        super().__init__(precision, scale)
        self.precision, self.scale = precision, scale

    def __repr__(self) -> str:
        return f"FixedPoint({self.precision}, {self.scale})"

    @property
    def python_type(self) -> type[Decimal]:
        """What a value of this column is in Python."""
        return Decimal

    def load_dialect_impl(self, dialect: "Dialect") -> Any:
        """Ask SQLite for whole numbers."""
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else self.impl_instance)

    def process_bind_param(self, value: Decimal | None, dialect: "Dialect") -> Decimal | int | None:
        """Refuse a number that the column would round, or cannot hold."""
        if value is None:
            return None
        units = value.scaleb(self.scale)
        if units != units.to_integral_value() or abs(units) >= 10**self.precision:
            raise ValueError(f"{value} does not fit {self!r}. Round it first: value.quantize(Decimal(...)).")
        return int(units) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: "Dialect") -> Decimal | None:
        """Give the number its point back."""
        if value is None:
            return None
        return Decimal(value).scaleb(-self.scale) if dialect.name == "sqlite" else Decimal(value)


def _or_on_mysql(kind: TypeDecorator[Any], dialect: "Dialect", name: str, **options: int) -> Any:
    if dialect.name != "mysql":
        return dialect.type_descriptor(kind.impl_instance)
    # Imported here: whoever uses another database does not wait for this one's dialect at every start.
    from sqlalchemy.dialects import mysql

    return dialect.type_descriptor(getattr(mysql, name)(**options))
