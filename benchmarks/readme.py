"""The README's tables of figures, made from a run of the benchmarks: what stands there was measured, all in one run."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.line import Line

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- figures of make bench: {name} -->", "<!-- end -->"
Parts = Mapping[str, Sequence[Line]]
NIGHTS = {"all 300": "all", "fringes 5 to 9 dB deep": "fringes", "fringes 2 to 4 dB deep": "faint"}
SLOTS = {
    "1.2 to 2 dB": "1.2 to 2 dB", "2 to 6 dB": "2 to 6 dB", "6 dB and more": "6 to 12 dB", "all": "all",
    "2 to 6 dB, real noise": "real noise, 2 to 6 dB", "all, real noise": "real noise",
}  # fmt: skip
COSTS = (
    ("parsing an hour file", "np.loadtxt"),
    ("parsing an hour file", "pandas.read_csv"),
    ("ingest, a night of 48 files", ""),
    ("spectra, a night of one channel", "sosfiltfilt, welch slot by slot"),
    ("spectra, a night of one channel", "sosfiltfilt, SciPy's ShortTimeFFT"),
    ("spectra, peak memory of a worker", ""),
    ("classical, a night of both channels", ""),
    ("inference, a night of both channels", ""),
    ("spacing, all estimators, a night of both channels", ""),
    ("process, two workers", ""),
    ("room of a night's counts", ""),
    ("room of a night's spectra", ""),
    ("counts of one night", ""),
    ("density of one month", ""),
    ("density at 1-2 Hz of", ""),
    ("coverage of", ""),
    ("export of 10 nights, archive of", ""),
    ("iar backfill with a server, ", ""),
    ("10 epochs of 178 nights, 256 x 256", ""),
    ("10 epochs of 178 nights, 448 x 416", ""),
)
"""Beginnings of the names of lines, and of what their peers are."""


def tables(parts: Parts) -> dict[str, str]:
    """Text of each table by its name."""
    lines = [line for part in parts.values() for line in part]
    named = {line.name: line for line in lines}
    return {
        "pixels": "".join(_pixels(named)),
        "spacing": "".join(_spacing(named)),
        "costs": "".join(_costs(lines)),
    }


def with_figures(text: str, parts: Parts) -> str:
    """The README's text with its tables made anew."""
    for name, table in tables(parts).items():
        begin = BEGIN.format(name=name)
        before, _, rest = text.partition(begin)
        _, found, after = rest.partition(END)
        if not found:
            raise ValueError(f"README.md has no {begin} ... {END}")
        text = f"{before}{begin}\n{table}{END}{after}"
    return text


def _pixels(named: Mapping[str, Line]) -> Iterator[str]:
    yield "| nights | F1 | precision | recall | median error of the spacing |\n|---|---|---|---|---|\n"
    for words, name in NIGHTS.items():
        f1, precision, recall = (
            named[f"{name}: fringe {figure} (1 bin, 1 slot)"] for figure in ("F1", "precision", "recall")
        )
        cells = [f"{line.value:.2f} ({line.peer:.2f})" for line in (f1, precision, recall)]
        error = named.get(f"{name}: spacing error median")
        cells.append("" if error is None else f"{error.value:.3f} Hz ({error.peer:.3f})")
        yield f"| {words} | {' | '.join(cells)} |\n"


def _spacing(named: Mapping[str, Line]) -> Iterator[str]:
    yield "| slots | with a spacing | error, median | 90 % below | half, double, third | harmonics found, there |\n"
    yield "|---|---|---|---|---|---|\n"
    for words, name in SLOTS.items():
        if f"{name}: slots with a spacing" not in named:
            continue
        there, median, most, octave, recall, real = (
            named[f"{name}: {figure}"].value
            for figure in (
                "slots with a spacing", "spacing error, median", "spacing error, 90 %", "half, double, third, ...",
                "harmonics, recall", "harmonics, really there",
            )
        )  # fmt: skip
        yield (
            f"| {words} | {there:.1%} | {median:.3f} Hz | {most:.3f} Hz | {octave:.1%} | {recall:.0%}, {real:.1%} |\n"
        )


def _costs(lines: Sequence[Line]) -> Iterator[str]:
    yield "| what | here | instead | times better | instead is |\n|---|---|---|---|---|\n"
    for name, peer in COSTS:
        for line in lines:
            if line.name.startswith(name) and line.peer_is.startswith(peer):
                figures = f"{line.value:.3g} {line.unit} | {line.peer:.3g} {line.unit} | {line.ratio:.3g}"
                yield f"| {line.name} | {figures} | {line.peer_is} |\n"
                break
