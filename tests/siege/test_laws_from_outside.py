"""The laws of security that hold in a test hold against the deployed starter: two workers, real servers, production."""

import itertools
import sys

import pytest
from fortress import ROOT
from forwarding import Forwarding
from sqlalchemy import text

from carboy.accounts.flask import accounts_of

sys.path.append(str(ROOT / "starter" / "tests" / "security"))
import test_security as as_told

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def fortress(build, kind):
    return build(kind, PROXY_FIX="1,1,0,0,0")


@pytest.fixture
def app(fortress):
    """The application that each law asks: it is somewhere else, nobody has an account there, and each asks once."""
    app = fortress.make_app()
    addresses = (f"10.0.{number // 250 % 250}.{number % 250}" for number in itertools.count(1))
    app.wsgi_app = Forwarding(fortress.port, by=lambda: next(addresses))
    database = accounts_of(app).database
    with database.transaction() as session:
        session.execute(text("DELETE FROM users"))
    yield app
    database.close()


class TestFromOutside(as_told.TestSecurity):
    # In production nothing is shown that only demonstrates.
    open_doors = as_told.OPEN - {"api_v1.home.start_count"}
