"""Ports that a process opens itself, and what to say of one that cannot be."""

import os
import socket

from carboy.errors import SetupError


def opened(
    variable: str,
    host: str,
    port: int,
    *,
    remedy: str = "Choose another, or end what holds it.",
    shared: bool = False,
) -> socket.socket:
    """Listen there, or raise; `variable` is the setting that says so. A shared one others may open beside it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, reuse_port=shared)
    except OSError as error:
        # Of a number of its own the system gives the reason alone; in the text there is the address once more.
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise SetupError(f"{variable} {port} of {host} cannot be opened: {reason}. {remedy}".rstrip()) from error
