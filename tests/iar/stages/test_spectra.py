"""Stage ``spectra``: from hour files to sealed spectra, whatever is wrong with the hours."""

import datetime as dt

import numpy as np
import pytest

from iar.errors import InputError
from iar.night import HOUR_SAMPLES, MISSING, RATE_HZ, SLOT_SAMPLES
from iar.settings import Calibration, FlatResponse, Processing, SpectraSettings, TableResponse
from iar.spectra.quality import QUALITY_FLAGS
from iar.stages.creation import create_archive
from iar.stages.night_view import NightView
from tests.iar.hours import NIGHT, STATION, ingest, put
from tests.nights import run_stage

DAY = dt.timedelta(days=1)
PUBLISHED = Processing()
CONTINUOUS = Processing(spectra=SpectraSettings(segments="continuous", segment_samples=4000))
"""A slot is five hops: segments lie alike wherever a night begins."""
SLOTS_AN_HOUR = 36


def noise(seed: int, samples: int = HOUR_SAMPLES) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 1000, samples).astype(np.int32)


def read(archive, name, night=NIGHT):
    return archive.read_sealed(night, "spectra", f"spectra/{name}")[0]


def flags(archive, channel):
    quality = read(archive, "quality")[channel]
    return {name: np.flatnonzero(quality & bit) for name, bit in QUALITY_FLAGS.items()}


def hours(folder, *wanted):
    """Hour files of noise: (channel, hour), hours counted from noon."""
    return [put(folder, hour, noise(100 * channel + hour), channel) for channel, hour in wanted]


