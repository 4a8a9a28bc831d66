"""The random sample of an archive: drawn once, and what was said of its nights so far."""

import datetime as dt
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from iar.archive.labels import WITHDRAWN, Label, Sample, SampledNight, SampledStratum
from iar.labels.current import by_night, consensus, latest
from iar.labels.sampling import SAMPLE_NIGHTS, draw_sample, quarter_of
from iar.labels.worth import Interval, Strata, Worth, measure_worth, worth_after

HOUR_NIGHTS = 100
"""Nights that a person judges in an hour."""
LEFT_OUT = "no_data"
"""Verdict of nights in which there is nothing to judge."""


@dataclass(frozen=True)
class Findings:
    """What the sample says: nights of it that were judged, unsure ones among them, worth now and after an hour more.

    `renamed` nights have another verdict by now than when they were drawn.
    """

    nights: int
    drawn: int
    judged: int
    unsure: int
    renamed: int
    worth: Worth
    ahead: Worth


def make_sample(
    verdicts: Mapping[dt.date, str], now: dt.datetime, *, size: int | None = None, seed: int | None = None
) -> Sample:
    """Sample of nights with a verdict, by which they are drawn; an unknown seed if none is given.

    Unless a size is given, half of them and 300 at most: nothing is learnt from the sample, and some have to be left.
    """
    seed = secrets.randbits(32) if seed is None else seed
    known = {night: verdict for night, verdict in sorted(verdicts.items()) if verdict != LEFT_OUT}
    nights = [SampledNight(night=night, verdict=verdict, season=quarter_of(night)) for night, verdict in known.items()]
    kinds = Counter(_kind(one) for one in nights)
    size = min(SAMPLE_NIGHTS, -(-len(nights) // 2)) if size is None else size
    order = draw_sample(
        np.array([n.verdict for n in nights], str), np.array([n.season for n in nights], str), size, seed
    )
    return Sample(
        seed=seed,
        drawn=now,
        nights=tuple(nights[place] for place in order),
        strata=tuple(SampledStratum(verdict=v, season=s, nights=n) for (v, s), n in sorted(kinds.items())),
    )


def findings(sample: Sample, labels: Iterable[Label], verdicts: Mapping[dt.date, str]) -> Findings:
    """What labels that are not stale say of the sample, see `judged_sample`; `verdicts` are those of today.

    Nights that people are unsure of count neither way.
    """
    said = judged_sample(sample, labels)
    strata = _strata(sample, said)
    rest = [one for one in sample.nights if one.night not in said][:HOUR_NIGHTS]
    more = Counter(_kind(one) for one in rest)
    coming = np.array([more[_kind(one)] for one in sample.strata], float)
    return Findings(
        nights=sum(one.nights for one in sample.strata),
        drawn=len(sample.nights),
        judged=len(said),
        unsure=sum(verdict == "unsure" for verdict in said.values()),
        renamed=sum(verdicts.get(one.night) != one.verdict for one in sample.nights),
        worth=measure_worth(strata),
        ahead=worth_after(strata, coming),
    )


def judged_sample(sample: Sample, labels: Iterable[Label]) -> dict[dt.date, str]:
    """Verdict of each night of the sample, by the last blind judgement of each person; where they differ, of most.

    What was said after the network's lines were seen does not count, but a judgement that was withdrawn then is gone.
    """
    drawn = {one.night for one in sample.nights}
    counts = [label for label in labels if label.mode == "blind" or label.verdict == WITHDRAWN]
    blind = latest(label for label in counts if label.night in drawn)
    return {night: consensus([label.verdict for label in them]) for night, them in by_night(blind).items()}


def sample_weights(sample: Sample, nights: Iterable[dt.date]) -> dict[dt.date, float]:
    """Nights of the archive that each of these of the sample stands for: those of its stratum over their number."""
    chosen = set(nights)
    kinds = {one.night: _kind(one) for one in sample.nights if one.night in chosen}
    judged, there = Counter(kinds.values()), {_kind(one): one.nights for one in sample.strata}
    return {night: there[kind] / judged[kind] for night, kind in kinds.items()}


def _kind(one: SampledNight | SampledStratum) -> tuple[str, str]:
    """Stratum that a night is of, or that the counts are of."""
    return one.verdict, one.season


def _strata(sample: Sample, said: Mapping[dt.date, str]) -> Strata:
    sure = [one for one in sample.nights if said.get(one.night, "unsure") != "unsure"]
    judged = Counter(_kind(one) for one in sure)
    fringes = Counter(_kind(one) for one in sure if said[one.night] == "fringes")
    return Strata(
        verdict=np.array([one.verdict for one in sample.strata], str),
        nights=np.array([one.nights for one in sample.strata], float),
        judged=np.array([judged[_kind(one)] for one in sample.strata], float),
        fringes=np.array([fringes[_kind(one)] for one in sample.strata], float),
    )


def in_words(found: Findings) -> list[str]:
    """What the sample says, in sentences."""
    precision, recall = found.worth.precision, found.worth.recall
    unsure = f", {found.unsure} of them unsure" if found.unsure else ""
    lines = [f"random sample: {found.judged} of {found.drawn} nights judged{unsure}, for {found.nights} in the archive"]
    if not np.isnan(precision.share):
        ahead = _ahead(found.ahead.precision.width, precision.width)
        lines.append(f"of nights called fringes {_share(precision)} are{ahead}")
    if not np.isnan(recall.share):
        lines.append(
            f"of nights with fringes {_share(recall)} are called so{_ahead(found.ahead.recall.width, recall.width)}"
        )
    if np.isnan(precision.share) or np.isnan(recall.share):
        lines.append("more is known once some nights of each verdict were judged")
    if found.renamed:
        lines.append(f"{found.renamed} night(s) of the sample have another verdict now than when it was drawn")
    return lines


def _share(interval: Interval) -> str:
    return f"{interval.share:.0%} ({interval.low:.0%} to {interval.high:.0%})"


def _ahead(later: float, now: float) -> str:
    return (
        f"; an hour more narrows that from {100 * now:.0f} to {100 * later:.0f} points" if later < now - 0.005 else ""
    )
