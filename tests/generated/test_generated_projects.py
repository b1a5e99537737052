"""Whatever is left out, a new project passes its own checks and tests, is in its own shape, starts and answers.

It runs what README.md, docs/how-to/formatting.md, docs/how-to/new-project.md and docs/tutorial/invoices.md show.
"""

import pytest
from projects import PROJECTS

pytestmark = pytest.mark.long


def test_from_an_empty_folder_three_commands_lead_to_a_page(shop, stopwatch, record_property):
    _project, page = shop

    record_property("measured", str(stopwatch))
    assert "Shop is up and&nbsp;running." in page
    # Of work, and by a yardstick, since others may keep the machine busy while one waits.
    assert sum(stopwatch.worked.values()) < 60 * stopwatch.slowness
    assert stopwatch.worked["carboy new"] < 3 * stopwatch.slowness


@pytest.mark.parametrize("name", PROJECTS)
def test_a_new_project_passes_its_own_checks_and_tests_and_answers(examined, name):
    found, pages = examined[name].result()

    assert {step: said[-5000:] for step, (code, said) in found.items() if code} == {}
    assert found["git status"] == (0, "")  # its formatter had nothing to do
    there = {path for path, (status, _text) in pages.items() if status == 200}
    assert set(pages) - there == {path for path in pages if any(feature in path for feature in PROJECTS[name])}
