"""The application's own settings. A field's variable is its name in capitals; `flask config` shows them all."""

from carboy import settings as common
from carboy.settings import kinds
from pydantic import Field


class Settings(common.Settings):
    """What this application is told from outside, beside what every application on Carboy is told."""

    app_name: kinds.Text = Field(
        "Starter",
        description="What people call the application, on pages and in mails.",
    )
