"""`python chaos_accept.py JOB COUNT`: asks for jobs, one transaction each, and prints their ids once they are accepted.

The last line is how long half of them took at most: a machine that pauses once makes nobody wait for a broker.
CHAOS_DIES=committed ends the process after a commit, before anybody is told of it; CHAOS_ECHO is how often each bell
is rung.
"""

import os
import signal
import statistics
import sys
import time

import chaos_shop

from carboy.jobs.flask import jobs_of


def main():
    name, count = sys.argv[1], int(sys.argv[2])
    room = jobs_of(chaos_shop.create_app())
    handler = room.handlers[name].function
    given = [7, "SEK"][: len(room.handlers[name].arguments)]
    _bend(room.engine)
    took = []
    for _ in range(count):
        began = time.perf_counter()
        with room.database.transaction():
            if os.environ.get("CHAOS_DIES") == "committed":
                room.database.after_commit(_die)  # the first of what follows the commit
            print(room.enqueue(handler, *given), flush=True)
        took.append(time.perf_counter() - began)
    room.engine.close()
    print(statistics.median(took))


def _bend(engine):
    ring, times = engine.ring, int(os.environ.get("CHAOS_ECHO", "1"))
    engine.ring = lambda *bell: [ring(*bell) for _ in range(times)]


def _die():
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
