"""Terminals in which a page is followed: folder, variables and functions stay from one block to the next."""

import os
import shlex
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from following import LONGEST_SECONDS

from carboy.testing.servers import wait_for_port

SEEN = 3000  # characters of what went wrong, from its end
PATIENCE_SECONDS = 20

KEEP = 'trap \'{{ export -p; declare -f; printf "cd %q\\n" "$PWD"; }} >{kept}\' EXIT; set -aeo pipefail\n'


class Terminals:
    """bash for one block after the other, and a second terminal for what runs until Ctrl-C."""

    def __init__(self, folder, surroundings):
        self.said = ""  # by the last block
        self._folder, self._surroundings = folder, surroundings
        self._kept, self._log = folder / ".kept", folder / ".beside"
        self._kept.write_text(f"cd {shlex.quote(str(folder))}\n")
        self._beside = None

    @property
    def here(self):
        """The folder in which one is now."""
        return Path(self._kept.read_text().rpartition("cd ")[2].strip())

    def run(self, commands, *, fails=False):
        """Run the commands, of which the last may have to fail."""
        *before, last = commands.splitlines(keepends=True)
        if fails and before:
            self.run("".join(before))
            commands = last
        script = f". {self._kept}\n{KEEP.format(kept=self._kept)}{commands}"
        done = subprocess.run(
            ["bash", "-c", script], cwd=self._folder, env=self._surroundings, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LONGEST_SECONDS,
        )  # fmt: skip
        self.said = done.stdout
        assert fails == bool(done.returncode), f"{commands}{self.said[-SEEN:]}"

    def run_beside(self, commands, port):
        """Press Ctrl-C in the second terminal, run this there, and wait until it listens."""
        self.press_ctrl_c()
        with self._log.open("w") as log:
            self._beside = subprocess.Popen(
                ["bash", "-c", f". {self._kept}\n{commands}"], cwd=self._folder, env=self._surroundings,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        try:
            wait_for_port(port, self._beside)
        except (RuntimeError, TimeoutError) as error:
            raise AssertionError(f"{commands}{self._log.read_text()[-SEEN:]}") from error
        self.said = self._log.read_text()

    def press_ctrl_c(self):
        """End what runs in the second terminal, and all that it started."""
        if self._beside is None:
            return
        beside, self._beside = self._beside, None
        with suppress(ProcessLookupError):
            os.killpg(beside.pid, signal.SIGINT)
            deadline = time.monotonic() + PATIENCE_SECONDS
            while (beside.poll() is None or _lives(beside.pid)) and time.monotonic() < deadline:
                time.sleep(0.05)
            os.killpg(beside.pid, signal.SIGKILL)  # there is nobody left, if all is well


def _lives(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
