"""An archive for the stages of today."""

import datetime as dt

from iar.archive import store
from iar.archive.store import Archive
from iar.settings import SpectraSettings, Station
from iar.stages.counts import COUNTS
from iar.stages.pipeline import computed, layout_of
from iar.stages.station import calibration_settings

DEFAULT_SPECTRA = SpectraSettings()


def create_archive(url: str, station: Station, spectra: SpectraSettings = DEFAULT_SPECTRA) -> Archive:
    """Archive of `station` at `url`, made if it is not there, with a place for the frequencies of `spectra`.

    What stages write that are off by default has its place from when they are first made.

    Raises
    ------
    InputError
        If the archive there is another station's, or was made with other settings of it, or is no archive of ours; if
        a new one's frequencies reach beyond the station's calibration table.
    """
    return store.create_archive(url, station, spectra, layout_of((COUNTS, *computed())))


def recalibrate(url: str, station: Station) -> tuple[list[dt.date], int]:
    """Give the archive at `url` the calibration of `station`.

    Returns
    -------
    Nights with counts for which the calibration is another now, so that they are to be processed anew; and how many
    nights with counts there are.

    Raises
    ------
    InputError
        If the station differs in anything else, or its table ends within the archive's frequencies.
    """
    before = store.Archive(url).station
    archive = store.recalibrate(url, station)
    nights = [manifest.night for manifest in archive.manifests() if manifest.is_sealed(COUNTS.name)]
    changed = [
        night for night in nights
        if calibration_settings(before, night) != calibration_settings(archive.station, night)
    ]  # fmt: skip
    return changed, len(nights)
