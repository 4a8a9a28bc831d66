"""The page of the format says what an archive that was really made holds, no more and no less."""

import json
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import zarr

from iar.archive.labels import Label
from iar.archive.manifest import Manifest, SourceEntry, StageEntry
from iar.archive.quarantine import QuarantineEntry
from iar.fringes.table import TABLE
from iar.records.record import ProblemKind
from iar.results.climatology import COLUMNS as CLIMATOLOGY_COLUMNS
from iar.results.export import Wanted, export_nights
from iar.results.products import PRODUCTS
from iar.results.tables import KINDS
from iar.schumann.climatology import COLUMNS as RESONANCE_COLUMNS
from iar.settings import Processing, Station
from iar.simulation.scenario import draw_scenario
from iar.simulation.truth import truth_dataset
from iar.stages.pipeline import PIPELINE, layout_of
from iar.stages.process import process_night
from iar.stages.stage import Setup
from iar.upkeep.faults import COLUMNS as DAMAGE_COLUMNS
from iar.upkeep.lost_counts import LOST
from tests.commands import run_within
from tests.conftest import NIGHT
from tests.markdown import DOCS, blocks, names, table

LAYOUT = layout_of()
PAGE = "format.md"
TEXT = (DOCS / PAGE).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with an archive of one night, of six hours, processed to its verdict; one file is in quarantine."""
    folder = tmp_path_factory.mktemp("made")
    inbox = folder / "inbox"
    inbox.mkdir()
    counts = np.random.default_rng(1).integers(-9000, 9000, 360_000)
    hour = b"\n".join(b"%d" % count for count in counts) + b"\n"
    evening = [f"CH{channel}_2014_01_10_{hours}.dat" for channel in (1, 2) for hours in range(18, 24)]
    for name in (*evening, "CH1_1990_01_10_18.dat"):  # of a night that the archive has no place for
        (inbox / name).write_bytes(hour)
    status, _, documented = run_within(
        "ingest", inbox, "--archive", folder / "archive", "--settle-s", 0, "--workers", 1
    )
    assert status == 1, documented  # since one file is in quarantine
    process_night(archive_in(folder), NIGHT, Setup())
    return folder


@pytest.fixture(scope="module")
def root(made: Path) -> zarr.Group:
    return zarr.open_group(str(made / "archive"), mode="r", use_consolidated=False)


@pytest.fixture(scope="module")
def manifest(made: Path) -> dict[str, Any]:
    return json.loads((made / f"archive/manifest/2014/{NIGHT}.json").read_text())


def archive_in(folder: Path) -> Any:
    from iar.archive.store import Archive

    return Archive(str(folder / "archive"))


def arrays_of(root: zarr.Group, group: str) -> dict[str, Any]:
    one: Any = root[group]
    return dict(one.arrays())


def attributes_in_words(attributes: dict[str, Any], *known: str) -> str:
    """Attributes as the page has them: names as code, with values but for the `known`, whose values stand elsewhere."""
    parts = []
    for name, value in attributes.items():
        values = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        parts.append(f"`{name}`" if name in known else f"`{name}` {values}")
    return ", ".join(parts)


class TestArrays:
    def test_the_page_has_those_of_the_layout(self):
        assert [names(row[0])[0] for row in table(PAGE, "array")] == list(LAYOUT.arrays)

    @pytest.mark.parametrize("row", table(PAGE, "array"), ids=lambda row: row[0].strip("`"))
    def test_dimensions_type_fill_chunk_units_and_attributes_are_those_of_the_archive(self, root, row):
        path, dims, dtype, fill, chunk, units, attributes, meaning = row
        array: Any = root[names(path)[0]]
        assert ("night", *filter(None, dims.split(", "))) == array.metadata.dimension_names
        assert dtype == str(array.dtype)
        assert fill == str(array.fill_value).replace("nan", "NaN")
        assert tuple(map(int, chunk.split(", "))) == array.chunks
        assert units == array.attrs.get("units", "")
        assert attributes == attributes_in_words(dict(array.attrs), "long_name", "units", "comment")
        assert meaning

    def test_the_archive_has_no_others(self, root):
        there = {f"{group}/{name}" for group in LAYOUT.groups for name in arrays_of(root, group)}
        coordinates = {names(row[0])[0] for row in table(PAGE, "coordinate")}
        assert {path for path in there if path.rpartition("/")[2] not in coordinates} == set(LAYOUT.arrays)
        assert {path.rpartition("/")[2] for path in there - set(LAYOUT.arrays)} == coordinates

    def test_sizes_of_dimensions_are_those_of_the_archive(self, root):
        documented = {names(row[0])[0]: int(row[1]) for row in table(PAGE, "dimension", "size")}
        arrays: list[Any] = [root[path] for path in LAYOUT.arrays]
        assert documented == {
            name: size for a in arrays for name, size in zip(a.metadata.dimension_names, a.shape, strict=True)
        }

    @pytest.mark.parametrize("row", table(PAGE, "coordinate"), ids=lambda row: row[0].strip("`"))
    def test_coordinates_are_those_of_the_archive(self, root, row):
        name, dtype, units, attributes, _ = row
        for group in LAYOUT.groups:
            array = arrays_of(root, group).get(names(name)[0])
            if array is not None:
                assert dtype == array.metadata.to_dict()["data_type"], group
                assert units == array.attrs.get("units", "")
                assert attributes == attributes_in_words(dict(array.attrs), "long_name", "units")

    def test_codecs_are_named(self, root):
        counts: Any = root["counts/counts"]
        assert [codec["name"] for codec in counts.metadata.to_dict()["codecs"]] == ["bytes", "blosc", "crc32c"]
        assert "zstd at level 3 and bitshuffle" in TEXT
        assert "CRC-32C" in TEXT


class TestAttributesOfTheWhole:
    def test_are_those_of_the_archive(self, root):
        documented = [name for row in table(PAGE, "attribute") for name in names(row[0])]
        assert documented == list(root.attrs)

    def test_fields_of_the_station_are_those_of_the_archive(self, root):
        documented = [name for row in table(PAGE, "field", "unit") for name in names(row[0])]
        station: Any = root.attrs["station"]
        assert documented == list(station) == list(Station.model_fields)


class TestTheManifest:
    def test_each_field_is_on_the_page_and_no_other(self):
        documented = [names(row[0])[0] for row in table(PAGE, "field", "type")]
        models = (Manifest, SourceEntry, StageEntry, QuarantineEntry, Label)
        assert documented == [name for model in models for name in model.model_fields]

    def test_each_key_of_one_that_was_made_is_on_the_page(self, manifest):
        described = set(names(TEXT))
        assert keys(manifest) - {"NS", "EW", *LAYOUT.arrays} <= described

    def test_notes_stand_with_their_stage(self, manifest):
        documented = {(row[0].strip("`"), row[1].strip("`")): row[2] for row in table(PAGE, "stage", "field")}
        assert {stage for stage, _ in documented} == {stage.name for stage in PIPELINE} == set(manifest["stages"])
        for stage, entry in manifest["stages"].items():
            assert {field for one, field in documented if one == stage} == set(entry["note"]) - {"chunks"}
            if "settings" in entry["note"]:
                assert names(documented[stage, "settings"]) == list(entry["note"]["settings"])

    def test_kinds_of_problems_are_those_of_the_code(self):
        assert [names(row[0])[0] for row in table(PAGE, "kind")] == [*get_args(ProblemKind), LOST]

    def test_the_quarantine_of_the_archive_has_the_fields_of_the_page(self, made):
        (entry,) = json.loads((made / "archive/manifest/quarantine.json").read_text())
        assert list(entry) == list(QuarantineEntry.model_fields)
        assert entry["name"] == "CH1_1990_01_10_18.dat"


def keys(value: Any) -> set[str]:
    """Names of all fields in something that came from JSON."""
    if isinstance(value, dict):
        return {*value, *(key for one in value.values() for key in keys(one))}
    return {key for one in value for key in keys(one)} if isinstance(value, list) else set()


class TestTables:
    def test_columns_of_an_export_stand_in_their_order_with_their_units(self):
        documented = [(name, row[1]) for row in table(PAGE, "column", "unit") for name in names(row[0])]
        documented = documented[: len(TABLE)]  # other tables follow
        assert [name for name, _ in documented] == [one.name for one in TABLE]
        assert {name: unit for name, unit in documented if name != "time"} == {one.name: one.unit for one in TABLE[1:]}

    def test_columns_of_other_products_follow_with_their_units(self):
        documented = [(name, row[1]) for row in table(PAGE, "column", "unit") for name in names(row[0])]
        columns = [column for product in PRODUCTS.values() for column in product.columns]
        assert documented[len(TABLE) : -len(CLIMATOLOGY_COLUMNS)] == [
            (one.name, "UTC" if one.kind == "time" else one.unit) for one in columns
        ]

    @pytest.mark.parametrize("suffix", [names(row[0])[0] for row in table(PAGE, "suffix")])
    def test_a_file_has_those_columns_and_says_of_itself_what_the_page_says(self, made, tmp_path, suffix):
        file = tmp_path / f"all{suffix}"
        export_nights(archive_in(made), [NIGHT], file, Wanted(("network",), more=True))
        columns, about = read_table(file)
        assert set(columns) == {one.name for one in TABLE}  # NetCDF keeps no order
        said = TEXT[TEXT.index("The file says of itself:") :].split("\n\n")[0]
        assert set(names(said)) - {"--all-columns"} == about - {"Conventions", "history", "pandas"}

    def test_every_suffix_is_there(self):
        assert [names(row[0])[0] for row in table(PAGE, "suffix")] == list(KINDS)

    def test_columns_of_a_climatology_stand_in_their_order(self):
        documented = [name for row in table(PAGE, "column", "unit") for name in names(row[0])]
        assert documented[-len(CLIMATOLOGY_COLUMNS) :] == list(CLIMATOLOGY_COLUMNS)

    def test_columns_of_a_climatology_of_resonances_stand_in_their_order(self):
        documented = [name for row in table(PAGE, "field of it") for name in names(row[0])]
        assert documented == list(RESONANCE_COLUMNS)

    def test_columns_of_the_list_of_damage_are_named(self):
        said = TEXT[TEXT.index("## The list of damage") :].split("##")[1]
        assert set(DAMAGE_COLUMNS) <= set(names(said))


def read_table(file: Path) -> tuple[list[str], set[str]]:
    """Columns of an export, and names of what it says of itself."""
    if file.suffix == ".csv":
        documented = json.loads(Path(f"{file}-metadata.json").read_text())
        notes = {name.removeprefix("schema:") for note in documented["notes"] for name in note}
        return list(pd.read_csv(file, nrows=1).columns), notes | {"title"}
    if file.suffix == ".parquet":
        from pyarrow import parquet

        schema = parquet.read_schema(file)
        return schema.names, {name.decode() for name in schema.metadata}
    with xr.open_dataset(file, engine="h5netcdf") as there:
        return list(there.variables), set(there.attrs)


def test_variables_of_the_truth_are_those_that_are_written():
    there = truth_dataset([draw_scenario("fringes", NIGHT, 1)], Processing().spectra.frequency_hz)
    documented = {names(row[0])[0]: (tuple(row[1].split(", ")), row[2]) for row in table(PAGE, "variable")}
    assert documented == {name: (one.dims, one.attrs.get("units", "")) for name, one in there.data_vars.items()}


def test_the_example_in_python_runs_on_the_archive(made, monkeypatch, capsys):
    monkeypatch.chdir(made)
    (code,) = blocks(PAGE, "python")
    documented: dict[str, Any] = {}
    exec(code, documented)  # noqa: S102 - the page's own
    assert capsys.readouterr().out.strip()
    assert documented["level"].sizes == {"frequency": 410}
    assert documented["spacing"].sizes == {"slot": 864}
