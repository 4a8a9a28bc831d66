"""What grows with the work, and what must not: nights at once, nights in the archive."""

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.archives import chunks_of, link
from benchmarks.line import Line, beside
from benchmarks.rehearsal import archive_of_spectra, timed, unseal
from iar.archive.snapshot import Snapshot
from iar.archive.store import Archive
from iar.night import night_range
from iar.results.export import export_nights
from iar.results.picture import night_picture
from iar.stages.pipeline import layout_of
from iar.stages.process import process_night, undone_nights
from iar.stages.stage import Setup
from iar.upkeep.coverage import read_coverage

FIRST = dt.date(2012, 9, 2)
FEW, MANY = 10, 2313
AT_ONCE = (10, 100)
STEADY_WHY = "it lists at most the manifests of the year that is asked for, 1 to 2 ms; the rest is chance"
START_WHY = "two processes start for it, which takes seconds; one night alone is worked on in the command itself"


def lines() -> Iterator[Line]:
    with TemporaryDirectory() as folder:
        archive = archive_of_spectra(Path(folder) / "archive", _nights(max(AT_ONCE)))
        yield from _nights_at_once(archive)
        for night in _nights(FEW):
            process_night(archive, night, Setup())
        yield from _nights_there(archive, Path(folder))


def _nights(count: int) -> list[dt.date]:
    return night_range(FIRST, FIRST + dt.timedelta(days=count - 1))


def _nights_at_once(archive: Archive) -> Iterator[Line]:
    """`iar process` as a command, with its start, over 1, 10 and 100 nights of spectra: seconds a night."""
    seconds = {}
    for count in (1, *AT_ONCE):
        unseal(archive, _nights(count))
        span = ["--first-night", str(FIRST), "--last-night", str(_nights(count)[-1])]
        part = timed("", count, ["iar", "process", "--archive", archive.url, *span], tell=False)
        seconds[count] = part.seconds / count
    for count in AT_ONCE:
        name = f"iar process, a night of {count} with spectra"
        yield Line(name, seconds[count], "s", seconds[1], "one night alone", more_is_better=False, why=START_WHY)


def _nights_there(archive: Archive, folder: Path) -> Iterator[Line]:
    """The same question to an archive of 10 and of 2313 nights with verdicts, all copies of ten."""
    few, many = _copies(archive, folder / "few", FEW), _copies(archive, folder / "many", MANY)
    steady: dict[str, Callable[[Archive], object]] = {
        "opening": lambda at: Archive(at.url).frequency_hz,
        "what is left to do of 10 nights": lambda at: undone_nights(
            Snapshot(at.url, _nights(FEW)), _nights(FEW), Setup()
        ),
        "export of 10 nights": lambda at: export_nights(at, _nights(FEW), folder / "fringes.csv"),
        "picture of a night": lambda at: night_picture(at, FIRST, folder / "night.png"),
    }
    for name, ask in steady.items():
        ours_s, peer_s = beside(partial(ask, many), partial(ask, few), 5)
        yield Line(
            f"{name}, archive of {MANY}", ours_s.best_s, "s", peer_s.best_s, f"archive of {FEW}",
            more_is_better=False, spread=ours_s.spread, why=STEADY_WHY,
        )  # fmt: skip
    ours_s, peer_s = beside(lambda: read_coverage(Archive(many.url)), lambda: read_coverage(Archive(few.url)))
    yield Line(
        f"coverage, a night of {MANY}", 1e3 * ours_s.best_s / MANY, "ms", 1e3 * peer_s.best_s / FEW,
        f"a night of {FEW}", more_is_better=False, spread=ours_s.spread,
    )  # fmt: skip


def _copies(archive: Archive, folder: Path, count: int) -> Archive:
    """Archive of `count` nights whose chunks are hard links to those of the first ten."""
    shutil.copytree(archive.url, folder, ignore=shutil.ignore_patterns("c", "manifest"))
    for path in Path(archive.url).rglob("c"):  # coordinates have one chunk for all nights
        if path.is_dir() and path.parent.name in {"night", "channel", "slot", "frequency", "harmonic"}:
            shutil.copytree(path, folder / path.relative_to(archive.url))
    copy = Archive(str(folder))
    for number, night in enumerate(_nights(count)):
        source = _nights(FEW)[number % FEW]
        manifest = archive.manifest(source)
        for path in layout_of().arrays:
            chunks = chunks_of(archive, path, source)
            if chunks.exists():
                link(chunks, chunks_of(copy, path, night))
        with copy.locked(night):
            copy.replace_manifest(manifest.model_copy(update={"night": night}))
    return copy
