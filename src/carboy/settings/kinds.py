"""The kinds of values that settings have: how text becomes one, and what is refused.

A refusal completes the sentence "NAME (where it was said) …" and never repeats what was said.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, StringConstraints, ValidationInfo

from carboy.settings import urls
from carboy.settings.nearest import did_you_mean


@dataclass(frozen=True, slots=True)
class Called:
    """What the reference page calls a kind of value."""

    words: str


@dataclass(frozen=True, slots=True)
class Otherwise:
    """What the reference page says of a default that is worked out."""

    words: str


def root_of(info: ValidationInfo) -> Path:
    """Return the project's folder: relative paths start there."""
    root: Path = (info.context or {}).get("root", Path.cwd())
    return root


def _from_text(convert: Callable[[str], Any]) -> BeforeValidator:
    """Convert what is said as text; a value given by a program is checked by its type alone."""

    def before(value: Any) -> Any:
        return convert(value.strip()) if isinstance(value, str) else value

    return BeforeValidator(before)


_FLAGS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


def _flag(text: str) -> bool:
    if text.lower() not in _FLAGS:
        raise ValueError("must be 1 or 0, true or false, yes or no, on or off")
    return _FLAGS[text.lower()]


def _whole(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,18}", text):
        raise ValueError("must be a whole number, such as 15")
    return int(text)


def _seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text):
        raise ValueError("must be a number of seconds, such as 0.5")
    return float(text)


def _number(text: str) -> float:
    if not re.fullmatch(r"-?[0-9]{1,9}(\.[0-9]{1,9})?", text):
        raise ValueError("must be a number, such as 8 or 8.5")
    return float(text)


def _choice(text: str, choices: Sequence[str], fold: Callable[[str], str] = str.lower) -> str:
    if fold(text) not in choices:
        raise ValueError(f"must be one of {', '.join(choices)}.{did_you_mean(text, choices)}".removesuffix("."))
    return fold(text)


MODES = ("development", "testing", "staging", "production")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def _mode(text: str) -> str:
    """Take a mode by its name, or by the path of a class that older projects named: config.ProductionConfig."""
    return _choice(text.rpartition(".")[2].removesuffix("Config"), MODES)


Flag = Annotated[bool, _from_text(_flag), Called("yes or no")]
Whole = Annotated[int, _from_text(_whole), Called("whole number")]
Seconds = Annotated[float, _from_text(_seconds), Field(gt=0, allow_inf_nan=False), Called("seconds")]
Number = Annotated[float, _from_text(_number), Field(allow_inf_nan=False), Called("number")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), Called("text")]
PlainText = Annotated[str, StringConstraints(strip_whitespace=True), Called("text")]
Mode = Annotated[Literal["development", "testing", "staging", "production"], _from_text(_mode)]
Level = Annotated[
    Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"],
    _from_text(partial(_choice, choices=LEVELS, fold=str.upper)),
]
LogFormat = Annotated[Literal["json", "text"], _from_text(partial(_choice, choices=("json", "text")))]
JobsEngine = Annotated[Literal["local", "celery"], _from_text(partial(_choice, choices=("local", "celery")))]
Blacklist = Annotated[
    Literal["memory", "redis", "database"], _from_text(partial(_choice, choices=("memory", "redis", "database")))
]
FilesStore = Annotated[
    Literal["database", "folder", "s3"], _from_text(partial(_choice, choices=("database", "folder", "s3")))
]
LiveManager = Annotated[
    Literal["memory", "database", "redis"], _from_text(partial(_choice, choices=("memory", "database", "redis")))
]
Registration = Annotated[Literal["open", "closed"], _from_text(partial(_choice, choices=("open", "closed")))]


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _host(text: str) -> str:
    name = text.lower()
    if "*" in name:
        raise ValueError("must not hold *: name every host; .example.org stands for it and all its sub-domains")
    if re.fullmatch(r"[0-9a-f.]*:[0-9a-f.]*:[0-9a-f:.]*", name):
        return f"[{name}]"
    if not re.fullmatch(r"\.?[a-z0-9]([a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\]", name):
        raise ValueError("must be host names with commas between them, without scheme, port or path")
    return name


