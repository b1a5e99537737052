"""Bring the browser's share of other people's work into the repository, and prove that nobody edited it.

    python tools/vendor_assets.py            fetch every package with `npm pack`, verify it, write its folder
    python tools/vendor_assets.py --check    compare what is committed with its MANIFEST; needs no network

To take a newer release: change its version below, put `npm view NAME@VERSION dist.integrity` beside it, run.
"""

import argparse
import base64
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fomantic_subset import COMPONENTS, subset

ROOT = Path(__file__).resolve().parent.parent
STARTER = "starter/starter/static/vendor"
LIBRARY = "src/carboy/web/static"
TESTS = "tests/browser/vendor"
MANIFEST = "MANIFEST"


@dataclass(frozen=True, kw_only=True)
class Package:
    """One release of one npm package, and which of its files go where."""

    name: str
    version: str
    integrity: str
    folder: str
    licence: str = "LICENSE"
    files: Mapping[str, str] = field(default_factory=dict)


FOMANTIC = Package(
    name="fomantic-ui-css",
    version="2.9.4",
    integrity="sha512-4U8enaBjxAdjMfpTKhf0Of9/XZJo/WSh90FaF85gIYy669eGYe0tRFzE9T0lIiLRmxa20yKLhT6TvLxGau13dA==",
    folder=f"{STARTER}/fomantic",
    licence="LICENSE.md",
)
PACKAGES = (
    FOMANTIC,
    Package(
        name="htmx.org",
        version="4.0.1",
        integrity="sha512-oF7JgXhDW9UXCy/k1ZYFUQgzu/rm19ORWPSPNL91vPluB2PB9+MV55tyQdH/w7o2EAbTYUG5SDW1R60mdkdqGg==",
        folder=f"{STARTER}/htmx",
        files={"htmx.min.js": "dist/htmx.min.js"},
    ),
    Package(
        name="socket.io-client",
        version="4.8.4",
        integrity="sha512-7wjKAvVXYOJsbmUgkWbnhPD4bFpkqrUR0++XOjpGFmqDqsqV1CI93VTraeExLxpjxEqrWgFoSRZu1ihjLWfkAA==",
        folder=f"{STARTER}/socket.io",
        files={"socket.io.min.js": "dist/socket.io.min.js"},
    ),
    Package(
        name="swagger-ui-dist",
        version="5.35.0",
        integrity="sha512-U06rpMtW9V3XPGOBeamTUSr0Z09jMX4IJuANpE/EZbAhw0G8CgwrzU4YmXkn/h0wCDNsXdGarTNNHC3sU8yVUQ==",
        folder=f"{LIBRARY}/swagger",
        files={
            "NOTICE": "NOTICE",
            "swagger-ui.css": "swagger-ui.css",
            "swagger-ui-bundle.js": "swagger-ui-bundle.js",
            "swagger-ui-bundle.js.LICENSE.txt": "swagger-ui-bundle.js.LICENSE.txt",
        },
    ),
    Package(
        name="axe-core",
        version="4.14.1",
        integrity="sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
        folder=f"{TESTS}/axe-core",
        files={"axe.min.js": "axe.min.js", "LICENSE-3RD-PARTY.txt": "LICENSE-3RD-PARTY.txt"},
    ),
)


def main(arguments: Iterable[str] | None = None) -> int:
    """Vendor the packages, or check what is there; 0 when all is well."""
    summary = (__doc__ or "").splitlines()[0]
    parser = argparse.ArgumentParser(description=summary)
    parser.add_argument("--check", action="store_true", help="only compare with the manifests, offline")
    if parser.parse_args(None if arguments is None else list(arguments)).check:
        return _report(problem for package in PACKAGES for problem in problems_in(package))
    for package in PACKAGES:
        vendor(package)
    return 0


def _report(problems: Iterable[str]) -> int:
    found = list(problems)
    sys.stdout.writelines(f"{problem}\n" for problem in found)
    return 1 if found else 0


def vendor(package: Package) -> None:
    """Write the package's folder anew, byte for byte the same on every machine."""
    contents = contents_of(package, unpacked(fetch(package)))
    folder = ROOT / package.folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    (folder / MANIFEST).write_text(manifest(contents), encoding="utf-8")
    weight = sum(map(len, contents.values()))
    sys.stdout.write(f"{package.name} {package.version}: {len(contents)} files, {weight:,} bytes\n")


def fetch(package: Package) -> bytes:
    """Ask npm for the package's tarball, and refuse one that is not what we pinned."""
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("The packages come through npm, and npm is not here. Install Node.js, then try again.")
    with tempfile.TemporaryDirectory() as scratch:
        order = [npm, "pack", f"{package.name}@{package.version}", "--silent", "--pack-destination", scratch]
        subprocess.run(order, check=True, capture_output=True)  # noqa: S603  (a list, and the names are ours)
        [tarball] = Path(scratch).glob("*.tgz")
        content = tarball.read_bytes()
    return verified(content, package)


def verified(tarball: bytes, package: Package) -> bytes:
    """Return the tarball if its hash is the pinned one."""
    found = "sha512-" + base64.b64encode(hashlib.sha512(tarball).digest()).decode()
    if found != package.integrity:
        raise SystemExit(
            f"{package.name} {package.version} is not the release that was pinned: {found}.\n"
            "Compare with `npm view NAME@VERSION dist.integrity`; change the pin only if you know why."
        )
    return tarball


def unpacked(tarball: bytes) -> dict[str, bytes]:
    """Read a tarball's files into memory by their path inside the package."""
    with tempfile.TemporaryFile() as file:
        file.write(tarball)
        file.seek(0)
        with tarfile.open(fileobj=file, mode="r:gz") as archive:
            readers = ((member.name, archive.extractfile(member)) for member in archive if member.isfile())
            return {name.partition("/")[2]: reader.read() for name, reader in readers if reader}


def contents_of(package: Package, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Choose, and for Fomantic make, the files of the package's folder."""
    contents = {name: files[source] for name, source in package.files.items()}
    contents["LICENSE"] = files[package.licence]
    contents["VERSION"] = f"{package.name} {package.version}\n".encode()
    if package is FOMANTIC:
        sheets = {name: files[f"components/{name}.min.css"].decode() for name in COMPONENTS}
        contents["fomantic.min.css"] = subset(sheets, version=package.version).encode()
    return dict(sorted(contents.items()))


def manifest(contents: Mapping[str, bytes]) -> str:
    """List the files with their hashes in the form that `sha256sum --check MANIFEST` reads."""
    return "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in contents.items())


def problems_in(package: Package) -> list[str]:
    """Say how the committed folder differs from its manifest and from the table above."""
    folder = ROOT / package.folder
    if not (folder / MANIFEST).is_file():
        return [f"{package.folder} is missing. Run: python tools/vendor_assets.py"]
    found = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.name != MANIFEST}
    problems = []
    if manifest(found) != (folder / MANIFEST).read_text(encoding="utf-8"):
        problems.append(f"{package.folder} was edited by hand. Run: python tools/vendor_assets.py")
    if found.get("VERSION") != f"{package.name} {package.version}\n".encode():
        problems.append(f"{package.folder} is not {package.version}. Run: python tools/vendor_assets.py")
    return problems


if __name__ == "__main__":
    sys.exit(main())
