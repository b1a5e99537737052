"""Arithmetic, with nothing but Python's standard library."""

import math
import subprocess
import sys

import pytest

from starter.calculator import domain

HUGE = sys.float_info.max
TINY = 5e-324


@pytest.mark.parametrize(
    ("calculate", "result"),
    [(domain.add, 9.5), (domain.subtract, 5.5), (domain.multiply, 15.0), (domain.divide, 3.75)],
)
def test_each_sum_gives_what_it_is_named_for(calculate, result):
    assert calculate(7.5, 2) == result


@pytest.mark.parametrize("zero", [0, 0.0, -0.0])
@pytest.mark.parametrize("a", [1.0, 0.0, HUGE])
def test_nothing_is_divided_by_zero_whatever_its_sign(a, zero):
    with pytest.raises(ZeroDivisionError, match="divided by 0"):
        domain.divide(a, zero)


@pytest.mark.parametrize(
    ("calculate", "a", "b"),
    [
        (domain.add, HUGE, HUGE),
        (domain.subtract, -HUGE, HUGE),
        (domain.multiply, 1e308, 10),
        (domain.divide, 1, TINY),
        (domain.multiply, 10**400, 1),
        (domain.add, math.inf, 1),
        (domain.add, math.nan, 1),
    ],
)
def test_what_would_be_infinite_has_no_result(calculate, a, b):
    with pytest.raises(OverflowError):
        calculate(a, b)


@pytest.mark.parametrize(
    ("calculate", "a", "b"), [(domain.multiply, 0.0, -1.0), (domain.divide, -0.0, 5.0), (domain.divide, -TINY, 2.0)]
)
def test_zero_has_no_sign(calculate, a, b):
    assert math.copysign(1, calculate(a, b)) == 1


def test_the_rules_need_nothing_but_python():
    program = (
        "import sys, starter.calculator.domain;"
        "print(*sorted({name.partition('.')[0] for name in sys.modules} - sys.stdlib_module_names))"
    )

    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}; {program}"],
        capture_output=True,
        text=True,
    )

    assert done.stdout.split() == ["__main__", "starter"], done.stderr
