"""Cards of trained networks: what they learnt from, and how well, before they are judged."""

from collections.abc import Collection, Sequence
from dataclasses import asdict

import numpy as np

from iar.detection.bundle import Card, LabelCounts, Span
from iar.labels.lessons import Lessons
from iar.learning.examples import LABELLED, LAID, SPLINE_PIECES, UNLABELLED, Examples, month_of
from iar.learning.judgement.summary import rounded
from iar.learning.retraining import FoldResult, Recipe, choose_threshold, fold_scores, software
from iar.school.examples import real_nights

IN_WORDS = {
    "simulated": "nights of iar's own simulator",
    "classical": "stretches of real nights that a person called good, with the lines of the published detector",
    "drawn": "stretches of real nights that a person drew the fringes of",
    LABELLED: "stretches of real nights that people judged, with the network's lines where they saw fringes",
    LAID: "stretches of real nights over which simulated fringes were laid",
    UNLABELLED: "stretches of real nights that nobody labelled, with what the network of the round before found",
}
"""What a card says of each source."""
REAL = ("classical", "drawn", LABELLED, LAID, UNLABELLED)


def new_card(
    recipe: Recipe, folds: Sequence[FoldResult], examples: Examples, *, signature: str, lessons: Lessons | None
) -> Card:
    """Card of the recipe's model, before it was judged; `signature` is that of the examples.

    `lessons` are those that the labels gave, None where it learnt from none.
    """
    months = set(examples.month.tolist())
    scores = [asdict(score) for score in fold_scores(folds, recipe.threshold)]
    source = np.where(np.isin(examples.scenario, REAL), examples.scenario, "simulated")
    counts = {str(name): int((source == name).sum()) for name in np.unique(source)}
    parts = [f"{count} {IN_WORDS[name]}" for name, count in counts.items()]
    return Card(
        name=recipe.name,
        trained_on="; ".join(parts) + ("" if set(counts) & set(REAL) else "; no real night"),
        unet=recipe.unet,
        spline_pieces=SPLINE_PIECES,
        threshold=choose_threshold(recipe, folds),
        precision=recipe.inference_precision,
        training=recipe.model_dump(mode="json"),
        span=Span(first=min(months), last=max(months), sources=counts),
        real_nights=real_nights(recipe.sources, months, lessons),
        labels=None if lessons is None else _counts(lessons, months),
        signature=signature,
        fold_scores=tuple({name: rounded(value) for name, value in score.items()} for score in scores),
        evaluation={},
        software=software(),
    )


def fold_card(
    recipe: Recipe, result: FoldResult, learnt: Examples, fold: int, *, signature: str, lessons: Lessons | None
) -> Card:
    """Card of the network of one fold, with the threshold that is best on its own held-out months."""
    apart = f"{signature} without the months of fold {fold}"
    return new_card(recipe, [result], learnt, signature=apart, lessons=lessons).model_copy(
        update={"name": f"{recipe.name}, fold {fold}", "fold_scores": (), "fold_mean": {}, "fold_spread": {}}
    )


def _counts(lessons: Lessons, months: Collection[str]) -> LabelCounts:
    """What the lessons of these months are."""
    return LabelCounts(
        version=lessons.version,
        stations=(lessons.station,),
        people=lessons.people,
        fringes=sum(month_of(night) in months for night in lessons.fringes),
        without=sum(month_of(night) in months for night in lessons.without),
        held_back=len(lessons.held_back),
        stale=lessons.stale,
        unsure=lessons.unsure,
        trackless=lessons.trackless,
    )
