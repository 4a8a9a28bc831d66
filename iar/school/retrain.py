"""A training from its recipe to the registry: every step leaves its result in a folder, and is not done again.

The folder is the training's own, ``<place>/<name>-<signature of the recipe>``: ``examples/``, ``fold-0.json`` ...,
``bundle/``, ``curves.json``, two pictures and ``report.html``; ``lessons.json`` where it learns from labels, which are
read once. A killed training goes on where it was, in the middle of
a fold, too.
"""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from fsspec.implementations.local import LocalFileSystem

from iar.archive.locks import locked
from iar.archive.manifest import signature_of
from iar.archive.whole import replace_json
from iar.detection.bundle import FOLDS, SHIPPED, bundle_digest, load_bundle, read_card, save_bundle
from iar.errors import InputError
from iar.labels.lessons import Lessons
from iar.learning.examples import Examples
from iar.learning.judgement.pixels import StepTally
from iar.learning.registry.comparison import judged_alike
from iar.learning.registry.versions import Registry, user_cache
from iar.learning.retraining import (
    PRESET_RECIPES,
    FoldResult,
    Recipe,
    changed_recipe,
    fold_scores,
    given_recipe,
    learn_final,
    learn_fold,
    software,
    split_fold,
)
from iar.learning.sources import LATEST
from iar.learning.training.fitting import Report
from iar.pace import LINE_EVERY_S, Pace
from iar.plots.learning import plot_training
from iar.results.picture import draw
from iar.school.cards import fold_card, new_card
from iar.school.evaluate import bundle_subject, evaluate
from iar.school.evaluation_nights import overlay_figure
from iar.school.evaluation_report import write_report
from iar.school.example_files import examples_digest
from iar.school.examples import Progress, gather_examples, stored_examples
from iar.school.held_back import judge_held_back
from iar.school.lessons import present_version, read_lessons
from iar.settings import Processing, load_settings

CURVES, REPORT, LESSONS = "curves.json", "report.html", "lessons.json"
CURVES_PICTURE, OVERLAYS_PICTURE = "curves.png", "overlays.png"
PAGES = (REPORT, CURVES_PICTURE, OVERLAYS_PICTURE)
"""What the registry keeps of a training for people to look at."""


def read_recipe(file: Path | None, preset: str = "light") -> Recipe:
    """Recipe of a preset, with what a YAML file says instead; an InputError if there is no such."""
    if preset not in PRESET_RECIPES:
        raise InputError(f"preset {preset!r} is none of {', '.join(PRESET_RECIPES)}")
    recipe = PRESET_RECIPES[preset]
    return recipe if file is None else load_settings(file, Recipe, example="folds: 5", below=recipe)


def choose_recipe(file: Path | None, preset: str = "light", **given: Any) -> Recipe:
    """Recipe of a preset or in a file, with what a person gave instead, by the names of `retraining.given_recipe`.

    The latest labels are those that are there now: the recipe says which.
    """
    fields: dict[str, Any] = {name: str(one) if isinstance(one, Path) else one for name, one in given.items()}
    recipe = given_recipe(read_recipe(file, preset), **fields)
    if recipe.sources.labels != LATEST:
        return recipe
    return changed_recipe(recipe, {"sources.labels": present_version(str(recipe.sources.archive))})


def trainings_place(registry: str) -> Path:
    """Folder for trainings under way: in the registry's, or the user's own where that is a server or a database.

    Never the present folder: a worker gives each run another, and a training that was killed would be lost.
    """
    return user_cache() / "trainings" if "://" in registry else Path(registry) / "trainings"


def training_folder(recipe: Recipe, place: Path) -> Path:
    """Folder of the training of that recipe, made if it is not there: of another one if what it reads has changed."""
    sources = recipe.sources
    lists = [] if sources.curated is None else [Path(sources.curated)]
    drawn = [] if sources.drawn is None else sorted(Path(sources.drawn).glob("*"))
    read = [hashlib.sha256(path.read_bytes()).hexdigest() for path in lists + drawn if path.is_file()]
    where = None if sources.archive is None or "://" in sources.archive else str(Path(sources.archive).absolute())
    made_with = (software(), os.environ.get("KERAS_BACKEND", "tensorflow"))
    folder = place / f"{recipe.name}-{signature_of(recipe.model_dump(mode='json'), read, where, made_with)}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def prepare_examples(recipe: Recipe, folder: Path, *, workers: int = 1, report: Progress | None = None) -> Examples:
    """Examples of the recipe, on disk in the training's folder, made if they are not there."""
    there = folder / "examples"
    with _alone(folder):
        if there.exists():
            return stored_examples(there)
        if recipe.sources.labels is not None:
            lessons = read_lessons(str(recipe.sources.archive), recipe.sources.labels)
            _write_json(folder / LESSONS, lessons.model_dump(mode="json"))
        return gather_examples(
            recipe.sources,
            step=recipe.unet.step,
            folder=there,
            lessons=_lessons(folder),
            workers=workers,
            report=report,
        )


