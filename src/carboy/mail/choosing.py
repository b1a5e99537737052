"""Which transport the settings name."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from carboy.settings import urls

if TYPE_CHECKING:
    from carboy.mail.smtp import Smtp
    from carboy.mail.transport import Transport
    from carboy.settings import Settings

_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_MOST_IN_MAILBOX = 200


def transport_of(settings: "Settings") -> "Transport":
    """Return where mails of an application with these settings go. In testing no setting makes it send."""
    # Each start needs one of them, and imports no other.
    url = settings.mail_url
    if settings.mode == "testing" or url == "console":
        from carboy.mail import shown

        return shown.Memory() if settings.mode == "testing" else shown.Console()
    if url is None:
        from carboy.mail.transport import Nowhere

        return Nowhere()
    if url == "mailbox" or url.startswith("file:"):
        from carboy.mail.folder import Folder

        if url == "mailbox":
            return Folder(settings.root / "instance" / "mailbox", keep=_MOST_IN_MAILBOX)
        return Folder(settings.root / url.removeprefix("file:"))
    return _server(settings, url)


def _server(settings: "Settings", url: str) -> "Smtp":
    from carboy.mail.smtp import Smtp

    said = urls.mail_server(url)
    return Smtp(
        host=said.host,
        port=said.port or _PORTS[said.tls],
        security=said.tls,
        user=said.user,
        password=said.password,
        ca_file=settings.root / said.ca if said.ca else None,
        own_name=urlsplit(settings.app_base_url).hostname or "localhost",
    )
