"""A new model: folds, final training, comparison with the champion, promotion if it is better."""

from prefect import flow

from flows.forms import (
    Curated,
    Drawn,
    Epochs,
    Folds,
    FrozenNights,
    Labels,
    LearningRate,
    Loss,
    Nights,
    Optimiser,
    Preset,
    RealArchive,
    RecipeFile,
    RegistryPlace,
    Rounds,
    Seed,
)
from flows.shell import run_from_shell
from tasks.learning import gather, learn_final, learn_fold, promote_candidate, read_form
from tasks.roots import check_places


@flow  # one training at a time fills a machine, here in the thread that hears signals: one that is stopped says so
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
    labels: Labels = None,
) -> str:
    """Train a candidate; returns the decision about the champion in words."""
    check_places(registry=registry, recipe=recipe, archive=archive, curated=curated, drawn=drawn)
    chosen = read_form(
        recipe, preset, nights=nights, folds=folds, epochs=epochs, evaluation_nights=evaluation_nights, seed=seed,
        archive=archive, curated=curated, drawn=drawn, labels=labels, loss=loss, optimiser=optimiser,
        learning_rate=learning_rate, self_training_rounds=self_training_rounds,
    )  # fmt: skip
    numbers = [learn_fold(chosen, registry, fold) for fold in range(gather(chosen, registry))]
    learnt = learn_final(chosen, registry, numbers)
    return promote_candidate(chosen, registry, learnt)


if __name__ == "__main__":
    run_from_shell(retrain)
