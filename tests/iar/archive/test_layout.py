import datetime as dt

import numpy as np
import pytest
import xarray as xr
import zarr

from iar.archive.layout import create_layout
from iar.settings import Station, load_station
from iar.stages.pipeline import layout_of

NIGHTS = 3
LAYOUT = layout_of()
STATION = Station(first_night=dt.date(2014, 1, 9), last_night=dt.date(2014, 1, 11))
FREQUENCY_HZ = np.arange(21, 431) / 40.96
SIZES = {
    "night": NIGHTS, "channel": 2, "sample": 8_640_000, "slot": 864, "frequency": 410, "harmonic": 12,
    "interval": 144, "mode": 4, "event": 64,
}  # fmt: skip

PROMISED = {  # the names that others rely on: dimensions, type, what stands for missing
    "counts/counts": ("night channel sample", "int32", -(2**31)),
    "spectra/density": ("night channel slot frequency", "float32", np.nan),
    "spectra/cross_real": ("night slot frequency", "float32", np.nan),
    "spectra/cross_imag": ("night slot frequency", "float32", np.nan),
    "spectra/effort": ("night channel slot", "float32", np.nan),
    "spectra/quality": ("night channel slot", "uint8", 0),
    "detection/probability": ("night slot frequency", "uint8", 255),
    "detection/classical": ("night slot frequency", "uint8", 255),
    "fringes/delta_f_hz": ("night slot", "float32", np.nan),
    "fringes/delta_f_sigma_hz": ("night slot", "float32", np.nan),
    "fringes/phi": ("night slot", "float32", np.nan),
    "fringes/harmonics": ("night slot", "float32", np.nan),
    "fringes/confidence": ("night slot", "float32", np.nan),
    "fringes/frequency_hz": ("night slot harmonic", "float32", np.nan),
    "fringes/frequency_sigma_hz": ("night slot harmonic", "float32", np.nan),
    "fringes/number_probability": ("night slot", "float32", np.nan),
    "fringes/matched_delta_f_hz": ("night slot", "float32", np.nan),
    "fringes/matched_score": ("night slot", "float32", np.nan),
    "fringes/autocorrelation_delta_f_hz": ("night slot", "float32", np.nan),
    "fringes/autocorrelation": ("night slot", "float32", np.nan),
    "fringes/verdict": ("night", "uint8", 255),
    "polarisation/degree": ("night slot harmonic", "float32", np.nan),
    "polarisation/degree_sigma": ("night slot harmonic", "float32", np.nan),
    "polarisation/azimuth_deg": ("night slot harmonic", "float32", np.nan),
    "polarisation/azimuth_sigma_deg": ("night slot harmonic", "float32", np.nan),
    "polarisation/ellipticity": ("night slot harmonic", "float32", np.nan),
    "polarisation/ellipticity_sigma": ("night slot harmonic", "float32", np.nan),
    "harmonics/depth_db": ("night channel slot harmonic", "float32", np.nan),
    "harmonics/depth_sigma_db": ("night channel slot harmonic", "float32", np.nan),
    "harmonics/amplitude_pt": ("night channel slot harmonic", "float32", np.nan),
    "harmonics/width_hz": ("night slot harmonic", "float32", np.nan),
    "harmonics/low_hz": ("night slot", "float32", np.nan),
    "harmonics/high_hz": ("night slot", "float32", np.nan),
    "harmonics/count": ("night slot", "float32", np.nan),
    "harmonics/fan_depth_db": ("night slot", "float32", np.nan),
    "harmonics/fan_depth_sigma_db": ("night slot", "float32", np.nan),
    "harmonics/onset_s": ("night", "float32", np.nan),
    "harmonics/onset_sigma_s": ("night", "float32", np.nan),
    "harmonics/end_s": ("night", "float32", np.nan),
    "harmonics/end_sigma_s": ("night", "float32", np.nan),
    "pc1/start_s": ("night event", "float32", np.nan),
    "pc1/end_s": ("night event", "float32", np.nan),
    "pc1/low_hz": ("night event", "float32", np.nan),
    "pc1/high_hz": ("night event", "float32", np.nan),
    "pc1/frequency_hz": ("night event", "float32", np.nan),
    "pc1/peak_db": ("night event", "float32", np.nan),
    "pc1/power_pt2": ("night event", "float32", np.nan),
    "pc1/degree": ("night event", "float32", np.nan),
    "pc1/azimuth_deg": ("night event", "float32", np.nan),
    "pc1/ellipticity": ("night event", "float32", np.nan),
    "schumann/frequency_hz": ("night channel interval mode", "float32", np.nan),
    "schumann/frequency_sigma_hz": ("night channel interval mode", "float32", np.nan),
    "schumann/amplitude_pt": ("night channel interval mode", "float32", np.nan),
    "schumann/amplitude_sigma_pt": ("night channel interval mode", "float32", np.nan),
    "schumann/q": ("night channel interval mode", "float32", np.nan),
    "schumann/q_sigma": ("night channel interval mode", "float32", np.nan),
    "schumann/chi2": ("night channel interval", "float32", np.nan),
    "schumann/flag": ("night channel interval mode", "uint8", 0),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("layout") / "archive"
    create_layout(zarr.open_group(path, mode="a", zarr_format=3), STATION, FREQUENCY_HZ, LAYOUT)
    return path


@pytest.fixture(scope="module")
def group(folder):
    return zarr.open_group(folder, mode="r", use_consolidated=False)


def files_of(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_archive_has_the_promised_arrays_and_no_others(group):
    coordinates = {"night", "channel", "slot", "frequency", "harmonic", "interval", "mode", "event"}
    there = {
        f"{name}/{array}" for name, part in group.groups() for array in part.array_keys() if array not in coordinates
    }
    assert there == set(PROMISED)


@pytest.mark.parametrize("path", PROMISED)
def test_an_array_has_the_promised_dimensions_and_type(path, group):
    dims, dtype, fill = PROMISED[path]
    array = group[path]
    assert array.metadata.zarr_format == 3
    assert array.metadata.dimension_names == tuple(dims.split())
    assert array.shape == tuple(SIZES[dim] for dim in dims.split())
    assert array.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(array.fill_value, fill)


@pytest.mark.parametrize("path", PROMISED)
def test_a_chunk_never_holds_two_nights(path, group):
    array = group[path]
    whole_night = (1, *array.shape[1:])
    assert array.chunks == ((1, 1, 360_000) if path == "counts/counts" else whole_night)
    assert array.shards is None


@pytest.mark.parametrize("path", PROMISED)
def test_a_chunk_ends_with_a_checksum_of_what_is_decompressed(path, group):
    assert [codec.to_dict()["name"] for codec in group[path].metadata.codecs] == ["bytes", "blosc", "crc32c"]


@pytest.mark.parametrize("path", PROMISED)
def test_an_array_says_what_it_is_in_cf_words(path, group):
    attrs = dict(group[path].attrs)
    assert attrs["long_name"]
    if "flag_meanings" in attrs:
        values = attrs.get("flag_values", attrs.get("flag_masks"))
        assert len(values) == len(set(values)) == len(attrs["flag_meanings"].split())
    else:
        assert attrs["units"]


def test_quality_bits_do_not_overlap(group):
    masks = group["spectra/quality"].attrs["flag_masks"]
    assert all(mask.bit_count() == 1 for mask in masks)
    assert len(set(masks)) == len(masks)


def test_the_verdicts_are_the_four_of_the_design(group):
    assert group["fringes/verdict"].attrs["flag_meanings"].split() == [
        "no_data", "no_fringes", "fringes", "interference"
    ]  # fmt: skip


def test_the_frequencies_are_those_of_a_4096_point_fft_from_a_half_to_ten_and_a_half_hertz(group):
    frequency_hz = group["spectra/frequency"][:]
    np.testing.assert_allclose(frequency_hz, np.fft.rfftfreq(4096, 0.01)[21:431])
    assert frequency_hz[0] - 1 / 40.96 < 0.5 <= frequency_hz[0]
    assert frequency_hz[-1] <= 10.5 < frequency_hz[-1] + 1 / 40.96


@pytest.mark.parametrize("name", ["counts", "spectra", "detection", "fringes"])
def test_every_group_opens_in_xarray_with_its_coordinates(name, folder):
    with xr.open_zarr(str(folder), group=name, consolidated=False) as dataset:
        noons = ["2014-01-09T12", "2014-01-10T12", "2014-01-11T12"]
        assert dataset.night.values.tolist() == np.array(noons, "datetime64[ns]").tolist()
        used = {dim for array in dataset.data_vars.values() for dim in array.dims}
        assert set(dataset.coords) == used - {"sample"}
        if "slot" in used:
            assert dataset.slot.values.tolist() == list(range(0, 86_400, 100))
        if "channel" in used:
            assert dataset.channel.values.tolist() == ["NS", "EW"]
        if "harmonic" in used:
            assert dataset.harmonic.values.tolist() == list(range(1, 13))


def test_a_night_begins_at_the_hour_of_its_station(tmp_path):
    station = STATION.model_copy(update={"boundary_hour": 9})
    create_layout(zarr.open_group(tmp_path, mode="a", zarr_format=3), station, FREQUENCY_HZ, LAYOUT)
    with xr.open_zarr(str(tmp_path), group="spectra", consolidated=False) as dataset:
        assert dataset.night.values[0] == np.datetime64("2014-01-09T09:00")


def test_an_empty_archive_reads_as_missing_everywhere(folder):
    with xr.open_zarr(str(folder), group="spectra", consolidated=False) as spectra:
        assert np.isnan(spectra.density[0]).all()
        assert (spectra.quality == 0).all()
    with xr.open_zarr(str(folder), group="fringes", consolidated=False) as fringes:
        assert np.isnan(fringes.verdict).all()
    with xr.open_zarr(str(folder), group="detection", consolidated=False) as detection:
        assert np.isnan(detection.probability[0]).all()


def test_places_without_data_take_no_room(folder):
    written = {"/".join(path.relative_to(folder).parts[:2]) for path in folder.rglob("c/**/*") if path.is_file()}
    assert "spectra/night" in written
    assert not written & set(LAYOUT.arrays)


def test_the_whole_archive_says_where_it_comes_from(group):
    attrs = group.attrs
    assert attrs["Conventions"] == "CF-1.11, ACDD-1.3"
    assert "eskdalemuir" in attrs["title"]
    assert "eskdalemuir" in attrs["source"]
    assert "iar" in attrs["history"]
    assert (attrs["geospatial_lat_min"], attrs["geospatial_lon_max"]) == (55.314, -3.206)


@pytest.mark.parametrize("name", ["eskdalemuir", "sierra-nevada"])
def test_the_calibration_is_kept_with_the_archive(name, tmp_path):
    station = load_station(name).model_copy(update={"last_night": dt.date(2000, 1, 2)})
    create_layout(zarr.open_group(tmp_path, mode="a", zarr_format=3), station, FREQUENCY_HZ, LAYOUT)
    kept = zarr.open_group(tmp_path, mode="r").attrs["station"]
    assert Station.model_validate(kept) == station


def test_creating_it_twice_writes_the_same_bytes(folder):
    before = files_of(folder)
    create_layout(zarr.open_group(folder, mode="a", zarr_format=3), STATION, FREQUENCY_HZ, LAYOUT)
    assert files_of(folder) == before
