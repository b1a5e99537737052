"""What the calculator takes and gives."""

import sys
from typing import Annotated

from carboy.web import Query, Schema

LARGEST = sys.float_info.max

# The largest numbers there are. Text can say larger ones.
Number = Annotated[float, Query(minimum=-LARGEST, maximum=LARGEST)]
Divisor = Annotated[float, Query(minimum=-LARGEST, maximum=LARGEST, not_equal=0)]


class Result(Schema):
    """The result of a sum."""

    result: float
