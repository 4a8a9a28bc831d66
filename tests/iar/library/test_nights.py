"""An archive that was opened shows the nights that are there, as they were sealed, and reads them when asked."""

import datetime as dt
import shutil

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import iar
from iar.archive.reader import Reader
from iar.errors import DamagedArchiveError, InputError, NightNotSealedError
from iar.night import SLOTS
from iar.results.export import night_tables
from iar.stages.pipeline import PIPELINE
from tests.nights import archive_with_spectra, copy_with_verdicts

NIGHTS = [dt.date(2014, 1, 10), dt.date(2014, 1, 12), dt.date(2014, 7, 1)]
JUDGED = NIGHTS[:2]


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """Archive of three nights with spectra, two of them with a verdict."""
    folder = tmp_path_factory.mktemp("opened")
    return copy_with_verdicts(archive_with_spectra(folder / "spectra", NIGHTS), folder / "archive", JUDGED)


@pytest.fixture(scope="module")
def nights(url):
    return iar.open(url)


@pytest.fixture(scope="module")
def reader(url):
    return Reader(str(url))


class TestOverNights:
    def test_only_nights_that_are_there(self, nights):
        assert len(nights) == 3
        assert nights.nights.index.date.tolist() == NIGHTS
        assert nights.nights["verdict"].tolist()[:2] == ["fringes", "fringes"]
        assert nights.nights["verdict"].isna().tolist() == [False, False, True]
        assert nights.nights["effort_NS"].tolist() == [1, 1, 1]
        assert "dark slots have a spacing" in nights.nights["reason"].iloc[0]
        assert nights.density.sizes == {"night": 3, "channel": 2, "slot": SLOTS, "frequency": 410}
        assert nights.probability.night.values.astype("datetime64[D]").tolist() == JUDGED
        assert nights.spacing.sizes["night"] == 2

    def test_values_are_those_that_were_sealed(self, nights, reader):
        for place, night in enumerate(NIGHTS):
            (sealed,) = reader.read_sealed(night, "spectra", "spectra/density")
            np.testing.assert_array_equal(nights.density[place], sealed)
        (packed,) = reader.read_sealed(JUDGED[1], "probability", "detection/probability")
        probability = nights.probability.sel(night="2014-01-12")
        np.testing.assert_allclose(probability, packed / 250, atol=1e-7)
        (spacing,) = reader.read_sealed(JUDGED[1], "fringes", "fringes/delta_f_hz")
        np.testing.assert_array_equal(nights.spacing.delta_f_hz.sel(night="2014-01-12"), spacing)

    def test_what_has_no_data_is_nan_where_numbers_are_packed(self, nights, reader):
        (density,) = reader.read_sealed(JUDGED[0], "spectra", "spectra/density")
        empty = np.isnan(density).all(axis=(0, 2))
        np.testing.assert_array_equal(nights.probability[0].isnull().all("frequency"), empty)

    def test_units_and_coordinates_are_there(self, nights):
        assert nights.density.attrs["units"] == "pT/sqrt(Hz)"
        assert nights.density.frequency.attrs["units"] == "Hz"
        assert nights.density.slot.attrs["units"] == "s"
        assert nights.spacing.delta_f_hz.attrs["units"] == "Hz"
        assert nights.density.channel.values.tolist() == ["NS", "EW"]
        assert set(nights.density.indexes) == {"night", "channel", "slot", "frequency"}

    def test_every_stage_of_the_pipeline_can_be_asked_for(self, nights):
        for stage in PIPELINE:
            assert set(nights.stage(stage.name).data_vars) == {path.rpartition("/")[2] for path in stage.layout.arrays}

    @pytest.mark.parametrize(
        "key",
        [
            (0,),
            (slice(None), 1),
            ([2, 0], slice(None), slice(10, 500, 7)),
            (slice(1, 1),),
            (slice(None), [1], 5, [400, 3]),
            (-1, slice(None), slice(None), slice(3, None, -1)),
        ],
    )
    def test_any_part_is_that_part_of_the_whole(self, nights, key):
        dims = nights.density.dims
        chosen = dict(zip(dims, key, strict=False))
        xr.testing.assert_identical(nights.density.isel(chosen).load(), nights.density.load().isel(chosen))

    def test_nothing_is_read_before_it_is_asked_for(self, url, monkeypatch):
        read = []
        whole = Reader.read
        monkeypatch.setattr(
            Reader, "read", lambda self, night, path, **k: read.append(night) or whole(self, night, path, **k)
        )
        nights = iar.open(url)
        median = nights.density.sel(frequency=slice(1, 2)).isel(night=[0, 2]).median(["slot", "frequency"])
        repr(nights), repr(nights.density), nights.night("2014-01-10")
        assert set(read) == {NIGHTS[0], NIGHTS[2]}
        assert len(read) == 2
        assert np.isfinite(median).all()


