"""A process that looks at the schedules at the moment that it is told: python ticking_sample.py URL MOMENT."""

import sys
from datetime import datetime
from uuid import uuid4

from carboy.data import Database
from carboy.jobs import Jobs, every, job
from carboy.jobs.schedules import Schedule
from carboy.jobs.ticking import tick


@every(60)
@job(name="sample.report")
def report():
    pass


def main(url, moment):
    Schedule.key = property(lambda _: str(uuid4()))  # the same one would hide a second job for the same tick
    database = Database(url, patience=20)
    jobs = Jobs(database, clock=lambda: datetime.fromisoformat(moment))
    jobs.register(report)
    print("ready", flush=True)
    sys.stdin.readline()
    tick(jobs)
    database.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
