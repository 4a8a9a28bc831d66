"""A new model: folds, final training, comparison with the champion, promotion if it is better."""

from typing import Annotated, Literal

from prefect import flow
from prefect.task_runners import ThreadPoolTaskRunner

from flows.forms import Epochs, Nights, Preset, RecipeFile, RegistryPlace, Seed, Text, field
from flows.shell import run_from_shell
from iar.learning.training.losses import LossName
from iar.learning.training.optimisers import OptimiserName
from tasks.learning import choose_recipe, gather, learn_final, learn_fold, promote_candidate
from tasks.roots import check_places

Loss = Annotated[Literal["as the preset", LossName], field("Loss", "what is made small")]
Optimiser = Annotated[Literal["as the preset", OptimiserName], field("Optimiser", "how a step follows from the slope")]
LearningRate = Annotated[float | None, field("Learning rate", "at its peak; else as the preset has it", gt=0, lt=1)]
Folds = Annotated[int | None, field("Folds", "of the cross-validation; 0: none; else as the preset", ge=0, le=100)]
Rounds = Annotated[int | None, field("Rounds of self-training", "else as the preset has it", ge=0, le=10)]
FrozenNights = Annotated[
    int | None,
    field(
        "Frozen nights", "to be judged on; as many as the champion was, or the two cannot be compared", ge=7, le=10_000
    ),
]
RealArchive = Annotated[
    Text,
    field("Archive", "of the real nights to learn from, if any", place=True),
]
Curated = Annotated[Text, field("Curated", "CSV of good nights in it: night,verdict,who,why")]
Drawn = Annotated[Text, field("Drawn", "folder of masks that people drew, of nights in it")]


@flow(task_runner=ThreadPoolTaskRunner(max_workers=1))  # one training at a time fills a machine
def retrain(  # noqa: PLR0913, PLR0917 - fields of a form, all named
    registry: RegistryPlace,
    preset: Preset = "light",
    recipe: RecipeFile = None,
    nights: Nights = None,
    folds: Folds = None,
    epochs: Epochs = None,
    loss: Loss = "as the preset",
    optimiser: Optimiser = "as the preset",
    learning_rate: LearningRate = None,
    self_training_rounds: Rounds = None,
    evaluation_nights: FrozenNights = None,
    seed: Seed = None,
    archive: RealArchive = None,
    curated: Curated = None,
    drawn: Drawn = None,
) -> str:
    """Train a candidate; returns the decision about the champion in words."""
    check_places(registry=registry, recipe=recipe, archive=archive, curated=curated, drawn=drawn)
    chosen = choose_recipe(
        recipe, preset, nights=nights, folds=folds, epochs=epochs, evaluation_nights=evaluation_nights, seed=seed,
        archive=archive, curated=curated, drawn=drawn, loss=loss, optimiser=optimiser, learning_rate=learning_rate,
        self_training_rounds=self_training_rounds,
    )  # fmt: skip
    numbers = [learn_fold.submit(chosen, registry, fold) for fold in range(gather(chosen, registry))]
    learnt = learn_final(chosen, registry, [number.result() for number in numbers])
    return promote_candidate(chosen, registry, learnt)


if __name__ == "__main__":
    run_from_shell(retrain)
