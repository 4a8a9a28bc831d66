import datetime as dt
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor

import fsspec
import numpy as np
import pytest
import xarray as xr
import zarr
from fsspec.implementations.memory import MemoryFileSystem

from iar.archive.store import Archive, archive_station, stage_entry
from iar.errors import DamagedArchiveError, InputError, NightNotSealedError
from iar.night import HOUR_SAMPLES, MISSING, NIGHT_SAMPLES
from iar.settings import Station
from iar.stages.creation import create_archive
from iar.stages.pipeline import layout_of

LAYOUT = layout_of()
FIRST, LAST = dt.date(2014, 1, 1), dt.date(2014, 1, 20)
NIGHT = dt.date(2014, 1, 10)
STATION = Station(first_night=FIRST, last_night=LAST)
SHAPES = {"channel": 2, "slot": 864, "frequency": 410, "harmonic": 12, "interval": 144, "mode": 4, "event": 64}


@pytest.fixture(params=["folder", "memory"])
def url(request, tmp_path):
    yield str(tmp_path / "archive") if request.param == "folder" else f"memory://{tmp_path.name}/archive"
    MemoryFileSystem.store.clear()
    MemoryFileSystem.pseudo_dirs[:] = [""]


@pytest.fixture
def archive(url):
    return create_archive(url, STATION)


@pytest.fixture
def folder_archive(tmp_path):
    return create_archive(str(tmp_path / "archive"), STATION)


def random_night(path: str, seed: int = 0) -> np.ndarray:
    spec = LAYOUT.arrays[path]
    shape = tuple(SHAPES[dim] for dim in spec.dims)
    return np.random.default_rng(seed).integers(0, 200, shape).astype(spec.dtype)


def noise_counts() -> np.ndarray:
    """One hour of noise, the rest missing."""
    counts = np.full((2, NIGHT_SAMPLES), MISSING, np.int32)
    counts[0, :HOUR_SAMPLES] = np.random.default_rng(1).integers(-1000, 1000, HOUR_SAMPLES)
    return counts


def test_a_new_archive_is_empty_and_knows_its_station(archive):
    assert archive.station == STATION
    assert archive.nights() == []
    assert archive.channels == ("NS", "EW")
    assert archive.frequency_hz.shape == (410,)
    assert not archive.manifest(NIGHT).stages


@pytest.mark.parametrize("path", [path for path in LAYOUT.arrays if path not in {"counts/counts", "fringes/verdict"}])
def test_a_night_is_read_as_it_was_written_and_its_neighbours_stay_empty(path, tmp_path):
    archive = create_archive(f"memory://{tmp_path.name}", STATION)
    before = archive.read(NIGHT + dt.timedelta(days=1), path)
    values = random_night(path)
    archive.write(NIGHT, {path: values})
    np.testing.assert_array_equal(archive.read(NIGHT, path), values)
    np.testing.assert_array_equal(archive.read(NIGHT + dt.timedelta(days=1), path), before)
    np.testing.assert_array_equal(archive.read(NIGHT - dt.timedelta(days=1), path), before)


def test_a_night_is_put_into_a_part_of_a_larger_array_and_nothing_beside_it(archive):
    density = random_night("spectra/density")
    archive.write(NIGHT, {"spectra/density": density})
    larger = np.full((2, 900, 410), -1, np.float32)
    archive.read_into(larger[:, 20:884], NIGHT, "spectra/density")
    np.testing.assert_array_equal(larger[:, 20:884], density)
    assert (larger[:, :20] == -1).all()
    assert (larger[:, 884:] == -1).all()
    archive.read_into(larger[:, 20:884], FIRST, "spectra/density")  # nothing is there
    assert np.isnan(larger[:, 20:884]).all()


def test_what_cannot_be_read_into_an_array_is_damage(folder_archive, tmp_path):
    folder_archive.write(NIGHT, {"fringes/phi": random_night("fringes/phi")})
    (tmp_path / "archive/fringes/phi/c" / str(folder_archive.index(NIGHT)) / "0").write_bytes(b"rotten")
    with pytest.raises(DamagedArchiveError, match=f"fringes/phi of night {NIGHT}"):
        folder_archive.read_into(np.empty(864, np.float32), NIGHT, "fringes/phi")


