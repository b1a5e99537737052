"""Rules that stop no start where they are broken: it works, and had better be changed."""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from carboy.settings.ruling import Severity, rule

if TYPE_CHECKING:
    from carboy.settings import Settings

_AN_HOUR = 3600
_MOST_PROXIES = 4


@rule(
    "files.folder-hosts",
    "files_store",
    "files_dir",
    "machines",
    severity=Severity.WARNING,
    remedy="Set FILES_STORE=database or s3. If FILES_DIR is one folder of all machines, silence this.",
)
def _one_folder_for_all(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    """What one machine keeps, all have."""
    if settings.machines > 1 and settings.files_store == "folder":
        yield "is folder, and MACHINES is more than one: another machine may not have the files of this one"


@rule(
    "web.limits-apart",
    "redis_url",
    "machines",
    "gunicorn_workers",
    "api_rate_limit",
    severity=Severity.WARNING,
    remedy="Set REDIS_URL, where all count together.",
)
def _limits_are_counted_together(settings: "Settings", given: Collection[str]) -> Iterator[str]:
    """Machines count together how often somebody asks; so do processes, where somebody has said how often."""
    if settings.redis_url or not settings.api_rate_limit:
        return
    if settings.machines > 1:
        yield "is not set, and MACHINES is more than one: API_RATE_LIMIT is counted by each process alone"
    elif settings.gunicorn_workers > 1 and "api_rate_limit" in given:
        yield "is not set, and GUNICORN_WORKERS is more than one: API_RATE_LIMIT is counted by each process alone"


@rule(
    "web.proxy-hops",
    "proxy_fix",
    "app_base_url",
    severity=Severity.WARNING,
    remedy="Count the proxies: PROXY_FIX=1,1,0,0,0 is for one that sets X-Forwarded-For and X-Forwarded-Proto.",
)
def _a_proxy_is_believed(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    """Who ends https in front of us is believed about visitors, and nobody who is not there."""
    if max(settings.proxy_fix) > _MOST_PROXIES:
        yield "believes more proxies than anybody has: visitors can say what they like about themselves"
    if not settings.app_base_url.startswith("https://"):
        return
    if not settings.proxy_fix.scheme:
        yield "believes nobody about the scheme, and APP_BASE_URL is https: requests will look like plain http"
    elif not settings.proxy_fix.address:
        yield "believes nobody about the address: all visitors have the proxy's, and one who guesses shuts all out"


@rule(
    "web.prefix-hops",
    "proxy_fix",
    "script_name",
    severity=Severity.WARNING,
    remedy="Take one of the two away: the prefix is said by SCRIPT_NAME or by the proxy.",
)
def _one_prefix(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    """One source says under which path the application lives."""
    if settings.proxy_fix.prefix and settings.script_name:
        yield "believes a proxy about the prefix, and SCRIPT_NAME says one: addresses would begin with both"


@rule(
    "mail.unset",
    "mail_url",
    severity=Severity.WARNING,
    remedy="Set MAIL_URL=smtp://user:password@host:587.",
)
def _mails_do_not_wait(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    """Mails have somewhere to go."""
    if settings.mail_url is None:
        yield "is not set: mails wait in the database until it is"


@rule(
    "accounts.access-lifetime",
    "jwt_access_token_expires",
    severity=Severity.WARNING,
    remedy="Lower JWT_ACCESS_TOKEN_EXPIRES to an hour or less: a refresh token gives the next.",
)
def _stolen_tokens_end(settings: "Settings", _given: Collection[str]) -> Iterator[str]:
    """A stolen access token is of no use for long."""
    if settings.jwt_access_token_expires > _AN_HOUR:
        yield "is more than an hour: so long a stolen access token may be of use"
