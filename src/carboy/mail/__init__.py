"""Mails: values that are kept with the change that wants them, and sent after its commit, at least once.

message.py     `Message`, a value that cannot be made wrong; attachment.py; addresses.py: what an address is
letter.py      a message on its way: its name, its date, and the bytes that travel; headers.py writes its head
room.py        `Mail`: sending is asking for a job; `deliver` is that job
templates.py   a message from `mails/<name>.txt` and `.html`
transport.py   where letters go: `Transport`, and what came of it; choosing.py: which one the settings name
smtp.py        a mail server; conversation.py: what is said to it
folder.py      files, the development mailbox among them; shown.py: terminal and memory

Nothing here knows Flask but flask.py.
"""

from typing import TYPE_CHECKING

from carboy import front

if TYPE_CHECKING:
    from flask import Flask

    from carboy.mail.addresses import Address
    from carboy.mail.attachment import Attachment
    from carboy.mail.folder import Folder
    from carboy.mail.letter import Letter
    from carboy.mail.message import Message
    from carboy.mail.room import Mail
    from carboy.mail.shown import Console, Memory
    from carboy.mail.smtp import Smtp
    from carboy.mail.templates import Templates
    from carboy.mail.transport import NotTaken, Receipt, Transport

__all__ = [
    "Address", "Attachment", "Console", "Folder", "Letter", "Mail", "Memory", "Message", "NotTaken", "Receipt", "Smtp",
    "Templates", "Transport", "init_app",
]  # fmt: skip

_ROOMS = {
    "carboy.mail.addresses": ("Address",),
    "carboy.mail.attachment": ("Attachment",),
    "carboy.mail.folder": ("Folder",),
    "carboy.mail.letter": ("Letter",),
    "carboy.mail.message": ("Message",),
    "carboy.mail.room": ("Mail",),
    "carboy.mail.shown": ("Console", "Memory"),
    "carboy.mail.smtp": ("Smtp",),
    "carboy.mail.templates": ("Templates",),
    "carboy.mail.transport": ("NotTaken", "Receipt", "Transport"),
}
__getattr__, __dir__ = front.opening(__name__, __all__, _ROOMS)


def init_app(app: "Flask") -> None:
    """Give a Flask application its mails: `mail().send(message)`. It needs carboy.jobs.init_app first."""
    from carboy.mail import flask

    flask.init_app(app)
