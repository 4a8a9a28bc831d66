"""An archive for the stages of today."""

from iar.archive import store
from iar.archive.store import Archive
from iar.settings import SpectraSettings, Station
from iar.stages.counts import COUNTS
from iar.stages.pipeline import computed, layout_of

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
