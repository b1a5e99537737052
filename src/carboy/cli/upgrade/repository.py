"""The project as git knows it: what is in it, whether it may be written to, and how to take everything back."""

import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

import click

from carboy.cli.upgrade.deciding import File

TAKE_BACK = "git restore --staged --worktree . && git clean -fd ."
_MOST_NAMED = 5


class Repository:
    """The git repository that a project lies in; the project may be one of its folders."""

    def __init__(self, root: Path) -> None:
        self.root = root
        try:
            self._journal = Path(self._git("rev-parse", "--absolute-git-dir").strip()) / "carboy-upgrade"
        except FileNotFoundError:
            raise click.ClickException("git is not installed, and the upgrade is merged by it: install git.") from None
        except subprocess.CalledProcessError as error:
            raise click.ClickException(
                f"{root} is in no git repository that can be used, so what an upgrade does could not be taken back."
                " Run: git init && git add . && git commit -m 'As it is'"
                f" (git says: {error.stderr.decode('utf-8', 'replace').strip()})"
            ) from None

    def _git(self, *words: str) -> str:
        told = subprocess.run(["git", *words], cwd=self.root, capture_output=True, check=True)  # noqa: S603, S607
        return told.stdout.decode("utf-8", "surrogateescape")

    def refuse_changes(self) -> None:
        """Raise if something is not committed: it could not be told from what the upgrade does."""
        dirty = [line for line in self._git("status", "--porcelain", "-z", "--", ".").split("\0") if line]
        if not dirty:
            self.end()  # whatever was interrupted here was taken back
            return
        if self._journal.exists():
            raise click.ClickException(
                "An upgrade was interrupted, and what it did is still here. If nothing else is, take it back, and run"
                f" it again: {TAKE_BACK}"
            )
        named = ", ".join(line[3:] for line in dirty[:_MOST_NAMED]) + (" …" if len(dirty) > _MOST_NAMED else "")
        raise click.ClickException(
            f"There are changes that are not committed ({named}). Commit or stash them, so that you can tell"
            " yours from the upgrade's, and take the upgrade back alone."
        )

    def refuse_conflicts(self) -> None:
        """Raise if a file holds conflicts: merging into them would bury them."""
        begun, ended = self._with_lines("^<<<<<<< "), self._with_lines("^>>>>>>> ")
        if unresolved := sorted(begun & ended):
            raise click.ClickException(
                f"Conflicts are not resolved in {', '.join(unresolved[:_MOST_NAMED])}. Look for <<<<<<< there, resolve"
                " and commit them, then run it again."
            )

    def _with_lines(self, pattern: str) -> set[str]:
        words = ["git", "grep", "-lzI", "--untracked", "-e", pattern, "--", "."]
        told = subprocess.run(words, cwd=self.root, capture_output=True, check=False)  # noqa: S603
        return {name for name in told.stdout.decode("utf-8", "surrogateescape").split("\0") if name}

    def files(self) -> dict[str, File]:
        """Return the files that git keeps of this project, as they are on the disk."""
        names = [name for name in self._git("ls-files", "-z", "--", ".").split("\0") if name]
        return {name: _read(self.root / name) for name in names if self._is_plain(self.root / name)}

    def in_the_way(self, paths: Iterable[str], kept: Iterable[str]) -> frozenset[str]:
        """Return those of these paths at which, or above which, something else is than a file that git keeps."""
        return frozenset(path for path in set(paths) - set(kept) if not self._is_free(self.root / path))

    def _is_plain(self, path: Path) -> bool:
        return path.is_file() and not path.is_symlink()

    def _is_free(self, path: Path) -> bool:
        above = [folder for folder in path.parents if folder.is_relative_to(self.root) and folder != self.root]
        blocked = any(folder.is_symlink() or (folder.exists() and not folder.is_dir()) for folder in above)
        return not (blocked or path.is_symlink() or path.exists())

    def begin(self) -> None:
        """Note that an upgrade writes, where git itself keeps notes: whoever finds it knows that it was interrupted."""
        self._journal.write_text("carboy upgrade began to write\n")

    def end(self) -> None:
        """Note that it has written everything, or taken everything back."""
        if not self._journal.exists():
            return
        try:
            self._journal.unlink(missing_ok=True)
        except OSError as error:
            raise click.ClickException(
                f"{self._journal} cannot be removed: {error.strerror or error}. It says that an upgrade was stopped,"
                " and none is: see by `git status` whether one was written, and remove that file yourself."
            ) from error


def unwritten(error: OSError, root: Path) -> click.ClickException:
    """Return what is said once everything is as it was."""
    return click.ClickException(
        f"{error.filename or root} cannot be written: {error.strerror or error}; nothing was changed. See that you may"
        " write there and that there is room, then run it again."
    )


def _read(path: Path) -> File:
    return File(path.read_bytes(), bool(path.stat().st_mode & 0o100))


class Merger:
    """`git merge-file`, for contents that lie in no repository."""

    def __init__(self, labels: tuple[str, str, str]) -> None:
        self._labels = [word for label in labels for word in ("-L", label)]

    def __call__(self, yours: bytes, old: bytes, new: bytes) -> tuple[bytes, bool]:
        """Return what was merged, and whether without a conflict."""
        with tempfile.TemporaryDirectory() as folder:
            paths = [Path(folder, name) for name in ("yours", "old", "new")]
            for path, content in zip(paths, (yours, old, new), strict=True):
                path.write_bytes(content)
            words = ["git", "merge-file", "--stdout", *self._labels, *map(str, paths)]
            told = subprocess.run(words, capture_output=True, check=False, cwd=folder)  # noqa: S603
        if told.returncode > 127:  # up to this it is the number of conflicts
            said = told.stderr.decode("utf-8", "replace").strip()
            raise click.ClickException(
                f"git could not merge, so nothing was changed. Mend what it says, then run it again: {said}"
            )
        return told.stdout, told.returncode == 0
