"""A user goes with all that is theirs, on every database, whatever of it refers to what."""

import pytest
from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, delete, func, select

from carboy.accounts.leaving import remove_what_refers
from carboy.data import Database
from carboy.errors import Conflict

TABLES = MetaData()
USERS = Table("users", TABLES, Column("id", Integer, primary_key=True))


def of_users(name, *columns):
    owner = Column("owner_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False)
    return Table(name, TABLES, Column("id", Integer, primary_key=True), owner, *columns)


CUSTOMERS = of_users("customers")
INVOICES = of_users("invoices", Column("customer_id", ForeignKey("customers.id"), nullable=False))
PAYMENTS = of_users("payments", Column("invoice_id", ForeignKey("invoices.id"), nullable=False))


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def database(request, new_database):
    """Two users, each with a customer, an invoice and a payment."""
    database = Database(new_database(request.param))
    TABLES.create_all(database.engine())
    with database.transaction() as session:
        for number in (1, 2):
            session.execute(USERS.insert().values(id=number))
            session.execute(CUSTOMERS.insert().values(id=number, owner_id=number))
            session.execute(INVOICES.insert().values(id=number, owner_id=number, customer_id=number))
            session.execute(PAYMENTS.insert().values(id=number, owner_id=number, invoice_id=number))
    yield database
    database.close()


def counted(session):
    return [session.scalar(select(func.count()).select_from(table)) for table in TABLES.sorted_tables]


def test_a_user_goes_though_rows_of_theirs_refer_to_one_another(database):
    with database.transaction() as session:
        remove_what_refers(session, USERS, 1)
        session.execute(delete(USERS).where(USERS.c.id == 1))

        assert counted(session) == [1, 1, 1, 1]


def test_what_others_refer_to_keeps_its_owner(database):
    with database.transaction() as session:
        session.execute(INVOICES.update().where(INVOICES.c.id == 2).values(customer_id=1))

    with pytest.raises(Conflict), database.transaction() as session:
        remove_what_refers(session, USERS, 1)
        session.execute(delete(USERS).where(USERS.c.id == 1))
