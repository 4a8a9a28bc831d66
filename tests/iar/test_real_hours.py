"""The real hours of the Sierra Nevada station, through everything: a real negative, with a man-made comb in EW."""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import ndimage

from iar.archive.store import Archive
from iar.cli import main
from iar.fringes.interference import standing_lines
from iar.night import MISSING, dark_slots, night_start
from iar.records import bgs
from iar.settings import Processing, SpectraSettings
from iar.simulation.injection import inject_fringes
from iar.simulation.scenario import draw_scenario
from iar.simulation.truth import fringe_frequencies, fringe_spacing
from iar.spectra.background import residual_db
from iar.stages.counts import counts_seal
from iar.stages.creation import create_archive
from iar.stages.fringes import read_verdict
from iar.stages.process import run_stages
from iar.stages.schumann import SCHUMANN
from iar.stages.spectra import SPECTRA
from iar.stages.stage import Setup

NIGHT = dt.date(2015, 2, 28)
MEDIANS_PT = {  # measured for the hours that lie there: median over time and +-0.15 Hz
    "NS": {1.0: 1.044, 2.0: 0.519, 3.0: 0.352, 5.0: 0.220, 7.8: 0.317},
    "EW": {1.0: 0.504, 2.0: 0.240, 3.0: 0.184, 5.0: 0.120, 7.8: 0.173},
}
COMB_HZ = 1.416


def run(*arguments: object) -> None:
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    assert left.value.code == 0


