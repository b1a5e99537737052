"""Taking a connection out of gunicorn's hands: its thread goes back to requests, and what follows is ours.

Requests then never wait for sockets, and a server that stops waits for requests alone. gevent keeps its own: there is
no thread to give back, and its loop goes on watching the number that the connection had.
"""

import os
import socket
import ssl
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from carboy.web.onion import Environ


def take_over(environ: "Environ") -> bool:
    """Take the connection of this request, if it can be taken; gunicorn sees one that has ended in its place."""
    theirs = environ.get("gunicorn.socket")
    if theirs is None or isinstance(theirs, ssl.SSLSocket) or type(theirs).__module__.startswith("gevent."):
        return False
    environ["gunicorn.socket"] = theirs.dup()
    ended, other = socket.socketpair()
    other.close()
    os.dup2(ended.fileno(), theirs.fileno(), inheritable=False)
    ended.close()
    return True
