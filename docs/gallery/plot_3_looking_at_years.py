"""
Looking at years
================

An archive of years opens as fast as one of a night: arrays over all of its nights, read when they are looked at.
"""

# %%
# An archive
# ----------
#
# Yours would be a folder or a bucket. Here a small one is made on the spot, with two simulated nights a month of a
# year.

from pathlib import Path
from tempfile import mkdtemp

import matplotlib.pyplot as plt
import numpy as np
from simulated_archive import make_archive

import iar

place = make_archive(Path(mkdtemp()) / "archive", year=2014)
archive = iar.open(place)
print(f"{len(archive)} nights")
archive.nights["verdict"].value_counts()

# %%
# The spacing by hour and night
# -----------------------------
#
# ``archive.spacing`` is a Dataset of all nights with a verdict. Slots begin at noon.

spacing = archive.spacing.delta_f_hz
hour = 12 + spacing.slot / 3600
fig, ax = plt.subplots(figsize=(8, 4), layout="constrained")
shown = ax.pcolormesh(np.arange(len(spacing) + 1), hour, spacing[:, :-1].T, cmap="viridis")
ax.set(ylim=(17, 31), xlabel="night", ylabel="hours after 00:00 UTC of the evening")
ax.set_xticks(np.arange(0, len(spacing), 4), [str(night)[:10] for night in spacing.night.values[::4]], rotation=30)
fig.colorbar(shown, label="spacing (Hz)")

# %%
# By season
# ---------
#
# Fringes are widest in winter, when the ionosphere above the station is thinnest.

month = spacing.groupby("night.month").median(...)
spread = spacing.groupby("night.month").quantile([0.25, 0.75], dim=...)
fig, ax = plt.subplots(figsize=(8, 3.5), layout="constrained")
ax.fill_between(month.month, *spread.transpose("quantile", "month"), color="#a9c6dc", label="half of all slots")
ax.plot(month.month, month, "o-", color="#0b3c5d", label="median")
ax.set(xlabel="month", ylabel="spacing (Hz)", xticks=range(1, 13))
ax.legend(frameon=False)

# %%
# One band over all nights
# ------------------------
#
# The density of all nights is one array, too. Only what is asked for is read: a night's chunk at a time.

density = archive.density
print(f"{density.nbytes / 1e6:.0f} MB, none of it read yet")
band = density.sel(frequency=slice(1, 2), channel="NS").median(["slot", "frequency"])
fig, ax = plt.subplots(figsize=(8, 3), layout="constrained")
ax.plot(band.night, band, "o", color="#0b3c5d")
ax.set(ylabel="density at 1-2 Hz\n(pT/√Hz)")

# %%
# A table for other programs
# --------------------------
#
# ``archive.table`` is that of ``iar export``; with ``all_columns`` the other estimators and a model of the ionosphere
# follow.

table = archive.table("2014-06-01", "2014-08-31", all_columns=True)
columns = ["time", "delta_f_hz", "matched_delta_f_hz", "model_delta_f_hz", "fof2_mhz"]
table.dropna(subset="delta_f_hz")[columns].head()
