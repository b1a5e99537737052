"""Where a script is tried with programs that only write down how they were called."""

import os
import subprocess

from artefacts import BIN

# A stand-in that writes its words down, and does what the test says of them.
STAND_IN = """#!/bin/sh
echo "{name} $*" >> {calls}
case "{name} $*" in
{cases}
esac
"""


class Stage:
    """Where a script runs: the programs that it calls are stand-ins, all others are real."""

    def __init__(self, folder, project, *, others=f"{BIN}:{os.environ['PATH']}"):
        self.folder, self.project, self._others = folder, project, others
        self._calls = folder / "calls"
        (folder / "bin").mkdir()

    def stand_in(self, name, cases=""):
        program = self.folder / "bin" / name
        program.write_text(STAND_IN.format(name=name, calls=self._calls, cases=cases or "*) ;;"))
        program.chmod(0o755)

    def run(self, *words):
        self._calls.write_text("")
        surroundings = {"PATH": f"{self.folder}/bin:{self._others}", "HOME": str(self.folder)}
        return subprocess.run(words, cwd=self.project, env=surroundings, capture_output=True, text=True)

    @property
    def calls(self):
        return self._calls.read_text().splitlines()
