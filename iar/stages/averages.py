"""What a slot's power of a night is worth, in independent spectra."""

from iar.night import SLOTS
from iar.settings import SpectraSettings
from iar.spectra.averages import slot_averages
from iar.spectra.segments import segment_places
from iar.stages.night_view import NightView
from iar.stages.spectra import band_of


def night_averages(night: NightView) -> float:
    """Independent spectra in a slot, by the settings that the night's spectra were sealed with."""
    band = band_of(night.settings("spectra", SpectraSettings))
    segments = len(segment_places(band, SLOTS)[0]) / SLOTS
    return slot_averages(segment_samples=band.segment_samples, hop_samples=band.hop_samples, segments=segments)
