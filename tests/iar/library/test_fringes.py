"""An array on anybody's grid has the fringes that an archive finds in the same field."""

import datetime as dt

import h5py
import numpy as np
import pytest
import xarray as xr
from scipy import ndimage, signal

import iar
from iar.archive.store import Archive
from iar.detection.inference import unpack_probability
from iar.errors import InputError
from iar.night import SLOTS
from iar.stages.fringes import read_verdict

NIGHT = dt.date(2014, 1, 10)
DARK = slice(216, 648)
PT_PER_COUNT = 0.02


@pytest.fixture(scope="module")
def archive(processed):
    return Archive(str(processed))


@pytest.fixture(scope="module")
def density(archive):
    """The night's density with its labels, and the dark part."""
    (values,) = archive.read_sealed(NIGHT, "spectra", "spectra/density")
    start = np.datetime64(f"{NIGHT}T12:00", "ns") + np.arange(SLOTS) * np.timedelta64(100, "s")
    dark = (np.arange(SLOTS) >= DARK.start) & (np.arange(SLOTS) < DARK.stop)
    coordinates = {"channel": list(archive.channels), "time": start, "frequency": archive.frequency_hz}
    picture = xr.DataArray(values, coordinates, ("channel", "time", "frequency"), attrs={"units": "pT/sqrt(Hz)"})
    return picture.assign_coords(dark=("time", dark))


@pytest.fixture(scope="module")
def true_hz(hours):
    with xr.open_dataset(hours / "truth.nc") as truth:
        return truth["delta_f_hz"].values[0]


@pytest.fixture(scope="module")
def samples(archive):
    return archive.read(NIGHT, "counts/counts") * np.float32(PT_PER_COUNT)


def welch_density(samples, row_s, segment):
    """Density on a grid of SciPy's own: rows of so many seconds, frequencies 100 / segment apart."""
    rows = samples.shape[-1] // (row_s * 100)
    cut = samples[..., : rows * row_s * 100].reshape(*samples.shape[:-1], rows, row_s * 100)
    hz, power = signal.welch(cut, 100, nperseg=segment, axis=-1)
    band = (hz > 0.3) & (hz < 12)
    return np.sqrt(power[..., band]), hz[band]


class TestSameAsTheArchive:
    def test_probability(self, archive, density):
        (packed,) = archive.read_sealed(NIGHT, "probability", "detection/probability")
        found = iar.probability(density)
        np.testing.assert_array_equal(found, unpack_probability(packed))
        assert found.name == "probability"
        assert found.attrs["grid"].startswith("as given: 864 rows of 100 s, 410 frequencies from 0.513 to 10.498 Hz")
        np.testing.assert_array_equal(found.time, density.time)

    def test_spacing_verdict_and_the_other_estimators(self, archive, density):
        found = iar.spacing(density)
        for name, values in found.data_vars.items():
            (sealed,) = archive.read_sealed(NIGHT, "fringes", f"fringes/{name}")
            np.testing.assert_array_equal(values, sealed, err_msg=name)
        verdict = read_verdict(archive, NIGHT)
        assert (found.attrs["verdict"], found.attrs["reason"]) == (verdict.name, verdict.reason)

    def test_the_published_detector(self, archive, density):
        (marks,) = archive.read_sealed(NIGHT, "classical", "detection/classical")
        steps = iar.classical(density)
        np.testing.assert_array_equal(steps.lines, marks == 2)
        np.testing.assert_array_equal(steps.lines | steps.regions, marks > 0)
        assert steps.line_hz.attrs["units"] == "Hz"

    def test_a_probability_that_is_given_is_not_computed_again(self, density):
        probability = iar.probability(density)
        answer = iar.spacing(density, probability=probability)
        assert answer.attrs["threshold"] == probability.attrs["threshold"]
        for name, values in iar.spacing(density).data_vars.items():
            np.testing.assert_array_equal(answer[name], values)
        nothing = iar.spacing(density, probability=0 * probability)
        assert nothing.delta_f_hz.isnull().all()
        assert nothing.attrs["verdict"] == "no_fringes"


