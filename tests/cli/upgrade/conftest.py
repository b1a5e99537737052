"""A project that a previous version of Carboy made (`previous/`), in git, and made-up Carboys to upgrade it with."""

import base64
import json
import shutil
import subprocess
from pathlib import Path
from zipfile import ZipFile

import pytest
from click.testing import CliRunner

from carboy.cli.command import main

PREVIOUS = Path(__file__).parent / "previous"
# Answers as the true one does; what it answers lies beside it.
DRAWING = """
import json, pathlib, sys

request, here = json.load(sys.stdin), pathlib.Path(__file__).parent
said = json.loads((here / "said.json").read_text())
optional = set(said["optional"])
known = optional if request["known"] is None else set(request["known"])
without = (set(request["without"]) & optional) | (optional - known)
files = {path: file for path, file in said["files"].items() if not any(f"/{name}/" in path for name in without)}
json.dump({**said, "files": files, "without": sorted(without)}, sys.stdout)
"""


@pytest.fixture
def git_of_nobody(monkeypatch, tmp_path):
    """No setting of this machine's git has a say."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "ada@example.org")


class Shop:
    """The project of the previous version: `.change({path: text})`, `.upgrade(…)`, and what came of it."""

    def __init__(self, root, elsewhere):
        self.root, self.elsewhere = root, elsewhere
        shutil.copytree(PREVIOUS, root)
        self.old = {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}
        self.old = {name: (path.read_bytes(), bool(path.stat().st_mode & 0o100)) for name, path in self.old.items()}
        (root / "vendor").mkdir()
        shutil.copy(self.wheel("0.0.9"), root / "vendor")
        self.git("init", "--quiet")
        self.commit()

    def git(self, *words):
        told = subprocess.run(["git", *words], cwd=self.root, capture_output=True, text=True)
        assert told.returncode == 0, told.stderr
        return told.stdout

    def commit(self):
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "x")

    def wheel(self, version, files=(), *, optional=("calculator", "todos"), upgrading="", without=("calculator",)):
        """A Carboy whose starter has these files: {path: text, bytes, a pair with whether it runs, or None}."""
        table = self.old["pyproject.toml"][0].decode().replace('"0.0.9"', f'"{version}"')
        table = table.replace('["calculator"]', json.dumps(sorted(without)))
        given = {path: self.as_given(path, said) for path, said in dict(files).items()}
        all_of_them = self.old | {"pyproject.toml": (table.encode(), False)} | given
        said = {"version": version, "optional": list(optional), "upgrading": upgrading}
        said["files"] = {
            path: {"content": base64.b64encode(content).decode(), "executable": executable}
            for path, (content, executable) in ((path, file) for path, file in all_of_them.items() if file)
        }
        place = self.elsewhere / f"carboy-{version}-py3-none-any.whl"
        with ZipFile(place, "w") as archive:
            for package in ("carboy", "carboy/cli", "carboy/cli/upgrade"):
                archive.writestr(f"{package}/__init__.py", "")
            archive.writestr("carboy/cli/upgrade/drawing.py", DRAWING)
            archive.writestr("carboy/cli/upgrade/said.json", json.dumps(said))
        return place

    def as_given(self, path, said):
        if said is None:
            return None
        content, executable = said if isinstance(said, tuple) else (said, self.old.get(path, (b"", False))[1])
        return content.encode() if isinstance(content, str) else content, executable

    def change(self, files):
        """What the project's people do, committed."""
        for path, text in files.items():
            if text is None:
                (self.root / path).unlink()
            else:
                (self.root / path).parent.mkdir(parents=True, exist_ok=True)
                (self.root / path).write_bytes(text.encode() if isinstance(text, str) else text)
        self.commit()

    def text(self, path):
        return (self.root / path).read_text()

    def run(self, *words):
        return CliRunner().invoke(main, ["upgrade", *map(str, words)])

    def upgrade(self, files, *words, version="0.1.0", **said):
        """Upgrade to a Carboy whose starter has these changes."""
        return self.run("--from", self.wheel(version, files, **said), *words)

    def changed(self):
        """The paths that differ from the last commit."""
        lines = self.git("status", "--porcelain", "--untracked-files=all").splitlines()
        return {line[3:] for line in lines} - {
            f"vendor/carboy-{version}-py3-none-any.whl" for version in ("0.0.9", "0.1.0")
        }


@pytest.fixture
def shop(tmp_path, monkeypatch, git_of_nobody):
    (tmp_path / "wheels").mkdir()
    shop = Shop(tmp_path / "shop", tmp_path / "wheels")
    monkeypatch.chdir(shop.root)
    return shop
