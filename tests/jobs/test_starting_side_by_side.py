"""Processes that start at the same moment look after the dead, and must not take each other for such."""

import threading

import pytest

from carboy.jobs.presence import Presence


@pytest.mark.long
def test_those_who_have_just_begun_are_taken_for_dead_by_nobody(tmp_path, at_once):
    everybody_has_begun = threading.Barrier(8, timeout=30)

    def begin_and_look():
        named, mine = [], []
        for _ in range(50):
            everybody_has_begun.wait()
            presence = Presence("sqlite:///shop.sqlite", tmp_path)
            presence.begin()
            mine.append(presence)
            named += presence.departed()
        return named, mine

    looks = [future.result() for future in at_once(begin_and_look, threads=8)]

    alive = [presence for _, mine in looks for presence in mine]
    assert [name for named, _ in looks for name in named] == []
    assert len(list(tmp_path.iterdir())) == len(alive)
    for presence in alive:
        presence.end()
