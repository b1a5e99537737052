"""Whatever the starter's document suggests can be sent to it, and every answer is as the document says."""

import pytest
from flask import request
from generated_requests import attack

on_both = pytest.mark.parametrize("starter_database_url", ["sqlite", "postgresql"], indirect=True)


def test_a_short_run_finds_nothing(starter_app, key):
    found = attack(starter_app, seed=1, examples=5, key=key, phases=("examples", "coverage", "fuzzing"))

    assert found.complaints == []
    assert found.requests.total() > 400


def test_a_run_complains_of_an_answer_that_is_not_as_promised(starter_app):
    @starter_app.after_request
    def lie(answer):
        if answer.is_json and answer.status_code == 200 and request.path == "/api/v1/calculator/add":
            answer.data = b'{"result": "many"}'
        return answer

    found = attack(starter_app, seed=1, examples=5, phases=("fuzzing",))

    assert found.complaints
    assert all("/calculator/add" in complaint for complaint in found.complaints)


def test_a_run_complains_of_a_door_that_is_open_and_promised_to_be_closed(starter_app, key):
    starter_app.extensions["carboy.doors"].opened.add("api_v1.foss.change_foss")

    found = attack(starter_app, seed=1, examples=5, key=key, phases=("examples", "fuzzing"))

    assert found.complaints
    assert all("authentication" in complaint for complaint in found.complaints)


@pytest.mark.long
@on_both
def test_thousands_of_requests_of_a_known_machine_find_nothing_wherever_they_walk(starter_app, key):
    runs = [attack(starter_app, seed=seed, examples=70, key=key) for seed in (1, 2, 3)]

    assert [complaint for found in runs for complaint in found.complaints] == []
    assert all(found.requests.total() >= 1000 for found in runs)
    assert set().union(*(found.walked for found in runs)) == {"GET", "PUT", "PATCH", "DELETE"}


@pytest.mark.long
@on_both
def test_thousands_of_requests_of_a_stranger_find_nothing_and_change_nothing_but_the_count(starter_app):
    runs = [attack(starter_app, seed=seed, examples=70) for seed in (4, 5, 6)]

    assert [complaint for found in runs for complaint in found.complaints] == []
    assert all(found.requests.total() >= 1000 for found in runs)
    assert set().union(*(found.changed for found in runs)) <= {"/api/v1/demo/counts"}  # a door that says so
