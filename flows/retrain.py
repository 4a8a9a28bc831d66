"""A new model: folds, final training, comparison with the champion, promotion if it is better."""

from typing import Annotated

from prefect import flow
from prefect.task_runners import ThreadPoolTaskRunner
from pydantic import Field

from flows.shell import run_from_shell
from iar.learning.retraining import Recipe
from tasks.learning import learn_final, learn_fold, promote_candidate

DEFAULT = Recipe()


@flow(task_runner=ThreadPoolTaskRunner(max_workers=1))  # one training at a time fills a machine
def retrain(
    registry: str,
    nights: Annotated[int, Field(ge=32, description="simulated nights to learn from")] = DEFAULT.nights,
    folds: Annotated[int, Field(ge=2, le=10, description="folds of the cross-validation")] = DEFAULT.folds,
    epochs: Annotated[int, Field(ge=1, description="passes over the examples")] = DEFAULT.epochs,
    evaluation_nights: Annotated[
        int, Field(ge=1, description="held-out nights of each scenario")
    ] = DEFAULT.evaluation_nights,
    seed: Annotated[int, Field(ge=0, description="seed of nights and weights")] = DEFAULT.seed,
) -> str:
    """Train a candidate; returns the decision about the champion in words."""
    recipe = Recipe(nights=nights, folds=folds, epochs=epochs, evaluation_nights=evaluation_nights, seed=seed)
    scores = [learn_fold.submit(recipe, fold) for fold in range(folds)]
    candidate = learn_final(recipe, [score.result() for score in scores], registry)
    return promote_candidate(candidate, registry)


if __name__ == "__main__":
    run_from_shell(retrain)