class TestWhatIsWrongWithTheHours:
    """Right effort, right flags, no NaN where there is data."""

    def process(self, archive, files):
        ingest(archive, *files)
        assert run_stage("spectra", archive, NIGHT, PUBLISHED)
        return read(archive, "density")

    def test_channel_that_is_missing(self, archive, folder):
        density = self.process(archive, hours(folder, (1, 8), (1, 9)))
        there = np.zeros((2, 864), dtype=bool)
        there[1, 8 * SLOTS_AN_HOUR : 10 * SLOTS_AN_HOUR] = True
        np.testing.assert_array_equal(np.isfinite(density), np.broadcast_to(there[..., None], density.shape))
        np.testing.assert_array_equal(read(archive, "effort"), there)
        assert np.isnan(read(archive, "cross_real")).all()
        assert np.isnan(read(archive, "cross_imag")).all()

    def test_hour_that_is_missing(self, archive, folder):
        density = self.process(archive, hours(folder, *((c, h) for c in (0, 1) for h in (8, 10))))
        there = np.zeros(864, dtype=bool)
        there[8 * SLOTS_AN_HOUR : 9 * SLOTS_AN_HOUR] = there[10 * SLOTS_AN_HOUR : 11 * SLOTS_AN_HOUR] = True
        for channel in (0, 1):
            np.testing.assert_array_equal(np.isfinite(density[channel]).all(axis=1), there)
            np.testing.assert_array_equal(read(archive, "effort")[channel], there)
            np.testing.assert_array_equal(flags(archive, channel)["incomplete"], np.flatnonzero(~there))
        np.testing.assert_array_equal(np.isfinite(read(archive, "cross_real")).all(axis=1), there)

    def test_hour_that_is_clipped(self, archive, folder):
        files = hours(folder, *((c, h) for c in (0, 1) for h in (8, 9, 10)))
        loud = noise(9)
        loud[1000:300_000] = np.clip(100_000 * loud[1000:300_000], -(2**23 - 1), 2**23 - 1)
        files.append(put(folder, 9, loud, channel=0))
        density = self.process(archive, files)
        clipped = flags(archive, 0)["clipped"]
        np.testing.assert_array_equal(clipped, 9 * SLOTS_AN_HOUR + np.arange(30))  # up to sample 300,000
        assert flags(archive, 1)["clipped"].size == 0
        span = slice(8 * SLOTS_AN_HOUR, 11 * SLOTS_AN_HOUR)
        assert np.isfinite(density[:, span]).all()
        np.testing.assert_array_equal(read(archive, "effort")[:, span], 1)

    def test_hour_that_is_stuck(self, archive, folder):
        density = self.process(archive, [put(folder, 8, np.full(HOUR_SAMPLES, 4711, dtype=np.int32))])
        np.testing.assert_array_equal(flags(archive, 0)["constant"], 8 * SLOTS_AN_HOUR + np.arange(SLOTS_AN_HOUR))
        stuck = density[0, 8 * SLOTS_AN_HOUR : 9 * SLOTS_AN_HOUR]
        assert stuck.max() < 1e-6  # a density of nothing: data, though nobody's field

    @pytest.mark.parametrize("at_s", [0, 40, 61])
    def test_gap_of_37_s_changes_only_its_own_slot(self, tmp_path, folder, at_s):
        values = noise(8)
        densities = []
        for holed in (False, True):
            if holed:
                first = 10 * SLOT_SAMPLES + at_s * RATE_HZ
                values[first : first + 3700] = MISSING
            archive = create_archive(str(tmp_path / str(holed)), STATION)
            densities.append(self.process(archive, [put(folder, 8, values)])[0, 8 * SLOTS_AN_HOUR : 9 * SLOTS_AN_HOUR])
        other = np.arange(SLOTS_AN_HOUR) != 10
        np.testing.assert_allclose(densities[1][other], densities[0][other], rtol=2e-3)  # of it 1e-3 are the rounding
        # 0: two segments are left, the second and the third; 40: none; 61: the first alone
        assert np.isnan(densities[1][10]).all() == (at_s == 40)
        assert not np.allclose(densities[1][10], densities[0][10], rtol=0.05)
        effort = read(archive, "effort")[0, 8 * SLOTS_AN_HOUR + 10]
        assert effort == pytest.approx(0.63)

    def test_half_of_the_field_is_told_by_both_channels_together(self, archive, folder):
        """Circular polarisation: EW a quarter of a turn behind NS."""
        time_s = np.arange(HOUR_SAMPLES) / RATE_HZ
        phase = 2 * np.pi * 3.0 * time_s
        files = [
            put(folder, 8, np.rint(1e4 * values).astype(np.int32) + noise(1) // 100, channel)
            for channel, values in enumerate((np.cos(phase), np.sin(phase)))
        ]
        density = self.process(archive, files)
        slot, column = 8 * SLOTS_AN_HOUR + 5, np.abs(archive.frequency_hz - 3.0).argmin()
        power = np.prod(density[:, slot, column].astype(np.float64))
        assert read(archive, "cross_imag")[slot, column] / power == pytest.approx(1, abs=0.01)
        assert read(archive, "cross_real")[slot, column] / power == pytest.approx(0, abs=0.01)


class TestNeighbours:
    """Nothing is lost at the borders of a night where the neighbouring hour exists."""

    @pytest.fixture
    def border(self, folder):
        """Hours around noon, where a night begins: two before, two after."""
        return {hour: put(folder, hour, noise(hour + 50)) for hour in (-2, -1, 0, 1)}

    @pytest.mark.parametrize("processing", [PUBLISHED, CONTINUOUS], ids=["within", "continuous"])
    def test_first_and_last_slot_are_those_of_a_night_with_no_border_there(self, tmp_path, border, processing):
        archive, midnight = (
            create_archive(
                str(tmp_path / str(hour)), STATION.model_copy(update={"boundary_hour": hour}), processing.spectra
            )
            for hour in (12, 0)
        )
        for store in (archive, midnight):
            ingest(store, *border.values())
        for store, night in ((archive, NIGHT - DAY), (archive, NIGHT), (midnight, NIGHT)):
            run_stage("spectra", store, night, processing)
        inside, noon = read(midnight, "density")[0], 12 * SLOTS_AN_HOUR
        np.testing.assert_allclose(read(archive, "density")[0, 0], inside[noon], rtol=2e-3)
        np.testing.assert_allclose(read(archive, "density", NIGHT - DAY)[0, -1], inside[noon - 1], rtol=2e-3)

    def test_late_hour_of_the_night_before_redoes_the_spectra_once(self, archive, border):
        ingest(archive, border[0])
        assert run_stage("spectra", archive, NIGHT, PUBLISHED)
        alone = read(archive, "density")[0]
        ingest(archive, border[-2])  # does not reach into its last slot
        assert not run_stage("spectra", archive, NIGHT, PUBLISHED)
        ingest(archive, border[-1])
        assert run_stage("spectra", archive, NIGHT, PUBLISHED)
        changed = np.flatnonzero(np.any(read(archive, "density")[0] != alone, axis=1) & np.isfinite(alone[:, 0]))
        assert changed.max() == 0
        assert not run_stage("spectra", archive, NIGHT, PUBLISHED)

    def test_hour_of_the_night_after_fills_the_last_continuous_segment(self, tmp_path, border):
        archive = create_archive(str(tmp_path / "coarse"), STATION, CONTINUOUS.spectra)
        ingest(archive, border[-1])
        before = NIGHT - DAY
        assert run_stage("spectra", archive, before, CONTINUOUS)
        alone = read(archive, "density", before)[0]
        ingest(archive, border[0])
        assert run_stage("spectra", archive, before, CONTINUOUS)
        changed = np.flatnonzero(
            np.any(read(archive, "density", before)[0] != alone, axis=1) & np.isfinite(alone[:, 0])
        )
        np.testing.assert_array_equal(changed, [863])
        ingest(archive, border[1])
        assert not run_stage("spectra", archive, before, CONTINUOUS)

    def test_file_that_adds_no_sample_to_the_night_before_redoes_nothing(self, archive, border, folder):
        ingest(archive, *border.values())
        assert run_stage("spectra", archive, NIGHT, PUBLISHED)
        changed = noise(49)
        changed[-1] += 1
        ingest(archive, put(folder, -1, changed))  # a conflict: what was sealed first stays
        assert not run_stage("spectra", archive, NIGHT, PUBLISHED)

    def test_without_a_filter_segments_within_slots_need_no_neighbour(self, archive, border):
        plain = Processing(spectra=SpectraSettings(filter_poles=0))
        ingest(archive, border[0])
        assert run_stage("spectra", archive, NIGHT, plain)
        ingest(archive, border[-1])
        assert not run_stage("spectra", archive, NIGHT, plain)

    def test_hour_of_the_night_after_means_nothing_to_segments_within_slots(self, archive, border):
        ingest(archive, border[-1])
        assert run_stage("spectra", archive, NIGHT - DAY, PUBLISHED)
        ingest(archive, border[0])
        assert not run_stage("spectra", archive, NIGHT - DAY, PUBLISHED)


class TestSettings:
    def test_calibration_of_a_known_slope_is_undone(self, tmp_path, folder):
        """A coil that is twice as sensitive at twice the frequency, in front of the same digitiser."""
        files = [put(folder, 8, noise(8))]
        slots, densities = slice(8 * SLOTS_AN_HOUR, 9 * SLOTS_AN_HOUR), []
        table = TableResponse(frequency_hz=(0.1, 50), volts_per_nt=(0.005, 2.5), phase_deg=(90, 90))
        for response in (FlatResponse(volts_per_nt=0.05), table):
            station = STATION.model_copy(update={"response": response})
            archive = create_archive(str(tmp_path / response.kind), station)
            ingest(archive, *files)
            run_stage("spectra", archive, NIGHT, PUBLISHED)
            densities.append(read(archive, "density")[0, slots])
        ratio = densities[1] / densities[0] * archive.frequency_hz
        np.testing.assert_allclose(ratio, 1, rtol=2e-3)  # volts per nT are 0.05 f; the rounding is 1e-3

    def test_a_changed_coil_is_an_epoch_and_each_seal_says_what_was_used(self, tmp_path, folder):
        """NS is ten times as sensitive from the second night on; EW stays, and so does what is sealed of the first."""
        new = Calibration(channel="NS", from_night=NIGHT, response=FlatResponse(volts_per_nt=0.5))
        archive = create_archive(str(tmp_path / "epochs"), STATION.model_copy(update={"calibrations": (new,)}))
        hours = [put(folder, hour, noise(3), channel) for hour in (8, 8 - 24) for channel in (0, 1)]
        ingest(archive, *hours)
        found, notes = [], []
        for night in (NIGHT - DAY, NIGHT):
            run_stage("spectra", archive, night, PUBLISHED)
            found.append(archive.read_sealed(night, "spectra", "spectra/density")[0])
            notes.append(archive.manifest(night).stages["spectra"].note["calibration"])
        there = np.isfinite(found[0]) & np.isfinite(found[1])
        assert there.any()
        ratio = (found[0] / found[1])[:, there[0].all(axis=-1) & there[1].all(axis=-1)]
        np.testing.assert_allclose(ratio[0], 10, rtol=3e-3)
        np.testing.assert_allclose(ratio[1], 1, rtol=1e-6)
        flat = {"volts_per_count": 1e-6, "response": "flat", "volts_per_nt_at_1_hz": 0.05}
        assert notes[0]["NS"] == notes[0]["EW"] == notes[1]["EW"]
        assert notes[0]["NS"].items() >= flat.items()
        assert notes[1]["NS"]["volts_per_nt_at_1_hz"] == 0.5
        assert notes[1]["NS"]["digest"] != notes[0]["NS"]["digest"]

    def test_spectra_up_to_49_hz_hold_a_sine_at_30(self, tmp_path, folder):
        processing = Processing(spectra=SpectraSettings(high_hz=49))
        archive = create_archive(str(tmp_path / "wide"), STATION, processing.spectra)
        time_s = np.arange(HOUR_SAMPLES) / RATE_HZ
        ingest(archive, put(folder, 8, np.rint(5e4 * np.sin(2 * np.pi * 30 * time_s)).astype(np.int32) + noise(1)))
        run_stage("spectra", archive, NIGHT, processing)
        assert len(archive.frequency_hz) == 1987  # k/40.96 from 0.5 to 49
        density = read(archive, "density")[0, 8 * SLOTS_AN_HOUR + 1].astype(np.float64)
        lobe = np.abs(archive.frequency_hz - 30) <= 4 / 40.96
        amplitude_pt = np.sqrt(2 * (density[lobe] ** 2).sum() / 40.96)
        assert amplitude_pt == pytest.approx(5e4 * 0.02, rel=5e-3)  # 1e-6 V a count, 0.05 V/nT

    def test_published_picture(self, archive, folder):
        ingest(archive, *(put(folder, hour, noise(hour)) for hour in (0, 23)))
        run_stage("spectra", archive, NIGHT, Processing(spectra=SpectraSettings(edge_slots=1)))
        there = np.isfinite(read(archive, "density")[0]).all(axis=1)
        np.testing.assert_array_equal(np.flatnonzero(~there[:SLOTS_AN_HOUR]), [0])
        np.testing.assert_array_equal(np.flatnonzero(~there[-SLOTS_AN_HOUR:]), [SLOTS_AN_HOUR - 1])

    def test_the_same_filter_said_otherwise_redoes_nothing(self, archive, folder):
        ingest(archive, put(folder, 8, noise(8)))
        assert run_stage("spectra", archive, NIGHT, PUBLISHED)
        assert not run_stage("spectra", archive, NIGHT, Processing(spectra=SpectraSettings(filter_high_hz=10.0)))
        assert run_stage("spectra", archive, NIGHT, Processing(spectra=SpectraSettings(filter_poles=4)))
        assert NightView(archive, NIGHT).settings("spectra", SpectraSettings).filter_poles == 4

    def test_another_band_than_the_archives_is_refused(self, archive, folder):
        ingest(archive, put(folder, 8, noise(8)))
        with pytest.raises(InputError, match=r"settings ask for 1987 frequencies from 0.513 to 48.999 Hz, the archive"):
            run_stage("spectra", archive, NIGHT, Processing(spectra=SpectraSettings(high_hz=49)))
