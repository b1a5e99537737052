"""The laws of security, held against every route of this application. What only it knows stands here, and beside the
tests of its features: told_by_features.py finds it.
"""

from carboy.testing.security import SecurityLaws
from carboy.web import doors
from told_by_features import told

from starter import create_app

# What strangers may reach. Every other door is closed: to open one is to add a line, where a reviewer sees it.
OPEN = set().union(*told("open_doors", "OPEN")) | {
    "static",
    "carboy_health",
    "carboy_problem",
    "carboy_live.static",
    "carboy_live.socket",  # asks by itself who is there: to a stranger it says no
    "home.index",
    "home.favicon",
    "accounts.show_registration",
    "accounts.register",
    "accounts.check_mail",
    "accounts.show_log_in",
    "accounts.log_in",
    "accounts.log_out",  # whoever is out already is told the same
    "accounts.show_forgotten",
    "accounts.ask_for_reset",
    "accounts.begin_reset",  # whoever came by a mail has its token, here and below
    "accounts.show_reset",
    "accounts.reset_password",
    "accounts.show_confirmation",
    "accounts.confirm",
    "accounts.ask_for_confirmation",
    "accounts.show_new_email",
    "accounts.take_new_email",
    "api_v1.home.start_count",
    "api_v1.jobs.get_job",  # the view itself asks: a visitor, who is no identity, sees their own
    "api_v1.jobs.cancel_job",
    "api_v1.openapi_json",
    "api_v1.accounts.register",
    "api_v1.accounts.create_tokens",
    "api_v1.accounts.refresh_tokens",  # asks for the token in its body
    "api_v1.accounts.create_session",
    "api_v1.accounts.renew_session",  # asks for the update token
    "api_v1.accounts.ask_for_password_reset",
    "api_v1.accounts.reset_password",  # asks for what came by mail, as the three below
    "api_v1.accounts.ask_for_confirmation",
    "api_v1.accounts.confirm_email",
    "api_v1.accounts.change_email",
}
OPEN_WHERE_DOCS_ARE_SHOWN = {"api_v1.docs", "api_v1.docs_file"}
OPEN_IN_DEVELOPMENT = {f"carboy_mailbox.{view}" for view in ("index", "as_json", "letter", "html", "raw")}


BELONGS = {address: make for belongs in told("belongings", "BELONGS") for address, make in belongs.items()}


class TestSecurity(SecurityLaws):
    open_doors = OPEN | OPEN_WHERE_DOCS_ARE_SHOWN
    shared = set().union(*told("open_doors", "SHARED"))
    belongs = BELONGS


def test_where_the_api_is_not_shown_its_pages_are_not_there(settings):
    app = create_app(settings.model_copy(update={"api_docs": False}))

    assert doors.open_doors(app) == OPEN


def test_in_development_strangers_may_read_the_mailbox_as_well(settings):
    app = create_app(settings.model_copy(update={"mode": "development", "mail_url": "mailbox", "api_docs": False}))

    more = doors.open_doors(app) - OPEN

    assert more == OPEN_IN_DEVELOPMENT
