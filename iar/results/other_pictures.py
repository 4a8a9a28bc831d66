"""What pictures of harmonics, of polarisation, of Pc1 and of Schumann resonances show, read from an archive."""

import datetime as dt
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from iar.archive.reader import Reader
from iar.errors import DamagedArchiveError, InputError, NightNotSealedError
from iar.night import night_range
from iar.pc1.events import levels
from iar.settings import PolarisationSettings
from iar.stages.fringes import measured, rules_of
from iar.stages.harmonics import read_harmonics
from iar.stages.night_view import NightView
from iar.stages.pc1 import read_pc1
from iar.stages.polarisation import polarisation_pixels
from iar.stages.process import sealed_nights
from iar.stages.schumann import read_resonances

if TYPE_CHECKING:  # Matplotlib is slow to import
    from collections.abc import Callable

    from matplotlib.figure import Figure


def resonance_plot(archive: Reader, night: dt.date) -> "Callable[..., Figure]":
    """Read what a picture of a night's Schumann resonances shows.

    Raises
    ------
    NightNotSealedError
        If it has none, as where its spectra end below them.
    """
    from iar.plots.resonances import ResonancePicture, plot_resonances  # noqa: PLC0415 - Matplotlib late

    found = read_resonances(archive, night)
    reason = archive.manifest(night).noted("schumann", "reason")
    return partial(plot_resonances, ResonancePicture(archive.station.name, reason, found))


def resonance_span_plot(archive: Reader, first: dt.date, last: dt.date) -> "tuple[Callable[[], Figure], int]":
    """Read what a picture of many nights' Schumann resonances shows, and how many nights have some.

    Raises
    ------
    InputError
        If none has.
    """
    from iar.plots.resonance_span import ResonanceSpan, plot_resonance_span  # noqa: PLC0415 - Matplotlib late

    nights, found = night_range(first, last), {}
    for night in sealed_nights(archive, nights, "schumann"):
        with suppress(DamagedArchiveError, NightNotSealedError):  # its row stays grey
            found[night] = read_resonances(archive, night)
    if not found:
        raise InputError(f"no night from {first} to {last} has Schumann resonances in {archive.url}")
    picture = ResonanceSpan(
        title=f"{archive.station.name}, Schumann resonances from {first} to {last}",
        nights=nights,
        channels=archive.channels,
        modes=max(one.modes for one in found.values()),
        frequency_hz={night: np.where(one.good, one.values["frequency_hz"], np.nan) for night, one in found.items()},
        boundary_hour=archive.station.boundary_hour,
    )
    return partial(plot_resonance_span, picture), len(found)


def polarisation_plot(archive: Reader, night: dt.date) -> "Callable[..., Figure]":
    """Read what a picture of a night's polarisation shows; a NightNotSealedError if it was not looked at."""
    from iar.plots.polarisation import PolarisationPicture, plot_polarisation  # noqa: PLC0415 - Matplotlib late

    view = NightView(archive, night)
    pixels = polarisation_pixels(view, view.settings("polarisation", PolarisationSettings))
    picture = PolarisationPicture(
        station=archive.station.name,
        night=night,
        boundary_hour=archive.station.boundary_hour,
        frequency_hz=archive.frequency_hz[: pixels.degree.shape[1]],
        pixels=pixels,
        harmonic_hz=view.read("fringes", "fringes/frequency_hz"),
    )
    return partial(plot_polarisation, picture)


def harmonic_plot(archive: Reader, night: dt.date) -> "Callable[..., Figure]":
    """Read what a picture of a night's harmonics in full shows; a NightNotSealedError if they were not measured."""
    from iar.plots.harmonics import HarmonicPicture, plot_harmonics  # noqa: PLC0415 - Matplotlib late

    return partial(plot_harmonics, HarmonicPicture(archive.station.name, read_harmonics(archive, night)))


def pc1_plot(archive: Reader, night: dt.date) -> "Callable[..., Figure]":
    """Read what a picture of a night's Pc1 events shows; a NightNotSealedError if it was not looked at for them."""
    from iar.plots.pc1 import Pc1Picture, plot_pc1  # noqa: PLC0415 - Matplotlib late

    found, view = read_pc1(archive, night), NightView(archive, night)
    seen = measured(view).carried
    level_db, _ = levels(seen.residual(rules_of(view)))
    return partial(plot_pc1, Pc1Picture(archive.station.name, seen.frequency_hz, level_db, found))


OTHER_PLOTS = {
    "polarisation": polarisation_plot,
    "harmonics": harmonic_plot,
    "pc1": pc1_plot,
    "schumann": resonance_plot,
}
"""By the view of a night; what they give may be called with a ``width_mm``."""
