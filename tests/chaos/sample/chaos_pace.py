"""How fast a process of the sample is, and what time it believes in. The environment says it, so children inherit it.

CHAOS_LEASE    seconds of a lease; whatever waits for one to be over is as much faster
CHAOS_AHEAD    seconds that its clock is ahead of everybody else's
"""

import os
from datetime import timedelta


def keep():
    """Make this process as fast as it was told to be, and let it believe in the time that it was told."""
    if lease := float(os.environ.get("CHAOS_LEASE", "0")):
        _hurry(lease)
    if ahead := float(os.environ.get("CHAOS_AHEAD", "0")):
        _believe(ahead)


def _hurry(lease):
    from carboy.jobs import claiming

    # Before anybody reads it: others are as fast as this one is when they are imported.
    claiming.LEASE = timedelta(seconds=lease)

    from carboy.jobs import heart, sweeping, workplace

    heart.BEAT_SECONDS = lease / 12
    sweeping.RING_AGAIN = timedelta(seconds=lease)
    workplace.SWEEP_SECONDS = lease / 3


def _believe(ahead):
    import time_machine

    from carboy.context import utc_now

    time_machine.travel(utc_now() + timedelta(seconds=ahead), tick=True).start()
