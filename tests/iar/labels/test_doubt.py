"""Which nights come first: those on which detectors differ, or the network is unsure."""

import numpy as np

from iar.archive.reader import Reader
from iar.labels.doubt import Signs, doubts, read_signs

NAN = float("nan")


def signs(network=200, matched=200, published=200, confidence=1.0, limit_db=NAN) -> Signs:
    return Signs(network, matched, published, needed=36, confidence=confidence, limit_db=limit_db)


def test_each_sign_alone_brings_a_night_before_one_that_nobody_doubts():
    sure = signs()
    for unsure in (signs(matched=0), signs(published=0), signs(network=36), signs(confidence=0.5)):
        first, second = doubts([unsure, sure])
        assert first > second
    quiet, noisy = doubts([signs(limit_db=1.0), signs(limit_db=4.0)])
    assert noisy > quiet


def test_what_is_not_stored_counts_neither_way_and_all_stay_between_nought_and_one():
    bare = signs(matched=None, published=None, confidence=NAN)
    found = doubts([bare, signs(0, 0, 0, NAN), signs(36, 0, 400, 0.5, 3.0)])
    assert ((found >= 0) & (found <= 1)).all()
    assert found.argmax() == 2
    assert found[1] == 0  # nobody sees anything
    assert doubts([]).shape == (0,)


def test_signs_of_a_night_are_what_the_archive_stores_of_its_dark_part(processed, night):
    archive = Reader(str(processed))
    found = read_signs(archive, night, 1.5)
    reason = archive.manifest(night).noted("fringes", "reason")
    assert reason.startswith(f"{found.network} dark slots have a spacing")
    assert 0 < found.published <= 432
    assert 0 < found.matched <= 432
    assert 0 < found.confidence <= 1
    assert (found.needed, found.limit_db) == (36, 1.5)
    (doubt,) = doubts([found])
    assert np.isfinite(doubt)
