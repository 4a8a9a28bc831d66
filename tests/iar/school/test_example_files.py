import numpy as np
import pytest

from iar.errors import DamagedArchiveError, InputError
from iar.school import example_files as stored
from iar.school.example_files import examples_digest, open_examples, writing_examples

SHAPES = {"picture": (5, 8, 6, 3), "mask": (5, 8, 6), "month": (5,), "scenario": (5,)}


def fill(arrays, seed=0):
    rng = np.random.default_rng(seed)
    arrays["picture"][:] = rng.standard_normal(SHAPES["picture"])
    arrays["mask"][:] = rng.random(SHAPES["mask"]) < 0.3
    arrays["month"][:] = [f"2014-0{i}" for i in range(1, 6)]
    arrays["scenario"][:] = ["quiet", "fringes", "drawn", "classical", "storm"]


@pytest.fixture
def folder(tmp_path):
    with writing_examples(tmp_path / "examples", SHAPES) as arrays:
        fill(arrays)
    return tmp_path / "examples"


def test_what_was_written_is_there_mapped_and_not_to_be_changed(folder):
    expected = {name: np.zeros(SHAPES[name], dtype) for name, (dtype, _) in stored.ARRAYS.items()}
    fill(expected)
    found = open_examples(folder)
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        assert found[name].dtype == values.dtype
        np.testing.assert_array_equal(found[name], values)
    for name in ("picture", "mask"):
        assert isinstance(found[name], np.memmap)
        with pytest.raises(ValueError, match="read-only"):
            found[name][0] = 0


def test_a_failure_on_the_way_leaves_nothing(tmp_path):
    def fail():
        with writing_examples(tmp_path / "examples", SHAPES) as arrays:
            fill(arrays)
            raise RuntimeError("the simulation is ill")

    with pytest.raises(RuntimeError, match="ill"):
        fail()
    assert [path.name for path in tmp_path.iterdir()] == [".examples.lock"]


def test_what_a_killed_run_left_is_written_over(tmp_path):
    (tmp_path / ".examples.partial").mkdir()
    (tmp_path / ".examples.partial" / "picture.npy").write_bytes(b"half")
    with writing_examples(tmp_path / "examples", SHAPES) as arrays:
        assert not (tmp_path / "examples").exists()
        fill(arrays)
    assert sorted(path.name for path in (tmp_path / "examples").iterdir()) == [
        "mask.npy", "month.npy", "picture.npy", "scenario.npy",
    ]  # fmt: skip
    assert not (tmp_path / ".examples.partial").exists()


def test_examples_are_never_written_over(folder):
    before = examples_digest(folder)
    with pytest.raises(InputError, match="examples is there already"), writing_examples(folder, SHAPES):
        pass
    assert examples_digest(folder) == before


def test_a_disk_without_room_is_said_before_anything_is_written(tmp_path):
    huge = {**SHAPES, "picture": (10**9, 448, 416, 3)}
    with pytest.raises(InputError, match="GB free, the examples need 1118208"), writing_examples(tmp_path / "x", huge):
        pass
    assert not list(tmp_path.glob("*x.partial"))


def test_the_digest_is_that_of_the_content(folder, tmp_path):
    for name, seed in (("same", 0), ("other", 1)):
        with writing_examples(tmp_path / name, SHAPES) as arrays:
            fill(arrays, seed)
    assert examples_digest(tmp_path / "same") == examples_digest(folder)
    assert examples_digest(tmp_path / "other") != examples_digest(folder)


def test_no_folder_is_an_error(tmp_path):
    with pytest.raises(InputError, match="none: no such folder of examples"):
        open_examples(tmp_path / "none")


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("mask", None, "mask.npy is missing"),
        ("mask", b"", "mask.npy is damaged"),
        ("picture", b"\x93NUMPY\x01", "picture.npy is damaged"),
        ("month", np.zeros(5), "month.npy is no array of examples: float64"),
        ("picture", np.zeros((5, 8, 6), np.float16), "picture.npy is no array of examples"),
        ("mask", np.zeros((4, 8, 6), bool), "examples is damaged: its arrays hold .*'mask': 4"),
    ],
)
def test_damage_is_said_in_one_line(folder, name, values, message):
    path = folder / f"{name}.npy"
    path.unlink()
    if isinstance(values, bytes):
        path.write_bytes(values)
    elif values is not None:
        np.save(path, values)
    with pytest.raises(DamagedArchiveError, match=message):
        open_examples(folder)


def test_a_picture_that_was_cut_short_is_damage(folder):
    path = folder / "picture.npy"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DamagedArchiveError, match=r"picture.npy is damaged"):
        open_examples(folder)
