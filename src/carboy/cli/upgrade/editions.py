"""The two Carboys of an upgrade: the one that the project is of, and the one that it is to be of."""

import json
import os
import re
import subprocess
import sys
import tempfile
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import click
from packaging.version import Version

from carboy.cli.new.wheel import put_wheel
from carboy.cli.upgrade.deciding import File

_NAME = re.compile(r"carboy-(?P<version>[^-]+)-py3-none-any\.whl")
_DRAWING = "carboy.cli.upgrade.drawing"


@dataclass(frozen=True)
class Drawing:
    """A starter as it was drawn for a project, and what its Carboy says of itself."""

    version: Version
    optional: frozenset[str]
    without: frozenset[str]
    upgrading: str
    files: Mapping[str, File]


@dataclass(frozen=True)
class Edition:
    """One Carboy: in a wheel that was unpacked into a folder, or the installed one, which lies where it lies."""

    version: Version
    wheel: Path | None = None
    folder: Path | None = None

    def packed(self) -> tuple[str, File]:
        """Return the wheel, and its name: what a project keeps of it."""
        if self.wheel is not None:
            return self.wheel.name, File(self.wheel.read_bytes(), executable=False)
        with tempfile.TemporaryDirectory() as folder:
            put_wheel(Path(folder, "vendor"))
            (wheel,) = vendored(Path(folder))
            return wheel.name, File(wheel.read_bytes(), executable=False)

    def draw(self, name: str, without: Iterable[str], known: Iterable[str] | None = None) -> Drawing:
        """Have it draw its starter, without the features that were left out and those that nobody knew of."""
        request = {"name": name, "without": sorted(without), "known": known if known is None else sorted(known)}
        environment = os.environ | ({"PYTHONPATH": str(self.folder)} if self.folder else {})
        words = [sys.executable, "-P", "-B", "-m", _DRAWING]
        told = subprocess.run(  # noqa: S603  (words of our own)
            words, input=json.dumps(request), capture_output=True, text=True, check=False, env=environment
        )
        if told.returncode:
            reason = (told.stderr.strip() or "it did not say why").splitlines()[-1]
            raise click.ClickException(
                f"Carboy {self.version} could not draw its starter, and nothing was changed."
                f" Install what it lacks, or name a wheel that is whole. It says: {reason}"
            )
        said = json.loads(told.stdout)
        return Drawing(
            Version(said["version"]),
            frozenset(said["optional"]),
            frozenset(said["without"]),
            said["upgrading"],
            {path: File(b64decode(one["content"]), one["executable"]) for path, one in said["files"].items()},
        )


def installed() -> Edition:
    """Return the Carboy that runs this."""
    return Edition(Version(metadata.version("carboy")))


@contextmanager
def unpacked(wheel: Path) -> Iterator[Edition]:
    """Return the Carboy in this wheel."""
    name = _NAME.fullmatch(wheel.name)
    if name is None:
        raise click.ClickException(f"{wheel} is no wheel of Carboy. Name one: carboy-VERSION-py3-none-any.whl.")
    with tempfile.TemporaryDirectory(prefix="carboy-upgrade-") as folder:
        try:
            with ZipFile(wheel) as archive:
                archive.extractall(folder)
        except (OSError, BadZipFile) as error:
            raise click.ClickException(f"{wheel} cannot be unpacked: {error}. Fetch it anew.") from error
        if not Path(folder, *_DRAWING.split(".")).with_suffix(".py").is_file():
            raise click.ClickException(
                f"{wheel} is from before `carboy upgrade`: it holds nothing that draws a starter. Name a newer one."
            )
        yield Edition(Version(name["version"]), wheel, Path(folder))


def same(one: Path, other: Path) -> bool:
    """Tell whether the same is in two wheels; those of one Carboy may have been packed at different times."""
    return _contents(one) == _contents(other)


def _contents(wheel: Path) -> dict[str, int]:
    with ZipFile(wheel) as archive:
        return {file.filename: file.CRC for file in archive.infolist() if not file.filename.endswith(("/", "/RECORD"))}


def vendored(root: Path) -> list[Path]:
    """Return the wheels of Carboy that the project keeps."""
    return sorted(path for path in (root / "vendor").glob("carboy-*.whl") if _NAME.fullmatch(path.name))
