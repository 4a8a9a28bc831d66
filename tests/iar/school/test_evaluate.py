"""The evaluation of a network as a page that needs nothing else."""

import datetime as dt
import json
import re
from pathlib import Path

import numpy as np
import pytest

from iar.detection.bundle import Bundle, Card
from iar.detection.inference import STEPS
from iar.detection.unet import UnetConfig, build_unet
from iar.errors import InputError
from iar.learning.examples import simulate_examples
from iar.learning.judgement.evaluation import DARK, FREQUENCY_HZ, frozen_nights, simulate_frozen
from iar.learning.judgement.pixels import threshold_step
from iar.night import SLOTS
from iar.school.evaluate import (
    Subject,
    classical_detector,
    ensemble_subject,
    evaluate,
    score_sizes,
    spread_nights,
    turned_subject,
    two_nights,
    typical_nights,
)
from iar.school.evaluation_nights import examine, worst_night
from iar.school.evaluation_report import _errors_in_words, _false_pixels, check_report_file, write_report
from iar.school.examples import Labelled
from iar.settings import ClassicalSettings
from iar.simulation.scenario import SCENARIOS, WIDE_SCENARIOS
from tests.pages import ReadPage, check_whole

pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)
STEP = 4
HISTORY = [{"loss": 0.5, "iou_fringe": 0.2, "held_loss": 0.6, "held_iou_fringe": 0.1}] * 2


def loud(pictures):
    """Network without weights: the louder both channels are in a pixel, the more probable is a fringe."""
    return np.clip(pictures[..., :2].mean(axis=-1) / 2, 0, 1).astype(np.float32)


SUBJECT = Subject(
    name="loud <&>",
    network=loud,
    step=STEP,
    pieces=3,
    threshold=0.5,
    about={"trained on": "nothing at all"},
    model=lambda: build_unet(UnetConfig(base_filters=1, depth=2, stem=2)),
    histories={"fold 1": HISTORY, "final": HISTORY},
    learnt=frozenset({"2014-01-11", "2014-02-01"}),
)


@pytest.fixture(scope="module")
def evaluated():
    examples = simulate_examples(2, seed=1, step=STEP, slots=64, scenario="fringes")
    labelled = {"drawn": Labelled(examples, ("2014-01-10", "2014-01-11"))}
    return evaluate(SUBJECT, nights=len(SCENARIOS), labelled=labelled)


@pytest.fixture(scope="module")
def page(evaluated, tmp_path_factory):
    out = tmp_path_factory.mktemp("report") / "report.html"
    write_report(SUBJECT, evaluated, out)
    return out.read_text(encoding="utf-8")


def test_the_numbers_can_be_kept_in_a_card(evaluated):
    numbers = evaluated.numbers
    assert json.loads(json.dumps(numbers, allow_nan=False)) == numbers
    assert list(numbers["scenarios"]) == list(SCENARIOS)
    assert list(numbers["wide"]["scenarios"]) == list(WIDE_SCENARIOS)
    assert numbers["labelled"]["drawn"]["nights"] == 2
    assert numbers["labelled"]["drawn"]["learnt_from"] == 1
    assert list(numbers["picture_slots"]) == [str(int(DARK.sum())), str(SLOTS), str(2 * SLOTS)]


def test_the_page_needs_nothing_from_anywhere(page):
    read = ReadPage(page)
    assert len(read.images) == 12
    check_whole(page)


def test_the_page_tells_all_its_parts_and_its_numbers(page, evaluated):
    read = ReadPage(page)
    words = " ".join(read.words)
    assert len(read.headings) == 14
    assert "loud <&>" in words  # and not as elements
    assert "nothing at all" in words
    assert f"{evaluated.numbers['network']['f1']:.3f}" in words
    for number in ("5.8", "5.11", "5.12", "5.14", "5.17", "5.19", "chapter 7"):
        assert number in words
    assert not re.search(r"\bnan\b|\bNone\b", words)


def test_a_report_is_html_in_a_folder_that_is_there(tmp_path):
    with pytest.raises(InputError, match=r"report\.pdf: expected a name that ends in \.html"):
        check_report_file(tmp_path / "report.pdf")
    with pytest.raises(InputError, match="does not exist"):
        check_report_file(tmp_path / "none" / "report.html")


def test_the_size_of_the_picture_does_not_matter_to_who_looks_at_single_pixels():
    scores = score_sizes(SUBJECT, [("fringes", dt.date(2012, 3, 1))])
    assert len(set(scores.values())) == 1


