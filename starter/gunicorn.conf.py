"""Read by `gunicorn` when it is started in this folder. Everything comes from the settings."""

from pathlib import Path

from carboy.ops.gunicorn import configuration, load_or_exit
from starter.settings import Settings

globals().update(configuration(load_or_exit(lambda: Settings.load(root=Path(__file__).parent))))
