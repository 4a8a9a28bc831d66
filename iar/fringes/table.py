"""The table of a range of nights: one row a slot. Its columns are declared here, a line each."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from iar.columns import Column
from iar.fringes.spacing import Spacing
from iar.night import HARMONICS, SLOTS, slot_times

Values: TypeAlias = npt.NDArray[np.floating]


@dataclass(frozen=True)
class TableNight:
    """What the rows of a night are made of.

    `source` is who found the fringes; `detection_limit_db` the depth at which a network finds nine of ten fans in the
    night's own noise, NaN where nobody measured it; `estimators` are what the archive keeps beside the answer, `model`
    what a model of the ionosphere makes of the night: by their names, shape (slot,) or (slot, harmonic), empty where
    nobody asked.
    """

    night: dt.date
    boundary_hour: int
    verdict: str
    spacing: Spacing
    source: str = "network"
    estimators: Mapping[str, Values] = field(default_factory=dict)
    detection_limit_db: float = float("nan")
    model: Mapping[str, Values] = field(default_factory=dict)


def _spacing(night: TableNight, name: str) -> Values:
    return np.asarray(getattr(night.spacing, name))


def _estimator(night: TableNight, name: str) -> Values:
    return night.estimators.get(name, _EMPTY)


def _certainty(night: TableNight, name: str) -> Values:
    """What the archive keeps of how sure its own harmonics are: of the lines of another nobody measured it."""
    return night.estimators.get(name, _EMPTY) if night.source == "network" else _EMPTY


def _model(night: TableNight, name: str) -> Values:
    return night.model.get(name, _EMPTY)


def _harmonic(part: Callable[[TableNight, str], Values], name: str, number: int) -> Callable[[TableNight, str], Values]:
    """What belongs to a harmonic in the part of that name, shape (slot, harmonic)."""

    def of_one(night: TableNight, _name: str) -> Values:
        """Column of the harmonic, if the part is there."""
        values = part(night, name)
        return values if values is _EMPTY else values[:, number - 1]

    return of_one


_EMPTY = np.full((SLOTS,), np.nan)

TABLE: tuple[Column[TableNight], ...] = (
    Column(
        "time", "", "start of the slot of 100 s, UTC", lambda n, _: slot_times(n.night, n.boundary_hour), kind="time"
    ),
    Column("night", "", "date of the night's evening", lambda n, _: n.night.isoformat(), kind="date"),
    Column("verdict", "", "verdict of the night", lambda n, _: n.verdict, kind="text"),
    Column("delta_f_hz", "Hz", "spacing of fringes", _spacing),
    Column("delta_f_sigma_hz", "Hz", "standard error of the spacing", _spacing),
    Column("phi", "1", "offset of the fringes: f_n = (n + phi) delta_f", _spacing),
    Column("harmonics", "1", "number of harmonics that were seen: those whose frequencies follow", _spacing),
    Column("confidence", "1", "confidence in the spacing, 0 to 1", _spacing),
    *(
        Column(f"f{n}_hz", "Hz", f"frequency of harmonic {n}, as measured", _harmonic(_spacing, "frequency_hz", n))
        for n in range(1, HARMONICS + 1)
    ),
    Column("source", "", "who found the fringes", lambda n, _: n.source, more=True, kind="text"),
    Column("matched_delta_f_hz", "Hz", "spacing by the matched filter alone", _estimator, more=True),
    Column(
        "matched_score", "1", "share of the residual's variance that the matched filter explains", _estimator, more=True
    ),
    Column(
        "autocorrelation_delta_f_hz",
        "Hz",
        "spacing by autocorrelation, which takes combs for fringes, too",
        _estimator,
        more=True,
    ),
    Column("autocorrelation", "1", "coefficient of autocorrelation at that spacing", _estimator, more=True),
    Column("model_delta_f_hz", "Hz", "spacing by time of flight through a model of the ionosphere", _model, more=True),
    Column(
        "peak_per_m3",
        "m-3",
        "peak electron density that the model needs for the measured spacing: an estimate by that model",
        _model,
        more=True,
    ),
    Column("peak_sigma_per_m3", "m-3", "its standard error by that of the spacing alone", _model, more=True),
    Column("fof2_mhz", "MHz", "critical frequency of that density", _model, more=True),
    Column("fof2_sigma_mhz", "MHz", "its standard error by that of the spacing alone", _model, more=True),
    Column(
        "detection_limit_db",
        "1",  # UDUNITS knows no decibel
        "depth in dB at which nine of ten fans are found in the night's own noise",
        lambda n, _: np.full(SLOTS, n.detection_limit_db if n.source == "network" else np.nan),
        more=True,
    ),
    Column("number_probability", "1", "probability that harmonics have the right number", _certainty, more=True),
    *(
        Column(
            f"f{n}_sigma_hz",
            "Hz",
            f"standard error of the frequency of harmonic {n}",
            _harmonic(_certainty, "frequency_sigma_hz", n),
            more=True,
        )
        for n in range(1, HARMONICS + 1)
    ),
)
"""All columns, in their order, for 864 rows: empty (NaN) where there is nothing.

`docs/format.md` has a row for each, which a test holds against these.
"""
