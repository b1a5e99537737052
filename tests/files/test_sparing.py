"""While a backup is taken, bytes in a folder stay; a backup that died holds nobody up."""

import subprocess
import sys
from datetime import timedelta

from carboy.data import uuid7
from carboy.files.sweeping import Swept, sweep

AT_ONCE = timedelta(hours=-1)


def test_bytes_that_are_spared_go_with_the_sweep_that_comes_after(room, folder, stream, keys_in):
    kept = room.keep(stream(), owner="user:ada")
    with folder.sparing():
        room.drop(kept.id)
        assert sweep(room, older_than=AT_ONCE) == Swept(expired=0, orphans=0)
        assert keys_in(folder) == {kept.id}

    assert sweep(room, older_than=AT_ONCE) == Swept(expired=0, orphans=1)
    assert keys_in(folder) == set()


def test_whoever_spares_second_waits_for_the_first(folder, beside):
    order = []

    def second():
        with folder.sparing():
            order.append("second")

    with folder.sparing():
        waiting = beside(second)
        folder.write(uuid7(), iter([b"something takes its time"]))
        order.append("first")
    waiting.result(timeout=15)

    assert order == ["first", "second"]


_SPARES = """
import sys, pathlib
from carboy.files.stores.folder import FolderStore
with FolderStore(pathlib.Path(sys.argv[1])).sparing():
    print("spared", flush=True)
    sys.stdin.read()
"""


def test_what_a_dead_process_spared_is_deleted(folder, keys_in):
    folder.write(key := uuid7(), iter([b"x"]))
    command = [sys.executable, "-c", _SPARES, str(folder.folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"spared\n"
        assert not folder.delete(key)
        process.kill()

    assert folder.delete(key)
    assert keys_in(folder) == set()
