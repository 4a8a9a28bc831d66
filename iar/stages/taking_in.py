"""From the files that were found to their nights, and to what is reported of those that cannot be used.

The command `iar ingest` and the hourly flow take files in by the same two steps, with the work on the nights between
them: quarantine is decided at the end, when it is known what became of every file.
"""

from pathlib import Path

from iar.archive.store import Archive
from iar.records.finding import Found
from iar.stages.ingest import NightRecords, group_by_night, unsealed_jobs
from iar.stages.intake import Intake
from iar.stages.quarantine import quarantine_unusable, split_by_place
from iar.stages.streams import choose_streams


def plan_intake(archive: Archive, found: Found) -> tuple[list[NightRecords], Intake]:
    """Nights to ingest, those first that a killed run left unsealed; and what is known of the files beforehand."""
    chosen = choose_streams(archive, found)
    nights, outside = split_by_place(archive, group_by_night(chosen.records, archive.station.boundary_hour))
    intake = Intake(unusable=chosen.unusable + outside)
    intake.note(chosen)
    return [*unsealed_jobs(archive), *nights], intake


def close_intake(archive: Archive, intake: Intake) -> list[str]:
    """Put into quarantine what cannot be used, and take out what can; returns what failed, in words.

    A file that is in quarantine as it is was reported before. A yearly tar counts as usable if it was read to its end.
    """
    damaged = {bad.place for bad in intake.unusable}
    usable = intake.usable | {Path(tar).name for tar in intake.tars if tar not in damaged}
    quarantined = quarantine_unusable(archive, intake.unusable, usable)
    return [*intake.failures, *quarantined, *(text for report in intake.reports for text in report.unreadable)]
