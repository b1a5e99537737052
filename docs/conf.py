"""How the documents become a site: `make docs` builds it into build/site. Why so: docs/why/documents.md."""

import re
from os import PathLike
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.project import Project

ROOT = Path(__file__).parents[1]
STARTER = ROOT / "starter/starter/static"

name_of = Project.path2doc


def named(self: Project, filename: str | PathLike[str]) -> str | None:
    """Make `docs/` the root of the site: `docs/how-to/jobs.md` is `how-to/jobs`; what lies beside it keeps its name."""
    name = name_of(self, filename)
    return name and name.removeprefix("docs/")


Project.path2doc = named  # Sphinx has no setting for it

project = html_title = "Carboy"
extensions = ["myst_parser"]
include_patterns = ["*.md", "docs/**.md", "starter/README.md", "starter/CONTRIBUTING.md"]
exclude_patterns = [".*", "build"]
myst_heading_anchors = 6
suppress_warnings = ["misc.highlighting_failure"]  # `…` in a piece of code stands for what is left out

SECTION = re.compile(r"^## (.+)\n((?:(?!## ).*\n)*)", re.MULTILINE)
ENTRY = re.compile(r"^- \[(.+?)\]\((.+?)\.md\)", re.MULTILINE)
FOLDER = re.compile(r"(?<=\]\()((?:[\w.-]+/)+)(?=\))")


def read(_app: Sphinx, page: str, content: list[str]) -> None:
    """Let a link to a folder lead to its index, and make the lists of an index what the side of each page shows.

    So an index is plain Markdown, and a page that is in none of them fails the build.
    """
    content[0] = FOLDER.sub(r"\1index.md", content[0])
    if Path(page).name == "index":
        content[0] = SECTION.sub(_with_its_tree, content[0])


def _with_its_tree(section: re.Match[str]) -> str:
    entries = [f"{title} <{to.replace('../', '/')}>" for title, to in ENTRY.findall(section[2])]
    tree = ["```{toctree}", ":hidden:", f":caption: {section[1]}", "", *entries, "```", ""]
    return section[0] + "\n".join(tree) if entries else section[0]


def setup(app: Sphinx) -> None:
    """Read each page as above."""
    app.connect("source-read", read)


# The looks are the starter's: its colours in light and dark, its fonts, its picture.
light, dark = (
    dict(re.findall(r"--([\w-]+): (.+);", block))
    for block in re.findall(r":root \{(.+?)\}", (STARTER / "app.css").read_text(), re.DOTALL)[:2]
)
NAMES = {
    "background-primary": "surface",
    "background-secondary": "paper",
    "background-hover": "sunk",
    "background-border": "line",
    "foreground-primary": "ink",
    "foreground-secondary": "ink-soft",
    "foreground-muted": "ink-soft",
    "foreground-border": "edge",
    "brand-primary": "accent",
    "brand-content": "accent",
    "brand-visited": "accent",
    "link-underline": "edge",
    "link--hover": "accent-strong",
    "highlight-on-target": "sunk",
    "code-background": "paper",
    "inline-code-background": "sunk",
}
FONTS = {"font-stack": "text", "font-stack--headings": "display", "font-stack--monospace": "code"}


def variables(colours: dict[str, str]) -> dict[str, str]:
    """Say Furo's variables in ours."""
    fonts = {theirs: light[f"font-{ours}"] for theirs, ours in FONTS.items()}
    return fonts | {f"color-{theirs}": colours[ours] for theirs, ours in NAMES.items()}


html_theme = "furo"
pygments_dark_style = "a11y-dark"
html_theme_options = {"light_css_variables": variables(light), "dark_css_variables": variables(dark)}
html_logo = html_favicon = str(STARTER / "favicon.svg")
html_static_path = html_css_files = ["site.css"]
smartquotes = False  # what is typed in a shell is read as it is typed
html_copy_source = html_show_copyright = html_use_index = False
