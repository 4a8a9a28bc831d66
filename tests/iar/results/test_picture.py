"""Pictures of an archive's nights as files: the kind by the suffix, the same bytes each time, and small enough."""

import datetime as dt
import re
import shutil
import zlib

import numpy as np
import pytest

from iar.archive.store import Archive
from iar.detection.inference import pack_probability
from iar.errors import InputError, NightNotSealedError
from iar.results.picture import Look, night_picture
from iar.settings import ClassicalSettings, FringeSettings, Processing, Station
from iar.stages.creation import create_archive
from iar.stages.fringes import read_standing_lines, read_verdict
from tests.nights import run_stage

COMB_HZ = 1.416
COMB_NIGHT = dt.date(2014, 1, 12)
STARTS = {".png": b"\x89PNG\r\n", ".svg": b"<?xml", ".pdf": b"%PDF"}
MOST_BYTES = 3_000_000
FULL = Look(over=("fringes", "lines", "spots"), width_mm=84)


@pytest.fixture(scope="module")
def archive(processed):
    return Archive(str(processed))


@pytest.fixture(scope="module")
def fenced(tmp_path_factory):
    """Archive of a night with a comb every 1.416 Hz in EW, without a fringe."""
    station = Station(first_night=COMB_NIGHT, last_night=COMB_NIGHT)
    archive = create_archive(str(tmp_path_factory.mktemp("fenced") / "archive"), station)
    density = np.random.default_rng(3).gamma(12, 0.025, (2, 864, len(archive.frequency_hz))).astype(np.float32)
    teeth = np.rint((np.arange(1, 8) * COMB_HZ - archive.frequency_hz[0]) * 40.96).astype(int)
    density[1, :, teeth] += 1.0
    archive.write(COMB_NIGHT, {"spectra/density": density, "spectra/effort": np.ones((2, 864), dtype=np.float32)})
    archive.seal(COMB_NIGHT, "spectra", "simulated")
    archive.write(COMB_NIGHT, {"detection/probability": pack_probability(np.zeros(density.shape[1:], np.float32))})
    archive.seal(COMB_NIGHT, "probability", "simulated", {"threshold": 0.5})
    run_stage("fringes", archive, COMB_NIGHT, Processing())
    return archive


def test_lines_that_stand_still_are_those_of_the_verdict(fenced):
    lines = read_standing_lines(fenced, COMB_NIGHT, FringeSettings())
    assert lines["NS"] == []
    np.testing.assert_allclose(lines["EW"], COMB_HZ * np.arange(1, 8), atol=0.5 / 40.96)
    assert read_verdict(fenced, COMB_NIGHT).reason == (
        "7 lines stand still in EW (multiples of 1.416 Hz, 7 of them by day as well)"
    )


@pytest.mark.parametrize("suffix", STARTS)
@pytest.mark.parametrize("look", [FULL, Look("day", width_mm=84), Look("steps")], ids=["night", "day", "steps"])
def test_the_suffix_decides_the_kind_and_the_same_night_gives_the_same_bytes(archive, night, tmp_path, look, suffix):
    first, again = tmp_path / f"first{suffix}", tmp_path / f"again{suffix}"
    for path in (first, again):
        night_picture(archive, night, path, look)
    written = first.read_bytes()
    assert written.startswith(STARTS[suffix])
    assert written == again.read_bytes()
    assert suffix == ".png" or len(written) < MOST_BYTES
    assert not re.search(rb"CreationDate|<dc:date>", written)


def test_letters_of_a_pdf_are_letters(archive, night, tmp_path):
    night_picture(archive, night, tmp_path / "night.pdf", Look(over=("nothing",)))
    written = (tmp_path / "night.pdf").read_bytes()
    assert b"/FontFile2" in written  # TrueType as it is: Type 42, not Type 3, which journals refuse
    assert b"/Type3" not in written
    drawn = b"".join(_inflated(part) for part in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", written, re.DOTALL))
    assert drawn.count(b"Tj") + drawn.count(b"TJ") > 30


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(stream)  # its last byte may look like an end of line and be missing
    except zlib.error:
        return b""


def test_words_of_an_svg_stand_in_it_and_are_drawn_as_curves(archive, night, tmp_path):
    night_picture(archive, night, tmp_path / "night.svg", Look(width_mm=84))
    text = (tmp_path / "night.svg").read_text()
    assert f"eskdalemuir, night of {night}: fringes" in text
    assert "<text" not in text
    width_pt = float(re.search(r'<svg[^>]* width="([0-9.]+)pt"', text)[1])
    assert width_pt / 72 * 25.4 == pytest.approx(84, abs=0.01)


def test_steps_are_those_of_the_settings_that_were_sealed_unless_others_are_given(archive, night, tmp_path):
    shutil.copytree(archive.url, tmp_path / "archive")
    other, strict = Archive(str(tmp_path / "archive")), Processing(classical=ClassicalSettings(min_height_db=30.0))
    run_stage("classical", other, night, strict)

    def drawn(archive, processing=None):
        night_picture(archive, night, tmp_path / "steps.png", Look("steps", width_mm=84), processing)
        return (tmp_path / "steps.png").read_bytes()

    assert drawn(other) == drawn(archive, strict)
    assert drawn(archive) == drawn(other, Processing())
    assert drawn(archive) != drawn(other)


@pytest.mark.parametrize(
    ("look", "overlays", "classical"),
    [
        (Look(), {"fringes"}, False),
        (Look("day"), {"lines"}, True),
        (Look("steps"), set(), True),
        (Look(over=("nothing",)), set(), False),
        (Look("day", over=("fringes",)), {"fringes"}, False),
        (Look(over=("spots", "fringes", "spots")), {"spots", "fringes"}, True),
    ],
)
def test_each_view_has_overlays_of_its_own_unless_others_are_asked_for(look, overlays, classical):
    assert look.overlays == overlays
    assert look.classical == classical


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"view": "sky"}, "view 'sky' is none of night, day, residual, steps, ridges, polarisation, harmonics, pc1"),
        ({"over": ("lines", "stars")}, "overlay 'stars' is none of fringes, lines, spots, nothing"),
        ({"over": ("nothing", "lines")}, "nothing goes with no other"),
        ({"view": "steps", "over": ("lines",)}, "leave --over out"),
        ({"width_mm": 83.9}, "width 83.9 mm is not from 84 to 400 mm"),
        ({"width_mm": 401.0}, "width 401 mm"),
        ({"width_mm": float("nan")}, "width nan mm"),
    ],
)
def test_what_cannot_be_drawn_is_reported(asked, message):
    with pytest.raises(InputError, match=re.escape(message)):
        Look(**asked)


def test_a_night_without_a_verdict_is_not_drawn(archive, night, tmp_path):
    with pytest.raises(NightNotSealedError):
        night_picture(archive, night + dt.timedelta(days=1), tmp_path / "night.png")
    assert not list(tmp_path.iterdir())
