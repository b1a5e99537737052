"""One load of the settings: every source is read, every fault is noted, and all of them are told at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from carboy.errors import SettingsError
from carboy.settings import rules, sources
from carboy.settings.nearest import did_you_mean
from carboy.settings.rules import advice, keys, outside, sign_ins, stores
from carboy.settings.ruling import Problem, Rule, Severity, broken_rules, sentence_about
from carboy.settings.secrecy import is_secret
from carboy.settings.spellings import Origin, Spelling, find, spellings_of, unknown_keys

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from carboy.settings import Settings
    from carboy.settings.sources import Layer

S = TypeVar("S", bound="Settings")

RULE_BOOKS = (keys, stores, sign_ins, outside, advice)  # their rules are known once they are imported
_FLASK_COPIED = (
    "Flask seems to have copied .env into the environment, where it outranks .env.d. Set FLASK_SKIP_DOTENV=1."
)


def load(cls: type[S], root: Path, environ: Mapping[str, str], overrides: Mapping[str, Any]) -> S:
    """Return the settings, or raise every problem at once."""
    work = Load(cls, root, spellings_of(cls))
    work.read(environ, overrides)
    work.make_missing_keys()
    settings = work.validate()
    work.check(settings)
    if work.problems:
        raise SettingsError(work.problems)
    return settings


@dataclass
class Load(Generic[S]):
    """What has been found so far: values, who said them, and what is wrong."""

    cls: type[S]
    root: Path
    spellings: dict[str, Spelling]
    mode: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, Origin] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def read(self, environ: Mapping[str, str], overrides: Mapping[str, Any]) -> None:
        """Read every source. The mode comes first: it chooses a file."""
        environment = sources.environment(environ)
        plain = sources.dotenv(self.root / ".env", ".env", self.problems)
        highest, lowest = self._with_files(environment), self._with_files(plain)
        self._take(["mode"], [*highest, *lowest], overrides)
        self.mode = self._mode()
        secrets = sources.folder_of_secrets(
            environ.get(sources.SECRETS_DIR, ""), self._names(), self.root, self.problems
        )
        own = self._file_of_the_mode(environ)
        self._take(self.spellings.keys() - {"mode"}, [*highest, secrets, *self._with_files(own), *lowest], overrides)
        self._refuse_strangers(overrides, [own, plain])
        if sources.copied_by_flask(plain, environ):
            self.warnings.append(_FLASK_COPIED)

    def _names(self) -> list[str]:
        return [name for spelling in self.spellings.values() for name in spelling.every]

    def _with_files(self, layer: "Layer") -> "list[Layer]":
        return [layer, sources.files_named_by(layer, self._names(), self.root, self.problems)]

    def _take(self, names: Collection[str], layers: "Sequence[Layer]", overrides: Mapping[str, Any]) -> None:
        for name in (name for name in self.spellings if name in names):
            if name in overrides:
                self.values[name] = overrides[name]
                self.origins[name] = Origin(self.spellings[name].names[0], "given to load()")
            else:
                self._take_from(name, layers)

    def _take_from(self, name: str, layers: "Sequence[Layer]") -> None:
        spelling = self.spellings[name]
        found = find(spelling, layers, lambda one, other: self._same(name, one, other), self.problems)
        if found is None:
            return
        self.values[name], self.origins[name] = found.value, found.origin
        if found.origin.variable in spelling.older:
            self.warnings.append(
                f"{found.origin.label} is an older spelling of {spelling.names[0]}; both work. Rename it when you like."
            )

    def _same(self, name: str, one: str, other: str) -> bool:
        try:
            return one == other or bool(self._value_of(name, one) == self._value_of(name, other))
        except ValidationError:
            return False

    def _value_of(self, name: str, said: object) -> Any:
        field_info: Any = self.cls.model_fields[name]
        annotation: Any = field_info.annotation
        for constraint in field_info.metadata:
            annotation = Annotated[annotation, constraint]
        alone: TypeAdapter[Any] = TypeAdapter(annotation)
        return alone.validate_python(said, context={"root": self.root})

    def _mode(self) -> str | None:
        try:
            return str(self._value_of("mode", self.values.get("mode", "development")))
        except ValidationError:
            return None

    def _file_of_the_mode(self, environ: Mapping[str, str]) -> "Layer":
        if named := environ.get(sources.ENV_FILE):
            own = sources.dotenv(self.root / named, named, self.problems, optional=False)
        else:
            own = sources.dotenv(self.root / f".env.d/.env.{self.mode}", f".env.d/.env.{self.mode}", self.problems)
        said = find(self.spellings["mode"], [own], lambda one, other: self._same("mode", one, other), self.problems)
        if said and self.mode and not self._same("mode", said.value, self.mode):
            self.problems.append(
                f"{said.origin.label} names another mode than {self.mode}, for which this file is read."
                " Set FLASK_ENV in the environment."
            )
        return own

    def _refuse_strangers(self, overrides: Mapping[str, Any], files: "Sequence[Layer]") -> None:
        for name in overrides.keys() - self.spellings.keys():
            hint = did_you_mean(name, self.spellings) or " Take it away."
            self.problems.append(f"{name} (given to load()) is not a setting.{hint}")
        for layer in files:
            self.problems += unknown_keys(layer, set(self._names()))

    def make_missing_keys(self) -> None:
        """Draw keys for this process alone, so that development needs none; deployed, they must be said."""
        for name in rules.KEYS:
            if name not in self.values:
                self.values[name] = token_urlsafe(48)
                self.made.add(name)

    def validate(self) -> S:
        """Return the settings; when some are wrong, note it and return the others, so that they can be checked too."""
        errors: list[ErrorDetails] = []
        context = {"root": self.root, "sources": self._sources(), "warnings": self.warnings}
        try:
            return self.cls.model_validate({"root": self.root} | self.values, context=context)
        except ValidationError as error:
            errors = error.errors(include_url=False, include_input=False)
        for details in errors:
            self._note(details)
        whole = {name: self._value_of(name, said) for name, said in self.values.items() if name not in self.broken}
        return self.cls.model_construct(root=self.root, **whole)

    def _sources(self) -> dict[str, str]:
        said = {name: str(origin) for name, origin in self.origins.items()}
        said |= dict.fromkeys(self.made, "made for this process")
        return {name: said.get(name, "default") for name in self.spellings}

    def _note(self, error: "ErrorDetails") -> None:
        if error["type"] == "default_factory_not_called":  # what it is made from is wrong, and told already
            return
        if not error["loc"]:
            self.problems.append(_sentence(error))
            return
        name = str(error["loc"][0])
        self.broken.add(name)
        hidden = is_secret(name, self.cls.model_fields[name]) and error["type"] != "missing"
        self.refuse(name, "cannot be accepted" if hidden else _sentence(error))

    def check(self, settings: S) -> None:
        """Note which rules are broken, by those settings that have a value."""
        for rule, name, end in broken_rules(settings, self.origins, self.broken, deployed=settings.deployed):
            if rule.severity is Severity.FATAL:
                self.refuse(name, end, rule)
            else:
                self.warnings.append(sentence_about(self.spellings[name].names[0], end))

    def refuse(self, name: str, end: str, rule: Rule | None = None) -> None:
        """Note that this setting cannot stay as it is, once."""
        label = self.origins[name].label if name in self.origins else self.spellings[name].names[0]
        problem = Problem.of(sentence_about(label, end), rule)
        if problem not in self.problems:
            self.problems.append(problem)


def _sentence(error: "ErrorDetails") -> str:
    if error["type"] == "missing":
        return "is not set"
    if raised := error.get("ctx", {}).get("error"):
        return str(raised)
    message = error["msg"].rstrip(".")
    if message.startswith("Input should be "):
        return f"must be {message.removeprefix('Input should be ')}"
    return f"is wrong: {message[:1].lower()}{message[1:]}"
