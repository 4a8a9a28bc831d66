"""Commands over what people said of nights."""

import math
from pathlib import Path
from typing import Annotated

import typer

from iar.cli.options import ArchiveUrl, OutFile, show_help
from iar.errors import InputError
from iar.terminal import formatted, say

app = typer.Typer()
labels = typer.Typer(
    invoke_without_command=True, callback=show_help, help="What people said of nights: list, export, import, worth."
)
app.add_typer(labels, name="labels")

Who = Annotated[str | None, typer.Option(metavar="NAME", help="Labels of this person alone.")]


@labels.command("list")
def list_labels(archive: ArchiveUrl, who: Who = None) -> None:
    """List the labels that count. The last one of each person for a night; stale ones say so."""
    from iar.archive.labels import LabelBook
    from iar.archive.reader import Reader
    from iar.labels.current import fresh, latest, spectra_of
    from iar.labels.versions import version_of

    store, records = Reader(archive), LabelBook(archive).read()
    current = [label for label in latest(records) if who in {None, label.who}]
    kept = set(fresh(current, spectra_of(store)))
    for label in current:
        stale = "" if label in kept else "  stale: its spectra were made anew"
        why = f"  {label.why}" if label.why else ""
        say(f"{label.night}  {label.verdict:<12}  {label.who}  {label.when:%Y-%m-%d %H:%M}  {label.mode}{why}{stale}")
    people = len({label.who for label in current})
    say(f"{len(current)} label(s) of {people} people in {archive}; {len(current) - len(kept)} stale")
    say(f"version {version_of(records)}, for `iar train --labels`")


@labels.command()
def export(archive: ArchiveUrl, out: OutFile, who: Who = None) -> None:
    """Write labels to a file. CSV: the curated list of a recipe, without stale ones; JSON: every record."""
    from iar.archive.labels import LabelBook
    from iar.archive.reader import Reader
    from iar.labels.current import by_night, fresh, latest, spectra_of
    from iar.labels.exchange import SUFFIXES
    from iar.labels.table import as_csv, as_json
    from iar.results.outfile import check_out_file

    check_out_file(out, SUFFIXES)
    store = Reader(archive)
    records = [label for label in LabelBook(archive).read() if who in {None, label.who}]
    if out.suffix == ".json":
        out.write_text(as_json(records), encoding="utf-8")
        say(f"exported {len(records)} record(s) to {out}")
        return
    current = latest(records)
    kept = fresh(current, spectra_of(store))
    out.write_text(as_csv(kept), encoding="utf-8")
    left = len(current) - len(kept)
    say(f"exported {len(by_night(kept))} night(s) to {out}" + (f"; left out {left} stale label(s)" if left else ""))


@labels.command("import")
def import_file(
    archive: ArchiveUrl, file: Annotated[Path, typer.Argument(help="CSV with night,verdict,who,why, or JSON.")]
) -> None:
    """Put the labels of a file into the archive. What is there already is not written twice."""
    import datetime as dt

    from iar.archive.labels import LabelBook
    from iar.archive.reader import Reader
    from iar.labels.exchange import SUFFIXES, import_labels

    if file.suffix not in SUFFIXES:
        raise InputError(f"{file}: expected a name that ends in {', '.join(SUFFIXES)}")
    new = import_labels(Reader(archive), LabelBook(archive), file, dt.datetime.now(dt.UTC))
    say(f"took in {new} label(s) of {file}")


@labels.command()
def agreement(archive: ArchiveUrl) -> None:
    """Show how far each two people agree. Share of their common nights, Cohen's kappa; the nights they differ in."""
    from iar.archive.labels import LabelBook
    from iar.archive.reader import Reader
    from iar.labels.agreement import agreements
    from iar.labels.current import by_night, fresh, latest, spectra_of

    kept = fresh(latest(LabelBook(archive).read()), spectra_of(Reader(archive)))
    said: dict[str, dict[object, str]] = {}
    for label in kept:
        said.setdefault(label.who, {})[label.night] = label.verdict
    found = agreements(said)
    for pair in found:
        kappa = formatted(None if math.isnan(pair.kappa) else pair.kappa, ".2f")
        say(f"{pair.first}, {pair.second}: {pair.alike:.0%} of {pair.nights} night(s) alike, kappa {kappa}")
    for night, them in by_night(kept).items():
        if len({label.verdict for label in them}) > 1:
            say(f"  {night}: " + ", ".join(f"{label.who} {label.verdict}" for label in them))
    if not found:
        say(f"no two people judged the same night in {archive}")


@labels.command()
def worth(archive: ArchiveUrl) -> None:
    """Show what the network's verdicts are worth on these nights. From the random sample, with 95 % intervals."""
    from iar.archive.labels import LabelBook
    from iar.archive.reader import Reader
    from iar.labels.current import fresh, spectra_of
    from iar.labels.sample import findings, in_words
    from iar.upkeep.coverage import read_coverage

    store, book = Reader(archive), LabelBook(archive)
    sample = book.sample()
    if sample is None:
        raise InputError(f"{archive} has no random sample yet: `iar review` draws one")
    verdicts = {c.night: c.verdict for c in read_coverage(store) if c.verdict is not None}
    for line in in_words(findings(sample, fresh(book.read(), spectra_of(store)), verdicts)):
        say(line)