def test_counts_are_kept_to_the_last_sample_and_read_by_parts(folder_archive):
    counts = np.arange(2 * 8_640_000, dtype=np.int32).reshape(2, -1)
    folder_archive.write(LAST, {"counts/counts": counts})
    np.testing.assert_array_equal(folder_archive.read(LAST, "counts/counts"), counts)
    part = folder_archive.read(LAST, "counts/counts", part=slice(8_000_000, None))
    np.testing.assert_array_equal(part, counts[:, 8_000_000:])


def test_an_archive_of_any_url_opens_in_xarray(archive, url):
    density, effort = random_night("spectra/density"), random_night("spectra/effort")
    archive.write(NIGHT, {"spectra/density": density, "spectra/effort": effort})
    with xr.open_zarr(url, group="spectra", consolidated=False) as dataset:
        one = dataset.sel(night="2014-01-10T12:00")
        assert dataset.density.dims == ("night", "channel", "slot", "frequency")
        assert dataset.density.dtype == np.float32
        np.testing.assert_array_equal(one.density, density)
        np.testing.assert_array_equal(one.sel(channel="EW").effort, effort[1])


def test_packed_probability_is_unpacked_by_its_attributes(folder_archive):
    packed = np.full((864, 410), 125, np.uint8)
    packed[0, 0] = 255
    folder_archive.write(NIGHT, {"detection/probability": packed})
    with xr.open_zarr(folder_archive.url, group="detection", consolidated=False) as dataset:
        probability = dataset.probability.sel(night="2014-01-10T12:00").to_numpy()
    assert np.isnan(probability[0, 0])
    assert probability[1, 1] == pytest.approx(0.5)


def test_a_verdict_is_one_number_a_night(folder_archive):
    folder_archive.write(NIGHT, {"fringes/verdict": np.uint8(2)})
    with xr.open_zarr(folder_archive.url, group="fringes", consolidated=False) as dataset:
        assert dataset.verdict.dropna("night").night.values.tolist() == [np.datetime64("2014-01-10T12", "ns").tolist()]
        assert dataset.verdict.sel(night="2014-01-10T12:00") == 2


def test_what_a_killed_writer_left_of_a_chunk_goes_with_the_next_write_of_that_night(folder_archive, tmp_path):
    folder_archive.write(NIGHT, {"fringes/phi": random_night("fringes/phi")})
    chunks = tmp_path / "archive/fringes/phi/c"
    for place in ("9", "10"):
        (chunks / place).mkdir(exist_ok=True)
        (chunks / place / f"0.{'1f' * 16}.partial").write_bytes(b"half a chunk")
    folder_archive.write(NIGHT, {"fringes/phi": random_night("fringes/phi")})
    assert [path.relative_to(chunks).parts[0] for path in chunks.rglob("*.partial")] == ["10"]


def test_a_pickled_archive_is_its_url(archive):
    assert len(pickle.dumps(archive)) < 300
    archive.write(NIGHT, {"fringes/phi": random_night("fringes/phi")})
    copy = pickle.loads(pickle.dumps(archive))  # noqa: S301 - our own bytes
    np.testing.assert_array_equal(copy.read(NIGHT, "fringes/phi"), archive.read(NIGHT, "fringes/phi"))
    assert copy.station == archive.station


def test_an_archive_that_a_process_cannot_see_fails_there_at_its_first_use(folder_archive, tmp_path):
    copy = pickle.loads(pickle.dumps(folder_archive))  # noqa: S301 - our own bytes
    (tmp_path / "archive").rename(tmp_path / "away")
    unpickled = pickle.loads(pickle.dumps(copy))  # noqa: S301 - our own bytes
    with pytest.raises(InputError, match="no archive at"):
        unpickled.read(NIGHT, "fringes/phi")


def test_every_archive_but_one_in_memory_is_seen_by_other_processes(archive, url):
    assert archive.shareable == (not url.startswith("memory://"))


