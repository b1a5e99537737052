"""The calculator over HTTP: it reads the numbers, asks the domain, and says why there is no result."""

from collections.abc import Callable

from carboy.errors import Invalid
from carboy.web import endpoint, public
from flask import Blueprint

from starter.calculator import domain
from starter.calculator.schemas import Divisor, Number, Result

calculator = Blueprint("calculator", __name__, url_prefix="/calculator")


@calculator.get("/add")
@endpoint
@public
def add(a: Number, b: Number) -> Result:
    """Add two numbers."""
    return _result(domain.add, a, b)


@calculator.get("/subtract")
@endpoint
@public
def subtract(a: Number, b: Number) -> Result:
    """Subtract b from a."""
    return _result(domain.subtract, a, b)


@calculator.get("/multiply")
@endpoint
@public
def multiply(a: Number, b: Number) -> Result:
    """Multiply two numbers."""
    return _result(domain.multiply, a, b)


@calculator.get("/divide")
@endpoint
@public
def divide(a: Number, b: Divisor) -> Result:
    """Divide a by b, which must not be 0."""
    return _result(domain.divide, a, b)


def _result(sum_of: Callable[[float, float], float], a: float, b: float) -> Result:
    try:
        return Result(result=sum_of(a, b))
    except ArithmeticError as error:
        # Neither number is wrong alone: both are named.
        raise Invalid("These numbers have no result.", {"a": [str(error)], "b": [str(error)]}) from error
