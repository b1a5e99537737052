"""The files of a project, made from the starter and what was answered. Nothing is written or drawn by lot here."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from carboy.cli.new.answers import Answers
from carboy.cli.new.leaving_out import is_wanted, remaining_text
from carboy.cli.new.renaming import renamed_path, renamed_text
from carboy.cli.new.starter import files_of


@dataclass(frozen=True)
class File:
    """What a file holds, and whether it can be run."""

    content: bytes
    executable: bool = False


def render(starter: Path, answers: Answers) -> dict[str, File]:
    """Return every file of the project by its path in it: all that the starter and the answers decide."""
    wanted = (path for path in files_of(starter) if is_wanted(path, answers.without))
    return {str(renamed_path(path, answers.name)): _rendered(starter, path, answers) for path in wanted}


def _rendered(starter: Path, path: PurePosixPath, answers: Answers) -> File:
    content = (starter / path).read_bytes()
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return File(content)
    text = renamed_text(path, remaining_text(path, text, answers.without), answers.name)
    return File(text.encode(), executable=text.startswith("#!"))
