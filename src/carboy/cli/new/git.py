"""The history of a project begins: one commit, where git is there and knows whose it is."""

import os
import shutil
import subprocess
from pathlib import Path

# They would lead git into another repository; who commits, and how, may be said by others of its variables.
_ELSEWHERE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_PREFIX")


def begin(project: Path, message: str) -> str:
    """Begin the history of a project, and say how far that went: committed, initialised, around or none.

    A folder that lies in a repository already is left to that one: it is `around`.
    """
    git = shutil.which("git")
    if git is None:
        return "none"
    if _runs(git, project.parent, "rev-parse", "--is-inside-work-tree"):
        return "around"
    if not _runs(git, project, "-c", "init.defaultBranch=main", "init", "--quiet"):
        return "none"
    added = _runs(git, project, "add", "--all")
    return "committed" if added and _commits(git, project, message) else "initialised"


def _commits(git: str, project: Path, message: str) -> bool:
    # Nobody's name is guessed from that of the machine, and nobody is asked for the word that opens a key.
    careful = ("-c", "user.useConfigOnly=true", "-c", "commit.gpgSign=false")
    return _runs(git, project, *careful, "commit", "--quiet", "--message", message)


def _runs(git: str, folder: Path, *words: str) -> bool:
    surroundings = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    done = subprocess.run(  # noqa: S603
        [git, *words], cwd=folder, env=surroundings, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    return done.returncode == 0
