"""Read by `gunicorn` when it is started in this folder. Everything comes from the settings.

Never open it to the internet without a proxy in front that buffers requests: a few dozen clients that send a byte now
and then would hold every thread, and gunicorn has no time limit for that. On SIGHUP it reads GUNICORN_* and LOG_*
again, and no other setting: the application was made before its workers were forked. Run `flask config` first: settings
that are wrong end it.
"""

from pathlib import Path

from carboy.ops.gunicorn import configuration, load_or_exit

from starter.settings import Settings

globals().update(configuration(load_or_exit(lambda: Settings.load(root=Path(__file__).parent))))
