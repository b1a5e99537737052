"""Rings through Celery's broker, Redis or RabbitMQ: `celery worker` runs the jobs, on as many machines as you like.

A message carries a job's id and nothing else. Celery is imported by the first ring, in the thread that sends it.
"""

import hashlib
import os
import re
from typing import TYPE_CHECKING, Any
from uuid import UUID

from carboy.jobs.engines.publishing import Publisher

if TYPE_CHECKING:
    from celery import Celery  # type: ignore[import-untyped]

TASK = "carboy.job"

_CONNECT_SECONDS = 3
_ANSWER_SECONDS = 5  # without, a publisher waits for ever for a broker that vanished without a word
_HEALTH_SECONDS = 10  # and so does a worker


class CeleryEngine:
    """Wakes Celery's workers."""

    rings_again = True

    def __init__(self, broker_url: str, *, name: str) -> None:
        self._broker_url, self._name = broker_url, name
        self._publishers: dict[int, Publisher] = {}

    def ring(self, job_id: UUID, queue: str) -> None:
        """Have a message sent, by another thread."""
        process = os.getpid()  # a child that was forked has none of our threads, and our locks as they were
        here = self._publishers.get(process) or self._publishers.setdefault(process, Publisher(self._connect))
        here.ring(job_id, queue)

    def close(self) -> None:
        """Send what waits, and hang up."""
        if here := self._publishers.pop(os.getpid(), None):
            here.close()

    def new_celery(self, **options: Any) -> "Celery":
        """Make a Celery application that speaks to our broker, and only of us."""
        from celery import Celery

        celery = Celery(self._name, set_as_current=False, **options)
        celery.conf.update(_configuration(self._broker_url, self._name))
        return celery

    def _connect(self) -> "_Line":
        return _Line(self.new_celery())


class _Line:
    """A connection that tries everything once: who uses it knows when to try again."""

    def __init__(self, celery: "Celery") -> None:
        self._celery = celery
        self._connection = celery.connection_for_write()
        self._connection.connect()
        # Its default channel would try to connect for ever.
        self._producer = celery.amqp.Producer(self._connection.channel(), auto_declare=False)

    def send(self, job_id: UUID, queue: str) -> None:
        name = str(job_id)  # also of the message, so that `celery inspect` shows it
        self._celery.send_task(TASK, (name,), task_id=name, queue=queue, producer=self._producer, retry=False)

    def close(self) -> None:
        self._connection.release()


def _configuration(broker_url: str, name: str) -> dict[str, Any]:
    return {
        "broker_url": kombu_url(broker_url),
        "broker_transport_options": _transport_options(broker_url, name),
        "broker_connection_timeout": _CONNECT_SECONDS,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,  # a broker may be away for longer than a hundred tries
        "accept_content": ["json"],
        "task_serializer": "json",
        "task_default_queue": "default",
        # What came of a job stands in its row; and a message that is lost is sent again, because of its row.
        "task_ignore_result": True,
        "task_acks_late": False,
        # What a busy worker has fetched no other can take.
        "worker_prefetch_multiplier": 1,
    }


def _transport_options(broker_url: str, name: str) -> dict[str, Any]:
    if broker_url.startswith("amqp"):  # there, applications are kept apart by virtual hosts
        return {"write_timeout": _ANSWER_SECONDS}
    return {
        "global_keyprefix": f"{_key(name)}:celery:",
        "socket_timeout": _ANSWER_SECONDS,
        "socket_connect_timeout": _CONNECT_SECONDS,
        "socket_keepalive": True,
        "health_check_interval": _HEALTH_SECONDS,
    }


def _key(name: str) -> str:
    """Return what stands for an application in keys. Names that look alike without their odd letters stay apart."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return plain if plain == name else f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:8]}".lstrip("-")


def kombu_url(url: str) -> str:
    """Return the URL as Celery spells it: Redis behind a Unix socket has another scheme there."""
    if not url.startswith("unix:"):
        return url
    return re.sub(r"([?&])db=", r"\1virtual_host=", f"redis+socket{url.removeprefix('unix')}")
