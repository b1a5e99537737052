"""Every rule about settings has a name, which one bad configuration alone brings up in `flask check`."""

from pathlib import Path

import pytest

from carboy.ops.checks import report
from carboy.settings.ruling import RULES, Severity

ROOT = Path(__file__).parents[3]
STRONG = "uV0sT1qR2oP3mN4kL5iJ6gH7eF8cD9aB-wXyZ_"

BAD = {
    "settings.secret-key": {"SECRET_KEY": "short"},
    "settings.secret-key-fallbacks": {"SECRET_KEY_FALLBACKS": f"{STRONG},short"},
    "settings.jwt-secret-key": {"JWT_SECRET_KEY": None},
    "settings.jwt-secret-key-fallbacks": {"JWT_SECRET_KEY_FALLBACKS": "short"},
    "settings.same-keys": {"SECRET_KEY": STRONG, "JWT_SECRET_KEY": STRONG},
    "settings.debug": {"FLASK_DEBUG": "1"},
    "settings.reload": {"GUNICORN_RELOAD": "1"},
    "settings.placeholder": {"MAIL_URL": "smtp://shop:change-me@mail.example.org"},
    "settings.value": {"PORT": "many"},
    "settings.checks-silenced": {"CHECKS_SILENCED": "settings.debug"},
    "accounts.memory-blacklist": {"BLACKLIST_STORAGE_TYPE": "memory"},
    "accounts.blacklist-without-redis": {"BLACKLIST_STORAGE_TYPE": "redis"},
    "accounts.refresh-too-short": {"JWT_REFRESH_TOKEN_EXPIRES": "600"},
    "accounts.refresh-too-long": {"JWT_REFRESH_TOKEN_EXPIRES": "2592001"},
    "accounts.session-lifetimes": {"SESSION_LIFETIME": "2592001"},
    "accounts.password-lengths": {"PASSWORD_MIN_LENGTH": "129"},
    "accounts.throttling": {"AUTH_THROTTLING": "no"},
    "accounts.access-lifetime": {"JWT_ACCESS_TOKEN_EXPIRES": "3601"},
    "jobs.celery-without-broker": {"JOBS_ENGINE": "celery"},
    "live.manager-without-redis": {"LIVE_MANAGER": "redis"},
    "live.memory-manager": {"LIVE_MANAGER": "memory"},
    "files.folder": {"FILES_STORE": "folder"},
    "files.public-folder": {"FILES_DIR": "{folder}/static/files", "FLASK_STATIC_DIR": "{folder}/static"},
    "files.no-bucket": {"FILES_STORE": "s3"},
    "files.bucket-keys": {"S3_KEY_ID": "somebody"},
    "files.folder-hosts": {
        "FILES_STORE": "folder",
        "FILES_DIR": "{folder}/files",
        "MACHINES": "2",
        "DATABASE_URL": "postgresql://shop:pw@127.0.0.1:1/shop",
        "CHECKS_SILENCED": "data.unreachable,web.limits-apart",
    },
    "web.limits-apart": {
        "MACHINES": "2",
        "DATABASE_URL": "postgresql://shop:pw@127.0.0.1:1/shop",
        "CHECKS_SILENCED": "data.unreachable",
    },
    "metrics.token": {"METRICS_TOKEN": "guess"},
    "metrics.open": {"METRICS_PORT": "9100", "METRICS_HOST": "0.0.0.0"},
    "mail.server": {"MAIL_URL": "console"},
    "mail.unset": {"MAIL_URL": None},
    "web.static-folder": {"FLASK_STATIC_DIR": "{folder}/api"},
    "web.cors-origins": {"CORS_ORIGINS": "*"},
    "web.csrf-origins": {"CSRF_TRUSTED_ORIGINS": "null"},
    "web.trusted-hosts": {"TRUSTED_HOSTS": None},
    "web.public-address": {"APP_BASE_URL": "http://shop.example.org"},
    "web.public-address-refused": {"APP_BASE_URL": "https://other.example.org"},
    "web.proxy-hops": {"PROXY_FIX": "0,0,0,0,0"},
    "web.prefix-hops": {"PROXY_FIX": "1,1,0,0,1", "SCRIPT_NAME": "/shop"},
    "web.drain-too-long": {"GUNICORN_DRAIN_SECONDS": "30"},
    "data.sqlite": {"ALLOW_SQLITE_IN_PRODUCTION": "no"},
    "data.sqlite-hosts": {"MACHINES": "2"},
}
MORE = [
    ("web.proxy-hops", {"PROXY_FIX": "9,9,0,0,0"}),
    ("web.limits-apart", {"API_RATE_LIMIT": "100/minute"}),
    ("web.public-address", {"APP_BASE_URL": None}),
    ("web.proxy-hops", {"PROXY_FIX": "0,1,0,0,0"}),
    ("settings.value", {"DATABSE_URL": "postgresql://elsewhere"}),
    ("mail.server", {"MAIL_URL": "smtp://mail.example.org?tls=no"}),
    ("settings.checks-silenced", {"CHECKS_SILENCED": "no.such.check"}),
]


