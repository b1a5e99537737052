"""The Carboy that a project runs on: until an index has it, the project carries it along as a file.

An installed Carboy still has every file of the wheel that it came by, so that wheel can be made once more, with no
network and nothing that builds. In Carboy's own repository it is built.
"""

import base64
import hashlib
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from carboy.cli.new.starter import starter_folder
from carboy.errors import SetupError

_OF_WHEELS = ("METADATA", "WHEEL", "entry_points.txt", "licenses")  # the rest an installer has written


def put_wheel(folder: Path) -> None:
    """Lay the wheel of the Carboy that runs now into this folder."""
    folder.mkdir()
    starter = starter_folder()
    if starter.name.startswith("_"):
        pack_again(metadata.distribution("carboy"), folder)
    else:
        _build(starter.parent, folder)


def pack_again(installed: metadata.Distribution, folder: Path) -> Path:
    """Make the wheel that this distribution was installed from, but for the times of its files."""
    about = f"carboy-{installed.version}.dist-info"
    wheel = folder / f"carboy-{installed.version}-py3-none-any.whl"
    record = []
    with ZipFile(wheel, "w", ZIP_DEFLATED) as archive:
        for name, path in sorted(_files(installed, about)):
            content = path.read_bytes()
            archive.writestr(_entry(name), content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            record.append(f"{name},sha256={digest},{len(content)}\n")
        archive.writestr(_entry(f"{about}/RECORD"), "".join([*record, f"{about}/RECORD,,\n"]))
    return wheel


def _files(installed: metadata.Distribution, about: str) -> Iterator[tuple[str, Path]]:
    if installed.files is None:
        raise SetupError("This Carboy was installed without a list of its files. Install it anew with pip or uv.")
    for file in installed.files:
        of_carboy = file.parts[0] == "carboy" and "__pycache__" not in file.parts
        if of_carboy or (file.parts[0] == about and file.parts[1] in _OF_WHEELS):
            yield file.as_posix(), Path(str(file.locate()))


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name)  # as old as can be: the same files make the same wheel
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = 0o100644 << 16
    return entry


def _build(repository: Path, folder: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise SetupError(f"Carboy's wheel cannot be built; `make setup` brings what that needs.\n{done.stderr.strip()}")
