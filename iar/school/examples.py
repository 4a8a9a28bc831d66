"""Examples to learn from, from all sources, mixed as one asks: simulated ones, and real ones of five kinds."""

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from iar.archive.reader import Reader
from iar.errors import InputError
from iar.labels.lessons import Lessons
from iar.learning.drawn import best_shift, lines_mask, picture_mask
from iar.learning.examples import (
    SPLINE_PIECES,
    Example,
    Examples,
    choose_stretch,
    example_shape,
    laid_example,
    line_mask,
    month_of,
    real_example,
    simulate_example,
)
from iar.learning.sources import ExampleSources
from iar.learning.training.shifting import shifted
from iar.night import SLOTS, slot_times
from iar.school.drawn_files import LINES, read_drawn_lines, read_drawn_picture
from iar.school.example_files import ARRAYS, open_examples, writing_examples
from iar.school.lessons import track_mask
from iar.school.wanted import SEEN_HZ, Wanted, opened_archive, wanted_examples
from iar.settings.faults import in_one_line
from iar.spectra.background import residual_db
from iar.stages.station import no_dark_reason, station_dark
from iar.workers.jobs import run_jobs

Progress = Callable[[int, int], None]
"""Told after each example how many there are, of how many."""
Mask = npt.NDArray[np.bool_]


def gather_examples(
    sources: ExampleSources,
    *,
    step: int,
    folder: Path | None = None,
    lessons: Lessons | None = None,
    workers: int = 1,
    report: Progress | None = None,
) -> Examples:
    """Examples of all sources: drawn nights, curated, labelled, unlabelled, laid-over, then simulated ones.

    The same sources give the same.

    Parameters
    ----------
    step
        Sizes of pictures are padded to multiples of it: `UnetConfig.step` of the network they are for.
    folder
        Where they are written, and stay: memory for a few is enough. None: they are held in memory.
    lessons
        What the labels say that the sources name; None: they are read.
    workers
        Processes that make them.

    Raises
    ------
    InputError
        If a real night is not in the archive or not sealed, has no fringe, or was judged or drawn in a way that cannot
        be read: see `iar.school.curation` and `iar.school.drawn_files`; if `folder` is there already.
    """
    jobs = wanted_examples(sources, lessons)
    slots, bins, planes = example_shape(sources.slots, step=step)
    sizes = {"picture": (slots, bins, planes), "mask": (slots, bins)}
    shapes = {name: (len(jobs), *sizes.get(name, ())) for name in ARRAYS}
    with _room(folder, shapes) as arrays:
        _fill(arrays, jobs, partial(_make, sources, step), workers, report)
    return Examples(**arrays) if folder is None else stored_examples(folder)


class Labelled(NamedTuple):
    """Whole nights with labels, one an example, and their dates, ISO 8601."""

    examples: Examples
    nights: tuple[str, ...]


def gather_labelled(
    name: str, source: Path, archive: str | None, *, step: int, report: Progress | None = None
) -> Labelled:
    """Nights of an archive with their labels; `name` is ``curated`` or ``drawn``, as in `ExampleSources`."""
    fields = {"simulated": 0, "slots": SLOTS, "archive": archive, name: str(source)}
    with in_one_line(f"--{name}", ExampleSources):
        sources = ExampleSources.model_validate(fields)
    return Labelled(gather_examples(sources, step=step, report=report), real_nights(sources))


def real_nights(
    sources: ExampleSources, months: Collection[str] | None = None, lessons: Lessons | None = None
) -> tuple[str, ...]:
    """Dates of the nights that are not simulated, each once; only those of these months, ``2014-01``, where given."""
    nights = {job.night for job in wanted_examples(sources, lessons) if job.kind != "simulated"}
    return tuple(sorted(str(night) for night in nights if months is None or month_of(night) in months))


def stored_examples(folder: Path) -> Examples:
    """Examples that were written to `folder`, as memory maps; errors as of `iar.school.example_files.open_examples`."""
    return Examples(**open_examples(folder))


def _room(folder: Path | None, shapes: Mapping[str, tuple[int, ...]]) -> AbstractContextManager[dict[str, Any]]:
    """Arrays to fill, on disk or in memory."""
    if folder is not None:
        return writing_examples(folder, shapes)
    return nullcontext({name: np.zeros(shapes[name], dtype) for name, (dtype, _) in ARRAYS.items()})


