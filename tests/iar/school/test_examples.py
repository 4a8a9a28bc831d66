import datetime as dt

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError
from scipy.ndimage import binary_dilation

from iar.archive.labels import Label, LabelBook, Region
from iar.archive.store import Archive
from iar.errors import InputError
from iar.labels.sample import make_sample
from iar.learning.examples import simulate_examples
from iar.learning.sources import ExampleSources
from iar.night import HARMONICS, SLOTS, dark_slots
from iar.school.examples import gather_examples, real_nights, stored_examples
from iar.school.lessons import track_mask
from iar.settings import Processing, SpectraSettings, Station
from iar.simulation.density import measured_density
from iar.simulation.scenario import draw_scenario
from iar.simulation.truth import fringe_frequencies, fringe_mask
from iar.stages.creation import create_archive
from tests.nights import run_stage, seal_density

NIGHTS = [dt.date(2014, 1, day) for day in (10, 11, 12)]
UNSEALED = dt.date(2014, 1, 20)
FREQUENCY_HZ = SpectraSettings().frequency_hz
DARK = dark_slots(18, 6, 12)
LAST_BIN = 237
"""Bins up to 6.3 Hz."""


def true_mask(night):
    return fringe_mask(fringe_frequencies(draw_scenario("fringes", night, 5), FREQUENCY_HZ), FREQUENCY_HZ)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """URL of an archive of three nights with fringes and their classical lines, and one of nothing but spectra."""
    url = str(tmp_path_factory.mktemp("examples") / "archive")
    archive = create_archive(url, Station(first_night=dt.date(2014, 1, 1), last_night=dt.date(2014, 1, 31)))
    for night in [*NIGHTS, UNSEALED]:
        scenario = draw_scenario("fringes", night, 5)
        density = measured_density(scenario, FREQUENCY_HZ, np.random.default_rng(night.toordinal()))
        archive.write(night, {"spectra/density": density})
        archive.seal(night, "spectra", "simulated")
    for night in NIGHTS:
        run_stage("classical", archive, night, Processing())
    return url


@pytest.fixture
def curated(tmp_path):
    """Function that writes a list with these nights called good, and one called bad."""

    def write(*nights):
        lines = [f"{night},good,GD,clear" for night in nights] + ["2014-01-25,bad,GD,storm"]
        (tmp_path / "list.csv").write_text("\n".join(["night,verdict,who,why", *lines]))
        return str(tmp_path / "list.csv")

    return write


@pytest.fixture
def drawn(tmp_path):
    """Function that draws a mask of shape (slot, frequency) as people do, over 18 to 06 h and up to 6.3 Hz."""

    def draw(night, mask, size=(1101, 701)):
        folder = tmp_path / "drawn"
        folder.mkdir(exist_ok=True)
        part = Image.fromarray(255 * mask[DARK, :LAST_BIN].astype(np.uint8)[::-1])
        part.resize(size, Image.Resampling.NEAREST).save(folder / f"{night}.png")
        return str(folder)

    return draw


def sources(archive, **fields):
    return ExampleSources(**({"archive": archive, "simulated": 0, "slots": 432} | fields))


def gather(given, **options):
    return gather_examples(given, step=16, **options)


