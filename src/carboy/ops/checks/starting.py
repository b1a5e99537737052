"""What stops a deployed server from starting, although its settings alone are good: it would be open to others."""

import os
import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from carboy.errors import SettingsError
from carboy.ops.checks.asking import QUESTIONS, asked
from carboy.ops.checks.report import as_text
from carboy.settings.ruling import Severity

if TYPE_CHECKING:
    from flask import Flask

    from carboy.settings import Settings

_PATIENCE_SECONDS = 20
_NOT_ALL_ASKED = (
    f"Not all that would stop this start could be asked within {_PATIENCE_SECONDS} s. Ask it by `flask check --deploy`."
)


def refuse_fatal(settings: "Settings", load: Callable[[], Any]) -> None:
    """Exit with 78 if something fatal is found. What does not answer stops no start: it may answer soon.

    A child loads the application and asks, and is not waited for for long. The process that forks workers opens
    nothing, and has none of its code unless it wants to: what it imported, they would serve for ever.
    """
    if not settings.deployed:
        return
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(_PATIENCE_SECONDS)  # which ends it
        code = 1
        try:
            code = _ask(load())
        finally:  # whatever happens here, there must be no second server; what cannot be loaded, the workers tell
            os._exit(code)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code == SettingsError.exit_code:
        raise SystemExit(code)
    if code == -signal.SIGALRM:
        print(_NOT_ALL_ASKED, file=sys.stderr, flush=True)  # noqa: T201  (as of settings that are wrong)


def _ask(app: "Flask") -> int:
    if "carboy.settings" not in getattr(app, "extensions", ()):  # something else is served
        return 0
    fatal = [one for one in QUESTIONS if one.severity is Severity.FATAL]
    first = [one for one in QUESTIONS if any(one.id in later.after for later in fatal)]
    found = [one for one in asked(app, [*first, *fatal], deployed=True) if one.severity is Severity.FATAL]
    if not found:
        return 0
    print(as_text(found), file=sys.stderr, flush=True)  # noqa: T201  (as of settings that are wrong)
    return SettingsError.exit_code
