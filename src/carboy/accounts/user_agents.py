"""What a browser or program calls itself, in the two words by which its owner knows it again."""

import re

# The first that is named wins: nearly every browser says that it is Safari, Chrome and Mozilla as well.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrom", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)
_PROGRAM = re.compile(r"[\w.-]{1,40}")


def described(user_agent: str) -> str:
    """Return "Firefox on Linux" for a browser, the name that it gives itself for a program."""
    browser = _first(_BROWSERS, user_agent) if user_agent.startswith("Mozilla/") else ""
    if not browser:
        program = _PROGRAM.match(user_agent)
        return program[0] if program and program[0] != "Mozilla" else "Something that does not say its name"
    system = _first(_SYSTEMS, user_agent)
    return f"{browser} on {system}" if system else browser


def _first(names: tuple[tuple[str, str], ...], text: str) -> str:
    return next((said for sign, said in names if sign in text), "")
