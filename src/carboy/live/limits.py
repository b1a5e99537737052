"""What a socket may do, and why it is closed when it does more."""

from enum import IntEnum

LARGEST_MESSAGE = 4096  # bytes
MOST_MESSAGES, WITHIN_SECONDS = 100, 10.0
MOST_ROOMS, LONGEST_ASKED = 50, 300
PATIENCE_SECONDS = 10.0  # in which whoever opened one must say who they are
CHECK_SECONDS = 300.0  # after which it is looked at again whether their sign-in holds


class Why(IntEnum):
    """Why a socket is closed, in the numbers of RFC 6455."""

    DONE = 1000
    LEAVING = 1001
    NOT_ALLOWED = 1008
    TOO_OFTEN = 1008
    TOO_LARGE = 1009
