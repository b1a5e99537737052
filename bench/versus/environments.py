"""The peers' own environments: none of them is a dependency of ours, not even of development."""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from bench.versus.stacks import PEERS, Stack


def install(stacks: Iterable[Stack], environments: Path) -> None:
    """Install those that are needed, once."""
    for name in sorted({stack.environment for stack in stacks if stack.environment}):
        folder, wanted = (environments / name).absolute(), PEERS / "requirements" / f"{name}.txt"
        stamp = folder / wanted.name
        if stamp.exists() and stamp.read_text() == wanted.read_text():
            continue
        print(f"Installing {name} …")
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([folder / "bin/pip", "install", "--quiet", "-r", wanted], check=True)
        stamp.write_text(wanted.read_text())
