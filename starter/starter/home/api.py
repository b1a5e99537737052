"""The demonstration over HTTP: one asks for a job here, and watches it where every job is shown."""

from carboy.jobs.flask import jobs
from carboy.ops.jobs import JobStatus, accepted
from carboy.web import Accepted, Identity, endpoint, public, throttled
from carboy.web.visitors import visitor
from flask import Blueprint

from starter.home.jobs import SECONDS_A_STEP, count_to_a_hundred

demo = Blueprint("home", __name__)


@demo.post("/demo/counts")
@endpoint
@public
@throttled("30/minute")
def start_count(me: Identity) -> Accepted[JobStatus]:
    """Have somebody count to a hundred.

    Location says where to see how far they are.
    """
    return accepted(jobs().enqueue(count_to_a_hundred, SECONDS_A_STEP, asked_by=me.principal or visitor()))
