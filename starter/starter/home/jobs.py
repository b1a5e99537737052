"""Something that takes a while and says how far it is, for the first page to watch."""

from time import sleep

from carboy.jobs import Running, job

GOAL = 100
SECONDS_A_STEP = 0.05


@job(attempts=1)
def count_to_a_hundred(seconds_a_step: float, *, job: Running) -> dict[str, int]:
    """Count, slowly enough to be watched."""
    for number in range(1, GOAL + 1):
        sleep(seconds_a_step)
        job.progress(number / GOAL, f"{number} of {GOAL}")
    return {"counted_to": GOAL}
