"""What comes from elsewhere does no harm: tar archives that try to get out, networks with code in them."""

import io
import pickle
import shutil
import tarfile
from pathlib import Path

import pytest

from iar.archive.store import Archive
from iar.detection.backend import keras
from iar.detection.bundle import SHIPPED, load_bundle
from iar.errors import InputError
from iar.night import HOUR_SAMPLES
from iar.records import bgs
from tests.commands import run_here
from tests.inbox import values

pytestmark = pytest.mark.filterwarnings(  # as in the tests of bundles
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)
HOUR = bgs.encode(values(1, HOUR_SAMPLES))


def add_file(tar: tarfile.TarFile, name: str) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(HOUR)
    tar.addfile(member, io.BytesIO(HOUR))


def add_special(tar: tarfile.TarFile, name: str, kind: bytes, target: str = "") -> None:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    tar.addfile(member)


def test_members_of_a_tar_that_try_to_escape_write_nothing_but_the_archive(tmp_path, capsys):
    inside = tmp_path / "a/b/c"
    inside.mkdir(parents=True)
    year = inside / "ESKINDCOIL_2014.tar.gz"
    with tarfile.open(year, "w:gz") as tar:
        add_file(tar, "../../CH1_2014_01_10_12.dat")
        add_file(tar, f"{tmp_path}/CH1_2014_01_10_13.dat")
        add_special(tar, "CH1_2014_01_10_14.dat", tarfile.SYMTYPE, "/etc/passwd")
        add_special(tar, "CH1_2014_01_10_15.dat", tarfile.LNKTYPE, "../../../etc/passwd")
        add_special(tar, "CH1_2014_01_10_16.dat", tarfile.CHRTYPE)
        add_special(tar, "CH1_2014_01_10_17.dat", tarfile.FIFOTYPE)
        add_special(tar, "../../../out", tarfile.DIRTYPE)
    status, out, err = run_here(capsys, "ingest", year, "--archive", inside / "archive", "--workers", 1)
    assert status == 1
    assert out.startswith("ingested 2 file(s) of 1 night(s)")
    failed = [line for line in err.splitlines() if line.startswith("failed: ")]
    assert len(failed) == 2
    assert all("link" in line for line in failed)
    assert "root:" not in err
    written = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert all(path == year or path.is_relative_to(inside / "archive") for path in written)
    (manifest,) = Archive(str(inside / "archive")).manifests()
    assert [source.name for source in manifest.sources] == [
        f"{year.name}/CH1_2014_01_10_{hour}.dat" for hour in (12, 13)
    ]


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """The shipped network as its model alone, which Keras reads."""
    folder = tmp_path / "bundle"
    folder.mkdir()
    for name in ("card.json", "model.keras"):
        shutil.copy(SHIPPED / name, folder)
    return folder


class Harmful:
    """What leaves a mark where it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return Path.touch, (self.mark,)


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    """File that is there once harm was done."""
    return tmp_path / "mark"


def test_a_pickle_in_the_place_of_a_network_is_not_run(bundle, mark):
    (bundle / "model.keras").write_bytes(pickle.dumps(Harmful(mark)))
    with pytest.raises(InputError, match=r"model of the bundle in .*bundle cannot be read") as error:
        load_bundle(bundle)
    assert "\n" not in str(error.value)
    assert not mark.exists()


def test_code_in_a_network_is_not_run(bundle, mark):
    inputs = keras().Input((None, None, 3))
    place = str(mark)
    outputs = keras().layers.Lambda(lambda x: (Path(place).touch(), x[..., :1])[1])(inputs)
    keras().Model(inputs, outputs).save(bundle / "model.keras")
    mark.unlink(missing_ok=True)  # it was built here
    with pytest.raises(InputError, match=r"model of the bundle in .*bundle cannot be read") as error:
        load_bundle(bundle)
    assert "\n" not in str(error.value)
    assert not mark.exists()
