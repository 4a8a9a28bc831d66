"""Labels that come from elsewhere, put into an archive: what is there already is not written twice."""

import datetime as dt
from pathlib import Path

from iar import __version__
from iar.archive.labels import Label, LabelBook
from iar.archive.reader import Reader
from iar.labels.current import latest, next_moment, signatures
from iar.labels.table import parse_json, read_list

SUFFIXES = (".csv", ".json")


def import_labels(archive: Reader, book: LabelBook, path: Path, now: dt.datetime) -> int:
    """Put the labels of a file into the book; returns how many are new.

    JSON comes with its moments and all else; a CSV's labels are of now, and of the spectra that the nights have now.

    Raises
    ------
    InputError
        If the file cannot be read, see `iar.labels.table`, or a night is outside the archive: then nothing is written.
    """
    if path.suffix == ".json":
        known = set(book.read())
        fresh = [label for label in parse_json(path.read_bytes(), str(path)) if label not in known]
    else:
        fresh = _of_list(archive, book, path, now)
    for label in fresh:
        archive.index(label.night)
    for label in fresh:
        book.add(label)
    return len(fresh)


def _of_list(archive: Reader, book: LabelBook, path: Path, now: dt.datetime) -> list[Label]:
    known = book.read()
    said = {(label.night, label.who): (label.verdict, label.why) for label in latest(known)}
    fresh = []
    for night, verdict, who, why in read_list(path):
        if said.get((night, who)) == (verdict, why):
            continue
        spectra, network = signatures(archive.manifest(night))
        seen = {"spectra": spectra, "network": network, "mode": "imported", "queue": "imported"}
        when = next_moment(known, who, now)
        fresh.append(Label(night=night, who=who, when=when, verdict=verdict, why=why, software=__version__, **seen))
    return fresh