@pytest.fixture
def folders(tmp_path):
    for name in ("static/files", "files", "api"):
        (tmp_path / name).mkdir(parents=True)


@pytest.mark.usefixtures("folders")
@pytest.mark.parametrize(("rule", "change"), [*BAD.items(), *MORE])
def test_one_bad_setting_is_found_under_its_name_alone(shop, rule, change):
    if "DATABSE_URL" in change:
        (shop.folder / ".env").write_text("DATABSE_URL=postgresql://elsewhere\n")
        change = {}
    filled = {name: value and value.replace("{folder}", str(shop.folder)) for name, value in change.items()}

    assert shop.check(**filled) == (1, {rule})


def test_every_rule_has_a_bad_configuration():
    assert {rule.id for rule in RULES} <= set(BAD)


def test_no_two_checks_have_one_name():
    names = [one.id for one in report._all()]

    assert len(names) == len(set(names))
    assert len(names) >= 25


def test_nothing_is_found_where_nothing_is_wrong(shop):
    assert shop.check() == (0, set())
    assert shop.check("--deploy") == (0, set())


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.severity is Severity.FATAL], ids=lambda rule: rule.id)
def test_what_is_fatal_stops_a_start_with_78(shop, folders, rule):
    from carboy.errors import SettingsError

    filled = {name: value and value.replace("{folder}", str(shop.folder)) for name, value in BAD[rule.id].items()}

    with pytest.raises(SettingsError) as refused:
        shop.app(**filled)

    assert refused.value.exit_code == 78
    assert [problem.rule.id for problem in refused.value.problems] == [rule.id]


def test_a_warning_can_be_silenced_and_what_is_fatal_cannot(shop):
    silent = shop.check(MAIL_URL=None, CHECKS_SILENCED="mail.unset")
    loud = shop.check(FLASK_DEBUG="1", CHECKS_SILENCED="settings.debug")

    assert silent == (0, set())
    assert loud == (1, {"settings.debug"})


def test_in_development_deploy_asks_what_production_would_refuse(shop):
    development = {"FLASK_ENV": "development", "SECRET_KEY": None, "FLASK_DEBUG": "1", "TRUSTED_HOSTS": None}

    assert shop.check(**development) == (0, set())
    assert shop.check("--deploy", **development) == (
        1,
        {"settings.secret-key", "settings.debug", "web.trusted-hosts"},
    )


def test_every_finding_says_what_is_wrong_and_what_to_do_and_no_secret(shop):
    shop.check(SECRET_KEY="hunter2hunter2", MAIL_URL="smtp://shop:change-me@mail.example.org")

    assert all(finding["wrong"].endswith(".") and finding["remedy"].endswith(".") for finding in shop.findings)
    assert "hunter2" not in str(shop.findings)


def test_the_reference_page_is_what_the_code_says():
    assert (ROOT / "docs/reference/checks.md").read_text() == report.reference(), "flask check --reference"


def test_every_check_says_what_is_so_where_nothing_is_found_and_what_to_do_else():
    rows = [line.split(" | ") for line in report.reference().splitlines() if line.startswith("| `")]

    assert all(len(cells) == 6 and cells[4].endswith(".") and cells[5].endswith(". |") for cells in rows)
