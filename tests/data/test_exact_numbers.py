"""Decimal numbers that every database keeps to the last place, and plain SQL that reads them as the ORM does."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import Column, MetaData, Table, Uuid, func, select
from sqlalchemy.exc import StatementError

from carboy.data import Database, FixedPoint, LongText, PlainSql, UtcDateTime

PRICES = Table(
    "prices",
    MetaData(),
    Column("id", Uuid, primary_key=True),
    Column("price", FixedPoint(18, 4)),
    Column("said", LongText),
    Column("at", UtcDateTime),
)
LARGEST = Decimal("99999999999999.9999")


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "mariadb"])
def empty_database(request, new_database):
    database = Database(new_database(request.param))
    PRICES.create(database.engine())
    yield database
    database.close()


@pytest.fixture
def database(empty_database):
    yield empty_database
    with empty_database.transaction() as session:
        session.execute(PRICES.delete())


@pytest.fixture
def keep(database):
    def insert(*prices):
        with database.transaction() as session:
            session.execute(PRICES.insert(), [{"id": uuid4(), "price": Decimal(price)} for price in prices])

    return insert


def test_a_number_is_kept_to_the_last_place_and_compared_and_summed_as_one(database, keep):
    keep("0.1", "0.2", "-7.0001", LARGEST)

    with database.reading() as session:
        ordered = session.scalars(select(PRICES.c.price).order_by(PRICES.c.price)).all()
        few = session.scalar(
            select(func.sum(PRICES.c.price)).where(PRICES.c.price.between(Decimal("0.1"), Decimal("0.3")))
        )

    assert ordered == [Decimal("-7.0001"), Decimal("0.1"), Decimal("0.2"), LARGEST]
    assert few == Decimal("0.3")


@pytest.mark.parametrize("price", ["0.00001", "100000000000000", "-100000000000000.0001"])
def test_a_number_that_would_be_rounded_or_cut_is_refused(database, keep, price):
    with pytest.raises(StatementError, match="does not fit FixedPoint"):
        keep(price)


@pytest.mark.parametrize("digits", [(0, 0), (19, 2), (4, 5), (4, -1)])
def test_a_column_that_no_database_has_is_refused(digits):
    with pytest.raises(ValueError, match="1 to 18 digits"):
        FixedPoint(*digits)


def test_plain_sql_writes_and_reads_values_as_their_columns_hold_them(database):
    row = {"id": uuid4(), "price": Decimal("0.1"), "said": "100 %, :id", "at": datetime(2026, 3, 1, 10, 45, tzinfo=UTC)}

    with database.transaction():
        sql = PlainSql(database, PRICES)
        sql.write("INSERT INTO prices (id, price, said, at) VALUES (:id, :price, :said, :at)", row)
        found = sql.one("SELECT *, 7 AS more FROM prices WHERE id = :id AND said LIKE '100 %'", {"id": row["id"]})
        none = sql.one("SELECT id FROM prices WHERE id = :id", {"id": uuid4()})
        written = sql.write("DELETE FROM prices WHERE at < :at", {"at": datetime(2026, 3, 2, tzinfo=UTC)})

    assert found == row | {"more": 7}
    assert (none, written) == (None, 1)