def test_processes_that_write_different_nights_at_once_lose_none(folder_archive):
    nights = [FIRST + dt.timedelta(days=i) for i in range(20)]
    values = [{"fringes/phi": random_night("fringes/phi", seed)} for seed in range(20)]
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        list(pool.map(folder_archive.write, nights, values))
    for night, written in zip(nights, values, strict=True):
        np.testing.assert_array_equal(folder_archive.read(night, "fringes/phi"), written["fringes/phi"])


@pytest.mark.parametrize("content", [None, "", '{"zarr', "{}", '"text"'])
def test_metadata_of_an_array_that_are_gone_or_make_no_sense_are_damage_at_a_named_place(
    content, folder_archive, tmp_path
):
    place = tmp_path / "archive/counts/counts/zarr.json"
    place.unlink() if content is None else place.write_text(content)
    with pytest.raises(DamagedArchiveError, match=r"archive/counts/counts/zarr.json is damaged"):
        folder_archive.read(NIGHT, "counts/counts")


@pytest.mark.parametrize("content", ["", '{"zarr', '"text"'])
def test_metadata_of_the_whole_that_make_no_sense_are_damage_at_a_named_place(content, url):
    fs, root = fsspec.url_to_fs(url)
    fs.makedirs(root)
    fs.pipe_file(f"{root}/zarr.json", content.encode())
    for use in (Archive, archive_station, lambda url: create_archive(url, STATION)):
        with pytest.raises(DamagedArchiveError, match=r"archive/zarr.json is damaged"):
            use(url)


@pytest.mark.parametrize("size", [0, 3, 1000])
def test_a_chunk_that_was_cut_is_damage(size, folder_archive, tmp_path):
    folder_archive.write(NIGHT, {"counts/counts": noise_counts()})
    chunk = tmp_path / "archive/counts/counts/c/9/0/0"
    chunk.write_bytes(chunk.read_bytes()[:size])
    with pytest.raises(DamagedArchiveError, match=f"counts/counts of night {NIGHT} in .* is damaged: .*checksum"):
        folder_archive.read(NIGHT, "counts/counts")


def test_one_wrong_bit_is_damage(folder_archive, tmp_path):
    path = "fringes/phi"
    folder_archive.write(NIGHT, {path: random_night(path)})
    chunk = tmp_path / "archive/fringes/phi/c/9/0"
    content = bytearray(chunk.read_bytes())
    content[-5] ^= 1
    chunk.write_bytes(content)
    with pytest.raises(DamagedArchiveError, match=f"{path} of night {NIGHT} in .* is damaged: .*checksum"):
        folder_archive.read(NIGHT, path)


def test_a_sealed_stage_is_seen_by_who_opened_the_archive_before(archive, url):
    reader = Archive(url)
    assert reader.nights() == []
    archive.seal(NIGHT, "spectra", "abc", {"kept": 1})
    entry = reader.sealed_manifest(NIGHT, "spectra").stages["spectra"]
    assert (entry.signature, entry.note) == ("abc", {"kept": 1})
    assert reader.nights() == [NIGHT]


def test_sealing_one_stage_keeps_the_others(archive):
    archive.seal(NIGHT, "counts", "a")
    archive.seal(NIGHT, "spectra", "b")
    assert archive.manifest(NIGHT).stages == {"counts": stage_entry("a"), "spectra": stage_entry("b")}


def test_what_is_written_but_not_sealed_is_not_shown_to_readers(archive):
    archive.write(NIGHT, {"fringes/phi": random_night("fringes/phi")})
    with pytest.raises(NightNotSealedError, match=f"night {NIGHT} has no sealed fringes .*nothing of it is there"):
        archive.read_sealed(NIGHT, "fringes", "fringes/phi")


def test_a_night_that_has_not_come_so_far_says_how_far_it_came(archive):
    archive.seal(NIGHT, "counts", "a")
    with pytest.raises(NightNotSealedError, match=r"no sealed fringes .*: only counts so far"):
        archive.read_sealed(NIGHT, "fringes", "fringes/phi")


