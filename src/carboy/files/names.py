"""Names of files as clients say them, made harmless to show and to send back. No path is ever made of one."""

import re
import unicodedata

from carboy.files.table import LONGEST_NAME

NAMELESS = "file"

_NOT_ON_WINDOWS = re.compile(r'[<>:"|?*]')
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
# Controls, marks that turn text around or cannot be seen, halves of characters, ends of lines.
_UNSHOWN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_LONGEST_ENDING = 16


def harmless(said: str) -> str:
    """Return the last part of the name, without what confuses people, terminals, headers or other systems."""
    last = re.split(r"[/\\]", said)[-1]
    # Composed first: what is unshown may stand between two characters that become one.
    shown = "".join(one for one in unicodedata.normalize("NFC", last) if unicodedata.category(one) not in _UNSHOWN)
    name = _NOT_ON_WINDOWS.sub("_", " ".join(shown.split())).strip(". ")
    if _DEVICE.fullmatch(name):
        name = f"_{name}"
    return _shortened(name) or NAMELESS


def _shortened(name: str) -> str:
    """Cut the name so that disks take it as well, which count bytes. Its ending stays."""
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending) > _LONGEST_ENDING:
        stem, dot, ending = name, "", ""
    room = LONGEST_NAME - len((dot + ending).encode())
    return stem.encode()[:room].decode(errors="ignore").rstrip(". ") + dot + ending
