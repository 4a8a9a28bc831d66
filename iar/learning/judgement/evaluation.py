"""Judgement of the network on nights that nothing was trained on, beside the published detector.

Only the dark part is judged, where fringes are looked for: its pixels (`pixels`), the spacing, and the
verdict. A *false night* is one without fringes whose verdict is `fringes`: what a user would read, which a number of
pixels is not.
"""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter

from iar.detection.classical import slots_with_data
from iar.detection.inference import STEPS, fringe_probability, pack_probability
from iar.detection.planes import has_data
from iar.detection.tiling import Network
from iar.errors import InputError
from iar.fringes.judging import Measured, Rules, judge_lines, judge_probability
from iar.fringes.spacing import MIN_RIDGES
from iar.learning.examples import Examples, example_nights
from iar.learning.judgement.pixels import (
    Curve,
    Mask,
    Numbers,
    Packed,
    StepTally,
    count_steps,
    highest_within,
    histogram,
    stacked_steps,
)
from iar.learning.judgement.scores import TOLERANCE_PX
from iar.night import CHANNELS, SEASONS, dark_slots
from iar.settings import FringeSettings, SpectraSettings
from iar.simulation.density import measured_density
from iar.simulation.scenario import SCENARIOS, WIDE_SCENARIOS, Scenario, draw_scenario
from iar.simulation.truth import fringe_frequencies, fringe_mask, fringe_spacing, visible_tracks
from iar.spectra.grid import pieces_over

EVALUATION_SEED = 20_000_000
"""Seed of the frozen evaluation nights; recipes stay below it."""
WIDE_SEED = 30_000_000
"""Seed of those of the wide world."""
DARK = dark_slots(18, 6, 12)
"""The part of a night that is judged: 18 to 06 UTC."""
FREQUENCY_HZ = SpectraSettings().frequency_hz
RULES = Rules(**FringeSettings().model_dump())
"""How spacing and verdict are found where nobody says another thing."""
UNEVEN_NIGHTS = 2.5
"""Nights by which the share of a season in the nights of a scenario may differ from a third."""

Density: TypeAlias = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Found:
    """What a detector makes of a night.

    `packed` probability in steps of 1/250, 255 for missing, shape (slot, frequency); a detector without probabilities
    gives 0 and 250, and `lines`: their Hz and weights, both (slot, line), as `iar.fringes.judging.judge_lines` wants
    them. `threshold` is the probability that a ridge reaches; lines have none.
    """

    packed: Packed
    threshold: float = 0.5
    lines: tuple[Curve, Curve] | None = None


Detector: TypeAlias = Callable[[Density, Mask], Found]
"""Density of a whole night, pT/sqrt(Hz) (channel, slot, frequency), and its dark slots (slot,), to what is found."""


@dataclass(frozen=True)
class Judged:
    """A detector, judged on nights.

    `tally` of each night; `verdict` (night,); `error_hz` of the spacing, Hz (night, slot), NaN where there is no
    answer or nothing to find.
    """

    tally: StepTally
    verdict: npt.NDArray[np.str_]
    error_hz: npt.NDArray[np.float32]


@dataclass(frozen=True)
class Evaluation:
    """Nights that were judged, along the first axis.

    `scenario` its name; `month` as 2012-01; `depth_db` of the strongest fringe, peak to trough, NaN without fringes;
    `fringes` true ones in each dark slot (night, slot); `remade` (night, step): false pixels of the published detector
    by the network's highest probability within the tolerance. `classical` and `remade` are None where nobody asked.
    `digest` is the same for the same nights; `rules` are those that they were judged by.
    """

    scenario: npt.NDArray[np.str_]
    month: npt.NDArray[np.str_]
    depth_db: Curve
    fringes: Numbers
    network: Judged
    classical: Judged | None = None
    remade: Numbers | None = None
    digest: str = ""
    rules: Rules = RULES

    @property
    def without(self) -> Mask:
        """Nights without any fringe."""
        return np.asarray((self.fringes == 0).all(axis=1))

    @property
    def spaced(self) -> Mask:
        """Slots with as many fringes as a spacing takes, bool (night, slot)."""
        return np.asarray(self.fringes >= MIN_RIDGES)

    @property
    def clear(self) -> Mask:
        """Nights with such slots enough for the verdict `fringes`."""
        return np.asarray(self.spaced.sum(axis=1) >= self.rules.min_slots)


