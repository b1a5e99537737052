"""The pictures of the starter that documents show are what it looks like: `make screenshots` takes them."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from carboy.testing.servers import absent

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs/images"
FONT = "DejaVu Sans"  # which they were taken with
BLOCK = 8  # pixels; what differs inside one is how letters are smoothed
SEEN = 24  # of 255, in any colour
TOLERATED = 0.02  # of all blocks: another second, a pixel more above


def differing(one, other):
    """How much of a picture is not what the other shows."""
    if one.size != other.size:
        return 1
    blocks = one.width // BLOCK, one.height // BLOCK
    reduced = [image.convert("RGB").resize(blocks, Image.Resampling.BOX) for image in (one, other)]
    red, green, blue = ImageChops.difference(*reduced).split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    return sum(most.histogram()[SEEN:]) / (blocks[0] * blocks[1])


@pytest.mark.long
def test_the_pictures_in_the_documents_show_the_starter_as_it_is(tmp_path):
    if not shutil.which("chromium") or not shutil.which("fc-match"):
        absent("Chromium", "apt-get install chromium fontconfig")
    found = subprocess.run(["fc-match", "sans-serif"], capture_output=True, text=True).stdout
    if FONT not in found:
        absent(f"{FONT} as the usual font", "apt-get install fonts-dejavu-core")
    sys.path.append(str(ROOT / "tools"))
    from showcase import take_all

    take_all(tmp_path)

    taken = {path.name: Image.open(path) for path in tmp_path.glob("*.png")}
    shown = {path.name: Image.open(path) for path in IMAGES.glob("*.png")}
    assert set(taken) == set(shown)
    faults = {name: share for name in taken if (share := differing(taken[name], shown[name])) > TOLERATED}
    assert faults == {}, "`make screenshots` takes them anew."