def test_two_nights_are_the_one_and_the_next():
    both = two_nights("quiet", dt.date(2012, 3, 1))
    np.testing.assert_array_equal(both.density[:, SLOTS:], simulate_frozen("quiet", dt.date(2012, 3, 2)).density)
    assert examine(SUBJECT, both, ClassicalSettings(), whole=True).hours == (12, 60)


def test_a_night_is_shown_in_its_dark_part():
    shown = examine(SUBJECT, simulate_frozen("gaps", dt.date(2012, 3, 1)), ClassicalSettings())
    assert shown.hours == (18, 30)
    assert shown.truth.shape == shown.probability.shape == shown.residual.shape == (DARK.sum(), len(FREQUENCY_HZ))
    np.testing.assert_array_equal(np.isnan(shown.residual).all(axis=1), np.isnan(shown.probability).all(axis=1))


def test_the_classical_detector_finds_its_lines_and_nothing_between():
    night = simulate_frozen(*frozen_nights(len(SCENARIOS))[1])
    found = classical_detector(ClassicalSettings())(night.density, DARK)
    assert set(np.unique(found.packed)) == {0, STEPS}
    line_hz, weight = found.lines
    assert len(line_hz) == len(weight) == len(found.packed) == SLOTS
    assert not found.packed[~DARK].any()
    slot, column = np.nonzero(found.packed)
    nearest = np.nanmin(np.abs(line_hz[slot] - FREQUENCY_HZ[column, None]), axis=1)
    assert nearest.max() <= (FREQUENCY_HZ[1] - FREQUENCY_HZ[0]) / 2 + 1e-9


def test_the_worst_night_has_the_most_false_pixels_of_those_asked_for(evaluated):
    evaluation = evaluated.evaluation
    without = ~np.isin(evaluation.scenario, ("fringes", "faint", "gaps"))
    false = evaluation.network.tally.far[:, threshold_step(0.5) :].sum(axis=1)
    worst = worst_night(evaluation.network, without, threshold=0.5)
    assert without[worst]
    assert false[worst] == false[without].max()


def bundle_of(name, **changes):
    card = Card(
        name=name, trained_on="nothing", unet=UnetConfig(), spline_pieces=3, threshold=0.5, training={}, fold_scores=(),
        evaluation={}, software={},
    )  # fmt: skip
    return Bundle(loud, card.model_copy(update=changes), name, Path(name))


def test_mean_of_networks_has_their_mean_threshold_and_all_their_nights():
    one = bundle_of("one", threshold=0.2, real_nights=("2014-01-10",))
    other = bundle_of("other", threshold=0.4, real_nights=("2014-01-11",), trained_on="much", unet=UnetConfig(stem=1))
    both = ensemble_subject([one, other])
    assert both.threshold == pytest.approx(0.3)
    assert both.learnt == {"2014-01-10", "2014-01-11"}
    assert both.about["trained on"] == "nothing | much"
    assert both.step == 32  # multiples of 32 are multiples of 16
    assert len(turned_subject(both).members) == 2


def test_networks_of_different_pictures_have_no_mean():
    with pytest.raises(InputError, match="have no mean: 3 spline pieces and 3 planes, 4 spline pieces and 3 planes"):
        ensemble_subject([bundle_of("one"), bundle_of("other", spline_pieces=4)])


def test_networks_are_held_against_the_truth_on_some_nights_of_each_scenario():
    names = [scenario for scenario, _ in spread_nights(100)]
    assert {names.count(scenario) for scenario in SCENARIOS} == {4}
    assert len(spread_nights(len(SCENARIOS))) == len(SCENARIOS)


def test_the_typical_night_of_a_scenario_is_one_of_its_own(evaluated):
    (night,) = typical_nights(evaluated.evaluation, "faint", threshold=0.5)
    assert evaluated.evaluation.scenario[night] == "faint"


@pytest.mark.parametrize(
    ("fewer", "number", "words"),
    [(0.9, "90.0 %", "fewer false pixels"), (-79.02, "80 times", "the false pixels of"), (None, "–", "never has that")],
)
def test_false_pixels_are_told_in_words_that_hold_for_a_poor_network_too(fewer, number, words):
    tile = _false_pixels(fewer, "0.26")
    assert tile.number == number
    assert words in tile.meaning


def test_a_network_without_a_spacing_says_nothing_of_its_error():
    assert _errors_in_words({"spacing_error_median_hz": None, "spacing_error_p90_hz": None}) == ""
    told = _errors_in_words({"spacing_error_median_hz": 0.004, "spacing_error_p90_hz": 0.016})
    assert "0.0040 Hz" in told
