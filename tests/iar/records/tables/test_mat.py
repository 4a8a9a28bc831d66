"""MATLAB files as SciPy and h5py write them; damaged ones cost themselves only."""

import io
import random

import h5py
import numpy as np
import pytest
import scipy.io

from iar.records.tables.arrays import read_arrays
from iar.records.tables.mat import list_variables
from iar.settings.table import MatTable

RNG = np.random.default_rng(0)
BX = np.arange(64) * 0.25
KINDS = {f"a_{kind}": RNG.integers(0, 100, (7, 3)).astype(kind) for kind in "bBhHiIqQfd"}
SHAPES = {"one": 5.0, "none": np.zeros((0, 0)), "cube": RNG.normal(size=(2, 3, 4)), "a_name_of_many_letters": BX}
TEXTS = {"day": "2014-01-10T12:00:00", "years": np.array(["2014", "2015", "1999"]), "é": "Sodankylä"}


def written(variables: dict[str, object], version: str = "5", *, packed: bool = False) -> bytes:
    out = io.BytesIO()
    scipy.io.savemat(out, variables, format=version, do_compression=packed)
    return out.getvalue()


@pytest.mark.parametrize("packed", [False, True])
def test_version_5_to_7_is_read_as_scipy_reads_it(packed):
    content = written({**KINDS, **SHAPES, **TEXTS}, packed=packed)
    found, expected = list_variables(content), scipy.io.loadmat(io.BytesIO(content))
    for name in (*KINDS, *SHAPES, *TEXTS):
        np.testing.assert_array_equal(found[name](), expected[name])
        assert found[name]().dtype.kind == expected[name].dtype.kind


def test_version_4_is_read_as_scipy_reads_it():
    whole = {"h": KINDS["a_h"], "i": KINDS["a_i"], "f": KINDS["a_f"], "day": TEXTS["day"], "bx": BX, "one": 5.0}
    content = written(whole, "4")
    found, expected = list_variables(content), scipy.io.loadmat(io.BytesIO(content))
    for name in whole:
        np.testing.assert_array_equal(found[name](), expected[name])


def test_a_file_of_a_machine_that_writes_the_high_byte_first():
    head = np.array([1000, 1, 64, 0, 3], dtype=">i4").tobytes()
    content = head + b"bx\0" + BX.astype(">f8").tobytes()
    np.testing.assert_array_equal(scipy.io.loadmat(io.BytesIO(content))["bx"], [BX])
    np.testing.assert_array_equal(list_variables(content)["bx"](), [BX])


@pytest.mark.parametrize(
    "odd", [{"x": 1}, np.array([1, "a"], dtype=object), np.array([1 + 2j])], ids=["struct", "cell", "complex"]
)
def test_what_is_no_number_costs_nothing_that_is_asked_for(odd):
    found = list_variables(written({"odd": odd, "bx": BX}))
    np.testing.assert_array_equal(found["bx"](), [BX])
    with pytest.raises(ValueError, match=r"odd is of class \d+, type \d+: expected real numbers, or a text"):
        found["odd"]()


@pytest.mark.parametrize("day", [b"2014-01-10T12:00:00", None])
def test_version_7_3_is_hdf5_after_a_header_of_its_own(day):
    out = io.BytesIO()
    with h5py.File(out, "w", userblock_size=512) as file:
        file["bx"] = BX[:, None]
        file["bx"].attrs["MATLAB_class"] = np.bytes_("double")
        if day:
            file["t0"] = np.frombuffer(day, "u1").astype("<u2")[:, None]
            file["t0"].attrs["MATLAB_class"] = np.bytes_("char")
        else:
            file["t0"] = [[735_609.5]]
    form = "iso" if day else "matlab"
    table = MatTable.model_validate({"channels": ["bx", None], "start": {"kind": "value", "of": "t0", "form": form}})
    content = b"MATLAB 7.3 MAT-file".ljust(126) + b"IM" + out.getvalue()[128:]
    (series,) = read_arrays(content, table, start_ns=None, rate_hz=4.0)
    np.testing.assert_array_equal(series.samples, BX)
    assert series.stretches[0].start_ns == 1_389_355_200 * 10**9


def test_a_type_that_ends_a_process_within_scipy_is_reported():
    content = bytearray(written({"bx": BX, "fs": 4.0}))
    place = content.index(b"fs\0\0") + 4
    content[place + 1] = 1  # type 265 in the place of 9
    with pytest.raises(ValueError, match="fs is of class 6, type 265: expected real numbers"):
        list_variables(bytes(content))["fs"]()


@pytest.mark.parametrize(("version", "packed"), [("4", False), ("5", False), ("5", True)])
def test_of_a_damaged_file_comes_what_is_whole_or_a_reason(version, packed):
    whole = written({"bx": BX, "b": np.c_[BX, -BX], "day": TEXTS["day"]}, version, packed=packed)
    dice = random.Random(1)  # noqa: S311 - to be repeated, not to be secret
    told = 0
    for _ in range(1500):
        content = bytearray(whole)
        for _ in range(dice.randint(1, 3)):
            content[dice.randrange(len(content))] = dice.choice([0, 1, 127, 128, 255, dice.randrange(256)])
        try:
            for get in list_variables(bytes(content[: dice.choice([None, dice.randrange(len(content))])])).values():
                assert get().ndim <= 3
        except ValueError:
            told += 1
    assert told > 300


def test_a_size_beyond_the_file_is_told_with_its_place():
    content = written({"bx": BX}, "4")
    with pytest.raises(ValueError, match=r"^no whole mat file: 535 bytes at byte 0, 500 are left$"):
        list_variables(content[:500])
    with pytest.raises(ValueError, match="no mat file: it has no header"):
        list_variables(b"x" * 200)
