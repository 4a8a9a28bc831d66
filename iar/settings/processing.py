"""All that decides how a night is processed."""

import math
from typing import Annotated, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from iar.night import RATE_HZ
from iar.settings.strict import Integer, Number, Strict
from iar.spectra.grid import ORDER, frequencies, pieces_over

MOST_REPAIRED = 1000
"""What the filter took away is divided out again, at most this much: then float32 still errs by a few 1e-4 only."""
LEAST_BINS = 16
"""Below this no background can be told from what stands out of it."""


class SpectraSettings(Strict):
    """Chapter "Spectra" of the method: from counts to amplitude density."""

    low_hz: Number = Field(0.5, ge=0.01, description="lowest frequency kept, and lower corner of the band-pass, Hz")
    high_hz: Number = Field(10.5, le=49, description="highest frequency kept, Hz")
    filter_poles: Integer = Field(5, ge=0, le=10, description="poles of the Butterworth band-pass; 0 for none")
    filter_high_hz: Annotated[Number, Field(gt=0, lt=50)] | None = Field(
        None, description="upper corner of the band-pass, Hz; null: high_hz / 1.05, the published 10 of 10.5"
    )
    segment_samples: Integer = Field(4096, ge=256, le=10_000, description="samples of one FFT")
    overlap: Number = Field(0.5, ge=0, le=0.95, description="share of a segment that the next one shares")
    segments: Literal["within", "continuous"] = Field(
        "within", description="within: segments begin anew with each slot, as published; continuous: they run on"
    )
    edge_slots: Integer = Field(
        0, ge=0, le=36, description="slots at each end of the night that are left empty; the published method loses 1"
    )

    @property
    def corner_hz(self) -> float:
        """Upper corner of the band-pass, Hz."""
        return self.filter_high_hz or self.high_hz / 1.05

    @property
    def frequency_hz(self) -> npt.NDArray[np.float64]:
        """Frequencies of the spectra, Hz, shape (frequency,)."""
        return frequencies(self.low_hz, self.high_hz, self.segment_samples)

    @model_validator(mode="after")
    def check_band(self) -> Self:
        """Raise a ValueError if the band is empty, or the filter leaves next to nothing at its upper end."""
        corner = "high_hz / 1.05 =" if self.filter_high_hz is None else "filter_high_hz"
        for name, high_hz in (("high_hz", self.high_hz), (corner, self.corner_hz)):
            if high_hz <= self.low_hz:
                raise ValueError(f"{name} {high_hz:.6g} is not above low_hz {self.low_hz:g}")
        bins = len(self.frequency_hz)
        if bins < LEAST_BINS:
            raise ValueError(
                f"{bins} frequencies lie from low_hz {self.low_hz:g} to high_hz {self.high_hz:g}, at least "
                f"{LEAST_BINS} are needed: widen the band, or raise segment_samples {self.segment_samples}"
            )
        steepness = math.tan(math.pi * self.high_hz / RATE_HZ) / math.tan(math.pi * self.corner_hz / RATE_HZ)
        if steepness**self.filter_poles > MOST_REPAIRED:
            raise ValueError(
                f"high_hz {self.high_hz:g} lies where a band-pass up to {self.corner_hz:g} Hz leaves less than "
                f"1/{MOST_REPAIRED} of the field: raise filter_high_hz, or take less than {self.filter_poles} poles"
            )
        return self


class DetectionSettings(Strict):
    """Where fringes are looked for, by the network and by the published detector."""

    high_hz: Number = Field(
        10.5,
        ge=1,
        le=49,
        description="highest frequency in which fringes are looked for, Hz; the network knows no other",
    )


class ClassicalSettings(Strict):
    """The published detector (Beggan 2014): its numbers as published, and where it gives none, ours.

    Ours give the best F1 on 40 simulated nights with fringes, deep and faint, none of which the benchmark looks at.
    """

    smoothing_bins: Integer = Field(
        4, ge=1, le=100, description="running mean over frequency, twice applied, before the spline, bins (ours)"
    )
    spline_pieces: Integer = Field(
        5, ge=1, le=20, description="polynomial pieces of the background spline over 10 Hz (ours)"
    )
    spline_order: Integer = Field(ORDER, ge=1, le=12, description="order of the background spline (published: 6)")
    min_height_db: Number = Field(0.75, ge=0, le=60, description="height of a peak above the background, dB (ours)")
    peak_distance_bins: Integer = Field(
        10, ge=1, le=400, description="a peak is the highest this far to either side, bins (ours: 0.25 Hz)"
    )
    dilate_slots: Integer = Field(
        15, ge=1, le=864, description="dilation of the spots along time, slots (published: 15)"
    )
    erode_bins: Integer = Field(
        3, ge=1, le=100, description="erosion along frequency after that, bins; 1 for none (published: 3)"
    )
    widen_slots: Integer = Field(
        1, ge=1, le=100, description="further dilation along time after the bridging, slots; 1 for none (optional)"
    )
    widen_bins: Integer = Field(
        1, ge=1, le=100, description="further dilation along frequency after the bridging, bins; 1 for none (optional)"
    )
    neighbours: Integer = Field(
        8, ge=4, le=8, multiple_of=4, description="connected pixels share a side (4) or a corner, too (8) (ours)"
    )
    min_region_pixels: Integer = Field(
        80, ge=1, description="regions of a smaller area are dropped, pixels (published: 80)"
    )


