"""How a station reads a table in a file."""

import pytest

from tests.iar.records.looked import look
from tests.iar.records.tables.samples import RATE_HZ


@pytest.fixture
def read(tmp_path):
    """Counts of both coils of a file, by coil; and what is wrong with each."""

    def read(name: str, content: bytes, table: dict, **station):
        path = tmp_path / name
        path.write_bytes(content)
        fields = {"format": "table", "rate_hz": RATE_HZ, "unit": "nT", "channels_in_file": 2, **station}
        decoded, unusable, _ = look(path, **fields, table=table)
        if unusable:
            raise ValueError(unusable[0])
        coils, problems = {}, {}
        for record, counts, met in decoded:
            coils.setdefault(record.channel, []).append((record.start, counts))
            problems.setdefault(record.channel, {}).update(met)
        return coils, problems

    return read
