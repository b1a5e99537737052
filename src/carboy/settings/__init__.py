"""Every setting: its name, type, default and reason. Start here; `loading.py` says where values come from.

An application adds its own by a subclass; a field's variable is its name in upper case:

    class Settings(carboy.settings.Settings):
        newsletter_url: str = Field("", description="Where the sign-up form sends people.")
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SecretStr

from carboy.settings import for_flask, kinds, loading, rules, urls
from carboy.settings.finding import of
from carboy.settings.kinds import Otherwise
from carboy.settings.secrecy import shown
from carboy.settings.spellings import spelled

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["Settings", "adopt", "of"]


class Settings(BaseModel):
    """All settings of one application: typed, checked together, and unchangeable. Made by `Settings.load()`."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, defer_build=True)

    _sources: dict[str, str] = PrivateAttr(default_factory=dict)
    _warnings: list[str] = PrivateAttr(default_factory=list)

    root: Annotated[Path, spelled()] = Field(
        default_factory=Path.cwd, description="The project's folder. Relative paths start here."
    )

    mode: Annotated[kinds.Mode, spelled("FLASK_ENV", older=("FLASK_CONFIG", "APP_SETTINGS"))] = Field(
        "development", description="What this process is for. Staging keeps the rules of production."
    )
    app_name: kinds.Text = Field("Carboy", description="What people call the application, on pages and in mails.")
    debug: Annotated[kinds.Flag, spelled("FLASK_DEBUG")] = Field(
        False, description="Flask's debugger and reloader. It runs any code that a visitor sends: never deploy it."
    )

    machines: kinds.Whole = Field(
        1, ge=1, description="Machines that run it at the same time. What only one may do is refused for several."
    )
    checks_silenced: kinds.Names = Field(
        (), examples=["mail.unset"], description="Warnings of `flask check` that you live with, by their ids."
    )

    secret_key: Annotated[
        SecretStr,
        spelled("SECRET_KEY", "FLASK_SECRET_KEY"),
        Otherwise("drawn for each process; deployed, it must be set"),
    ] = Field(
        description="Signs cookies and, with JWT_SECRET_KEY, tokens; changing it ends every login."
        " `flask secrets` prints one."
    )
    secret_key_fallbacks: kinds.Keys = Field(
        (), description="Keys of yesterday: what they signed is still believed, and nothing new is signed with them."
    )
    jwt_secret_key: Annotated[SecretStr, Otherwise("drawn for each process; deployed, it must be set")] = Field(
        description="With SECRET_KEY, signs tokens; changing either ends every token."
    )
    jwt_secret_key_fallbacks: kinds.Keys = Field((), description="As SECRET_KEY_FALLBACKS, for tokens.")
    jwt_issuer: Annotated[kinds.Text, Otherwise("APP_NAME")] = Field(
        default_factory=lambda data: data["app_name"],
        description="Who issued a token; tokens of another issuer are refused.",
    )
    jwt_audience: Annotated[kinds.Text, Otherwise("APP_NAME")] = Field(
        default_factory=lambda data: data["app_name"],
        description="Whom a token is for; tokens for somebody else are refused.",
    )
    jwt_access_token_expires: kinds.Whole = Field(
        900,
        ge=60,
        le=86400,
        description="Seconds that an access token lives. Short: whoever finds one can use it for that long, unless its"
        " sign-in ends before.",
    )
    jwt_refresh_token_expires: kinds.Whole = Field(
        604800,
        ge=120,
        description="Seconds that a refresh token lives; each use gives a new one. Longer than the other.",
    )
    blacklist_storage_type: kinds.Blacklist = Field(
        "database",
        description="Where revoked tokens are kept. In memory, a restart forgets them and another process never hears.",
    )
    jwt_refresh_reuse_grace: kinds.Whole = Field(
        10,
        ge=0,
        le=60,
        description="Seconds in which the last refresh token may come once more: an answer can get lost. Later it was"
        " stolen, and all of its family end.",
    )

    session_lifetime: kinds.Whole = Field(
        604800, ge=60, description="Seconds without a request that end a sign-in; each request begins them anew."
    )
    session_absolute_lifetime: kinds.Whole = Field(
        2592000, ge=60, description="Seconds after which a sign-in ends however busy it is: a stolen one ends as well."
    )
    sudo_max_age: kinds.Whole = Field(
        600,
        ge=60,
        le=3600,
        description="Seconds that a typed password opens views marked `@sudo`; then it is asked for once more.",
    )
    registration: kinds.Registration = Field("open", description="Whether strangers may make themselves an account.")
    require_confirmed_email: Annotated[kinds.Flag, Otherwise("yes in staging and production, else no")] = Field(
        default_factory=lambda data: data["mode"] in rules.DEPLOYED,
        description="Let in only who followed the link in their first mail: the address may be another's.",
    )
    email_confirm_expires: kinds.Whole = Field(
        86400, ge=60, description="Seconds that the link in the first mail can be followed."
    )
    email_change_expires: kinds.Whole = Field(3600, ge=60, description="Seconds that the link to a new address works.")
    password_reset_expires: kinds.Whole = Field(
        3600, ge=60, description="Seconds that the link to a new password can be followed. It opens the account: short."
    )
    password_min_length: kinds.Whole = Field(
        12, ge=8, description="The fewest characters of a password. NIST asks for 15 where nothing else is asked for."
    )
    password_max_length: kinds.Whole = Field(
        128, ge=64, le=256, description="The most characters of a password. What is longer is refused, never cut off."
    )
    password_min_guesses_log10: kinds.Number = Field(
        8.0,
        ge=0,
        le=20,
        description="How many guesses a password must withstand, as a power of ten; zxcvbn estimates it."
        " 10 is strict, 0 asks for length alone.",
    )
    argon2_time_cost: kinds.Whole = Field(
        2, ge=2, description="Rounds of each password's hash. More make every guess dearer, and every sign-in slower."
    )
    argon2_memory_kib: kinds.Whole = Field(
        19456, ge=19456, description="KiB of memory that each hash takes while it is made. Less is cheap to guess."
    )
    auth_throttling: Annotated[kinds.Flag, Otherwise("no in testing, else yes")] = Field(
        default_factory=lambda data: data["mode"] != "testing",
        description="Count what goes wrong at the doors to accounts, and turn guessers away for a while.",
    )

    database_url: Annotated[
        kinds.DatabaseUrl,
        spelled("DATABASE_URL", older=("SQLALCHEMY_DATABASE_URI",), parts=urls.POSTGRES),
        Otherwise("sqlite:///instance/MODE.sqlite"),
    ] = Field(
        default_factory=lambda data: f"sqlite:///{data['root']}/instance/{data['mode']}.sqlite",
        examples=["postgresql://shop:password@localhost/shop", "sqlite:///instance/shop.sqlite"],
        description="The database: SQLite, PostgreSQL or MariaDB.",
    )
    database_read_url: kinds.DatabaseUrl | None = Field(
        None, description="A replica, for views that say they can read from one. Its newest rows may be missing."
    )
    database_pool_size: kinds.Whole = Field(
        5, ge=1, le=1000, description="Connections that each process keeps, for each of its two pools."
    )
    database_busy_seconds: kinds.Seconds = Field(
        10.0, description="How long to wait for a connection, a lock or SQLite's one writer before answering 503."
    )
    allow_sqlite_in_production: kinds.Flag = Field(
        False, description="Deploy with SQLite: one machine, a local disk. Right for many small applications."
    )
    test_database_url: kinds.TestDatabaseUrl | None = Field(
        None, description="The database that tests run on, and empty. Its name must hold the word test."
    )
    redis_url: Annotated[kinds.RedisUrl | None, spelled("REDIS_URL", parts=urls.REDIS)] = Field(
        None, examples=["redis://:password@localhost:6379/0"], description="Redis, for what several machines share."
    )

    jobs_engine: kinds.JobsEngine = Field(
        "local",
        description="Who runs jobs: `flask worker` (local) or Celery's workers (celery). The jobs are kept in the"
        " database with both.",
    )
    jobs_threads: kinds.Whole = Field(
        2, ge=1, le=1000, description="Jobs that one `flask worker` does at a time, and `flask dev` beside its pages."
    )
    jobs_grace_seconds: kinds.Seconds = Field(
        20.0, description="How long jobs under way are given when a worker stops; then they are handed back."
    )
    jobs_kept_days: kinds.Whole = Field(14, ge=1, description="How long jobs that have ended can be looked at.")
    celery_broker_url: Annotated[kinds.BrokerUrl | None, Otherwise("REDIS_URL")] = Field(
        default_factory=lambda data: data.get("redis_url"),
        examples=["amqp://shop:password@localhost/shop"],
        description="Where Celery's messages go: Redis or RabbitMQ. They only wake somebody; losing them loses no job.",
    )

    files_store: kinds.FilesStore = Field(
        "database", description="Where new files go: the database, the folder FILES_DIR, or the bucket S3_BUCKET."
    )
    files_dir: kinds.Folder | None = Field(
        None, description="The folder of files, for this application and its database alone: others' would be swept."
    )
    files_max_bytes: kinds.Whole = Field(
        100 * 1024 * 1024, ge=1, description="Bytes of the largest file that is kept, whatever a view takes."
    )
    files_quota_bytes: kinds.Whole = Field(
        1024 * 1024 * 1024, ge=0, description="Bytes that the files of one owner may take together."
    )
    files_max_pixels: kinds.Whole = Field(
        25_000_000,
        ge=1,
        le=89_000_000,
        description="Pixels of one picture, all frames together. Decoding takes 4 bytes of memory for each, or 8.",
    )
    s3_bucket: kinds.PlainText = Field(
        "", description="The bucket of files, for this application and its database alone: others' would be swept."
    )
    s3_endpoint: kinds.Endpoint = Field(
        "", examples=["https://s3.example.org"], description="Who has the bucket, if it is not Amazon."
    )
    s3_region: kinds.Text = Field("us-east-1", description="Where the bucket is; many servers take any word.")
    s3_key_id: kinds.PlainText = Field(
        "", description="The name of the key to the bucket. On Amazon's machines, their role does without."
    )
    s3_secret: SecretStr = Field(SecretStr(""), description="The secret of the key to the bucket.")

    live_manager: Annotated[kinds.LiveManager, Otherwise("redis with REDIS_URL, else database; memory in testing")] = (
        Field(
            default_factory=lambda data: rules.usual_live_manager(data["mode"], data.get("redis_url")),
            description="How live events come from one process to the others. Memory is for one process alone.",
        )
    )
    live_sockets: kinds.Whole = Field(
        500,
        ge=0,
        description="Sockets of each process; whoever wants one more is answered 503. With 0 there are none, and pages"
        " show what happened when they are loaded.",
    )

    app_base_url: kinds.PublicUrl = Field(
        "http://localhost:5000", description="The address that visitors use. Links in mails begin with it."
    )
    trusted_hosts: kinds.Hosts = Field(
        ("localhost", "127.0.0.1", "[::1]"),
        description="Host names that are answered; with a dot in front, all sub-domains too. Others get 400.",
    )
    proxy_fix: kinds.ProxyHops = Field(
        kinds.Hops(),
        examples=["1,1,0,0,0"],
        description="How many proxies to believe about the visitor's address, scheme, host, port and prefix."
        " Too many, and visitors can forge them.",
    )
    cors_origins: kinds.Origins = Field(
        (),
        examples=["https://shop.example.org"],
        description="Other sites whose scripts may call the API. None: CORS is off.",
    )
    csrf_trusted_origins: kinds.Origins = Field(
        (),
        examples=["https://admin.example.org"],
        description="Other sites whose pages may send forms to ours; those forms still need a token of ours.",
    )
    api_keys: kinds.MachineKeys = Field(
        (),
        description="Machines that may call, each with the SHA-256 digest of its key. `flask keys create NAME` makes"
        " one. In development and without any, `flask dev` shows a key.",
    )
    api_rate_limit: Annotated[kinds.RateLimit, Otherwise("300/minute; none in testing")] = Field(
        default_factory=lambda data: "" if data["mode"] == "testing" else "300/minute",
        examples=["10/second;5000/day", "none"],
        description="How often one caller may ask the API, and one address bring a wrong credential (with none,"
        " 60/minute). Shared between processes if REDIS_URL is set.",
    )
    script_name: Annotated[kinds.Prefix, spelled("SCRIPT_NAME", "MOUNT_PATH")] = Field(
        "", examples=["/shop"], description="The path under which the application lives, if it shares its host."
    )
    template_dir: Annotated[kinds.TemplateFolder | None, spelled("FLASK_TEMPLATE_DIR")] = Field(
        None, description="The folder with the index.html of a single-page application; it answers page addresses."
    )
    static_dir: Annotated[kinds.Folder | None, spelled("FLASK_STATIC_DIR")] = Field(
        None, description="The folder with the built scripts, styles and images of that application."
    )
    max_content_length: kinds.Whole = Field(
        2 * 1024 * 1024, ge=1, description="Bytes that a request may bring; more is answered with 413."
    )

    api_docs: Annotated[kinds.Flag, Otherwise("no in staging and production, else yes")] = Field(
        default_factory=lambda data: data["mode"] not in rules.DEPLOYED,
        description="Show the API to people at /api/v1/docs, with a form to try each operation.",
    )

    mail_url: Annotated[kinds.MailUrl | None, Otherwise("mailbox in development, none elsewhere")] = Field(
        default_factory=lambda data: "mailbox" if data["mode"] == "development" else None,
        examples=["smtp://shop:password@mail.example.org:587", "smtps://mail.example.org", "file:instance/mails"],
        description="Where mails go: a mail server, a folder (file:), the page /dev/mailbox (mailbox) or the terminal"
        " (console). Until it is set, mails wait. In testing none is ever sent.",
    )
    mail_sender: Annotated[kinds.MailSender, Otherwise("APP_NAME, no-reply at the host of APP_BASE_URL")] = Field(
        default_factory=lambda data: urls.usual_sender(data["app_name"], data["app_base_url"]),
        examples=["Shop <hello@shop.example.org>"],
        description="Whom mails are from, unless a message says otherwise.",
    )

    log_level: kinds.Level = Field("INFO", description="The least urgent lines that are written.")
    log_format: Annotated[kinds.LogFormat, Otherwise("json in staging and production, else text")] = Field(
        default_factory=lambda data: "json" if data["mode"] in rules.DEPLOYED else "text",
        description="json is one object a line, for machines; text is for eyes.",
    )
    log_file: kinds.File | None = Field(None, description="A file to write the log to as well, rotated by size.")
    slow_request_seconds: Annotated[kinds.Seconds, spelled("SLOW_REQUEST_SECONDS", older=("SLOW_API_TIME",))] = Field(
        0.5, description="A request that takes longer is logged, with where its time went."
    )
    metrics_token: SecretStr = Field(SecretStr(""), description="Whoever sends it as Bearer is given /metrics.")
    metrics_port: kinds.Whole = Field(0, ge=0, le=65535, description="A port for metrics alone; with 0 there is none.")
    metrics_host: kinds.Text = Field("127.0.0.1", description="Where METRICS_PORT listens; others need METRICS_TOKEN.")

    host: Annotated[kinds.Text, spelled("HOST", older=("APP_HOST",))] = Field(
        "127.0.0.1", description="The address that the development server listens on; 0.0.0.0 opens it to the network."
    )
    port: Annotated[kinds.Whole, spelled("PORT", older=("APP_PORT",))] = Field(
        5000, ge=1, le=65535, description="The port that the development server listens on."
    )

    gunicorn_host: kinds.Text = Field("127.0.0.1", description="The address that gunicorn listens on.")
    gunicorn_port: kinds.Whole = Field(5000, ge=1, le=65535, description="The port that gunicorn listens on.")
    gunicorn_workers: kinds.Whole = Field(2, ge=1, le=1000, description="Processes. More than cores seldom helps.")
    gunicorn_threads: kinds.Whole = Field(4, ge=1, le=1000, description="Threads of each process: requests at a time.")
    gunicorn_timeout: kinds.Whole = Field(30, ge=1, description="Seconds until a stuck worker ends; views may last.")
    gunicorn_graceful_timeout: kinds.Whole = Field(30, ge=1, description="Seconds for requests under way at a stop.")
    gunicorn_drain_seconds: kinds.Whole = Field(
        0,
        ge=0,
        description="Seconds that a server that stops still takes requests while /readyz says 503: as long as whoever"
        " shares them out needs to notice. It waits for requests under way in any case.",
    )
    gunicorn_proc_name: Annotated[kinds.Text, Otherwise("APP_NAME")] = Field(
        default_factory=lambda data: data["app_name"], description="What `ps` shows."
    )
    gunicorn_reload: kinds.Flag = Field(False, description="Start workers anew when code changes. Not when deployed.")
    gunicorn_daemon: kinds.Flag = Field(False, description="Leave the terminal. Not under systemd or in a container.")
    gunicorn_app: kinds.PlainText = Field(
        "", examples=["starter:create_app()"], description="What gunicorn serves, if not what gunicorn.conf.py says."
    )

    @classmethod
    def load(
        cls,
        *,
        root: Path | None = None,
        environ: Mapping[str, str] | None = None,
        mode: str | None = None,
        **overrides: Any,
    ) -> Self:
        """Return the settings that the environment and the files under `root` say, or raise every problem at once.

        `overrides` are values of fields and win over everything; `environ={}` ignores the environment.
        """
        if mode is not None:
            overrides["mode"] = mode
        return loading.load(cls, (root or Path()).absolute(), os.environ if environ is None else environ, overrides)

    def model_post_init(self, context: Any, /) -> None:
        """Keep who said what."""
        if context:
            self._sources = context.get("sources", {})
            self._warnings = context.get("warnings", [])

    @property
    def sources(self) -> Mapping[str, str]:
        """Who gave each setting its value, in words: "SECRET_KEY in the environment", "default"."""
        return self._sources

    @property
    def warnings(self) -> tuple[str, ...]:
        """What works and had better be changed, as sentences."""
        return tuple(self._warnings)

    @property
    def deployed(self) -> bool:
        """Whether strangers can reach this application: in staging and production."""
        return self.mode in rules.DEPLOYED

    def flask_config(self) -> dict[str, Any]:
        """Return what Flask itself reads from `app.config`."""
        return for_flask.config(self)

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Show what may be shown: no secrets, no passwords in URLs."""
        for name, field in type(self).model_fields.items():
            yield name, shown(name, field, getattr(self, name, None))


def adopt(app: "Flask", settings: Settings | None = None) -> Settings:
    """Give the application its settings, unless it has some, and return those that it has.

    Without `settings`, they are loaded for the folder that the application lies in.
    """
    if "carboy.settings" not in app.extensions:
        app.extensions["carboy.settings"] = settings or Settings.load(root=Path(app.root_path))
    return of(app)
