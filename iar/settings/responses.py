"""What a coil makes of a field, as a station says it: the same at every frequency, a table, a circuit, a formula."""

from itertools import pairwise
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, field_validator, model_validator

from iar.settings.strict import Number, Plain, Strict
from iar.spectra.formula import formula_volts_per_nt
from iar.spectra.response import poles_zeros_volts_per_nt

TRIED_HZ = np.geomspace(0.05, 100, 200)
"""Frequencies at which a formula has to give a number: those of the spectra and of the samples."""


class FlatResponse(Strict):
    """A coil with the same sensitivity at every frequency."""

    kind: Literal["flat"] = "flat"
    volts_per_nt: Number = Field(0.05, gt=0, description="sensitivity of coil and preamplifier, V/nT")


class TableResponse(Strict):
    """A measured calibration, interpolated linearly between its rows."""

    kind: Literal["table"] = "table"
    frequency_hz: tuple[Annotated[float, Field(ge=0), Plain], ...] = Field(
        min_length=2, description="frequencies of the rows, rising, Hz"
    )
    volts_per_nt: tuple[Annotated[float, Field(gt=0), Plain], ...] = Field(
        min_length=2, description="sensitivity at each frequency, V/nT"
    )
    phase_deg: tuple[Number, ...] = Field(
        default_factory=lambda fields: (0.0,) * len(fields.get("frequency_hz", ())),
        description="phase of the voltage ahead of the field at each frequency, degrees",
    )

    @model_validator(mode="after")
    def check_rows(self) -> Self:
        """Raise a ValueError if the columns differ in length, or the frequencies do not rise."""
        rows = len(self.frequency_hz)
        for column, values in (("volts_per_nt", self.volts_per_nt), ("phase_deg", self.phase_deg)):
            if len(values) != rows:
                raise ValueError(f"frequency_hz has {rows} values, {column} {len(values)}: expected as many")
        for before, after in pairwise(self.frequency_hz):
            if after <= before:
                raise ValueError(f"frequency_hz = {after} after {before}: must rise from row to row")
        return self


class ResonantResponse(Strict):
    """A coil whose inductance and capacitance resonate above the band (Salinas et al. 2022, C&G 165, 105148)."""

    kind: Literal["resonant"] = "resonant"
    volts_per_t_hz: Number = Field(
        2500 * 1.9e6, gt=0, description="sensitivity per hertz far below resonance, V/(T Hz)"
    )
    inductance_h: Number = Field(298e3, gt=0, description="inductance of the coil, H")
    capacitance_f: Number = Field((40 + 0.65 * 55 + 2) * 1e-12, gt=0, description="capacitance of coil and cable, F")
    resistance_ohm: Number = Field(320e3, gt=0, description="resistance of the coil, ohm")


Root = tuple[Number, Number]
"""Real and imaginary part of a pole or a zero, rad/s."""


class PolesZerosResponse(Strict):
    """A coil as the poles and zeros of its transfer function, in the Laplace variable, as SAC and SEED have them."""

    kind: Literal["poles-zeros"] = "poles-zeros"
    zeros: tuple[Root, ...] = Field((), description="zeros, real and imaginary part, rad/s")
    poles: tuple[Root, ...] = Field((), description="poles, real and imaginary part, rad/s")
    volts_per_nt: Number = Field(0.05, description="sensitivity at at_hz, V/nT; below 0 where it is turned round")
    at_hz: Number = Field(1.0, gt=0, description="frequency at which the sensitivity is volts_per_nt, Hz")

    @model_validator(mode="after")
    def check_sensitivity(self) -> Self:
        """Raise a ValueError if the sensitivity is 0, or cannot hold at that frequency."""
        if self.volts_per_nt == 0:
            raise ValueError("volts_per_nt = 0: expected another number")
        with np.errstate(all="ignore"):
            tried = poles_zeros_volts_per_nt(TRIED_HZ, **self.model_dump(exclude={"kind"}))
        if not (np.isfinite(tried).all() and tried.all()):
            raise ValueError(
                f"at_hz = {self.at_hz}: poles and zeros give no sensitivity there, or none from {TRIED_HZ[0]:g} "
                f"to {TRIED_HZ[-1]:g} Hz"
            )
        return self


class FormulaResponse(Strict):
    """A coil whose maker gives a formula."""

    kind: Literal["formula"] = "formula"
    volts_per_nt: str = Field(
        max_length=1000,
        description="formula of f in Hz, or of s = 2 pi i f, V/nT: numbers, + - * / **, pi, sqrt, exp, log, abs; "
        "such as 0.05 * s / (s + 2 * pi * 0.3)",
    )

    @field_validator("volts_per_nt")
    @classmethod
    def check_formula(cls, formula: str) -> str:
        """Raise a ValueError if it is no formula of the frequency, or gives no number somewhere."""
        tried = formula_volts_per_nt(TRIED_HZ, formula=formula)
        bad = ~np.isfinite(tried) | (tried == 0)
        if bad.any():
            raise ValueError(
                f"{formula!r} gives {tried[bad][0]:g} at {TRIED_HZ[bad][0]:.3g} Hz: expected a sensitivity"
            )
        return formula


Response = Annotated[
    FlatResponse | TableResponse | ResonantResponse | PolesZerosResponse | FormulaResponse,
    Field(discriminator="kind"),
]