@dataclass(frozen=True)
class FrozenNight:
    """A night of the frozen evaluation set: what was drawn, density pT/sqrt(Hz), frequencies of its fringes, Hz."""

    drawn: Scenario
    density: Density
    f_n: Curve

    @property
    def measured(self) -> Measured:
        """What the judge sees of the night: as an archive's whose slots are whole, or not there at all."""
        return Measured(self.density, slots_with_data(self.density), DARK, FREQUENCY_HZ, CHANNELS)

    @property
    def truth(self) -> Mask:
        """True pixels of the dark part, shape (slot, frequency)."""
        return fringe_mask(self.f_n[DARK], FREQUENCY_HZ)

    @property
    def marks(self) -> str:
        """What tells the night from others: scenario, date, true pixels, mean and scatter of the dark density.

        To a hundredth of a dB, so that another processor, whose last digits differ, makes the same night.
        """
        level_db = 20 * np.log10(self.density[:, DARK].astype(np.float64))
        level = f"{np.nanmean(level_db):.2f} +- {np.nanstd(level_db):.2f} dB"
        return f"{self.drawn.name} {self.drawn.night} {np.count_nonzero(self.truth)} {level}"

    @property
    def depth_db(self) -> float:
        """Depth of the strongest fringe in the median dark slot that it is seen in; NaN without fringes."""
        seen = np.isfinite(self.f_n[DARK])
        if self.drawn.fringes is None or not seen.any():
            return float("nan")
        depth_db = np.where(seen, visible_tracks(self.drawn)[1][DARK], 0).max(axis=1)
        return float(np.median(depth_db[depth_db > 0]))