class FringeSettings(Strict):
    """From probability to spacing and verdict; the probability that counts as fringe is the bundle's own."""

    spline_pieces: Integer = Field(
        3, ge=1, le=20, description="pieces of the background under standing lines over 10 Hz"
    )
    min_spacing_hz: Number = Field(0.25, gt=0, description="smallest spacing looked for, Hz")
    max_spacing_hz: Number = Field(2.2, gt=0, description="largest spacing looked for, Hz")
    min_effort: Number = Field(0.25, ge=0, le=1, description="share of the dark part needed for any answer")
    min_slots: Integer = Field(36, ge=1, description="dark slots with a spacing that make a night one of fringes (1 h)")

    @model_validator(mode="after")
    def check_range(self) -> Self:
        """Raise a ValueError if no spacing is looked for."""
        if self.max_spacing_hz <= 1.1 * self.min_spacing_hz:
            raise ValueError(
                f"max_spacing_hz {self.max_spacing_hz} is not above min_spacing_hz {self.min_spacing_hz} by a tenth"
            )
        return self


class SchumannSettings(Strict):
    """Schumann resonances of each ten minutes, fitted to spectra that reach that far."""

    modes: Integer = Field(
        3,
        ge=1,
        le=4,
        description="modes that are fitted, from the first; spectra to 11, 17.2, 23.75 or 30 Hz are needed",
    )
    window_slots: Integer = Field(
        6, ge=6, le=36, multiple_of=2, description="slots that each fit is made of: those of its 10 min (6), or more"
    )


class PolarisationSettings(Strict):
    """Polarisation, from spectra of both coils averaged over slots and bins."""

    window_slots: Integer = Field(9, ge=1, le=97, description="slots of an average, an odd number")
    window_bins: Integer = Field(3, ge=1, le=41, description="frequencies of an average, an odd number")

    @model_validator(mode="after")
    def check_odd(self) -> Self:
        """Raise a ValueError if an average has no middle, or is worth too little to tell chance from polarisation."""
        for name in ("window_slots", "window_bins"):
            if getattr(self, name) % 2 == 0:
                raise ValueError(f"{name} {getattr(self, name)} is even: an average has a pixel in its middle")
        return self


class HarmonicSettings(Strict):
    """Harmonics in full: depth, width and amplitude of each."""

    window_slots: Integer = Field(21, ge=3, le=97, description="slots that each depth is averaged over, an odd number")

    @model_validator(mode="after")
    def check_odd(self) -> Self:
        """Raise a ValueError if the average has no slot in its middle."""
        if self.window_slots % 2 == 0:
            raise ValueError(f"window_slots {self.window_slots} is even: an average has a slot in its middle")
        return self


class Processing(Strict):
    """All that decides how a night is processed."""

    spectra: SpectraSettings = Field(SpectraSettings(), description="from counts to amplitude density")
    detection: DetectionSettings = Field(DetectionSettings(), description="where fringes are looked for")
    classical: ClassicalSettings = Field(ClassicalSettings(), description="the published detector")
    fringes: FringeSettings = Field(FringeSettings(), description="from probability to spacing and verdict")
    schumann: SchumannSettings = Field(SchumannSettings(), description="Schumann resonances of each ten minutes")

    polarisation: PolarisationSettings = Field(PolarisationSettings(), description="polarisation of each harmonic")
    harmonics: HarmonicSettings = Field(HarmonicSettings(), description="depth, width and amplitude of each harmonic")

    @model_validator(mode="after")
    def check_splines(self) -> Self:
        """Raise a ValueError if the spectra are too coarse for a background."""
        frequency_hz = self.spectra.frequency_hz
        splines = {
            "classical": (self.classical.spline_pieces, self.classical.spline_order),
            "fringes": (self.fringes.spline_pieces, ORDER),
        }
        for name, (pieces, order) in splines.items():
            needed = pieces_over(frequency_hz, pieces_per_10_hz=pieces) + order - 1
            if needed > len(frequency_hz):
                raise ValueError(
                    f"{name}.spline_pieces {pieces} over 10 Hz need {needed} frequencies, the spectra have "
                    f"{len(frequency_hz)}: take fewer pieces, or more spectra.segment_samples"
                )
        return self
