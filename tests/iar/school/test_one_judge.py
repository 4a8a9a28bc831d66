"""A network is chosen by what it will say at night: the judge of an archive's nights is that of the frozen ones."""

import datetime as dt

import numpy as np
import pytest

from iar.detection.bundle import load_bundle
from iar.detection.inference import pack_probability
from iar.fringes.judging import Rules, judge_probability
from iar.learning.judgement.evaluation import DARK, Found, evaluate_nights, judge_found, network_detector
from iar.learning.judgement.evaluation import simulate_frozen as frozen
from iar.learning.judgement.summary import summary
from iar.night import SLOTS
from iar.school.evaluate import bundle_subject, classical_detector
from iar.settings import ClassicalSettings, FringeSettings, Processing, Station
from iar.simulation.scenario import SCENARIOS
from iar.simulation.truth import fringe_spacing
from iar.stages.creation import create_archive
from iar.stages.fringes import classical_fringes, read_estimators, read_spacing, read_verdict
from iar.stages.process import process_night
from iar.stages.stage import Setup
from tests.nights import seal_density

OTHERS = FringeSettings(spline_pieces=4, min_spacing_hz=0.3, max_spacing_hz=1.9, min_effort=0.6, min_slots=60)
NIGHTS = {
    "fringes": ("fringes", dt.date(2012, 3, 1), FringeSettings()),
    "gaps": ("gaps", dt.date(2013, 1, 9), FringeSettings()),
    "comb": ("comb", dt.date(2014, 6, 3), FringeSettings()),
    "by other settings": ("faint", dt.date(2012, 12, 5), OTHERS),
}


@pytest.fixture(scope="module", params=NIGHTS)
def judged(request, tmp_path_factory):
    """A frozen night, its settings, and the archive that its density went through."""
    scenario, date, settings = NIGHTS[request.param]
    night = frozen(scenario, date)
    archive = create_archive(str(tmp_path_factory.mktemp("judge") / "archive"), Station())
    seal_density(archive, date, night.density)
    process_night(archive, date, Setup(Processing(fringes=settings)))
    return night, settings, archive


def test_a_frozen_night_is_judged_as_an_archive_s_to_the_bit(judged):
    night, settings, archive = judged
    subject, date = bundle_subject(load_bundle()), night.drawn.night
    rules = Rules(**settings.model_dump())
    packed = pack_probability(subject.probability(night.density))
    estimates, verdict = judge_probability(packed, night.measured, threshold=subject.threshold, rules=rules)
    sealed = vars(read_spacing(archive, date)) | read_estimators(archive, date)
    assert set(sealed) == set(estimates.arrays())
    for name, values in estimates.arrays().items():
        np.testing.assert_array_equal(values.astype(np.float32), sealed[name], err_msg=name)
    assert verdict == read_verdict(archive, date)


def test_an_evaluation_tells_the_spacing_and_the_verdict_of_the_archive(judged):
    night, settings, archive = judged
    subject, rules = bundle_subject(load_bundle()), Rules(**settings.model_dump())
    detect = network_detector(subject.network, step=subject.step, pieces=subject.pieces, threshold=subject.threshold)
    scored = judge_found(night, detect(night.density, DARK), rules)
    sealed_hz = read_spacing(archive, night.drawn.night).delta_f_hz[DARK]
    true_hz = fringe_spacing(night.drawn, night.f_n)[DARK]
    np.testing.assert_array_equal(np.isfinite(scored.error_hz), np.isfinite(sealed_hz - true_hz))
    np.testing.assert_allclose(scored.error_hz, sealed_hz - true_hz, atol=1e-7)
    assert scored.verdict == read_verdict(archive, night.drawn.night).name


def test_the_published_detector_is_judged_as_an_archive_s(judged):
    night, settings, archive = judged
    found = classical_detector(ClassicalSettings())(night.density, DARK)
    verdict, spacing = classical_fringes(archive, night.drawn.night)
    scored = judge_found(night, found, Rules(**settings.model_dump()))
    true_hz = fringe_spacing(night.drawn, night.f_n)
    np.testing.assert_array_equal(scored.error_hz, (spacing.delta_f_hz - true_hz)[DARK].astype(np.float32))
    assert scored.verdict == verdict.name


def test_the_operators_rules_decide_the_verdicts_of_an_evaluation():
    """Lines every half hertz all night: fringes where such a spacing is looked for, else none."""
    night = frozen("quiet", dt.date(2012, 3, 1))
    line_hz = np.tile(0.5 * np.arange(2.0, 7.0), (SLOTS, 1))
    found = Found(np.zeros(night.density.shape[1:], np.uint8), lines=(line_hz, np.ones_like(line_hz)))
    for low_hz, verdict in ((0.25, "fringes"), (0.7, "no_fringes")):
        rules = Rules(**FringeSettings(min_spacing_hz=low_hz).model_dump())
        assert judge_found(night, found, rules).verdict == verdict


def test_an_evaluation_says_by_which_rules_it_judged():
    rules = Rules(**OTHERS.model_dump())
    silent = np.full((SLOTS, 1), np.nan)
    evaluation = evaluate_nights(
        lambda density, _dark: Found(np.zeros(density.shape[1:], np.uint8), lines=(silent, silent)),
        nights=len(SCENARIOS), rules=rules,
    )  # fmt: skip
    assert summary(evaluation, threshold=0.5)["rules"] == OTHERS.model_dump()
