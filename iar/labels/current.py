"""Which records count: the last one of each person for a night; which are stale; what several people say together."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cache

from iar.archive.labels import WITHDRAWN, Label
from iar.archive.manifest import Manifest
from iar.archive.reader import Reader

SEEN_STAGES = ("spectra", "probability")
"""Stages whose signatures a label keeps: what was looked at, and what the network made of it."""


def latest(labels: Iterable[Label]) -> list[Label]:
    """The last record of each person for each night, by night and person; what was withdrawn is gone."""
    last = {(label.night, label.who): label for label in sorted(labels, key=lambda label: label.when)}
    return [last[key] for key in sorted(last) if last[key].verdict != WITHDRAWN]


def fresh(labels: Iterable[Label], spectra: Callable[[dt.date], str]) -> list[Label]:
    """Those labels that are not stale: the night's spectra are still those that were judged.

    Parameters
    ----------
    spectra
        Signature of the spectra that a night has now, empty where it has none.
    """
    return [label for label in labels if label.spectra and label.spectra == spectra(label.night)]


def spectra_of(archive: Reader) -> Callable[[dt.date], str]:
    """Signature of the spectra of each night of an archive, as it is now; a manifest is read once."""
    return cache(lambda night: signatures(archive.look(night))[0])


def signatures(manifest: Manifest) -> tuple[str, str]:
    """Signatures of the spectra and of the network's work that a night has now, empty where there are none."""
    spectra, network = (manifest.stages.get(stage) for stage in SEEN_STAGES)
    return spectra.signature if spectra else "", network.signature if network else ""


def by_night(labels: Iterable[Label]) -> dict[dt.date, list[Label]]:
    """Labels of each night, in order."""
    found: dict[dt.date, list[Label]] = defaultdict(list)
    for label in labels:
        found[label.night].append(label)
    return dict(sorted(found.items()))


def consensus(verdicts: Sequence[str]) -> str:
    """What most say; unsure where as many say something else.

    >>> consensus(["fringes", "none", "fringes"]), consensus(["fringes", "none"])
    ('fringes', 'unsure')
    """
    first, *others = Counter(verdicts).most_common()
    return "unsure" if others and others[0][1] == first[1] else first[0]


def next_moment(labels: Collection[Label], who: str, now: dt.datetime) -> dt.datetime:
    """Moment of a person's next record: later than all of theirs, also after a clock was set back."""
    last = max((label.when for label in labels if label.who == who), default=None)
    return now if last is None else max(now, last + dt.timedelta(microseconds=1))