def test_arrays_of_a_sealed_stage_come_in_the_order_asked_for(archive):
    phi, confidence = random_night("fringes/phi", 1), random_night("fringes/confidence", 2)
    archive.write(NIGHT, {"fringes/phi": phi, "fringes/confidence": confidence})
    archive.seal(NIGHT, "fringes", "a")
    first, second = archive.read_sealed(NIGHT, "fringes", "fringes/confidence", "fringes/phi")
    np.testing.assert_array_equal(first, confidence)
    np.testing.assert_array_equal(second, phi)


def test_a_night_has_its_place_by_date(folder_archive):
    assert [folder_archive.index(night) for night in (FIRST, NIGHT, LAST)] == [0, 9, 19]


@pytest.mark.parametrize("night", [FIRST - dt.timedelta(days=1), LAST + dt.timedelta(days=1)])
@pytest.mark.parametrize("use", ["read", "write", "sealed_manifest"])
def test_a_night_without_a_place_is_refused_and_lands_nowhere_else(use, night, folder_archive):
    arguments = {
        "read": ("fringes/phi",), "write": ({"fringes/phi": random_night("fringes/phi")},), "sealed_manifest": ("x",)
    }  # fmt: skip
    said = f"night {night} is outside the archive, which has places from 2014-01-01 to 2014-01-20"
    with pytest.raises(InputError, match=said):
        getattr(folder_archive, use)(night, *arguments[use])
    assert np.isnan(folder_archive.read(LAST, "fringes/phi")).all()  # index -1 would be the last night


def test_where_nothing_is_there_is_no_archive_and_nothing_is_made(tmp_path):
    with pytest.raises(InputError, match=r"no archive at .*nowhere: `iar ingest` makes one"):
        Archive(str(tmp_path / "nowhere"))
    assert archive_station(str(tmp_path / "nowhere")) is None
    assert list(tmp_path.iterdir()) == []


def test_another_zarr_hierarchy_is_no_archive(tmp_path):
    zarr.open_group(tmp_path / "other", mode="w", zarr_format=3)
    with pytest.raises(InputError, match="is a Zarr hierarchy but no archive"):
        Archive(str(tmp_path / "other"))


def test_a_creation_cut_short_is_finished_by_the_next(folder_archive, tmp_path):
    group = zarr.open_group(folder_archive.url, mode="r+")
    group.attrs.put({})  # the attributes are written last
    with pytest.raises(InputError, match="whose creation was cut short"):
        Archive(folder_archive.url)
    assert create_archive(str(tmp_path / "archive"), STATION).station == STATION


def test_creating_an_archive_that_is_there_opens_it_with_its_data(archive, url):
    phi = random_night("fringes/phi")
    archive.write(NIGHT, {"fringes/phi": phi})
    archive.seal(NIGHT, "fringes", "a")
    again = create_archive(url, STATION)
    np.testing.assert_array_equal(again.read_sealed(NIGHT, "fringes", "fringes/phi")[0], phi)


def test_an_archive_takes_no_other_station(archive, url):
    other = Station(name="elsewhere", first_night=FIRST, last_night=LAST)
    with pytest.raises(InputError, match="was made for a station with name 'eskdalemuir', not 'elsewhere'"):
        create_archive(url, other)
    assert archive_station(url) == archive.station == STATION


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("IAR_STATION_BOUNDARY_HOUR", "3", "was made for a station with boundary_hour 12, not 3"),
        ("IAR_STATION_DARK__FROM_HOUR", "19", "was made for a station with dark .*18.*, not .*19"),
        ("IAR_STATION_BOUNDRY_HOUR", "12", "unknown variable IAR_STATION_BOUNDRY_HOUR, did you mean"),
    ],
)
def test_a_variable_that_says_otherwise_of_the_archives_station_is_reported(
    folder_archive, monkeypatch, variable, value, said
):
    monkeypatch.setenv(variable, value)
    with pytest.raises(InputError, match=said):
        archive_station(folder_archive.url)
    assert Archive(folder_archive.url).station == STATION


def test_a_variable_that_agrees_with_the_archives_station_is_in_nobodys_way(folder_archive, monkeypatch):
    monkeypatch.setenv("IAR_STATION_BOUNDARY_HOUR", "12")
    monkeypatch.setenv("IAR_STATION_FIRST_NIGHT", str(FIRST))
    assert archive_station(folder_archive.url) == STATION
