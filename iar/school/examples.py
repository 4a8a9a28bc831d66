"""Examples to learn from, from all sources, mixed as one asks: simulated ones, and real ones of five kinds."""

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from iar.archive.reader import Reader
from iar.errors import InputError
from iar.labels.lessons import Lessons
from iar.learning.drawn import best_shift, lines_mask, picture_mask
from iar.learning.examples import (
    LABELLED,
    SPLINE_PIECES,
    Example,
    Examples,
    choose_stretch,
    example_nights,
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
from iar.school.curation import good_nights
from iar.school.drawn_files import LINES, find_drawn, read_drawn_lines, read_drawn_picture
from iar.school.example_files import ARRAYS, open_examples, writing_examples
from iar.school.lessons import read_lessons, track_mask
from iar.settings import SpectraSettings
from iar.settings.faults import in_one_line
from iar.spectra.background import residual_db
from iar.stages.station import no_dark_reason, station_dark
from iar.workers.jobs import run_jobs

Progress = Callable[[int, int], None]
"""Told after each example how many there are, of how many."""
Mask = npt.NDArray[np.bool_]

SEEN_HZ = SpectraSettings().frequency_hz
"""Frequencies of examples: spectra may reach farther than what a network sees."""


Kind = Literal["drawn", "classical", "judged", "empty", "unlabelled", "laid", "simulated"]


@dataclass(frozen=True)
class _Job:
    """One example to be made: its row, its night, what kind of night that is, and where its fringes are drawn.

    People saw fringes in a night that is `judged`, and none in one that is `empty`; over a night that is `laid` those
    of the simulation are laid.
    """

    row: int
    night: dt.date
    kind: Kind
    drawn: Path | None = None

    @property
    def scenario(self) -> str:
        """Scenario of the example."""
        return LABELLED if self.kind in {"judged", "empty"} else self.kind


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
    jobs = _jobs(sources, lessons)
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
    nights = {job.night for job in _jobs(sources, lessons) if job.kind != "simulated"}
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
    jobs: list[_Job],
    make: Callable[[_Job], Example],
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


def _jobs(sources: ExampleSources, lessons: Lessons | None = None) -> list[_Job]:
    """All that is to be made; what cannot be is reported by the first, real ones."""
    if sources.labels is not None and lessons is None:
        lessons = read_lessons(str(sources.archive), sources.labels)
    apart = set(lessons.held_back) if lessons else set()
    chosen = [one for one in _real_nights(sources, lessons) if one[1] not in apart]
    nights = example_nights(sources.simulated) if sources.simulated else []
    chosen += [("simulated", night, None) for night in nights]
    return [_Job(row, night, kind, drawn) for row, (kind, night, drawn) in enumerate(chosen)]


def _real_nights(sources: ExampleSources, lessons: Lessons | None) -> Iterator[tuple[Kind, dt.date, Path | None]]:
    """Kind, date and drawing of each real night, as often as it is wanted."""
    rng = np.random.default_rng([sources.seed, 3])
    listed: set[dt.date] = set()
    if sources.drawn is not None:
        files = find_drawn(Path(sources.drawn))
        nights = _chosen(list(files), sources.drawn_examples, rng)
        listed |= set(nights)
        yield from (("drawn", night, files[night]) for night in nights)
    if sources.curated is not None:
        nights = _chosen(good_nights(Path(sources.curated)), sources.curated_examples, rng)
        listed |= set(nights)
        yield from (("classical", night, None) for night in nights)
    if lessons is not None:
        nights = _taught(lessons, sources.labels_examples, rng)
        listed |= set(nights)
        yield from (("judged" if night in lessons.fringes else "empty", night, None) for night in nights)
    if sources.unlabelled_first is not None and sources.unlabelled_last is not None:
        nights = _nights_with_spectra(sources, sources.unlabelled_first, sources.unlabelled_last)
        yield from (("unlabelled", night, None) for night in nights if night not in listed)
    if sources.laid_first is not None and sources.laid_last is not None:
        nights = _nights_with_spectra(sources, sources.laid_first, sources.laid_last)
        yield from (("laid", night, None) for night in _chosen(nights, sources.laid_examples, rng))


def _taught(lessons: Lessons, count: int | None, rng: np.random.Generator) -> list[dt.date]:
    """Nights of the lessons, as many as are wanted; else each as often as people say so."""
    if not lessons.nights:
        raise InputError(
            f"labels {lessons.version} teach nothing: {len(lessons.held_back)} night(s) are kept apart to judge by, "
            f"{lessons.stale} label(s) stale, {lessons.unsure} night(s) unsure, {lessons.trackless} without lines"
        )
    if count is not None:
        return _chosen(list(lessons.nights), count, rng)
    return [night for night, people in lessons.nights.items() for _ in range(people)]


def _nights_with_spectra(sources: ExampleSources, first: dt.date, last: dt.date) -> list[dt.date]:
    """Nights of the range whose spectra are sealed; an InputError if there are none."""
    archive = _opened(str(sources.archive))
    nights = [night for night in archive.nights() if first <= night <= last]
    nights = [night for night in nights if archive.manifest(night).is_sealed("spectra")]
    if not nights:
        raise InputError(f"no night from {first} to {last} has sealed spectra in {sources.archive}")
    return nights


def _chosen(nights: list[dt.date], count: int | None, rng: np.random.Generator) -> list[dt.date]:
    """As many nights as examples are wanted: each as often as any other, or once more; all once if that is not said."""
    if count is None:
        return nights
    often, more = divmod(count, len(nights))
    drawn = rng.choice(len(nights), more, replace=False)
    return sorted([*nights * often, *(nights[i] for i in drawn)])


def _make(sources: ExampleSources, step: int, job: _Job) -> Example:
    """Example of one job."""
    if job.kind == "simulated":
        return simulate_example(job.night, seed=sources.seed, step=step, slots=sources.slots, scenario=sources.scenario)
    archive = _opened(str(sources.archive))
    (density,) = archive.read_sealed(job.night, "spectra", "spectra/density")
    density = density[..., : len(SEEN_HZ)]
    if job.kind == "laid":
        laid = {"seed": sources.seed, "number": job.row, "step": step, "slots": sources.slots}
        return laid_example(density, job.night, **laid)
    residual = residual_db(density, pieces=SPLINE_PIECES)
    mask, looked_at = _fringes(job, archive, residual)
    bare = job.kind in {"empty", "unlabelled"}
    if not bare and not (mask & np.isfinite(residual).any(axis=0)).any():
        raise InputError("no fringe lies where there are samples")
    rng = np.random.default_rng([sources.seed, job.night.toordinal(), 4, job.row])
    part = choose_stretch(looked_at, sources.slots, rng)
    return real_example(residual, mask, looked_at, step=step, part=part, scenario=job.scenario)


def _fringes(job: _Job, archive: Reader, residual: npt.NDArray[np.float32]) -> tuple[Mask, Mask]:
    """Fringes of a real night, and where somebody or something has looked for them."""
    if job.drawn is not None:
        return _drawn_fringes(job.drawn, archive, job.night, residual)
    if job.kind == "classical":
        return _classical_fringes(archive, job.night, residual)
    if job.kind == "judged":
        return track_mask(archive, job.night, SEEN_HZ)
    return _no_fringes(archive, job.night, residual)


@lru_cache(maxsize=1)
def _opened(url: str) -> Reader:
    """The archive at `url`; an InputError if its frequencies do not begin with those of the simulation."""
    archive = Reader(url)
    if not np.array_equal(archive.frequency_hz[: len(SEEN_HZ)], SEEN_HZ):
        there = archive.frequency_hz
        raise InputError(
            f"{url} has {len(there)} frequencies from {there[0]:.3f} to {there[-1]:.3f} Hz, examples are made of "
            f"{len(SEEN_HZ)} from {SEEN_HZ[0]:.3f} to {SEEN_HZ[-1]:.3f} Hz"
        )
    return archive


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