def _lessons(folder: Path) -> Lessons | None:
    """What the labels gave the training in that folder, None if it learns from none."""
    there = folder / LESSONS
    return Lessons.model_validate_json(there.read_bytes()) if there.exists() else None


def run_fold(recipe: Recipe, folder: Path, fold: int, report: Report | None = None) -> FoldResult:
    """Train and judge fold number `fold`, unless that was done; the examples have to be there."""
    done, checkpoints = folder / f"fold-{fold}.json", folder / f"fold-{fold}"
    with _alone(folder):
        if not done.exists():
            examples = stored_examples(folder / "examples")
            model, result = learn_fold(recipe, examples, fold, checkpoints=str(checkpoints), report=report)
            if recipe.keep_folds:
                learnt, _ = split_fold(recipe, examples, fold)
                card = fold_card(recipe, result, learnt, fold, **_origin(folder))
                save_bundle(folder / FOLDS / str(fold), model, card)
            counted = {name: pixels.tolist() for name, pixels in asdict(result.tally).items()}
            _write_json(done, {"history": result.history, "tally": counted, "loss": result.loss})
        shutil.rmtree(checkpoints, ignore_errors=True)
    kept = _read_json(done)
    tally = StepTally(**{name: np.asarray(pixels) for name, pixels in kept["tally"].items()})
    return FoldResult(tuple(kept["history"]), tally, kept["loss"])


def run_final(recipe: Recipe, folder: Path, folds: Sequence[FoldResult], report: Report | None = None) -> Path:
    """Train on all examples, unless that was done, and write the bundle; returns its folder. It is not judged yet."""
    bundle, checkpoints = folder / "bundle", folder / "final"
    with _alone(folder):
        if not bundle.exists():
            examples = stored_examples(folder / "examples")
            model, history = learn_final(recipe, examples, checkpoints=str(checkpoints), report=report)
            _write_json(
                folder / CURVES, {f"fold {i}": fold.history for i, fold in enumerate(folds)} | {"final": history}
            )
            save_bundle(bundle, model, new_card(recipe, folds, examples, **_origin(folder)))
        shutil.rmtree(checkpoints, ignore_errors=True)
    return bundle


def _origin(folder: Path) -> dict[str, Any]:
    """What a card says of the examples in that folder."""
    return {"signature": examples_digest(folder / "examples"), "lessons": _lessons(folder)}


def judge_final(
    recipe: Recipe, folder: Path, processing: Processing, registry: Registry, report: Progress | None = None
) -> Path:
    """Judge the bundle on the frozen nights, unless that was done: its card says how well, its pages show it.

    The rules are those of the `processing`, by which the operator's nights come to their verdict. One that learnt from
    labels is judged on the random sample, too, beside the network that it has to beat.
    """
    bundle, page = folder / "bundle", folder / REPORT
    with _alone(folder):
        if not page.exists() or read_card(bundle).evaluation.get("rules") != processing.fringes.model_dump():
            loaded = load_bundle(bundle)
            subject = bundle_subject(loaded, _read_json(folder / CURVES))
            evaluated = evaluate(subject, nights=recipe.evaluation_nights, processing=processing, report=report)
            if recipe.sources.labels is not None:
                holder = _holder(registry)
                found = judge_held_back(recipe.sources, loaded, load_bundle(holder), processing)
                evaluated.numbers["held_back"] = found
            save_bundle(bundle, loaded.model, loaded.card.model_copy(update={"evaluation": evaluated.numbers}))
            judged = bundle_subject(load_bundle(bundle), subject.histories)  # of another digest: its card says more
            draw(partial(plot_training, judged.histories), folder / CURVES_PICTURE)
            draw(partial(overlay_figure, judged, evaluated), folder / OVERLAYS_PICTURE)
            unfinished = folder / f".{REPORT}"
            write_report(judged, evaluated, unfinished)
            unfinished.rename(page)
    return page


