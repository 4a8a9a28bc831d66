"""The stage of Schumann resonances: what it finds in wide spectra, and what it says where they are not."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from iar.archive.store import Archive
from iar.errors import NightNotSealedError
from iar.settings import Processing, SchumannSettings
from iar.stages.process import run_stages
from iar.stages.schumann import SCHUMANN, read_resonances
from iar.stages.stage import Setup
from iar.upkeep.faults import find_faults
from tests.commands import run_here
from tests.conftest import NIGHT
from tests.nights import archive_with_resonances

COLUMNS = [
    "time",
    "night",
    "channel",
    "mode",
    "frequency_hz",
    "frequency_sigma_hz",
    "amplitude_pt",
    "q",
    "q_sigma",
    "flag",
]


@pytest.fixture
def wide(tmp_path: Path) -> Archive:
    return archive_with_resonances(tmp_path / "archive", NIGHT)


def test_all_three_modes_are_found_where_there_are_samples_and_no_chunk_is_lost(wide):
    assert run_stages(wide, NIGHT, Setup(), [SCHUMANN]) == ("schumann",)
    assert run_stages(wide, NIGHT, Setup(), [SCHUMANN]) == ()
    note = wide.manifest(NIGHT).stages["schumann"].note
    assert (note["modes"], note["intervals"]) == (3, {"NS": 108, "EW": 0})
    found = read_resonances(wide, NIGHT).values
    np.testing.assert_allclose(np.nanmedian(found["frequency_hz"][0, :, :3], axis=0), [7.9, 14.3, 20.4], atol=0.03)
    assert np.isnan(found["frequency_hz"][0, :36]).all()
    assert np.isnan(found["frequency_hz"][1]).all()
    shutil.rmtree(Path(wide.url) / "schumann/q/c" / str(wide.index(NIGHT)))
    assert [fault.stage for fault in find_faults(wide) if "schumann/q " in str(fault)] == ["schumann"]


def test_other_settings_make_it_anew(wide):
    assert run_stages(wide, NIGHT, Setup(), [SCHUMANN])
    two = Setup(Processing(schumann=SchumannSettings(modes=2)))
    assert run_stages(wide, NIGHT, two, [SCHUMANN]) == ("schumann",)
    assert read_resonances(wide, NIGHT).modes == 2


def test_the_table_has_a_row_for_each_ten_minutes_coil_and_mode(wide, capsys, tmp_path):
    run_stages(wide, NIGHT, Setup(), [SCHUMANN])
    out = tmp_path / "schumann.parquet"
    status, told, _ = run_here(capsys, "export", "--product", "schumann", "--archive", wide.url, "--out", out)
    assert (status, told) == (0, f"exported 864 rows of 1 night(s) to {out}\n")
    table = pd.read_parquet(out)
    assert list(table.columns) == COLUMNS
    row = table[(table["time"] == "2014-01-11T00:00Z") & (table["channel"] == "NS") & (table["mode"] == 2)].iloc[0]
    assert row["frequency_hz"] == read_resonances(wide, NIGHT).values["frequency_hz"][0, 72, 1]


def test_spectra_that_end_below_have_none_and_say_so(processed, capsys, tmp_path):
    with pytest.raises(NightNotSealedError, match=r"no Schumann resonances: .* end at 10\.5 Hz, mode 1 needs 11 Hz"):
        read_resonances(Archive(str(processed)), NIGHT)
    out = ("--out", tmp_path / "t.csv")
    status, _, err = run_here(capsys, "export", "--product", "schumann", "--archive", processed, *out)
    assert status == 2
    assert "mode 1 needs 11 Hz" in err
    assert not (tmp_path / "t.csv").exists()


def test_a_product_that_is_none_and_options_of_another_are_refused_in_a_line(processed, capsys, tmp_path):
    export = ("export", "--archive", processed, "--out", tmp_path / "t.csv", "--product")
    assert run_here(capsys, *export, "rays")[::2] == (
        2,
        "iar: product 'rays' is none of fringes, polarisation, harmonics, pc1, schumann\n",
    )
    status, _, err = run_here(capsys, *export, "schumann", "--all-columns")
    assert status == 2
    assert "go with fringes, not with --product schumann" in err
