import hashlib
import re
from itertools import product
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[2] / "starter" / "static"
VENDORED = sorted(path.parent for path in STATIC.glob("vendor/*/MANIFEST"))
TEXT = ["ink", "ink-soft", "accent", "accent-strong", "good-strong", "warn-strong", "bad-strong"]
GROUNDS = ["paper", "surface", "sunk"]


def palettes():
    """Read the colours of app.css: those of the light scheme, and the dark ones laid over them."""
    light, rest = (STATIC / "app.css").read_text("utf-8").split("prefers-color-scheme: dark", 1)
    dark = rest.partition("@media")[0]
    colours = re.compile(r"--([\w-]+): (#[0-9a-f]{6})")
    day = dict(colours.findall(light))
    return {"light": day, "dark": day | dict(colours.findall(dark))}


def luminance(colour):
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_on_every_ground(scheme):
    palette = palettes()[scheme]

    pairs = {(text, ground): contrast(palette[text], palette[ground]) for text, ground in product(TEXT, GROUNDS)}

    assert {pair: round(ratio, 2) for pair, ratio in pairs.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_stands_on_a_filled_button_can_be_read(scheme):
    palette = palettes()[scheme]

    fills = {fill: contrast(palette["on-solid"], palette[fill]) for fill in ("accent", "good", "warn", "bad", "ink")}

    assert {fill: round(ratio, 2) for fill, ratio in fills.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_edge_of_an_input_and_the_focus_ring_can_be_seen(scheme):
    palette = palettes()[scheme]

    pairs = product(("edge", "accent"), ("paper", "surface"))

    assert all(contrast(palette[line], palette[ground]) >= 3 for line, ground in pairs)


@pytest.mark.parametrize("folder", VENDORED, ids=lambda folder: folder.name)
def test_nobody_edited_what_others_made(folder):
    listed = {name: digest for digest, name in re.findall(r"(\w{64})  (.+)", (folder / "MANIFEST").read_text())}

    found = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir() if p.name != "MANIFEST"}

    assert found == listed
    assert {"LICENSE", "VERSION"} <= set(found)


def test_the_look_needs_nothing_from_outside_and_no_font_from_anywhere():
    sheets = "".join(path.read_text("utf-8") for path in STATIC.rglob("*.css"))

    assert re.findall(r"@import|@font-face|url\((?!data:image/png)", sheets) == []


def test_every_colour_that_fomantic_asks_for_is_in_the_palette():
    asked = set(re.findall(r"var\(--([\w-]+)\)", (STATIC / "vendor/fomantic/fomantic.min.css").read_text("utf-8")))

    given = set(re.findall(r"--([\w-]+):", (STATIC / "app.css").read_text("utf-8")))

    assert asked - given == set()
