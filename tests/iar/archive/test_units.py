"""What UDUNITS, which CF stands on, makes of our units."""

import cf_units
import pytest

from iar.fringes.table import TABLE
from iar.stages.pipeline import layout_of

MEANT = {
    "1": (1, "1"),
    "Hz": (1, "s-1"),
    "s": (1, "s"),
    "pT2": (1e-24, "T2"),
    "pT2 Hz-1": (1e-24, "T2 s"),
    "m-3": (1, "m-3"),
    "MHz": (1e6, "s-1"),
    "degree": (0.0174532925, "rad"),
}
"""What one of each is in SI."""
NO_UNIT_OF_UDUNITS = "pT/sqrt(Hz)"


@pytest.mark.parametrize(
    "units", sorted({spec.attrs["units"] for spec in layout_of().arrays.values() if "units" in spec.attrs})
)
def test_a_unit_of_the_archive_is_read_as_it_is_meant_or_not_at_all(units):
    if units == NO_UNIT_OF_UDUNITS:  # which knows whole powers only: `pT Hz-0.5` would be 5e-13 T
        with pytest.raises(ValueError, match="Failed to parse unit"):
            cf_units.Unit(units)
        units = layout_of().arrays["spectra/density"].attrs["comment"].split(" in ")[1].split(":")[0]
    number, si = MEANT[units]
    assert cf_units.Unit(units).convert(1.0, si) == pytest.approx(number)


@pytest.mark.parametrize("units", sorted({column.unit for column in TABLE if column.unit}))
def test_a_unit_of_an_export_is_read_as_it_is_meant(units):
    number, si = MEANT[units]
    assert cf_units.Unit(units).convert(1.0, si) == pytest.approx(number)
