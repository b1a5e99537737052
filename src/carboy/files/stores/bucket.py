"""Bytes in a bucket of Amazon's S3, or of whoever speaks the same. The bucket belongs to one application alone."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from carboy.errors import Busy, SetupError

if TYPE_CHECKING:
    from obstore.store import S3Store

_MIB = 1024 * 1024
_PATIENCE = timedelta(seconds=10)
_PART = 8 * _MIB  # S3 takes 10,000 parts of one object, and none below 5 MiB but the last


@dataclass(frozen=True)
class BucketStore:
    """Keeps bytes in this bucket. Connects when it is first used."""

    bucket: str
    endpoint: str = ""  # Amazon's, if it is not said
    region: str = "us-east-1"
    key_id: str = ""  # without, the machine's own role is asked
    secret: str = field(default="", repr=False)

    name: ClassVar[str] = "s3"
    block: ClassVar[int] = 2 * _MIB  # each look is a request

    def write(self, key: UUID, chunks: Iterator[bytes]) -> None:
        """Send the bytes in parts, one at a time; the object is there when the last one is."""
        with _answering():
            self._client.put(str(key), chunks, use_multipart=True, chunk_size=_PART, max_concurrency=1)

    def read(self, key: UUID, start: int, length: int) -> bytes:
        """Ask for these bytes."""
        with _answering():
            return bytes(self._client.get_range(str(key), start=start, length=length))

    def delete(self, key: UUID) -> bool:
        """Delete the object; a bucket says yes as well when there is none."""
        with _answering():
            self._client.delete(str(key))
        return True

    def older_than(self, moment: datetime) -> Iterator[UUID]:
        """Yield what the objects are called. What is none of ours is left alone."""
        with _answering():
            for page in self._client.list():
                for found in page:
                    if found["last_modified"] < moment and (key := _key_of(found["path"])):
                        yield key

    def check(self) -> None:
        """Ask for the beginning of the list."""
        with _answering():
            next(iter(self._client.list(chunk_size=1)), None)

    @property
    def _client(self) -> "S3Store":
        process, client = self._made
        if process != os.getpid():  # its threads stayed behind: it would wait for them for ever
            raise SetupError(
                "A process that had used the bucket was forked. Let only the children use it: with gunicorn, leave"
                " preload_app off, or touch no file before the workers begin."
            )
        return client

    @cached_property
    def _made(self) -> "tuple[int, S3Store]":
        try:
            from obstore.store import S3Store
        except ImportError:
            raise SetupError("FILES_STORE is s3, and the package is missing: pip install carboy[s3]") from None
        options: dict[str, Any] = {"endpoint": self.endpoint} if self.endpoint else {}
        if self.key_id:
            options |= {"access_key_id": self.key_id, "secret_access_key": self.secret}
        client = S3Store(
            self.bucket,
            region=self.region,
            client_options={"allow_http": self.endpoint.startswith("http://"), "connect_timeout": "5s"},
            # Its own patience is three minutes, and somebody waits.
            retry_config={"max_retries": 3, "retry_timeout": _PATIENCE},
            **options,
        )
        return os.getpid(), client


@contextmanager
def _answering() -> Iterator[None]:
    from obstore.exceptions import GenericError

    try:
        yield
    except GenericError as error:
        raise Busy("The bucket with our files does not answer. See that S3_ENDPOINT is right, and runs.") from error


def _key_of(path: str) -> UUID | None:
    try:
        return UUID(path)
    except ValueError:
        return None
