"""Whatever happens to workers, brokers, databases and clocks: what was accepted is done, and done once.

`make chaos` runs all of it and prints a table; a few minutes' worth of it is run with every change.
"""

import pytest
from chaos_scenarios import SCENARIOS


def cells():
    for one in SCENARIOS:
        for database, engine in one.cells():
            quick = one.default and (database, engine) == ("sqlite", "local")
            marks = () if quick else (pytest.mark.long,)
            yield pytest.param(one, database, engine, id=f"{one.name}-{database}-{engine}", marks=marks)


@pytest.mark.parametrize(("scenario", "database", "engine"), list(cells()))
def test_what_was_accepted_is_done_once_whatever_happens(scenario, database, engine, make_ground, record_property):
    ground = make_ground(database, engine, own_server=scenario.own_server)

    scenario.happen(ground)

    verdict = ground.verdict()
    counted = (str(number) for number in (verdict.accepted, verdict.lost, verdict.doubled))
    record_property("chaos", (scenario.title, database, engine, *counted, f"{verdict.recovery:.1f} s"))
    assert verdict.accepted > 0
    assert (verdict.lost, verdict.doubled, verdict.missing, verdict.failed) == (0, 0, 0, 0), ground.log()[-8000:]
