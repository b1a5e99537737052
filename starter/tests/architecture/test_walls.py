"""A feature uses only those above it, through their domain; and the domain runs in a process without Flask."""

from carboy.testing.walls import breaches, flask_brought_by, modules_that_run_alone

from starter.features import FEATURES


def test_no_import_goes_through_a_wall():
    found = breaches("starter", FEATURES)

    assert found == [], "\n".join(found)


def test_domain_models_and_backend_come_without_flask():
    found = flask_brought_by(modules_that_run_alone("starter"))

    assert found == [], "\n".join(found)