def _fill(
    arrays: dict[str, Any],
    jobs: list[Wanted],
    make: Callable[[Wanted], Example],
    workers: int,
    report: Progress | None,
) -> None:
    """Fill the arrays row by row, in whatever order examples come."""
    outcomes = run_jobs(make, jobs, workers=workers)
    try:
        for done, outcome in enumerate(outcomes, start=1):
            if outcome.result is None:
                raise InputError(f"no example of night {outcome.job.night}: {outcome.error}")
            row = outcome.job.row
            arrays["picture"][row], arrays["mask"][row], arrays["scenario"][row] = outcome.result
            arrays["month"][row] = month_of(outcome.job.night)
            if report is not None:
                report(done, len(jobs))
    finally:
        outcomes.close()  # the rest need not be made


def _make(sources: ExampleSources, step: int, job: Wanted) -> Example:
    """Example of one job."""
    if job.kind == "simulated":
        return simulate_example(job.night, seed=sources.seed, step=step, slots=sources.slots, scenario=sources.scenario)
    archive = opened_archive(str(sources.archive))
    (density,) = archive.read_sealed(job.night, "spectra", "spectra/density")
    density = density[..., : len(SEEN_HZ)]
    if job.kind == "laid":
        laid = {"seed": sources.seed, "number": job.row, "step": step, "slots": sources.slots}
        return laid_example(density, job.night, **laid)
    residual = residual_db(density, pieces=SPLINE_PIECES)
    mask, looked_at = _fringes(job, archive, residual)
    bare = job.kind in {"judged", "empty", "unlabelled"}  # all of a judged night's lines may have been deleted
    if not bare and not (mask & np.isfinite(residual).any(axis=0)).any():
        raise InputError("no fringe lies where there are samples")
    rng = np.random.default_rng([sources.seed, job.night.toordinal(), 4, job.row])
    part = choose_stretch(looked_at, sources.slots, rng)
    return real_example(residual, mask, looked_at, step=step, part=part, scenario=job.scenario)


def _fringes(job: Wanted, archive: Reader, residual: npt.NDArray[np.float32]) -> tuple[Mask, Mask]:
    """Fringes of a real night, and where somebody or something has looked for them."""
    if job.drawn is not None:
        return _drawn_fringes(job.drawn, archive, job.night, residual)
    if job.kind == "classical":
        return _classical_fringes(archive, job.night, residual)
    if job.kind == "judged":
        return track_mask(archive, job.night, SEEN_HZ, deleted=job.deleted, regions=job.regions)
    return _no_fringes(archive, job.night, residual)


def _no_fringes(archive: Reader, night: dt.date, residual: npt.NDArray[np.float32]) -> tuple[Mask, Mask]:
    """No fringe at all, and where there may be some all the same: the dark slots."""
    dark = station_dark(archive.station, night)
    if not dark.any():
        raise InputError(no_dark_reason(archive.station))
    mask = np.zeros(residual.shape[1:], dtype=bool)
    return mask, np.broadcast_to(dark[:, None], mask.shape)


def _classical_fringes(archive: Reader, night: dt.date, residual: npt.NDArray[np.float32]) -> tuple[Mask, Mask]:
    """Lines of the published detector, and where it has looked: the dark slots."""
    (classical,) = archive.read_sealed(night, "classical", "detection/classical")
    _, dark = _no_fringes(archive, night, residual)
    mask = line_mask(classical[:, : len(SEEN_HZ)])
    if not mask.any():
        raise InputError("the published detector has no line in it, though the list calls it good")
    return mask, dark


def _drawn_fringes(path: Path, archive: Reader, night: dt.date, residual: npt.NDArray[np.float32]) -> tuple[Mask, Mask]:
    """Drawn fringes, and what the drawing covers.

    A picture is moved to where it lies best; it says nothing of higher frequencies than its own, nor of other hours.
    Lines stand where their numbers say; who drew them has looked at the dark slots, and all along the lines.
    """
    frequency_hz, boundary_hour = SEEN_HZ, archive.station.boundary_hour
    try:
        if path.suffix.lower() in LINES:
            lines = [(line.time, line.frequency_hz) for line in read_drawn_lines(path)]
            mask, covered = lines_mask(lines, frequency_hz, slot_times(night, boundary_hour))
            return mask, covered | station_dark(archive.station, night)[:, None]
        drawn = read_drawn_picture(path)
        mask, covered = picture_mask(drawn, frequency_hz, boundary_hour=boundary_hour)
    except InputError as error:
        raise error if str(path) in str(error) else InputError(f"{path}: {error}") from None
    shift = best_shift(mask, residual)
    return shifted(mask, shift), shifted(covered, shift)
