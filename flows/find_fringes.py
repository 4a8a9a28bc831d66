"""The nights of the last days, from counts to verdict and picture, every day."""

import datetime as dt

from prefect import flow

from flows.cluster import dask_runner
from flows.shell import run_from_shell
from tasks.behaviour import collect
from tasks.detection import choose_network, detect_classically, infer_probability
from tasks.fringes import draw_pictures, fit_fringes, publish_verdicts
from tasks.planning import plan_nights
from tasks.spectra import compute_spectra


@flow(task_runner=dask_runner())
def find_fringes(
    archive: str,
    pictures: str,
    first_night: dt.date | None = None,
    last_night: dt.date | None = None,
    bundle: str | None = None,
    registry: str | None = None,
) -> int:
    """Process the nights of a range, by default the last days; returns how many have a verdict."""
    network, drawn = choose_network(bundle, registry), []
    for batch in plan_nights(archive, first_night, last_night):
        detected = detect_classically.submit(compute_spectra.submit(batch))
        fitted = fit_fringes.submit(infer_probability.submit(detected, network))
        drawn.append(draw_pictures.submit(fitted, pictures))
    return publish_verdicts(collect(drawn), key="verdicts")


if __name__ == "__main__":
    run_from_shell(find_fringes)