def frozen_nights(nights: int, scenarios: tuple[str, ...] = SCENARIOS) -> list[tuple[str, dt.date]]:
    """Scenario and date of that many evaluation nights: the scenarios in turn, over all seasons and years.

    Where the turns would keep step with the year, so that a scenario saw one season only (every 7th of 77 nights is a
    year later), each turn begins a scenario further on.

    Parameters
    ----------
    scenarios
        Those of a world: `SCENARIOS`, or `WIDE_SCENARIOS` for the second frozen set.

    Raises
    ------
    InputError
        If there are fewer nights than scenarios.
    """
    if nights < len(scenarios):
        raise InputError(f"{nights} evaluation nights: each of the {len(scenarios)} scenarios needs one at least")
    dates, turn = example_nights(nights), len(scenarios)
    orders = [[(scenarios[(i + further * (i // turn)) % turn], date) for i, date in enumerate(dates)]
              for further in range(turn)]  # fmt: skip
    return min(orders, key=lambda order: max(_unevenness(order), UNEVEN_NIGHTS))


def _unevenness(nights: list[tuple[str, dt.date]]) -> float:
    """Nights by which a season of a scenario differs from a third of that scenario's, at most."""
    counts = np.array(
        [[sum(name == one and date.month in season for one, date in nights) for season in SEASONS.values()]
         for name in sorted({name for name, _ in nights})]
    )  # fmt: skip
    return float(np.abs(counts - counts.sum(axis=1, keepdims=True) / len(SEASONS)).max())


def frozen_seed(scenario: str) -> int:
    """Seed of the frozen nights of a scenario: each world has its own."""
    return WIDE_SEED if scenario in WIDE_SCENARIOS else EVALUATION_SEED


def simulate_frozen(scenario: str, date: dt.date) -> FrozenNight:
    """Night of a frozen set; the same arguments give the same night."""
    seed = frozen_seed(scenario)
    drawn = draw_scenario(scenario, date, seed)
    density = measured_density(drawn, FREQUENCY_HZ, np.random.default_rng([seed, date.toordinal(), 1]))
    return FrozenNight(drawn, density, fringe_frequencies(drawn, FREQUENCY_HZ))


def network_detector(network: Network, *, step: int, pieces: int, threshold: float) -> Detector:
    """Detector that looks at whole nights with a network.

    Parameters
    ----------
    step, pieces
        What sizes are padded to multiples of; pieces over 10 Hz of the background spline.
    threshold
        Probability that a ridge reaches.
    """
    over_band = pieces_over(FREQUENCY_HZ, pieces_per_10_hz=pieces)

    def detect(density: Density, _dark: Mask) -> Found:
        """Find fringes."""
        probability = fringe_probability(density, network, step=step, pieces=over_band)
        return Found(pack_probability(probability), threshold)

    return detect


def evaluate_nights(
    network: Detector,
    *,
    nights: int,
    scenarios: tuple[str, ...] = SCENARIOS,
    classical: Detector | None = None,
    rules: Rules = RULES,
    report: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Judge a detector, and the published one beside it, on the frozen nights.

    Parameters
    ----------
    nights, scenarios
        How many, and of which world: see `frozen_nights`.
    rules
        By which spacing and verdict are found: the operator's, so that a network is chosen by what it will say to them.
    report
        Called after each night with how many are done, of how many.

    Raises
    ------
    InputError
        If there are fewer nights than scenarios.
    """
    frozen, rows = frozen_nights(nights, scenarios), []
    for done, (scenario, date) in enumerate(frozen, 1):
        rows.append(_judge_night(simulate_frozen(scenario, date), network, classical, rules))
        if report is not None:
            report(done, nights)
    return Evaluation(
        scenario=np.array([scenario for scenario, _ in frozen]),
        month=np.array([date.strftime("%Y-%m") for _, date in frozen]),
        depth_db=np.array([row.depth_db for row in rows]),
        fringes=np.stack([row.fringes for row in rows]),
        network=_stacked([row.network for row in rows]),
        classical=_stacked([row.classical for row in rows if row.classical]) if classical else None,
        remade=np.stack([row.remade for row in rows if row.remade is not None]) if classical else None,
        digest=nights_digest(row.marks for row in rows),
        rules=rules,
    )


def nights_digest(marks: Iterable[str]) -> str:
    """Digest of nights by their `FrozenNight.marks`."""
    return hashlib.sha256("\n".join(marks).encode()).hexdigest()[:16]


def count_examples(network: Network, examples: Examples) -> StepTally:
    """Tally of each example: `network` against labels, whoever drew them. Padding and missing slots do not count."""
    rows = []
    for picture, mask in zip(examples.picture, examples.mask, strict=True):
        seen = np.asarray(picture, dtype=np.float32)
        probability = np.where(has_data(seen), network(seen[None])[0], np.nan)
        rows.append(count_steps(pack_probability(probability.astype(np.float32)), np.asarray(mask)))
    return stacked_steps(rows)


def false_nights(judged: Judged, evaluation: Evaluation) -> Mask:
    """Nights without any fringe that are said to have fringes."""
    return np.asarray(evaluation.without & (judged.verdict == "fringes"))


def missed_nights(judged: Judged, evaluation: Evaluation) -> Mask:
    """Nights with fringes in as many slots as the verdict takes that are not said to have any."""
    return np.asarray(evaluation.clear & (judged.verdict != "fringes"))


@dataclass(frozen=True)
class _Row:
    """One night of an evaluation."""

    marks: str
    depth_db: float
    fringes: Numbers
    network: Judged
    classical: Judged | None
    remade: Numbers | None


def _judge_night(night: FrozenNight, network: Detector, classical: Detector | None, rules: Rules) -> _Row:
    truth = night.truth
    found = network(night.density, DARK)
    ours = judge_found(night, found, rules)
    fringes = np.isfinite(night.f_n[DARK]).sum(axis=1)
    if classical is None:
        return _Row(night.marks, night.depth_db, fringes, ours, None, None)
    theirs = classical(night.density, DARK)
    false = np.asarray((theirs.packed[DARK] == STEPS) & ~maximum_filter(truth, size=2 * TOLERANCE_PX + 1))
    remade = histogram(highest_within(found.packed[DARK])[false])
    return _Row(night.marks, night.depth_db, fringes, ours, judge_found(night, theirs, rules), remade)


def judge_found(night: FrozenNight, found: Found, rules: Rules) -> Judged:
    """Pixels, spacing and verdict of one night: the judge is that of an archive's nights."""
    if found.lines is None:
        estimates, verdict = judge_probability(found.packed, night.measured, threshold=found.threshold, rules=rules)
        spacing = estimates.spacing
    else:
        spacing, verdict = judge_lines(*found.lines, night.measured, rules=rules)
    error_hz = spacing.delta_f_hz[DARK] - fringe_spacing(night.drawn, night.f_n)[DARK]
    tally = count_steps(found.packed[DARK], night.truth)
    return Judged(tally, np.array(verdict.name), error_hz.astype(np.float32))


def _stacked(rows: Sequence[Judged]) -> Judged:
    return Judged(
        stacked_steps([row.tally for row in rows]),
        np.array([str(row.verdict) for row in rows]),
        np.stack([row.error_hz for row in rows]),
    )
