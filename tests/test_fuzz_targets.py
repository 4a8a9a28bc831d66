"""What `make fuzz` runs for a long time is run here once over what it begins with."""

from importlib.metadata import entry_points
from random import Random
from typing import get_args

import pytest

from iar.records.formats import GROUP
from iar.records.indices import read_indices
from iar.settings.calibration import read_calibration
from iar.settings.calibration_files import READERS
from iar.settings.table import Table
from tests.fuzz.targets import TARGETS, with_checksums, with_odd_value


def dice(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - to be repeated, not to be secret


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_reads_what_it_begins_with_and_what_that_is_bent_to(name):
    target = TARGETS[name]
    for seed in target.seeds():
        for content in {seed, *(target.bend(seed, dice(number)) for number in range(5))}:
            target.read(content)


def test_every_reader_has_a_target():
    """A format, a kind of table, a file of responses: who adds one to the list that it is read from fuzzes it, too."""
    formats = {entry.name for entry in entry_points(group=GROUP) if entry.value.startswith("iar.")} - {"table"}
    tables = {kind.model_fields["kind"].default for kind in get_args(Table)}
    responses = {reader.__name__ for reader in (*READERS, read_calibration, read_indices)}
    without = sorted((formats | tables | responses | {"tar", "zip", "compressed"}) - set(TARGETS))
    assert without == []


def test_a_tar_archive_that_is_whole_is_bent_to_itself():
    for seed in TARGETS["tar"].seeds():
        assert with_checksums(seed, dice(0)) == seed


def test_a_manifest_is_bent_to_many_others():
    seed = next(TARGETS["manifest"].seeds())
    assert len({with_odd_value(seed, dice(number)) for number in range(20)}) > 5
