"""`Attachment`: a file that goes with a message."""

import re
from dataclasses import dataclass
from typing import ClassVar

from carboy.errors import Invalid, SetupError
from carboy.mail.addresses import unfit_for_a_line

LARGEST_TOGETHER = 5 * 1024 * 1024  # they wait in a row of the database, a third larger, and many servers stop at 10 MB

_TYPE = re.compile(r"(?!multipart/|message/)[a-z0-9.+-]+/[a-z0-9.+-]+")
_LONGEST_NAME = 150


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a message: `Attachment("order-7.pdf", "application/pdf", content)`."""

    name: str
    content_type: str
    content: bytes

    __pydantic_config__: ClassVar = {"ser_json_bytes": "base64", "val_json_bytes": "base64"}  # on its way into the row

    def __post_init__(self) -> None:
        if not _TYPE.fullmatch(self.content_type):
            raise SetupError(
                f"{self.content_type!r} is no content type. Give the attachment one, such as application/pdf."
            )
        # Python's email decodes what looks encoded, and a line break may come out.
        if not 0 < len(self.name) <= _LONGEST_NAME or unfit_for_a_line(self.name) or "=?" in self.name:
            problem = f"must have 1 to {_LONGEST_NAME} characters in one line, and no =?"
            raise Invalid(f"The name of an attachment {problem}.", {"name": [problem]})

    @property
    def kind(self) -> tuple[str, str]:
        """Its content type in two parts."""
        main, _, sub = self.content_type.partition("/")
        return main, sub
