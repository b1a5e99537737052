"""Why a handler is stopped at its next `job.progress()` or `job.check()`. Let these pass: they are not to be mended."""

from carboy.errors import CarboyError


class Stopped(CarboyError):
    """The job must end here; what it wrote is undone."""


class Cancelled(Stopped):
    """Somebody has taken the job back while it ran."""


class TookTooLong(Stopped):
    """The soft time limit is over. It counts as a failure."""


class LostLease(Stopped):
    """The lease ran out, and somebody else may have the job by now."""
