"""Fomantic-UI, cut down to what an application's pages use, and made to follow our custom properties.

The cut is mechanical, so that it can be made again from any release:

- the components below and no others; no web fonts, no icon fonts, nothing that points outside;
- no rule for the colours, sizes and looks in `LEFT_OUT`, no prefix for browsers older than cascade layers;
- every literal colour becomes a custom property (`var(--ink)`, `var(--accent-tint)` ...), so one page of our
  own CSS decides the palette, light and dark;
- the whole in a cascade layer, so that any rule of our own wins without a fight over specificity.
"""

import colorsys
import re
from collections.abc import Callable, Iterator, Mapping

COMPONENTS = (
    "reset", "site", "container", "grid", "header", "menu", "segment", "button", "form", "input", "label",
    "list", "table", "message", "image", "divider", "card", "item", "checkbox", "dropdown", "loader",
    "statistic", "placeholder", "breadcrumb", "text",
)  # fmt: skip

LEFT_OUT = frozenset({
    "inverted", "yellow", "olive", "teal", "violet", "purple", "pink", "brown", "grey", "black",
    "facebook", "twitter", "google", "vk", "linkedin", "instagram", "youtube", "whatsapp", "telegram",
    "massive", "huge", "big", "elastic", "resizable", "marked", "indicating", "slider", "animated",
    "scrolling", "short", "long", "doubling", "widescreen", "internally", "tertiary", "tablet", "computer",
    "screen", "reversed", "unstackable", "upward", "file", "indeterminate", "corner", "rounded", "bordered",
    "raised", "piled", "stacked",
})  # fmt: skip

# Fomantic draws these with icon fonts; every system font has the characters on the right.
GLYPHS = {r"\e800": "✓", r"\e801": "-", r"\f0d7": "▾", r"\f0d8": "▴", r"\f0d9": "◂", r"\f0da": "▸"}
ICON_FONTS = re.compile(r"font-family:(Checkbox|Dropdown|Icons)\b[^;]*")
TEXT_FONT = re.compile(r"font-family:Lato\b[^;]*")

BASES = {"#2185d0", "#21ba45", "#db2828", "#f2711c"}
COLOUR = re.compile(r"#[0-9a-f]{3,6}\b|rgba?\([^)]*\)")
OLD = re.compile(r"-(ms|moz|webkit)-(?!appearance)|[\w-]+:-(ms|moz|webkit)-|zoom:|filter:progid")
WORDS = re.compile(r"(?<=[.\" ])[a-z-]+")


def subset(sheets: Mapping[str, str], *, version: str) -> str:
    """Join the components into one minified sheet of ours."""
    css = "".join(_cut(_without_comments(sheets[name])) for name in COMPONENTS)
    for code, glyph in GLYPHS.items():
        css = css.replace(f'"{code}"', f'"{glyph}"')
    return f"{_banner(version)}@layer fomantic{{{css}}}\n"


def _banner(version: str) -> str:
    return (
        f"/*! Fomantic-UI {version}, https://fomantic-ui.com, MIT: see LICENSE. Changed: a subset, no fonts,"
        " colours as custom properties, in a cascade layer. Made by tools/vendor_assets.py; do not edit. */\n"
    )


def _without_comments(css: str) -> str:
    return re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)


def _blocks(css: str) -> Iterator[tuple[str, str]]:
    """Yield each selector (or at-rule) of minified CSS with what stands between its braces."""
    position = 0
    while position < len(css):
        start = css.index("{", position)
        end, depth = start + 1, 1
        while depth:
            depth += {"{": 1, "}": -1}.get(css[end], 0)
            end += 1
        yield css[position:start], css[start + 1 : end - 1]
        position = end


def _cut(css: str) -> str:
    return "".join(_rule(head, body) for head, body in _blocks(css))


def _rule(head: str, body: str) -> str:
    if head.startswith(("@font-face", "@-webkit")):
        return ""
    if head.startswith(("@media", "@supports")):
        return _written(head, _cut(body))
    if head.startswith("@"):
        return _written(head, body)
    return _written(",".join(filter(_is_wanted, _selectors(head))), _declarations(body))


def _written(head: str, body: str) -> str:
    return f"{head}{{{body}}}" if head and body else ""


def _selectors(head: str) -> list[str]:
    return re.split(r",(?![^(\[]*[)\]])", head)


def _is_wanted(selector: str) -> bool:
    named = re.sub(r":not\([^)]*\)", "", selector)
    return LEFT_OUT.isdisjoint(WORDS.findall(named)) and not re.search(r"::?-(ms|moz)-|::-webkit-input", selector)


def _declarations(body: str) -> str:
    kept = (line for line in re.split(r";(?!base64)", body) if line and not OLD.match(line))
    return ";".join(dict.fromkeys(_themed(line) for line in kept))


def _themed(declaration: str) -> str:
    declaration = TEXT_FONT.sub("font-family:var(--font-text)", declaration)
    declaration = ICON_FONTS.sub("font-family:var(--font-text)", declaration)
    name, _, value = declaration.partition(":")
    return f"{name}:{COLOUR.sub(_role_for(name), value)}"


def _role_for(name: str) -> Callable[[re.Match[str]], str]:
    choose = _text if name == "color" else _fill if name.startswith("background") else _line
    return lambda match: _property(match[0], choose)


def _property(colour: str, neutral: Callable[[float], str]) -> str:
    red, green, blue, alpha = _channels(colour)
    hue, lightness, _ = colorsys.rgb_to_hls(red, green, blue)
    chroma = max(red, green, blue) - min(red, green, blue)
    if alpha < 1 and chroma < 0.2:
        return _see_through(lightness, alpha)
    if chroma < 0.02:
        return f"var(--{neutral(lightness)})"
    return f"var(--{_meaning(hue * 360)}{_strength(colour, lightness)})"


def _channels(colour: str) -> tuple[float, float, float, float]:
    if colour.startswith("rgb"):
        red, green, blue, *rest = (float(part) for part in re.findall(r"[\d.]+", colour))
        return red / 255, green / 255, blue / 255, rest[0] if rest else 1.0
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue, 1.0


def _see_through(lightness: float, alpha: float) -> str:
    base = "ink" if lightness < 0.85 else "surface"
    if base == "ink" and alpha >= 0.75 and lightness < 0.4:
        return "var(--ink)"
    if base == "ink" and alpha >= 0.3:
        return "var(--ink-soft)"
    return f"color-mix(in srgb,var(--{base}) {alpha * 100:g}%,transparent)"


def _meaning(hue: float) -> str:
    if hue < 15 or hue > 335:
        return "bad"
    return "warn" if hue < 70 else "good" if hue < 165 else "accent"


def _strength(colour: str, lightness: float) -> str:
    if lightness > 0.9:
        return "-tint"
    if lightness > 0.6:
        return "-line"
    return "" if colour in BASES else "-strong"


def _text(lightness: float) -> str:
    return _first(lightness, (0.9, "on-solid"), (0.3, "ink-soft"))


def _fill(lightness: float) -> str:
    return _first(lightness, (0.98, "surface"), (0.6, "sunk"), (0.3, "ink-soft"))


def _line(lightness: float) -> str:
    return _first(lightness, (0.98, "surface"), (0.3, "line"))


def _first(lightness: float, *steps: tuple[float, str]) -> str:
    return next((role for above, role in steps if lightness > above), "ink")
