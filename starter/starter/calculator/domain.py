"""Arithmetic on numbers as computers hold them: rounded to about sixteen digits, and never infinite.

What has no result is an ArithmeticError, as it is everywhere in Python: ZeroDivisionError, OverflowError.
"""

from math import isfinite


def add(a: float, b: float) -> float:
    """Return the sum."""
    return _number(a + b)


def subtract(a: float, b: float) -> float:
    """Return the difference."""
    return _number(a - b)


def multiply(a: float, b: float) -> float:
    """Return the product."""
    return _number(a * b)


def divide(a: float, b: float) -> float:
    """Return the quotient."""
    if b == 0:  # minus zero as well
        raise ZeroDivisionError("No number can be divided by 0.")
    return _number(a / b)


def _number(result: float) -> float:
    """Refuse infinity and what is no number, which JSON cannot write, and turn -0.0 into 0.0."""
    if not isfinite(result):
        raise OverflowError("The result is too large.")
    return result + 0.0
