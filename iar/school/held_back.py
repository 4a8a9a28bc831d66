"""The held-back nights of an archive: a new network beside the one in use, by what people said of a random sample."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from iar.archive.labels import LabelBook
from iar.archive.reader import Reader
from iar.detection.bundle import Bundle
from iar.detection.inference import bundle_probability, pack_probability
from iar.fringes.judging import Measured, Rules, judge_probability
from iar.labels.beside import Beside, Paired, beside
from iar.labels.current import fresh, spectra_of
from iar.labels.sample import judged_sample, sample_weights
from iar.labels.versions import at_version
from iar.learning.judgement.summary import rounded
from iar.learning.sources import LATEST, ExampleSources
from iar.results.page import PageTable, Section, decimals
from iar.settings import Processing
from iar.stages.fringes import measured
from iar.stages.night_view import NightView


def judge_held_back(
    sources: ExampleSources, candidate: Bundle, holder: Bundle, processing: Processing
) -> dict[str, Any]:
    """What a candidate's card says of the random sample of its archive, from which it has learnt nothing.

    `found` and `quiet` are shares of the nights with fringes that are called so, and of those without that are not,
    both weighted to the archive, of the candidate and of the `holder` (whose digest is `beside`), with the 95 %
    interval of the difference; `lost` whether one of them is worse than chance explains; `wrong` nights that the
    candidate has wrong.
    """
    archive, book = Reader(str(sources.archive)), LabelBook(str(sources.archive))
    sample, labels = book.sample(), fresh(at_version(book.read(), sources.labels or LATEST), spectra_of(archive))
    judged = judged_sample(sample, labels) if sample else {}
    said = {night: verdict == "fringes" for night, verdict in sorted(judged.items()) if verdict != "unsure"}
    weights = sample_weights(sample, said) if sample else {}
    rules = Rules(**processing.fringes.model_dump())
    seen = [[calls_fringes(one, measured(NightView(archive, night)), rules) for one in (candidate, holder)]
            for night in said]  # fmt: skip
    calls = np.array(seen, dtype=bool).reshape(-1, 2)
    fringes = np.array(list(said.values()), dtype=bool)
    found = beside(fringes, calls[:, 0], calls[:, 1], np.array([weights[night] for night in said], dtype=float))
    return {
        "nights": len(said),
        "people": len({label.who for label in labels if label.night in said and label.mode == "blind"}),
        "beside": holder.digest,
        "found": _numbers(found.found),
        "quiet": _numbers(found.quiet),
        "lost": found.lost,
        "wrong": [str(night) for night, right in zip(said, calls[:, 0] == fringes, strict=True) if not right],
        "words": in_words(found),
    }


def calls_fringes(bundle: Bundle, night: Measured, rules: Rules) -> bool:
    """Whether a night's verdict is fringes, by a network and these rules."""
    packed = pack_probability(bundle_probability(bundle, night.density, night.frequency_hz))
    _, verdict = judge_probability(packed, night, threshold=bundle.card.threshold, rules=rules)
    return verdict.name == "fringes"


def in_words(found: Beside) -> str:
    """What the held-back nights say, in a sentence."""
    sides = ((found.found, "with fringes", "called so"), (found.quiet, "without", "not"))
    parts = [_side(pair, which, called) for pair, which, called in sides if pair.nights]
    if not parts:
        return "no night of the random sample was judged yet: how it does on real nights is not known"
    return f"held-back nights: {'; '.join(parts)}"


def held_back_section(numbers: Mapping[str, Any]) -> Section:
    """Section of a report about the numbers of `judge_held_back`."""
    sides = (("with fringes, called so", numbers["found"]), ("without, not called so", numbers["quiet"]))
    rows = tuple(
        (name, str(side["nights"]), *(decimals(side[key]) for key in ("first", "second", "low", "high")))
        for name, side in sides
    )
    head = ("nights", "judged", "this network", "the one in use", "difference from", "to")
    wrong = ", ".join(numbers["wrong"]) or "none"
    return Section(
        "On real nights",
        f"{numbers['nights']} night(s) of the archive's random sample, which {numbers['people']} people judged blind "
        f"and nothing was learnt from, weighted to the archive. {numbers['words'].capitalize()}. Where people and this "
        f"network differ: {wrong}.",
        (),
        (PageTable("Shares of nights that are right, and the 95 % interval of their difference", head, rows),),
    )


def _side(pair: Paired, which: str, called: str) -> str:
    interval = f"difference {round(100 * pair.low):+d} to {round(100 * pair.high):+d} points"
    worse = ", which is a loss" if pair.lost else ""
    shares = f"{pair.first:.0%} are {called} against {pair.second:.0%}"
    return f"of {pair.nights} {which} {shares}, {interval}{worse}"


def _numbers(pair: Paired) -> dict[str, Any]:
    shares = {name: rounded(getattr(pair, name)) for name in ("first", "second", "low", "high")}
    return {"nights": pair.nights, **shares}