def test_simulated_examples_are_those_of_the_simulation():
    found = gather(ExampleSources(simulated=3, slots=64, seed=4))
    expected = simulate_examples(3, seed=4, step=16, slots=64)
    for name in ("picture", "mask", "month", "scenario"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


def test_sources_are_mixed_as_one_asks(archive, curated, drawn):
    folder = drawn(NIGHTS[0], true_mask(NIGHTS[0]))
    many = {"curated_examples": 7, "drawn_examples": 2}
    given = sources(archive, simulated=2, curated=curated(*NIGHTS), drawn=folder, slots=64, **many)
    message = []
    found = gather(given, report=lambda done, of: message.append((done, of)))
    assert found.scenario[:9].tolist() == ["drawn"] * 2 + ["classical"] * 7
    assert found.month.tolist() == ["2014-01"] * 9 + ["2009-01", "2014-07"]
    assert found.picture.shape == (11, 64, 416, 3)
    assert message == [(done, 11) for done in range(1, 12)]
    assert len({picture.tobytes() for picture in found.picture}) == 11  # a night gives other stretches, not the same


def test_examples_of_a_curated_night_are_the_lines_of_the_dark(archive, curated):
    found = gather(sources(archive, curated=curated(NIGHTS[0])))
    mask = found.mask[0, :432, :410]
    (classical,) = Archive(archive).read_sealed(NIGHTS[0], "classical", "detection/classical")
    np.testing.assert_array_equal(mask, binary_dilation((classical == 2)[DARK], np.ones((1, 3))))
    assert (found.picture[0, :432, :410, 2].mean(axis=0) > 0).all()
    truth = true_mask(NIGHTS[0])[DARK]
    assert (mask & truth).mean() > 2 * mask.mean() * truth.mean()  # lines are on fringes, and not by chance


def test_beyond_the_dark_a_curated_night_has_no_data(archive, curated):
    found = gather(sources(archive, curated=curated(NIGHTS[0]), slots=864))
    present = found.picture[0, :864, :410, 2].astype(float)
    assert (present[~DARK] == 0).all()
    assert present[DARK].mean() > 0.9
    assert not found.mask[0, :864][~DARK].any()


@pytest.mark.parametrize("size", [(1101, 701), (701, 1101)])
def test_a_drawn_mask_lies_on_the_fringes_of_its_night(archive, drawn, size):
    truth = true_mask(NIGHTS[1])
    found = gather(sources(archive, drawn=drawn(NIGHTS[1], truth, size)))
    mask, truth = found.mask[0, :432, :LAST_BIN], truth[DARK, :LAST_BIN]
    near = binary_dilation(truth, np.ones((3, 3)))
    assert (mask & near).sum() > 0.98 * mask.sum()
    assert (truth & binary_dilation(mask, np.ones((3, 3)))).sum() > 0.98 * truth.sum()
    assert not found.picture[0, :, LAST_BIN + 6 :].any()  # of higher frequencies it says nothing


def test_a_drawing_that_lies_off_finds_its_fringes(archive, drawn):
    truth = true_mask(NIGHTS[1])
    off = np.zeros_like(truth)
    off[2:, 4:] = truth[:-2, :-4]
    mask = gather(sources(archive, drawn=drawn(NIGHTS[1], off))).mask[0, 2:432, :LAST_BIN]
    truth = truth[DARK][:, :LAST_BIN]
    right = max((mask[:, 1:-1] & truth[2:432, 1 + b : LAST_BIN - 1 + b]).sum() for b in (-1, 0, 1))
    assert right > 0.6 * truth.sum() > (off[DARK][:, :LAST_BIN] & truth).sum()


def test_drawn_lines_are_fringes_where_they_run(archive, tmp_path):
    folder = tmp_path / "drawn"
    folder.mkdir()
    (folder / "2014-01-10.csv").write_text(
        "time,line,frequency_hz\n2014-01-10T20:00:00,1,2.0\n2014-01-10T22:00:00,1,3.0\n"
    )
    found = gather(sources(archive, drawn=str(folder)))
    rows = np.flatnonzero(found.mask[0].any(axis=1))
    assert (rows[0], rows[-1]) == (72, 143)  # from two to four hours after 18:00
    middle = [FREQUENCY_HZ[np.flatnonzero(found.mask[0, row])].mean() for row in (72, 107, 143)]
    np.testing.assert_allclose(middle, [2.007, 2.493, 2.993], atol=0.013)
    assert found.picture[0, :432, 400, 2].mean() > 0.9  # who drew lines has looked at all frequencies


@pytest.mark.system
def test_examples_on_disk_are_those_of_memory_and_do_not_depend_on_the_workers(archive, curated, tmp_path):
    given = sources(archive, simulated=2, curated=curated(*NIGHTS[:2]), slots=48)
    held = gather(given)
    written = gather(given, folder=tmp_path / "examples", workers=2)
    again = stored_examples(tmp_path / "examples")
    assert isinstance(written.picture, np.memmap)
    for name in ("picture", "mask", "month", "scenario"):
        np.testing.assert_array_equal(getattr(written, name), getattr(held, name))
        np.testing.assert_array_equal(getattr(again, name), getattr(held, name))


@pytest.mark.parametrize(
    ("night", "message"),
    [
        (
            UNSEALED,
            "no example of night 2014-01-20: night 2014-01-20 has no sealed classical in .*: only spectra so far",
        ),
        ("2014-01-21", "night 2014-01-21 has no sealed spectra in .*: nothing of it is there"),
        ("2015-01-10", "night 2015-01-10 is outside the archive, which has places from"),
    ],
)
def test_nights_that_are_not_there_are_errors(archive, curated, night, message):
    with pytest.raises(InputError, match=message) as raised:
        gather(sources(archive, simulated=2, curated=curated(night)))
    assert "\n" not in str(raised.value)


def test_a_good_night_without_a_line_is_an_error(tmp_path, curated):
    quiet = create_archive(str(tmp_path / "archive"), Station(first_night=NIGHTS[0], last_night=NIGHTS[0]))
    quiet.write(NIGHTS[0], {"spectra/density": np.ones((2, 864, 410), np.float32)})
    quiet.seal(NIGHTS[0], "spectra", "made")
    run_stage("classical", quiet, NIGHTS[0], Processing())
    with pytest.raises(InputError, match="night 2014-01-10: the published detector has no line in it, though the list"):
        gather(sources(str(tmp_path / "archive"), curated=curated(NIGHTS[0])))


def test_fringes_where_there_are_no_samples_are_an_error(tmp_path, drawn):
    empty = create_archive(str(tmp_path / "archive"), Station(first_night=NIGHTS[0], last_night=NIGHTS[0]))
    empty.seal(NIGHTS[0], "spectra", "made")
    with pytest.raises(InputError, match="night 2014-01-10: no fringe lies where there are samples"):
        gather(sources(str(tmp_path / "archive"), drawn=drawn(NIGHTS[0], true_mask(NIGHTS[0]))))


def test_an_archive_of_other_frequencies_is_an_error(tmp_path, curated):
    station = Station(first_night=NIGHTS[0], last_night=NIGHTS[0])
    create_archive(str(tmp_path / "archive"), station, SpectraSettings(high_hz=8)).seal(NIGHTS[0], "spectra", "made")
    with pytest.raises(InputError, match=r"has 307 frequencies from 0.513 to 7.983 Hz, examples are made of 410"):
        gather(sources(str(tmp_path / "archive"), curated=curated(NIGHTS[0])))


def test_of_spectra_that_reach_farther_the_frequencies_below_are_learnt(tmp_path, archive, drawn):
    wide = create_archive(str(tmp_path / "wide"), Station(), SpectraSettings(high_hz=20))
    (narrow,) = Archive(archive).read_sealed(NIGHTS[0], "spectra", "spectra/density")
    above = np.ones((*narrow.shape[:2], len(wide.frequency_hz) - narrow.shape[2]), dtype=np.float32)
    seal_density(wide, NIGHTS[0], np.concatenate([narrow, above], axis=2), SpectraSettings(high_hz=20))
    folder = drawn(NIGHTS[0], true_mask(NIGHTS[0]))
    of_wide, of_narrow = (gather(sources(url, drawn=folder)) for url in (wide.url, archive))
    np.testing.assert_array_equal(of_wide.picture, of_narrow.picture)
    np.testing.assert_array_equal(of_wide.mask, of_narrow.mask)


def test_what_is_wrong_with_a_drawing_names_its_file(archive, drawn, tmp_path):
    folder = drawn(NIGHTS[0], np.zeros((864, 410), dtype=bool))
    with pytest.raises(InputError, match=r"night 2014-01-10: .*2014-01-10.png has no drawn pixel"):
        gather(sources(archive, drawn=folder))
    (tmp_path / "drawn" / "2014-01-10.png").unlink()
    (tmp_path / "drawn" / "2014-01-10.csv").write_text(
        "time,line,frequency_hz\n2014-01-10T20:00:00,1,2.0\n2014-01-10T22:00:00,1,30\n"
    )
    with pytest.raises(
        InputError, match=r"2014-01-10.csv: point at 2014-01-10T22:00:00.000, 30 Hz is outside the band"
    ):
        gather(sources(archive, drawn=folder))


def test_a_failure_leaves_no_examples_behind(archive, curated, tmp_path):
    with pytest.raises(InputError, match="no sealed"):
        gather(sources(archive, curated=curated(NIGHTS[0], UNSEALED)), folder=tmp_path / "examples")
    assert not (tmp_path / "examples").exists()


def test_real_nights_are_told_without_the_simulated_ones_each_once(tmp_path):
    (tmp_path / "good.csv").write_text("night,verdict,who,why\n2014-01-11,good,me,clear\n2014-01-10,good,me,clear\n")
    sources = ExampleSources(
        simulated=3, archive="anywhere", curated=str(tmp_path / "good.csv"), curated_examples=5, slots=32
    )
    assert real_nights(sources) == ("2014-01-10", "2014-01-11")
    assert real_nights(sources, {"2014-01"}) == ("2014-01-10", "2014-01-11")
    assert real_nights(sources, {"2014-02"}) == ()  # a fold that holds January out


def test_unlabelled_nights_are_those_of_the_range_that_no_list_names_and_show_the_dark(archive, curated):
    given = sources(
        archive, curated=curated(NIGHTS[1]), unlabelled_first=NIGHTS[0], unlabelled_last=dt.date(2014, 1, 31), slots=864
    )
    found = gather(given)
    assert found.scenario.tolist() == ["classical"] + ["unlabelled"] * 3
    assert real_nights(given) == tuple(map(str, sorted([*NIGHTS, UNSEALED])))
    assert not found.mask[1:].any()
    assert found.picture[1:, :864][:, DARK, :, 2].all(where=np.arange(found.picture.shape[2])[None, None, :] < 410)
    assert not found.picture[1:, :864][:, ~DARK, :, 2].any()


def test_a_range_without_a_night_is_reported(archive, curated):
    day = dt.date(2014, 1, 5)
    with pytest.raises(InputError, match="no night from 2014-01-05 to 2014-01-05 has sealed spectra"):
        gather(sources(archive, curated=curated(NIGHTS[1]), unlabelled_first=day, unlabelled_last=day))


@pytest.fixture(scope="module")
def taught(archive):
    """The archive where people judged its three nights, the last of which is the random sample."""
    store, book = Archive(archive), LabelBook(archive)
    tracks = np.full((SLOTS, HARMONICS), np.nan)
    tracks[400:500, 0] = np.linspace(2, 3, 100)
    for night in NIGHTS:
        store.write(night, {"fringes/frequency_hz": tracks})
        store.seal(night, "fringes", "f", {"name": "fringes", "reason": "so"})
    for night, verdict in zip(NIGHTS, ("fringes", "interference", "fringes"), strict=True):
        book.add(Label(
            night=night, who="ada", when=dt.datetime(2026, 12, 1, tzinfo=dt.UTC), verdict=verdict, mode="blind",
            queue="date", spectra="simulated", network="", software="0",
        ))  # fmt: skip
    book.keep_sample(make_sample({NIGHTS[2]: "fringes"}, dt.datetime(2026, 12, 1, tzinfo=dt.UTC)))
    return archive, fringe_mask(tracks, FREQUENCY_HZ)


def test_judged_nights_show_the_networks_lines_where_people_saw_fringes_and_elsewhere_nothing(taught):
    archive, tracks = taught
    found = gather(sources(archive, labels="latest", slots=864))
    assert found.scenario.tolist() == ["labelled", "labelled"]
    np.testing.assert_array_equal(found.mask[0, :864, :410], tracks)
    assert not found.mask[1].any()
    present = found.picture[:, :864, :410, 2].astype(bool).any(axis=2)
    assert set(np.flatnonzero(present[0])) == set(range(400, 500))  # of the other slots nobody said anything
    np.testing.assert_array_equal(present[1], DARK)


def test_deleted_lines_and_marked_regions_are_shown_without_fringes(taught):
    archive, tracks = taught
    begin = dt.datetime(2014, 1, 10, 12, tzinfo=dt.UTC)
    first, second = (begin + dt.timedelta(seconds=100 * slot) for slot in (450, 600))
    region = Region(begin=first, end=second, low_hz=0.5, high_hz=10)
    reader = Archive(archive)
    mask, looked_at = track_mask(reader, NIGHTS[0], FREQUENCY_HZ, regions=[region])
    np.testing.assert_array_equal(np.flatnonzero(mask.any(axis=1)), np.arange(400, 450))
    np.testing.assert_array_equal(mask[:450], tracks[:450])
    middle = len(FREQUENCY_HZ) // 2
    np.testing.assert_array_equal(np.flatnonzero(looked_at[:, middle]), np.arange(400, 600))
    mask, looked_at = track_mask(reader, NIGHTS[0], FREQUENCY_HZ, deleted=[1])
    assert not mask.any()
    np.testing.assert_array_equal(np.flatnonzero(looked_at.all(axis=1)), np.arange(400, 500))


def test_nothing_is_learnt_from_the_random_sample_whatever_source_names_it(taught, curated):
    archive, _ = taught
    named = {"curated": curated(*NIGHTS), "unlabelled_first": NIGHTS[2], "unlabelled_last": UNSEALED}
    given = sources(archive, labels="latest", laid_first=NIGHTS[0], laid_last=UNSEALED, **named)
    assert real_nights(given) == tuple(str(night) for night in (*NIGHTS[:2], UNSEALED))
    assert str(NIGHTS[2]) in real_nights(sources(archive, curated=named["curated"]))


def test_weights_of_labels_can_be_given_and_a_version_that_never_was_is_an_error(taught):
    archive, _ = taught
    assert len(gather(sources(archive, labels="latest", labels_examples=5, slots=32))) == 5
    with pytest.raises(InputError, match="labels 2-000000000000 are not in this archive"):
        gather(sources(archive, labels="2-000000000000"))
    with pytest.raises(ValidationError, match="labels"):
        sources(archive, labels="newest")


def test_over_nights_without_fringes_drawn_ones_are_laid(archive):
    given = sources(archive, laid_first=NIGHTS[0], laid_last=NIGHTS[-1], laid_examples=5, slots=64)
    one, other = gather(given), gather(given)
    assert one.scenario.tolist() == ["laid"] * 5
    assert one.month.tolist() == ["2014-01"] * 5
    assert len({picture.tobytes() for picture in one.picture}) == 5
    np.testing.assert_array_equal(one.picture, other.picture)


def test_nights_to_lay_fringes_over_need_both_ends_and_an_archive(archive):
    with pytest.raises(ValidationError, match="laid_first and laid_last: give both, or neither"):
        sources(archive, laid_first=NIGHTS[0])
    with pytest.raises(ValidationError, match="laid and unlabelled nights lie in an archive"):
        sources(None, laid_first=NIGHTS[0], laid_last=NIGHTS[-1])
