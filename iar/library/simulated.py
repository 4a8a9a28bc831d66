"""A simulated night with its truth, as arrays."""

import datetime as dt

import numpy as np
import xarray as xr

from iar.library.labels import DENSITY_UNIT
from iar.night import CHANNELS, MISSING, RATE_HZ, parse_night, slot_times
from iar.simulation.coil import coil_counts, frame_frequencies
from iar.simulation.density import measured_density
from iar.simulation.scenario import ESKDALEMUIR, Scenario, draw_scenario
from iar.simulation.truth import truth_dataset
from iar.spectra.band import Band

BOUNDARY_HOUR = 12
PT_PER_COUNT = 0.02
"""Of a digitiser of 24 bits: Eskdalemuir's, in round numbers."""
FULL_SCALE = 2**23 - 1


def simulate(
    night: str | dt.date = "2014-01-10", scenario: str = "fringes", *, seed: int = 0, samples: bool = False
) -> xr.Dataset:
    """Density of a simulated night at Eskdalemuir, and what is true of it; the same arguments give the same night.

    Parameters
    ----------
    night
        Date of its evening: the season decides the ionosphere. It goes from 12:00 to 12:00 UTC.
    scenario
        ``quiet``, ``fringes``, ``faint``, ``comb``, ``storm``, ``pearls`` or ``gaps``, ``mixed`` for one of them by
        chance; or one of the wide world of `iar.simulation.scenario`, such as ``wide-ladder``.
    seed
        Of all that is drawn.
    samples
        Whether the field itself is wanted, too, at 100 Hz: some seconds, and 70 MB.

    Returns
    -------
    ``density``, pT/sqrt(Hz), (channel, time, frequency), NaN where nothing was written. The truth: ``delta_f_hz``, the
    slope of the fringes over their numbers, Hz, (time,), and ``frequency_hz``, Hz, (time, harmonic), NaN where there is
    nothing that could be seen; ``time_of_flight_hz``, Hz, (time,), whether it can be seen or not; ``mask``, true within
    1.5 bins of a fringe, (time, frequency). With samples ``field``, pT, (channel, sample), NaN where nothing was
    written.

    Raises
    ------
    InputError
        If the night is no date, or there is no such scenario.
    """
    day = parse_night(night) if isinstance(night, str) else night
    drawn, hz = draw_scenario(scenario, day, seed), Band().frequency_hz
    truth = truth_dataset([drawn], hz).isel(night=0, drop=True).drop_vars("slot").rename(slot="time")
    start = slot_times(day, BOUNDARY_HOUR).astype("datetime64[ns]")
    found = xr.Dataset(
        {"density": _density(drawn, seed), "mask": truth["mask"].astype(bool)}
        | {name: truth[name] for name in ("delta_f_hz", "time_of_flight_hz", "frequency_hz")},
        {"time": ("time", start, {"long_name": "start of the slot, UTC"}), "channel": list(CHANNELS)},
        {"scenario": drawn.name, "night": str(day), "seed": seed}
        | {"station": "simulated", "latitude_deg": ESKDALEMUIR[0], "longitude_deg": ESKDALEMUIR[1]},
    )
    return found.assign(field=_field(drawn, seed)) if samples else found


def _density(drawn: Scenario, seed: int) -> xr.DataArray:
    rng = np.random.default_rng([seed, drawn.night.toordinal(), 1])
    attrs = {"long_name": "amplitude spectral density of the magnetic field", "units": DENSITY_UNIT}
    return xr.DataArray(
        measured_density(drawn, Band().frequency_hz, rng), dims=("channel", "time", "frequency"), attrs=attrs
    )


def _field(drawn: Scenario, seed: int) -> xr.DataArray:
    rng = np.random.default_rng([seed, drawn.night.toordinal(), 2])
    counts_per_pt = np.full(len(frame_frequencies()), 1 / PT_PER_COUNT, dtype=np.complex128)
    counts = coil_counts(drawn, counts_per_pt, rng, full_scale=FULL_SCALE)
    field = np.where(counts == MISSING, np.float32(np.nan), counts * np.float32(PT_PER_COUNT)).astype(np.float32)
    attrs = {"long_name": "magnetic field", "units": "pT", "sampling_rate_hz": RATE_HZ}
    return xr.DataArray(field, dims=("channel", "sample"), attrs=attrs)
