"""Where a person judges nights: which night comes next, what is written down, what it says so far."""

import datetime as dt
import threading
from collections.abc import Mapping
from functools import cached_property, partial

from pydantic import BaseModel, ConfigDict

from iar import __version__
from iar.archive.labels import Harmonics, Label, LabelBook, Queue, Regions, Said, Sample
from iar.errors import InputError
from iar.labels.current import fresh, latest, next_moment
from iar.labels.doubt import Signs, doubts, read_signs
from iar.labels.sample import LEFT_OUT, findings, in_words, make_sample
from iar.quicklook.holdings import Holdings, Shelf


class Waiting(BaseModel):
    """A night on the desk, where it comes from, and what the person said of it, None where nothing that counts."""

    model_config = ConfigDict(frozen=True)

    night: dt.date
    queue: Queue
    verdict: str | None = None
    why: str = ""
    regions: Regions = ()
    deleted: Harmonics = ()


class Desk:
    """The desk of one person, `who`; blind unless told: the network's lines are shown once a night was judged.

    The `order` says what comes first: the random sample, then the rest by date; the most informative of the rest, then
    the sample; or all by date.
    """

    def __init__(self, url: str, who: str, *, blind: bool = True, order: Queue = "random") -> None:
        """Sit down before the archive at `url`; an InputError if there is none, or no night of it has a verdict."""
        self.who, self.blind, self.order = who, blind, order
        self._signs: dict[dt.date, tuple[str, Signs | None]] = {}
        self._shelf, self._book = Shelf(url), LabelBook(url)
        self._writing = threading.Lock()
        self.sample = self._sample(_verdicts(self._shelf.look()))
        self._opened = {label.night for label in self._book.read() if label.who == who}

    def look(self) -> Holdings:
        """What the archive holds now."""
        return self._shelf.look()

    def nights(self) -> list[Waiting]:
        """Nights that were judged, in the order of judging, then those that wait, in that of the desk."""
        held = self.look()
        there, said = _verdicts(held), {label.night: label for label in self._said(held)}
        done = sorted(said.keys() & there.keys(), key=lambda night: said[night].when)
        waiting = [night for night in self._ordered(held, list(there)) if night not in said]
        return [self._waiting(night, said.get(night)) for night in [*done, *waiting]]

    def _waiting(self, night: dt.date, said: Label | None) -> Waiting:
        known = {} if said is None else {name: getattr(said, name) for name in ("verdict", "why", "regions", "deleted")}
        return Waiting(night=night, queue=self._queue(night), **known)

    def judge(
        self, night: dt.date, verdict: Said, why: str, *, regions: Regions = (), deleted: Harmonics = ()
    ) -> Label:
        """Write down what the person says of a night; an InputError if it has no verdict in the archive."""
        held = self.look()
        if night not in _verdicts(held):
            raise InputError(f"night {night} is not there to be judged in {held.archive.url}")
        spectra, network = held.line(night).signatures
        with self._writing:
            label = Label(
                night=night,
                who=self.who,
                when=next_moment(self._book.read(), self.who, dt.datetime.now(dt.UTC)),
                verdict=verdict,
                why=why,
                regions=regions,
                deleted=deleted,
                mode="blind" if self.blind and night not in self._opened else "open",
                queue=self._queue(night),
                spectra=spectra,
                network=network,
                software=__version__,
            )
            self._book.add(label)
        return label

    def open_lines(self, night: dt.date) -> bool:
        """Whether the network's lines may be shown: not before a judgement, if blind; what comes then is not blind."""
        shown = not self.blind or any(label.night == night for label in self._said(self.look()))
        if shown:
            self._opened.add(night)
        return shown

    def summary(self) -> list[str]:
        """What everybody's labels say of the archive so far, in sentences."""
        held = self.look()
        return in_words(findings(self.sample, fresh(self._book.read(), partial(_spectra, held)), _verdicts(held)))

    @cached_property
    def _drawn(self) -> dict[dt.date, None]:
        """Nights of the sample, in the order of judging."""
        return dict.fromkeys(one.night for one in self.sample.nights)

    def _queue(self, night: dt.date) -> Queue:
        if night in self._drawn:
            return "random"
        return "informative" if self.order == "informative" else "date"

    def _ordered(self, held: Holdings, there: list[dt.date]) -> list[dt.date]:
        """Nights that are there, by date, in the order of the desk."""
        drawn = [night for night in self._drawn if night in there]
        rest = [night for night in there if night not in self._drawn]
        if self.order == "informative":
            signs = {night: found for night in rest if (found := self._read_signs(held, night)) is not None}
            doubt = dict(zip(signs, doubts(list(signs.values())).tolist(), strict=True))
            return sorted(rest, key=lambda night: doubt.get(night, 0), reverse=True) + drawn
        return drawn + rest if self.order == "random" else there

    def _read_signs(self, held: Holdings, night: dt.date) -> Signs | None:
        """Signs of a night, None where they cannot be read; those of one that did not change are remembered."""
        line, known = held.line(night), self._signs.get(night)
        if known is None or known[0] != line.digest:
            try:
                found = read_signs(held.archive, night, line.limit_db)
            except (InputError, OSError):
                found = None
            known = self._signs[night] = line.digest, found
        return known[1]

    def _said(self, held: Holdings) -> list[Label]:
        mine = (label for label in self._book.read() if label.who == self.who)
        return fresh(latest(mine), partial(_spectra, held))

    def _sample(self, verdicts: Mapping[dt.date, str]) -> Sample:
        there = self._book.sample()
        if there is not None:
            return there
        if not verdicts:
            raise InputError(f"no night in {self._shelf.url} has a verdict to judge: process some first")
        return self._book.keep_sample(make_sample(verdicts, dt.datetime.now(dt.UTC)))


def _spectra(held: Holdings, night: dt.date) -> str:
    """Signature of the spectra that a night has now, empty where it has none."""
    return held.lines[night].signatures[0] if night in held.lines else ""


def _verdicts(held: Holdings) -> dict[dt.date, str]:
    """Verdict of each night in which there is something to judge."""
    found = {night: held.lines[night].coverage.verdict for night in held.judged}
    return {night: verdict for night, verdict in found.items() if verdict not in {None, LEFT_OUT}}