class TestOtherGrids:
    @pytest.mark.parametrize(("row_s", "segment"), [(300, 8192), (60, 2048), (600, 1024)])
    @pytest.mark.parametrize("coils", [1, 2])
    def test_the_spacing_of_a_fan_is_found(self, samples, true_hz, row_s, segment, coils):
        picture, hz = welch_density(samples[:coils], row_s, segment)
        found = iar.spacing(picture if coils > 1 else picture[0], hz, time=row_s)
        assert found.attrs["grid"].startswith("resampled to the network's own, 864 rows of 100 s")
        there = np.isfinite(true_hz[DARK])
        error = np.abs(found.delta_f_hz.values[DARK] - true_hz[DARK])[there]
        assert np.isfinite(error).mean() > 0.9
        assert np.nanmedian(error) < 0.05  # 0.04 Hz in bins of 0.1 Hz, where the bend's prior weighs more than pixels
        assert np.nanquantile(error, 0.9) < 0.09

    def test_frequencies_need_not_be_even_nor_the_rows_whole(self, samples, true_hz):
        picture, hz = welch_density(samples, 200, 16_384)
        wanted = np.geomspace(0.4, 11.5, 250)
        edges = np.searchsorted(hz, np.sqrt(wanted[1:] * wanted[:-1]))
        uneven = np.sqrt(np.add.reduceat(picture**2, edges, axis=-1)[..., :-1] / np.diff(edges))
        start = np.datetime64(f"{NIGHT}T12:00") + np.arange(432) * np.timedelta64(200, "s")
        kept = np.r_[0:200, 215:432]  # a hole of fifty minutes
        found = iar.spacing(uneven[:, kept], wanted[1:-1], time=start[kept])
        hole = (found.time >= start[200]) & (found.time < start[215])
        assert found.delta_f_hz[hole].isnull().all()
        error = np.abs(found.delta_f_hz.values - true_hz)[DARK]
        assert (
            np.nanmedian(error) < 0.025
        )  # 0.018 Hz, its standard error 0.014: three to five harmonics hardly show a bend
        assert np.isfinite(error).sum() > 0.8 * np.isfinite(true_hz[DARK]).sum()

    def test_a_probability_alone_on_another_grid_has_its_ridges_fitted(self, density, true_hz):
        probability = iar.probability(density)
        coarse = probability.coarsen(time=2, frequency=2).mean()
        found = iar.spacing(coarse.rename("probability"))
        assert set(found.data_vars) == {
            "delta_f_hz", "delta_f_sigma_hz", "phi", "harmonics", "confidence", "frequency_hz",
        }  # fmt: skip
        error = np.abs(found.delta_f_hz.values - true_hz)[DARK]
        assert np.nanmedian(error) < 0.02
        plain = iar.spacing(probability=coarse.values, frequency_hz=coarse.frequency.values, time=200)
        assert np.isfinite(plain.delta_f_hz).sum() > 100
        assert plain.time.attrs["units"] == "s"

    def test_a_factor_or_a_unit_changes_nothing(self, density):
        expected = iar.spacing(density).delta_f_hz.values
        plain = density.drop_attrs()
        for factor in (1e-12, 1e6):
            found = iar.spacing(plain * np.float32(factor)).delta_f_hz.values
            np.testing.assert_allclose(found, expected, rtol=3e-3)  # rounding moves which places a crest is fitted over

    def test_dimensions_may_come_in_any_order_and_the_frequencies_end_where_one_coil_has_no_more(self, density):
        cut = density.where(density.frequency < 7)
        expected = iar.probability(cut.sel(frequency=slice(0, 7)))
        found = iar.probability(cut.transpose("frequency", "channel", "time"))
        xr.testing.assert_equal(found, expected)
        assert "266 frequencies from 0.513 to 6.982 Hz" in found.attrs["grid"]

    def test_a_spacing_outside_the_search_range_is_not_found(self, density, true_hz):
        found = iar.spacing(density, search_hz=(1.5 * np.nanmax(true_hz), 3.0)).delta_f_hz
        assert not (np.abs(found / true_hz - 1) < 0.1).any()


