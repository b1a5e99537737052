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


def versions_in(stack: Stack, environments: Path) -> str:
    """Name what a stack is made of, with the versions that were measured."""
    named = "print(', '.join(f'{name} {version(name)}' for name in sys.argv[1:]))"
    named = f"import sys; from importlib.metadata import version; {named}"
    python = stack.binaries(environments) / "python"
    done = subprocess.run([python, "-c", named, *stack.packages], capture_output=True, text=True, check=True)
    return done.stdout.strip()
