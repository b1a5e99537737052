"""What gunicorn is told, where nobody says anything else."""

from carboy.ops.gunicorn import configuration


def test_a_worker_has_threads_and_patience(make_settings):
    told = configuration(make_settings())

    assert told["worker_class"] == "gthread"
    assert told["threads"] > 1
    assert told["timeout"] >= 30