class TestDayOfMikhnevo:
    """Real spectra on a grid that nobody here made: 12 min x 0.125 Hz, 5 to 40 Hz, one coil; see docs/library.md."""

    STEP_HZ = 0.1254480286738353

    @pytest.fixture
    def day(self, mikhnevo):
        with h5py.File(mikhnevo / "test.h5") as file:
            return file["fourier spectrum"][:]

    def test_a_crest_and_a_half_are_no_fringes(self, day):
        hz = 5 + self.STEP_HZ * np.arange(day.shape[1])
        found = iar.spacing(day, hz, time=720)
        assert found.attrs["verdict"] == "no_fringes"
        assert found.delta_f_hz.isnull().all()
        assert "228 frequencies from 4.956 to 10.498 Hz" in found.attrs["grid"]
        assert float(iar.probability(day, hz, time=720).max()) < 0.05
        figure = iar.plot_night(day, hz, time=720, spacing=found)
        (image,) = figure.axes[0].images
        assert image.get_extent() == pytest.approx((0, 24, 4.94, 40.06), abs=0.01)

    def test_by_eye_there_is_a_crest_that_rises_and_a_trough_above_it(self, day):
        hz = 5 + self.STEP_HZ * np.arange(day.shape[1])
        level = 20 * np.log10(day / np.median(day, axis=0))
        picture = ndimage.gaussian_filter(level, (2, 3))[:, :56]  # up to 12 Hz
        crest = [hz[np.argmax(row[:24])] for row in picture[[90, 106]]]  # 18 and 21 h, below 8 Hz
        trough = [hz[16 + np.argmin(row[16:40])] for row in picture[[86, 116]]]  # 17 and 23 h, from 7 to 10 Hz
        assert crest == pytest.approx([6.4, 6.9], abs=0.3)
        assert trough == pytest.approx([7.0, 8.9], abs=0.7)

    def test_schumann_resonances_at_scaled_frequencies_are_a_ladder_of_their_spacing(self, day):
        hz = 5 + self.STEP_HZ * np.arange(day.shape[1])
        found = iar.spacing(day, hz / 5, time=720)
        assert found.attrs["verdict"] == "fringes"
        by_eye_hz = (38.4 - 7.9) / 5 / 5  # sixth and first peak of the day's mean
        assert float(found.delta_f_hz.median()) == pytest.approx(by_eye_hz, rel=0.02)
        assert float(found.matched_delta_f_hz.median()) == pytest.approx(by_eye_hz, rel=0.02)


class TestWhatCannotBe:
    @pytest.mark.parametrize(
        ("arguments", "options", "words"),
        [
            ((), {}, "neither density nor probability is given"),
            ((np.ones((5, 20)),), {}, "density of 20 frequencies: expected frequency_hz"),
            ((np.ones((5, 20)), np.arange(19)), {}, r"frequency_hz has shape \(19,\), the density 20 columns"),
            ((np.ones((5, 3)), [1, 3, 2]), {}, "frequency_hz: value 2 is 2 after 3: expected to rise"),
            ((np.ones((5, 20)), np.arange(20) + 20), {}, "frequencies from 20.000 to 39.000 Hz hold 0 of those"),
            ((np.ones((3, 5, 20)), np.arange(20)), {}, r"density of shape \(3, 5, 20\): expected"),
            ((np.ones((5, 20)), np.arange(20)), {"time": [1, 2]}, r"time has shape \(2,\), the density 5 rows"),
            ((np.ones((5, 20)), np.arange(20)), {"time": 0}, "time is 0: expected the length of a row"),
            ((np.ones((5, 20)), np.arange(20)), {"search_hz": (1, 1)}, "search_hz is 1 to 1: expected two above 0"),
            ((np.ones((5, 20)), np.arange(20)), {"network": "/nowhere"}, "no bundle in /nowhere"),
            ((xr.Dataset({"x": 1}),), {}, "a Dataset of x: expected a variable density"),
            ((xr.DataArray(np.ones((5, 20)), dims=("time", "f")),), {}, "dimensions time, f: expected"),
        ],
    )
    def test_is_named_with_its_value_and_what_is_expected(self, arguments, options, words):
        with pytest.raises(InputError, match=words):
            iar.spacing(*arguments, **options)

    def test_a_unit_that_is_no_density_of_the_field(self, density):
        with pytest.raises(InputError, match=r"density in 'V': expected pT/sqrt\(Hz\)"):
            iar.probability(density.assign_attrs(units="V"))

    def test_a_probability_of_another_night_than_the_density(self, density):
        with pytest.raises(InputError, match=r"probability of shape \(400, 410\), density of \(864, 410\)"):
            iar.spacing(density, probability=iar.probability(density)[:400])
