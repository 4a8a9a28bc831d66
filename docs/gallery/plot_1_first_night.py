"""
The first night
===============

From hour files to a night's spacing, and from there into Python: the commands do the work, and ``iar.open`` shows what
they made of it.
"""

# %%
# Files of a night
# ----------------
#
# A folder of hour files, as an observatory has them; here ``iar simulate`` writes those of one night. ``ingest`` puts
# their counts into an archive, ``process`` takes the night to its verdict.

import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp

import iar

place = Path(mkdtemp())
command = Path(sys.executable).with_name("iar")


def run(*words):
    """Run ``iar`` with these words, as one would in a terminal."""
    done = subprocess.run([command, *map(str, words)], check=True, capture_output=True, text=True)
    print(done.stdout.replace(str(place), "..."))


hours, url, day = place / "hours", place / "archive", "2014-01-10"
run("simulate", "--first-night", day, "--nights", 1, "--seed", 31, "--scenario", "fringes", "--out", hours)
run("ingest", hours, "--archive", url, "--workers", 1)
run("process", "--archive", url, "--first-night", day, "--last-night", day, "--workers", 1)

# %%
# What is there
# -------------
#
# ``iar.open`` takes a folder or any URL that fsspec understands. Of the 18263 nights that the archive has a place
# for, it shows those that are there.

archive = iar.open(url)
archive.nights.drop(columns="stages")

# %%
# A night is an xarray Dataset along ``time``. Nothing of it is read before it is looked at.

night = archive.night(day)
night[["density", "probability", "delta_f_hz", "delta_f_sigma_hz"]]

# %%
# The picture
# -----------
#
# From the top: the sun, with the dark part as a black bar; the density of both coils, with the fringes in white and
# their numbers; the samples that are there; the spacing with its standard error.

figure = iar.plot_night(night)

# %%
# The numbers
# -----------
#
# Whatever xarray can do can be done with it: the spacing in the hour after midnight, and its error.

after_midnight = night.sel(time=slice("2014-01-11T00:00", "2014-01-11T01:00"))
print(f"{after_midnight.delta_f_hz.median():.3f} Hz, give or take {after_midnight.delta_f_sigma_hz.median():.3f} Hz")

# %%
# The same as a table, a row for each 100 s, with the columns of ``iar export``.

columns = ["time", "verdict", "delta_f_hz", "delta_f_sigma_hz", "harmonics", "f1_hz", "f2_hz", "f3_hz"]
archive.table().dropna(subset="delta_f_hz")[columns].head()