_ORIGIN = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<host>[a-z0-9._-]+|\[[0-9a-f:.]+\])(?P<port>:[0-9]{1,5})?")
_USUAL_PORTS = {"http": ":80", "https": ":443"}


def _origin(text: str) -> str:
    text = text.lower().removesuffix("/")
    if text in ("*", "null"):
        return text
    if not (match := _ORIGIN.fullmatch(text)):
        raise ValueError("must be origins such as https://shop.example.org, with commas between them and no path")
    # A browser leaves the usual port out of the Origin that it sends.
    return text.removesuffix(match["port"] or "") if _USUAL_PORTS.get(match["scheme"]) == match["port"] else text


def _endpoint(text: str) -> str:
    if text and not _ORIGIN.fullmatch(text.lower().removesuffix("/")):
        raise ValueError("must be such as https://s3.example.org, with no path")
    return text.removesuffix("/")


def _public_url(text: str) -> str:
    match = _ORIGIN.match(text.lower())
    if (
        not match
        or match["scheme"] not in _USUAL_PORTS
        or text[match.end() : match.end() + 1] not in ("", "/", "?", "#")
    ):
        raise ValueError("must be the address that visitors use, such as https://shop.example.org")
    return (match[0] + text[match.end() :]).removesuffix("/")


class Hops(NamedTuple):
    """How many proxies in front are believed about each thing they report."""

    address: int = 0
    scheme: int = 0
    host: int = 0
    port: int = 0
    prefix: int = 0


def _hops(value: Any) -> Any:
    numbers = value.split(",") if isinstance(value, str) else list(value)
    if len(numbers) != 5 or not all(re.fullmatch(r"[0-9]{1,2}", str(number).strip()) for number in numbers):
        raise ValueError("must be five whole numbers: proxies to believe for address, scheme, host, port and prefix")
    return Hops(*(int(number) for number in numbers))


def _prefix(text: str) -> str:
    path = "/" + text.strip("/")
    if not re.fullmatch(r"(/[A-Za-z0-9._~-]+)+|/", path) or {".", ".."} & set(path.split("/")):
        raise ValueError("must be a plain path such as /shop, of letters, digits and - . _ ~")
    return path.rstrip("/")


def _path(value: Any, info: ValidationInfo) -> Any:
    return (
        root_of(info) / (value.strip() if isinstance(value, str) else value)
        if isinstance(value, (str, Path))
        else value
    )


def _folder(value: Any, info: ValidationInfo, holding: str = "") -> Any:
    folder = _path(value, info)
    if isinstance(folder, Path) and not folder.is_dir():
        raise ValueError("must name a folder that exists; a relative path starts at the project's folder")
    if holding and isinstance(folder, Path) and not (folder / holding).is_file():
        raise ValueError(f"must name a folder with an {holding} in it")
    return folder


def _template_folder(value: Any, info: ValidationInfo) -> Any:
    return _folder(value, info, holding="index.html")


def _file(value: Any, info: ValidationInfo) -> Any:
    file = _path(value, info)
    if isinstance(file, Path) and not file.parent.is_dir():
        raise ValueError("must name a file in a folder that exists; a relative path starts at the project's folder")
    return file


def _database(value: Any, info: ValidationInfo) -> Any:
    return urls.database_url(value, root_of(info)) if isinstance(value, str) else value


def _test_database(value: Any, info: ValidationInfo) -> Any:
    url = _database(value, info)
    if isinstance(url, str) and "test" not in urls.database_name(url).lower():
        raise ValueError("must lead to a database whose name holds the word test: the tests empty it")
    return url


def _mail_url(value: Any, info: ValidationInfo) -> Any:
    return urls.mail_url(value, root_of(info)) if isinstance(value, str) else value


_MAIL_SENDER = re.compile(r"[^\s<>@]+@[^\s<>@]+|[^<>\x00-\x1f\x7f]*<[^\s<>@]+@[^\s<>@]+>")