@pytest.fixture(scope="module")
def worked(sierra_nevada: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sierra-nevada")
    span = ("--first-night", "2015-02-28", "--last-night", "2015-03-01")
    run("ingest", sierra_nevada, "--station", "sierra-nevada", "--archive", folder / "archive", "--workers", 1)
    run("process", "--archive", folder / "archive", *span, "--workers", 1)
    run("export", "--archive", folder / "archive", *span, "--out", folder / "table.parquet")
    run("plot", "--archive", folder / "archive", "--night", NIGHT, "--out", folder / "night.png")
    return folder


@pytest.fixture(scope="module")
def archive(worked: Path) -> Archive:
    return Archive(str(worked / "archive"))


@pytest.fixture(scope="module")
def density(archive: Archive) -> np.ndarray:
    return archive.read_sealed(NIGHT, "spectra", "spectra/density")[0]


@pytest.fixture(scope="module")
def resonances(archive: Archive, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Schumann resonances of the same samples in an archive with spectra to 45 Hz, as they are exported."""
    folder, wide = tmp_path_factory.mktemp("wide"), SpectraSettings(high_hz=45)
    to_45_hz = create_archive(str(folder / "archive"), archive.station, wide)
    counts = archive.read(NIGHT, "counts/counts")
    to_45_hz.write(NIGHT, {"counts/counts": counts})
    sealed = counts_seal(counts, to_45_hz)
    to_45_hz.seal(NIGHT, "counts", sealed.signature, sealed.note)
    assert run_stages(to_45_hz, NIGHT, Setup(Processing(spectra=wide)), (SPECTRA, SCHUMANN)) == ("spectra", "schumann")
    run("export", "--product", "schumann", "--archive", folder / "archive", "--out", folder / "table.csv")
    return pd.read_csv(folder / "table.csv", parse_dates=["time"])


def published_hz(sierra_nevada: Path, sensor: int) -> pd.DataFrame:
    """Frequencies of modes 1 to 3 as published, by the ten minutes of ours that they share all but 25 s with."""
    fits = pd.read_csv(sierra_nevada / "schumann_fits.csv", comment="#", parse_dates=["start_utc"])
    fits = fits[fits["sensor"] == sensor]
    time = (fits["start_utc"] + pd.Timedelta(seconds=34.658)).dt.round("10min")
    return fits.set_index(time)[["f1_hz", "f2_hz", "f3_hz"]].set_axis([1, 2, 3], axis=1)


def ours_and_published(resonances: pd.DataFrame, sierra_nevada: Path, sensor: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    coil = resonances[resonances["channel"] == ("NS", "EW")[sensor]]
    ours = coil.pivot_table(index="time", columns="mode", values="frequency_hz")
    return ours.align(published_hz(sierra_nevada, sensor), join="inner")


def test_schumann_resonances_of_ns_are_the_published_ones(resonances, sierra_nevada):
    ours, published = ours_and_published(resonances, sierra_nevada, 0)
    assert len(ours) >= 66
    assert ((ours - published).median().abs() <= [0.03, 0.05, 0.10]).all()
    assert ours[1].corr(published[1]) >= 0.92


def test_schumann_resonances_of_ew_hold_out_against_its_comb(resonances, sierra_nevada):
    ours, published = ours_and_published(resonances, sierra_nevada, 1)
    assert len(ours) == 36
    assert abs((ours[1] - published[1]).median()) <= 0.10
    assert ours[1].between(6.8, 8.4).all()


@pytest.mark.parametrize(("channel", "name"), list(enumerate(MEDIANS_PT)))
def test_medians_of_density_are_the_published_ones(archive, density, channel, name):
    for frequency_hz, expected_pt in MEDIANS_PT[name].items():
        near = np.abs(archive.frequency_hz - frequency_hz) <= 0.15
        assert np.nanmedian(density[channel][:, near]) == pytest.approx(expected_pt, rel=0.05)


def test_schumann_resonance_stands_out_in_both_coils(archive, density):
    for channel in density:
        profile = np.nanmedian(channel, axis=0)
        between = (archive.frequency_hz > 5) & (archive.frequency_hz < 10)
        smooth = ndimage.uniform_filter1d(ndimage.median_filter(profile, 15), 15)  # without the comb's teeth
        peak_hz = archive.frequency_hz[between][np.argmax(smooth[between])]
        assert 7.3 < peak_hz < 8.3


def test_comb_is_found_in_east_west_only(archive, density):
    ns, ew = (standing_lines(channel, archive.frequency_hz) for channel in residual_db(density, pieces=3))
    assert ns == []
    teeth = np.array(ew) / COMB_HZ
    np.testing.assert_allclose(teeth, np.rint(teeth), atol=0.02)
    assert len(ew) >= 6


def test_verdict_is_not_fringes(archive, worked):
    verdict = read_verdict(archive, NIGHT)
    assert verdict.name == "interference"
    assert "EW" in verdict.reason
    assert read_verdict(archive, dt.date(2015, 3, 1)).name == "no_data"
    table = pd.read_parquet(worked / "table.parquet")
    assert len(table) == 2 * 864
    assert table["delta_f_hz"].isna().all()


def test_effort_tells_which_hours_there_were(archive):
    (effort,) = archive.read_sealed(NIGHT, "spectra", "spectra/effort")
    hours = np.nan_to_num(effort).sum(axis=1) * 100 / 3600
    # from 00:49:34.66 UTC: NS up to the night's end at 12:00, EW for six files of 3599.77 s
    np.testing.assert_allclose(hours, [11.174, 5.9996], atol=0.003)


def test_picture_was_drawn(worked):
    assert (worked / "night.png").stat().st_size > 100_000


def test_fringes_put_into_the_real_noise_are_measured(archive: Archive, tmp_path: Path) -> None:
    """Through the whole chain from hour files on; the truth is what was put in."""
    finer, drawn = 16, draw_scenario("fringes", dt.date(2014, 9, 17), 20_000_000)
    counts = inject_fringes(archive.read(NIGHT, "counts/counts"), drawn.fringes, scale=finer)
    (tmp_path / "hours").mkdir()
    for channel, one in enumerate(counts):
        for hour, samples in enumerate(one.reshape(24, -1)):
            if (samples != MISSING).any():
                start = night_start(NIGHT, 12) + np.timedelta64(hour, "h")
                (tmp_path / "hours" / bgs.file_name(channel, start)).write_bytes(bgs.encode(samples))
    fields = archive.station.model_dump(mode="json") | {"format": "bgs", "rate_hz": 100, "full_scale_counts": 2**31 - 2}
    fields["volts_per_count"] /= finer
    (tmp_path / "station.yaml").write_text(yaml.safe_dump(fields))
    night = ("--first-night", NIGHT, "--last-night", NIGHT)
    url = tmp_path / "archive"
    taken = ("--station", tmp_path / "station.yaml", "--settle-s", 0, "--workers", 1)
    run("ingest", tmp_path / "hours", "--archive", url, *taken)
    run("process", "--archive", url, *night, "--workers", 1)
    run("export", "--archive", url, *night, "--out", tmp_path / "table.parquet")
    table = pd.read_parquet(tmp_path / "table.parquet")
    f_n = fringe_frequencies(drawn, archive.frequency_hz)
    seen = np.isfinite(Archive(str(url)).read_sealed(NIGHT, "spectra", "spectra/density")[0]).all(axis=2).any(axis=0)
    truth_hz = np.where(seen & dark_slots(18, 6, 12), fringe_spacing(drawn, f_n), np.nan)
    error_hz = np.abs(table["delta_f_hz"].to_numpy() - truth_hz)
    assert set(table["verdict"]) == {"fringes"}
    assert np.isfinite(error_hz).sum() > 0.9 * np.isfinite(truth_hz).sum() > 100
    assert np.nanmedian(error_hz) < 0.01
    assert np.nanquantile(error_hz, 0.9) < 0.03
    assert "lines stand still in EW" in read_verdict(Archive(str(url)), NIGHT).reason
