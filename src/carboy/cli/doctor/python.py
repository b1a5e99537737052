"""Looks at Python: its version, its environment, and whether the packages are those that were agreed on."""

import platform
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet

from carboy.cli.doctor.looks import finding
from carboy.cli.doctor.patient import Patient
from carboy.settings.ruling import Finding

REQUIREMENTS = "requirements.txt"
_MOST_NAMED = 5


def interpreter(patient: Patient) -> Iterator[str | Finding]:
    """Look at the version, and whether it is an environment of the project's own."""
    yield f"{platform.python_version()} in {sys.prefix}, with Carboy {metadata.version('carboy')}"
    wanted = wanted_python(patient)
    if platform.python_version() not in wanted:
        wrong = f"This is Python {platform.python_version()}, and {wanted} is needed."
        yield finding("python.version", wrong, "Make the environment anew with a Python that fits.")
    if sys.prefix == sys.base_prefix:
        wrong = "This is no virtual environment: what is installed here, every other program of this Python shares."
        yield finding("python.environment", wrong, "Make one: python3 -m venv .venv")
    elif patient.project and (own := other_environment(patient.root)):
        wrong = f"The project has an environment in {own} whose carboy cannot be run, so this is another one."
        yield finding("python.environment", wrong, f"Take {own} away, and have `make setup` make it anew.")


def wanted_python(patient: Patient) -> SpecifierSet:
    """Return the versions that the project asks for, or Carboy where there is no project."""
    said = metadata.metadata("carboy")["Requires-Python"]
    if patient.project:
        text = (patient.root / "pyproject.toml").read_text("utf-8")
        said = tomllib.loads(text).get("project", {}).get("requires-python", said)
    return SpecifierSet(said, prereleases=True)


def other_environment(root: Path) -> Path | None:
    """Return the project's own environment, unless it is the one that this runs in."""
    own = root / ".venv"
    return own if own.is_dir() and own.resolve() != Path(sys.prefix).resolve() else None


def packages(patient: Patient) -> Iterator[str | Finding]:
    """Look whether what is installed is what requirements.txt says."""
    file = patient.root / REQUIREMENTS
    if not file.is_file():
        yield f"no {REQUIREMENTS} to go by"
        return
    wanted = requirements_in(file.read_text("utf-8"))
    wrong = [said for one in wanted if (said := difference(one))]
    yield f"{len(wanted) - len(wrong)} of {len(wanted)} are as {REQUIREMENTS} says"
    if wrong:
        more = [f"{len(wrong) - _MOST_NAMED} more"] if len(wrong) > _MOST_NAMED else []
        named = ", ".join([*wrong[:_MOST_NAMED], *more])
        remedy = f"Install what was agreed on: python -m pip install --require-hashes -r {REQUIREMENTS}"
        yield finding("python.packages", f"Not as {REQUIREMENTS} says: {named}.", remedy)


def requirements_in(text: str) -> list[Requirement]:
    """Return the requirements for this machine in such a file; hashes, options and files are passed over."""
    found = []
    for line in text.replace("\\\n", " ").splitlines():
        said = line.partition(" #")[0].partition(" --hash")[0].strip()
        if not said or said.startswith(("#", "-", ".", "/")):
            continue
        try:
            one = Requirement(said)
        except InvalidRequirement:  # pip knows more forms: what it takes is no fault here
            continue
        if one.marker is None or one.marker.evaluate():
            found.append(one)
    return found


def difference(one: Requirement) -> str:
    """Return in which way what is installed is not what is required, "" where it is."""
    try:
        installed = metadata.version(one.name)
    except metadata.PackageNotFoundError:
        return f"{one.name} is missing"
    fits = one.specifier.contains(installed, prereleases=True)
    return "" if fits else f"{one.name} is {installed} (wanted {one.specifier})"
