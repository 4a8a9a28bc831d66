"""A long range of nights in about a hundred tasks, resumable: what is sealed is not done again."""

import datetime as dt

from prefect import flow
from prefect.futures import as_completed

from flows.cluster import dask_runner
from flows.shell import run_from_shell
from tasks.behaviour import collect
from tasks.detection import choose_network, detect_classically, infer_probability
from tasks.fringes import fit_fringes, publish_verdicts
from tasks.planning import plan_nights
from tasks.progress import show_progress
from tasks.spectra import compute_spectra


@flow(task_runner=dask_runner())
def backfill(
    archive: str,
    first_night: dt.date,
    last_night: dt.date,
    bundle: str | None = None,
    registry: str | None = None,
) -> int:
    """Process all nights of a range; returns how many have a verdict."""
    network = choose_network(bundle, registry)
    planned = plan_nights(archive, first_night, last_night)
    futures = [
        fit_fringes.submit(infer_probability.submit(detect_classically.submit(compute_spectra.submit(batch)), network))
        for batch in planned
    ]
    done = collect(show_progress(as_completed(futures), total=len(futures)))
    return publish_verdicts(done, key="backfill")


if __name__ == "__main__":
    run_from_shell(backfill)
