"""What `make fuzz` runs for a long time is run here once over what it begins with."""

from random import Random

import pytest

from tests.fuzz.targets import TARGETS, with_checksums, with_odd_value


def dice(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - to be repeated, not to be secret


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_reads_what_it_begins_with_and_what_that_is_bent_to(name):
    target = TARGETS[name]
    for seed in target.seeds():
        target.read(seed)
        for number in range(5):
            target.read(target.bend(seed, dice(number)))


def test_a_tar_archive_that_is_whole_is_bent_to_itself():
    for seed in TARGETS["tar"].seeds():
        assert with_checksums(seed, dice(0)) == seed


def test_a_manifest_is_bent_to_many_others():
    seed = next(TARGETS["manifest"].seeds())
    assert len({with_odd_value(seed, dice(number)) for number in range(20)}) > 5