def record_training(
    recipe: Recipe, folder: Path, folds: Sequence[FoldResult], registry: Registry, processing: Processing
) -> tuple[int, str]:
    """Put a finished training into the registry; returns its version, and the decision about the champion in words.

    The network that it has to beat is judged anew where it was not judged as this one, by the same `processing`.

    A call that was killed is made up for by the next: it becomes one version, as long as `clear_training` was not
    called. Without a champion it has to beat the shipped network, which is the one in use.
    """
    recorded = folder / "version.json"
    with _alone(folder):
        if not recorded.exists():
            if (folder / FOLDS).exists():
                shutil.copytree(folder / FOLDS, folder / "bundle" / FOLDS, dirs_exist_ok=True)
            number = registry.record(
                str(folder / "bundle"),
                recipe=recipe.model_dump(mode="json"),
                folds=[asdict(score) for score in fold_scores(folds, recipe.threshold)],
                curves=_read_json(folder / CURVES),
                pages={name: (folder / name).read_bytes() for name in PAGES},
            )
            _write_json(recorded, number)
        number = int(_read_json(recorded))
        judged_anew = _judge_holder(folder, registry, processing)
        shipped, digest = read_card(SHIPPED), bundle_digest(SHIPPED)
        in_use = shipped.model_copy(update={"evaluation": judged_anew.get(digest, shipped.evaluation)})
        try:
            decision = registry.promote(number, in_use=in_use, judged_anew=judged_anew)
        except InputError as error:  # judged on other nights than the champion, say: the version is there all the same
            decision = f"{'no champion' if registry.champion() is None else 'champion stays'}: {error}"
    return number, decision


def _holder(registry: Registry) -> Path:
    """Folder of the network that a new one has to beat: the champion, or the shipped one."""
    champion = registry.champion()
    return SHIPPED if champion is None else registry.bundle_folder(champion.number)


def _judge_holder(folder: Path, registry: Registry, processing: Processing) -> dict[str, Any]:
    """Evaluation of the network to be beaten, by its digest, where its card's cannot be compared with the candidate's.

    Never on another number of nights: fewer would be a lower hurdle.
    """
    candidate, holder = read_card(folder / "bundle"), _holder(registry)
    card = read_card(holder)
    nights = card.evaluation.get("nights")
    if nights is None or nights != candidate.evaluation.get("nights") or judged_alike(candidate, card):
        return {}
    judged = evaluate(bundle_subject(load_bundle(holder)), nights=nights, processing=processing)
    return {bundle_digest(holder): judged.numbers}


def clear_training(folder: Path) -> None:
    """Remove the folder of a training that is in the registry, once its result was reported."""
    with _alone(folder):
        shutil.rmtree(folder, ignore_errors=True)


def run_training(
    recipe: Recipe,
    registry: Registry,
    place: Path,
    processing: Processing,
    *,
    workers: int = 1,
    tell: Callable[[str], None],
) -> tuple[int, str]:
    """All of it, one step after the other; `tell` is given a line after each epoch."""
    registry.versions()  # a registry that cannot be reached is reported now, not after hours
    folder = training_folder(recipe, place)
    gathering = _teller_of_minutes("gathered", "example", tell)
    examples = prepare_examples(recipe, folder, workers=workers, report=gathering)
    count = recipe.fold_count(examples)
    tell(f"{len(examples)} examples of {len(np.unique(examples.month))} months, {count} folds")
    folds = []
    for fold in range(count):
        folds.append(run_fold(recipe, folder, fold, _teller(f"fold {fold}", recipe, tell)))
        tell(f"fold {fold}: F1 {np.nanmax(folds[-1].sweep.f1):.3f} at the best threshold for its held-out months")
    run_final(recipe, folder, folds, _teller("final", recipe, tell))
    tell(f"judging on {recipe.evaluation_nights} frozen nights")
    judge_final(recipe, folder, processing, registry, _teller_of_minutes("judged", "night", tell))
    recorded = record_training(recipe, folder, folds, registry, processing)
    clear_training(folder)
    return recorded


def _alone(folder: Path) -> AbstractContextManager[None]:
    """Lock of a training's folder, beside it: two processes that run one training take turns, step by step.

    Who comes after the other has recorded it finds the folder gone, and fails.
    """
    return locked(LocalFileSystem(), str(folder.with_name(f".{folder.name}.lock")))


def _teller_of_minutes(did: str, unit: str, tell: Callable[[str], None]) -> Progress:
    """Say how far it is, once a minute."""
    pace = Pace(0, time.monotonic(), unit)
    spoken_s = time.monotonic()

    def report(done: int, total: int) -> None:
        """Count, and say it if it is time."""
        nonlocal spoken_s
        now_s = time.monotonic()
        pace.count_to(done, total, now_s)
        if now_s - spoken_s >= LINE_EVERY_S:
            spoken_s = now_s
            tell(f"{did} {pace.in_words(now_s)}")

    return report


def _teller(name: str, recipe: Recipe, tell: Callable[[str], None]) -> Report:
    def report(epoch: int, values: dict[str, float]) -> None:
        """Say how far it is."""
        held = f", held out {values['held_loss']:.4f}" if "held_loss" in values else ""
        number, before = divmod(epoch - 1, recipe.training.epochs)
        course = f"{name}, self-training {number}" if number else name
        tell(f"{course}: epoch {before + 1} of {recipe.training.epochs}, loss {values['loss']:.4f}{held}")

    return report


def _write_json(path: Path, content: Any) -> None:
    replace_json(LocalFileSystem(), str(path), content)


def _read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
