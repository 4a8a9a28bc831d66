"""Pc1 events of simulated nights with and without pearls, of both worlds, against what was drawn.

From their density through the network and the judge, whose fringes are left out. A pearl is one that stands 3 dB or
more above the background in three slots or more of the band; an event is right where one is, at its time and within its
width. The peer is the published bar (Bortnik et al. 2007).
"""

from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.fringes import estimates_of
from benchmarks.line import Line
from iar.detection.bundle import load_bundle
from iar.fringes.spacing import no_spacing
from iar.learning.judgement.evaluation import FREQUENCY_HZ, RULES, FrozenNight, frozen_nights, simulate_frozen
from iar.night import SLOTS
from iar.pc1.events import Event, find_events
from iar.school.evaluate import Subject, bundle_subject
from iar.simulation.interference import Pearl

NIGHTS = 24
"""Of each world: half of them with pearls."""
WORLDS = {
    "": (("pearls",), ("fringes", "comb", "storm", "quiet")),
    "wide: ": (("wide-pearls",), ("wide-ladder", "wide-comb", "wide-storm", "wide-quiet")),
}
LEAST_DB, LEAST_SLOTS = 3.0, 3
NEAR_HZ, NEAR_WIDTHS = 0.15, 1.5
BAR = "the published bar"
WIDE_WHY = "fans of the day, which are not looked for, pass for Pc1, and bands of Pc1 for a fan"


def lines(nights: int = NIGHTS) -> Iterator[Line]:
    subject = bundle_subject(load_bundle())
    for world, parts in WORLDS.items():
        drawn = [simulate_frozen(*one) for part in parts for one in frozen_nights(nights // 2, part)]
        counts = np.sum([_counted(subject, night) for night in drawn], axis=0)
        right, false, found, missed = (float(one) for one in counts)
        why = WIDE_WHY if world else ""
        yield Line(f"{world}Pc1 events of {len(drawn)} nights: F1", 2 * right / max(2 * right + false + missed, 1), "1",
                   0.95, BAR, why=why)  # fmt: skip
        yield Line(f"{world}Pc1 events: false", 100 * false / max(right + false, 1), "%", 5.8, BAR,
                   more_is_better=False, why=why)  # fmt: skip
        yield Line(f"{world}pearls missed, of {found + missed:.0f}", 100 * missed / max(found + missed, 1), "%", 9, BAR,
                   more_is_better=False, why=why)  # fmt: skip


def _counted(subject: Subject, night: FrozenNight) -> tuple[int, int, int, int]:
    """Events that are right and false, pearls that are found and missed."""
    spacing = estimates_of(subject, night).spacing
    if np.isfinite(spacing.delta_f_hz).sum() < RULES.min_slots:
        spacing = no_spacing(SLOTS)
    events = find_events(night.measured.residual(RULES), FREQUENCY_HZ, spacing)
    there = np.isfinite(night.density[:, :, 0]).any(axis=0)
    pearls = [one for one in night.drawn.pearls if _standing(one, there).sum() >= LEAST_SLOTS]
    right = [any(_meet(event, pearl, there) for pearl in pearls) for event in events]
    found = [any(_meet(event, pearl, there) for event in events) for pearl in pearls]
    return sum(right), len(right) - sum(right), sum(found), len(found) - sum(found)


def _standing(pearl: Pearl, there: np.ndarray) -> np.ndarray:
    """Slots in which a pearl stands out in the band."""
    inside = (pearl.frequency_hz > FREQUENCY_HZ[0]) & (pearl.frequency_hz < FREQUENCY_HZ[-1])
    return np.asarray(there & inside & (pearl.height_db >= LEAST_DB))


def _meet(event: Event, pearl: Pearl, there: np.ndarray) -> bool:
    """Whether an event is, in some slot of the time of a pearl, where that is."""
    standing = np.flatnonzero(_standing(pearl, there))
    slots = np.arange(max(event.first, standing[0]), min(event.last, standing[-1]) + 1)
    away_hz: Sequence[float] = np.abs(event.frequency_hz[slots - event.first] - pearl.frequency_hz[slots]).tolist()
    return min(away_hz, default=np.inf) < max(NEAR_HZ, NEAR_WIDTHS * pearl.width_hz)
