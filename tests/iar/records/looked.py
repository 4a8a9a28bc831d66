"""What a station makes of files: its records with their counts, and why others are none."""

from pathlib import Path

from iar.records.finding import find_records
from iar.settings import Station
from iar.stages.ingest import station_format


def look(path: Path, **station):
    """Each record with counts and problems by kind; reasons of what is unusable; of what is passed over."""
    found = find_records([path], station_format(Station.model_validate(station)))
    decoded = []
    for record in found.records:
        counts, met = record.decode(record.source.read())
        decoded.append((record, counts, {p.kind: p.detail for p in [*record.problems, *met]}))
    return decoded, [bad.reason for bad in found.unusable], [other.reason for other in found.passed_over]
