"""A new model: folds, final training, comparison with the champion, promotion if it is better."""

from typing import Annotated, Literal

from prefect import flow
from prefect.task_runners import ThreadPoolTaskRunner
from pydantic import Field

from flows.shell import run_from_shell
from tasks.learning import choose_recipe, gather, learn_final, learn_fold, promote_candidate


@flow(task_runner=ThreadPoolTaskRunner(max_workers=1))  # one training at a time fills a machine
def retrain(  # noqa: PLR0913, PLR0917 - fields of a form, all named
    registry: Annotated[str, Field(description="folder of the registry, or an MLflow server")],
    preset: Annotated[Literal["light", "x-unet", "k-unet"], Field(description="network to begin with")] = "light",
    recipe: Annotated[str | None, Field(description="YAML file instead of a preset, as `iar recipe` prints it")] = None,
    nights: Annotated[int | None, Field(ge=0, description="simulated nights to learn from")] = None,
    folds: Annotated[int | None, Field(ge=0, le=100, description="folds of the cross-validation; 0: none")] = None,
    epochs: Annotated[int | None, Field(ge=1, le=1000, description="passes over the examples")] = None,
    evaluation_nights: Annotated[int | None, Field(ge=7, description="frozen nights to be judged on")] = None,
    seed: Annotated[int | None, Field(ge=0, description="seed of the examples and of the weights")] = None,
    archive: Annotated[str | None, Field(description="archive of the real nights to learn from")] = None,
    curated: Annotated[str | None, Field(description="CSV of good nights: night,verdict,who,why")] = None,
    drawn: Annotated[str | None, Field(description="folder of masks that people drew")] = None,
) -> str:
    """Train a candidate; returns the decision about the champion in words. What is null is as the preset has it."""
    chosen = choose_recipe(
        recipe, preset, nights=nights, folds=folds, epochs=epochs, evaluation_nights=evaluation_nights, seed=seed,
        archive=archive, curated=curated, drawn=drawn,
    )  # fmt: skip
    numbers = [learn_fold.submit(chosen, registry, fold) for fold in range(gather(chosen, registry))]
    learnt = learn_final(chosen, registry, [number.result() for number in numbers])
    return promote_candidate(chosen, registry, learnt)


if __name__ == "__main__":
    run_from_shell(retrain)