def _mail_sender(text: str) -> str:
    if not _MAIL_SENDER.fullmatch(text):
        raise ValueError("must be one address, such as Shop <hello@shop.example.org>")
    return text


_MACHINE_KEY = re.compile(r"(?P<name>[a-z0-9-]+)=(?P<digest>[0-9a-f]{64})")


def machine_keys(entries: Sequence[str]) -> tuple[str, ...]:
    """Return the names of machines with the digests of their keys, or say what is wrong with them as a whole."""
    found = [_MACHINE_KEY.fullmatch(re.sub(r"\s*=\s*", "=", entry)) for entry in entries]
    whole = [match for match in found if match]
    if len(whole) < len(found):
        raise ValueError(
            "must be name=digest with commas between: names of a-z, 0-9 and -, digests of 64 hexadecimal digits in"
            " lower case, never the key itself. `flask keys create NAME` prints both"
        )
    if len({match["name"] for match in whole}) < len(whole):
        raise ValueError("must name each machine once")
    if len({match["digest"] for match in whole}) < len(whole):
        raise ValueError("must give each machine a key of its own")
    return tuple(match[0] for match in whole)


def _machine_keys(value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    return tuple(SecretStr(entry) for entry in machine_keys([entry.get_secret_value() for entry in value]))


_RATE = re.compile(r"(?P<count>[1-9][0-9]{0,8})/(?P<many>[1-9][0-9]{0,3})?(?P<unit>second|minute|hour|day)s?")


def rate_limit(text: str) -> str:
    """Return how often is allowed, spelled alike: "300/minute", several with ; between them, or "" for no limit."""
    squeezed = re.sub(r"\s", "", text.lower())
    if squeezed in ("", "none"):
        return ""
    found = [_RATE.fullmatch(part) for part in squeezed.split(";")]
    if not all(found):
        raise ValueError("must be such as 300/minute or 10/second;5000/day, of second, minute, hour and day; or none")
    return ";".join(f"{match['count']}/{match['many'] or ''}{match['unit']}" for match in found if match)


Keys = Annotated[tuple[SecretStr, ...], _from_text(_listed), Called("secrets with commas between them")]
MachineKeys = Annotated[
    tuple[SecretStr, ...], _from_text(_listed), AfterValidator(_machine_keys), Called("name=digest with commas")
]
RateLimit = Annotated[str, _from_text(rate_limit), Called("count/time")]
Hosts = Annotated[tuple[Annotated[str, _from_text(_host)], ...], _from_text(_listed), Called("hosts with commas")]
Origins = Annotated[tuple[Annotated[str, _from_text(_origin)], ...], _from_text(_listed), Called("origins with commas")]
Names = Annotated[tuple[str, ...], _from_text(_listed), Called("names with commas")]
Endpoint = Annotated[str, _from_text(_endpoint), Called("URL")]
PublicUrl = Annotated[str, _from_text(_public_url), Called("URL")]
ProxyHops = Annotated[Hops, BeforeValidator(_hops), Called("five whole numbers")]
Prefix = Annotated[str, _from_text(_prefix), Called("path")]
Folder = Annotated[Path, BeforeValidator(_folder), Called("folder")]
TemplateFolder = Annotated[Path, BeforeValidator(_template_folder), Called("folder")]
File = Annotated[Path, BeforeValidator(_file), Called("file")]
DatabaseUrl = Annotated[str, BeforeValidator(_database), Called("database URL")]
TestDatabaseUrl = Annotated[str, BeforeValidator(_test_database), Called("database URL")]
MailUrl = Annotated[str, BeforeValidator(_mail_url), Called("mail URL")]
MailSender = Annotated[str, _from_text(_mail_sender), Called("mail address")]
BrokerUrl = Annotated[str, _from_text(urls.broker_url), Called("Redis or RabbitMQ URL")]
RedisUrl = Annotated[str, _from_text(urls.redis_url), Called("Redis URL")]
