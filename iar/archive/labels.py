"""What people said of nights: one file a judgement, ``labels/<night>/<time>-<random>.json``, written once.

No file is ever written again: a correction is a new record, and two people at once write two files. Of a writer that is
killed, or finds the disk full, the whole record is there or nothing of it. ``labels/sample.json`` holds the nights that
were drawn at random, once.
"""

import datetime as dt
import posixpath
import re
import secrets
import threading
from typing import Annotated, Literal, Self, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from iar.archive.locks import locked
from iar.archive.place import filesystem, naming, reaching
from iar.archive.whole import replace_json
from iar.errors import DamagedArchiveError, first_fault
from iar.night import HARMONICS

Judged = Literal["fringes", "none", "disturbed", "interference", "unsure"]
"""What a person may say of a night."""
WITHDRAWN = "withdrawn"
"""Verdict of a record that takes back what its person said before."""
Said = Judged | Literal["withdrawn"]
"""Verdict of any record."""
Queue = Literal["random", "informative", "date"]
"""Why a night is judged: it is of the random sample, it tells most, or it is its turn."""
LONGEST_NAME = 100
"""Letters of a person's name."""
Why = Annotated[str, Field(max_length=2000)]
"""Reason of a verdict, empty where none was given."""
_RECORD = re.compile(r"labels/\d{4}-\d\d-\d\d/[0-9TZ.]+-[0-9a-f]{16}\.json")
Model = TypeVar("Model", bound=BaseModel)
SAMPLE = "labels/sample.json"
LOCK = "labels/.sample.lock"


class Region(BaseModel):
    """Times (UTC) and frequencies (Hz) of a night in which a person sees interference."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    begin: AwareDatetime
    end: AwareDatetime
    low_hz: float = Field(ge=0)
    high_hz: float = Field(le=1000)

    @model_validator(mode="after")
    def check_extent(self) -> Self:
        """Raise a ValueError if it is empty."""
        if not (self.begin < self.end and self.low_hz < self.high_hz):
            raise ValueError(f"region from {self.begin} to {self.end}, {self.low_hz:g} to {self.high_hz:g} Hz is empty")
        return self


Regions = Annotated[tuple[Region, ...], Field(max_length=50)]
"""Regions of a night."""
Harmonics = Annotated[tuple[Annotated[int, Field(ge=1, le=HARMONICS)], ...], Field(max_length=HARMONICS)]
"""Numbers of harmonics."""


class Label(BaseModel):
    """One judgement: who said what of a night, when (UTC), why, and of what.

    `mode` is blind where nothing of the network was shown before, `queue` where the night came from. `spectra` and
    `network` are the signatures of the seals of what was looked at, empty where there was none. `regions` are of
    interference, `deleted` the harmonics of the network's lines that are no fringes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    night: dt.date
    who: str = Field(min_length=1, max_length=LONGEST_NAME)
    when: AwareDatetime
    verdict: Said
    why: Why = ""
    regions: Regions = ()
    deleted: Harmonics = ()
    mode: Literal["blind", "open", "imported"]
    queue: Queue | Literal["imported"]
    spectra: str
    network: str
    software: str


class SampledNight(BaseModel):
    """A night of the random sample, with the verdict of the network that it was drawn for, and its season."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    night: dt.date
    verdict: str
    season: str


class SampledStratum(BaseModel):
    """How many nights of a verdict and season the archive had when the sample was drawn."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    verdict: str
    season: str
    nights: int


class Sample(BaseModel):
    """The random sample of an archive: its seed, when it was drawn (UTC), its nights in the order of judging."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int
    drawn: AwareDatetime
    nights: tuple[SampledNight, ...]
    strata: tuple[SampledStratum, ...]


class LabelBook:
    """The labels of the archive at a URL, as many threads look at them; each record is read once."""

    def __init__(self, url: str) -> None:
        """Look at `url`; an InputError if nothing here can read such a URL."""
        self.url = url
        self._fs, self._root = filesystem(url)
        self._known: dict[str, Label] = {}
        self._lock = threading.Lock()

    def read(self) -> list[Label]:
        """Every record, the oldest first.

        Raises
        ------
        DamagedArchiveError
            If one cannot be read.
        """
        with reaching(self.url), self._lock:
            found = self._fs.find(posixpath.join(self._root, "labels"), maxdepth=2)
            fresh = sorted(path for path in found if path not in self._known and _RECORD.search(path))
            texts = self._fs.cat_ranges(fresh, None, None) if fresh else []
            self._known |= {path: _parsed(Label, text, path) for path, text in zip(fresh, texts, strict=True)}
            return sorted(self._known.values(), key=lambda label: label.when)

    def add(self, label: Label) -> None:
        """Write a record; it is on disk when this returns."""
        name = f"{label.when.astimezone(dt.UTC):%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(8)}.json"
        place = f"labels/{label.night}/{name}"
        with reaching(self.url), naming(f"{self.url}/{place}"):
            replace_json(self._fs, posixpath.join(self._root, place), label.model_dump(mode="json"))

    def sample(self) -> Sample | None:
        """The random sample, None while none was drawn; a DamagedArchiveError if it cannot be read."""
        path = posixpath.join(self._root, SAMPLE)
        with reaching(self.url):
            try:
                return _parsed(Sample, self._fs.cat_file(path), path)
            except FileNotFoundError:
                return None

    def keep_sample(self, sample: Sample) -> Sample:
        """Keep a sample, unless there is one; returns the one that is there."""
        with reaching(self.url), naming(f"{self.url}/{SAMPLE}"), locked(self._fs, posixpath.join(self._root, LOCK)):
            there = self.sample()
            if there is None:
                replace_json(self._fs, posixpath.join(self._root, SAMPLE), sample.model_dump(mode="json"))
            return there or sample


def _parsed(model: type[Model], text: bytes | Exception, path: str) -> Model:
    if isinstance(text, Exception):
        raise text
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise DamagedArchiveError(f"{path} is damaged: {first_fault(error)}") from None
