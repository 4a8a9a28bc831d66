"""What the page of limits says of the network is what its card says."""

import pytest

from iar.detection.bundle import SHIPPED, read_card
from iar.fringes.spacing import MIN_RIDGES
from iar.night import HARMONICS
from iar.settings import FringeSettings
from tests.markdown import DOCS, table

TEXT = (DOCS / "limits.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("row", table("limits.md", "nights", "F1"), ids=lambda row: row[0])
def test_scores_are_those_of_the_card(row):
    judged = read_card(SHIPPED).evaluation
    name, *values = row
    home, wide = (
        world["network"] if name == "all" else {**world["seasons"], **world["depths"]}[name]
        for world in (judged, judged["wide"])
    )
    shares = [one[score] for one in (home, wide) for score in ("f1", "precision", "recall")]
    assert [float(one) for one in values[:-1]] == pytest.approx(shares, abs=6e-4)
    assert float(values[-1].removesuffix(" %")) == pytest.approx(100 * wide["missed_nights"], abs=0.6)


def test_no_real_night_was_learnt_from_as_long_as_the_page_says_so():
    card = read_card(SHIPPED)
    assert card.real_nights == ()
    assert "simulated" in card.span.sources
    assert len(card.span.sources) == 1
    assert f"{card.evaluation['nights']} frozen simulated nights" in TEXT


def test_ranges_are_those_of_the_settings():
    settings = FringeSettings()
    assert f"from {settings.min_spacing_hz} to {settings.max_spacing_hz} Hz" in TEXT
    assert f"numbered up to {HARMONICS}" in TEXT
    assert MIN_RIDGES == 3
    assert "Fewer than three fringes" in TEXT
