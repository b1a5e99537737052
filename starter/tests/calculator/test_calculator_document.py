"""What the API's document tells of the calculator."""

from documented import A_READ, statuses_of


def test_every_status_that_a_sum_can_answer_is_told(operations):
    sums = {name: statuses_of(one) for name, one in operations.items() if name.startswith("calculator_")}

    assert sums == dict.fromkeys((f"calculator_{word}" for word in ("add", "subtract", "multiply", "divide")), A_READ)