class TestOneNight:
    def test_holds_all_that_is_sealed_along_time(self, nights, reader):
        night = nights.night("2014-01-10")
        assert night.time.values[0] == np.datetime64("2014-01-10T12:00")
        assert night.time.values[-1] == np.datetime64("2014-01-11T11:58:20")
        assert int(night.dark.sum()) == 432
        assert (night.attrs["verdict"], night.attrs["station"]) == ("fringes", "eskdalemuir")
        (spacing,) = reader.read_sealed(NIGHTS[0], "fringes", "fringes/delta_f_hz")
        np.testing.assert_array_equal(night.delta_f_hz, spacing)
        assert night.delta_f_hz.dims == ("time",)
        xr.testing.assert_identical(night, nights.night(NIGHTS[0]))

    def test_a_night_without_verdict_has_what_it_has(self, nights):
        night = nights.night("2014-07-01")
        assert "density" in night
        assert "delta_f_hz" not in night
        assert "verdict" not in night.attrs

    def test_is_understood_by_the_other_functions(self, nights):
        night = nights.night("2014-01-10")
        found = iar.spacing(night)
        np.testing.assert_array_equal(found.delta_f_hz, night.delta_f_hz)
        assert found.attrs["verdict"] == night.attrs["verdict"]
        np.testing.assert_array_equal(iar.probability(night), night.probability)

    def test_that_is_not_there_is_named_with_those_that_are(self, nights):
        with pytest.raises(
            NightNotSealedError, match=r"night 2014-01-11 is not in .*: it holds 3 night\(s\) from 2014-01-10"
        ):
            nights.night("2014-01-11")
        with pytest.raises(InputError, match="night '10 Jan' is no date"):
            nights.night("10 Jan")


class TestTable:
    def test_is_that_of_an_export(self, nights, reader):
        table = nights.table()
        assert len(table) == 2 * SLOTS
        expected = pd.concat([t for n in JUDGED for t in night_tables(reader, n)], ignore_index=True)
        pd.testing.assert_frame_equal(table, expected)
        pd.testing.assert_frame_equal(nights.table(last="2014-01-10"), expected[:SLOTS])

    def test_more_columns_and_the_published_detector_may_be_asked_for(self, nights):
        more = nights.table("2014-01-12", all_columns=True, source="classical")
        assert set(more["source"]) == {"classical"}
        assert "matched_score" in more

    def test_of_no_night_or_nobody_is_an_error(self, nights):
        with pytest.raises(InputError, match="no night from 2014-03-01 to 9999-12-31 has a verdict in"):
            nights.table("2014-03-01")
        with pytest.raises(InputError, match="source 'me' is none of network, classical"):
            nights.table(source="me")


def test_no_archive_is_an_error(tmp_path):
    with pytest.raises(InputError, match="no archive at"):
        iar.open(tmp_path)


def test_a_stage_that_there_is_not_is_an_error(nights):
    with pytest.raises(
        InputError,
        match="stage 'rays' is none of counts, spectra, classical, probability, fringes, polarisation, harmonics, pc1",
    ):
        nights.stage("rays")


def test_a_chunk_that_is_missing_is_an_error_and_not_nan(url, tmp_path):
    shutil.copytree(url, tmp_path / "copy")
    place = (JUDGED[0] - Reader(str(url)).station.first_night).days
    chunk = next((tmp_path / "copy" / "fringes" / "delta_f_hz" / "c" / str(place)).iterdir())
    chunk.unlink()
    spacing = iar.open(tmp_path / "copy").spacing.delta_f_hz
    assert np.isfinite(spacing[1]).any()
    with pytest.raises(DamagedArchiveError, match="holds 0 of the 1 chunks that were sealed"):
        spacing[0].load()


def test_what_was_opened_can_be_written_as_netcdf_and_is_the_same(nights, tmp_path):
    part = xr.Dataset({"probability": nights.probability, "spacing": nights.spacing.delta_f_hz})
    part.to_netcdf(tmp_path / "part.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "part.nc", engine="h5netcdf") as back:
        np.testing.assert_allclose(back.probability, nights.probability, atol=1e-6)
        np.testing.assert_array_equal(back.spacing, nights.spacing.delta_f_hz)
