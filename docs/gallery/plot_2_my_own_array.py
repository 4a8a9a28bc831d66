"""
My own array
============

No archive and no files: samples of any rate, or a spectrogram that somebody else computed, go straight to a spacing.
"""

# %%
# Samples
# -------
#
# Three hours of one coil at 64 Hz, in nT, with a hole of ten minutes: a labelled array with times, as it might come
# from anywhere. Here it is cut from a simulated night, whose truth we know.

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from scipy import signal

import iar

night = iar.simulate("2014-01-10", seed=3, samples=True)
evening = night.field.isel(channel=0, sample=slice(8 * 360_000, 11 * 360_000)).values  # from 20:00 UTC
samples = signal.resample_poly(evening, 16, 25) / 1000  # 64 Hz, nT
time = np.datetime64("2014-01-10T20:00", "ns") + np.arange(len(samples)) * np.timedelta64(15_625_000, "ns")
field = xr.DataArray(samples, {"time": time}, ("time",), attrs={"units": "nT"})
field = field.where(
    (field.time < np.datetime64("2014-01-10T21:00")) | (field.time >= np.datetime64("2014-01-10T21:10"))
)
field

# %%
# A spectrogram has slots of 100 s and steps of 1/40.96 Hz whatever the rate, with the band-pass divided out. NaN is
# missing: it costs the slots that it touches and no others. The unit came with the array; ``pt_per_count`` would give
# the calibration of counts.

density = iar.spectrogram(field)
density

# %%
# ``iar.spacing`` asks the network for the probability of fringe, and fits. What it did is said in the attributes.

found = iar.spacing(density)
print(found.attrs["verdict"], "-", found.attrs["reason"])
print(found.attrs["grid"])
figure = iar.plot_night(density, spacing=found, width_mm=180)

# %%
# Somebody else's spectrogram
# ---------------------------
#
# It need not be ours. Here SciPy makes one of another grid: rows of five minutes, and frequencies 0.05 Hz apart. It
# is brought to the grid that the network has learnt, and the answer says so. Plain arrays will do, with the
# frequencies and how long a row is.

rows = night.field.isel(channel=0).values.reshape(-1, 300 * 100)
hz, power = signal.welch(rows, 100, nperseg=2000)
band = (hz >= 0.5) & (hz <= 11)
other = iar.spacing(np.sqrt(power[:, band]), hz[band], time=300)
print(other.attrs["grid"])

# %%
# Both against the truth: one coil of five minutes a row is as good.

hours = (night.time - np.datetime64("2014-01-10")) / np.timedelta64(1, "h")
fig, ax = plt.subplots(figsize=(8, 3.5), layout="constrained")
ax.plot(hours, night.delta_f_hz, color="0.6", linewidth=4, label="truth")
ax.plot(hours, other.delta_f_hz, color="#d55e00", label="rows of 300 s, 0.05 Hz, one coil")
evening_hours = (found.time - np.datetime64("2014-01-10")) / np.timedelta64(1, "h")
ax.plot(evening_hours, found.delta_f_hz, color="#0b3c5d", label="three hours at 64 Hz, one coil")
ax.set(xlabel="hours after 2014-01-10 00:00 UTC", ylabel="spacing (Hz)")
ax.legend(frameon=False)

# %%
# By hand
# -------
#
# The steps are there, too: the probability of fringe, and the published detector beside it.

probability = iar.probability(night)
steps = iar.classical(night)
fig, axes = plt.subplots(2, 1, figsize=(8, 6), sharex=True, layout="constrained")
probability.plot(x="time", ax=axes[0], cmap="magma")
steps.lines.astype(float).plot(x="time", ax=axes[1], cmap="Greys", add_colorbar=False)
axes[0].set(title="probability of the network", xlabel="")
axes[1].set(title="lines of the published detector")
