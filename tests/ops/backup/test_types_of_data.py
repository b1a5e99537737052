"""Whatever a column can hold comes back as it was, on each kind of database."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from backup_steps import KINDS, run
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Double,
    Identity,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    Uuid,
    insert,
    select,
)

from carboy.data.flask import data_of
from carboy.data.types import LongBytes, LongText, UtcDateTime

TEXTS = [
    "",
    "äöü €",
    "🦆 \u200d e\u0301",
    "a\tb\nc\r\nd\\.\n\\N\n",
    "'; DROP TABLE things; --",
    "\\! touch pwned\n",
    "NULL",
    "%s %(x)s",
]

THINGS = Table(
    "things",
    MetaData(),
    Column("id", Integer, Identity(), primary_key=True),
    Column("text", LongText),
    Column("name", String(100)),
    Column("data", LongBytes),
    Column("price", Numeric(20, 6)),
    Column("ratio", Double),
    Column("moment", UtcDateTime),
    Column("day", Date),
    Column("said", JSON),
    Column("yes", Boolean),
    Column("key", Uuid),
    sqlite_autoincrement=True,
    mysql_charset="utf8mb4",
)

ROWS = [
    *({"text": text, "name": text, "data": text.encode()} for text in TEXTS),
    {"data": bytes(range(256)) * 3000, "text": "x" * 100_000},
    {"price": Decimal("-12345678901234.000001"), "ratio": 0.1 + 0.2, "yes": False},
    {"price": Decimal("0.000000"), "ratio": 5e-324, "yes": True},
    {
        "moment": datetime(1970, 1, 1, 0, 30, 0, 1, tzinfo=timezone(timedelta(hours=5, minutes=45))),
        "day": date(1, 1, 1),
    },
    {"moment": datetime(2999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), "day": date(9999, 12, 31)},
    {"said": {"a": [1, 2.5, None, True, "🦆", {"b\\n": "\n"}]}, "key": UUID(int=2**127 + 1)},
    {"said": []},
]


def things(app):
    with data_of(app).database.engine().connect() as connection:
        return connection.execute(select(THINGS).order_by(THINGS.c.id)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_every_type_of_data_comes_back_and_no_number_is_given_twice(make_shop, tmp_path, kind):
    shop, other = make_shop(kind), make_shop(kind, migrated=False)
    blank = dict.fromkeys(column.name for column in THINGS.c if column.name != "id")
    with data_of(shop).database.engine().begin() as connection:
        THINGS.create(connection)
        for row in ROWS:
            connection.execute(insert(THINGS), blank | row)
        last = connection.execute(insert(THINGS), blank).inserted_primary_key[0]
        connection.execute(THINGS.delete().where(THINGS.c.id == last))
    before = things(shop)
    assert [row.said for row in before][-2:] == [ROWS[-2]["said"], []]

    taken = run(shop, "backup", str(tmp_path / "a.backup"))
    restored = run(other, "restore", str(tmp_path / "a.backup"))

    assert (taken.exit_code, restored.exit_code) == (0, 0), taken.output + restored.output
    assert things(other) == before
    with data_of(other).database.engine().begin() as connection:
        assert connection.execute(insert(THINGS), blank).inserted_primary_key[0] == last + 1
