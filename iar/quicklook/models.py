"""What the pages show of a registry: its versions, their cards and pages, and the pictures of studies beside it."""

import re
import threading
import time
from pathlib import Path

from iar.detection.bundle import SHIPPED, Card, read_card
from iar.errors import NoPageError
from iar.learning.registry.tracking import Books
from iar.learning.registry.versions import Registry, Version

PAGES = {"report.html": "report", "curves.png": "learning curves", "overlays.png": "what it finds in nights"}
"""Pages of a version by name, and what they are."""
FRESH_S = 10.0
"""A list of versions that is younger is not asked for again, s."""
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
"""A study, or a picture of it: one name, never a way through folders."""


class Models:
    """Networks of the registry at a place, as many threads look at them; only the shipped one where there is none."""

    def __init__(self, place: str | None) -> None:
        self._place = place
        self._registry: Registry | None = None
        self._versions: tuple[float, list[Version]] = (-FRESH_S, [])
        self._cards: dict[str, Card] = {}
        self._pages: dict[tuple[str, str], bytes | None] = {}
        self._lock = threading.Lock()

    @property
    def there(self) -> bool:
        """Whether there is a registry to look at."""
        return self._place is not None

    def versions(self) -> list[Version]:
        """Versions of the registry, the first one first.

        Raises
        ------
        InputError
            If the registry cannot be read.
        """
        if self._place is None:
            return []
        with self._lock:  # MLflow takes seconds to import, once
            when, versions = self._versions
            if time.monotonic() - when >= FRESH_S:
                versions = self._opened(self._place).versions()
                self._versions = time.monotonic(), versions
            return versions

    def version(self, number: int) -> Version | None:
        """Version of that number, if there is one."""
        return next((one for one in self.versions() if one.number == number), None)

    def card(self, version: Version | None) -> Card:
        """Card of a version; of the shipped network without one.

        Raises
        ------
        InputError
            If it cannot be read.
        """
        digest = version.digest if version else ""
        if digest not in self._cards:
            if version is None or self._place is None:
                self._cards[digest] = read_card(SHIPPED)
            else:
                self._cards[digest] = self._opened(self._place).card(version.number)
        return self._cards[digest]

    def page(self, version: Version, name: str) -> bytes | None:
        """Page of a version, one of `PAGES`; None if it was recorded without.

        Raises
        ------
        InputError
            If the registry cannot be read.
        """
        key = version.run, name
        if key not in self._pages and self._place is not None:
            try:
                self._pages[key] = self._opened(self._place).page(version.number, name)
            except NoPageError:
                return None
        return self._pages.get(key)

    def studies(self) -> dict[str, list[str]]:
        """Names of the studies that have pictures, and those of the pictures."""
        folder = self._studies_folder
        if folder is None or not folder.is_dir():
            return {}
        found = {study.name: sorted(p.name for p in study.glob("*.png")) for study in sorted(folder.iterdir())}
        return {
            study: names
            for study, pictures in found.items()
            if (names := [name for name in pictures if self.study_picture(study, name) is not None])
        }

    def study_picture(self, study: str, name: str) -> Path | None:
        """Picture of a study; None if there is none of these names in the folder of studies itself."""
        folder = self._studies_folder
        if folder is None or not (_NAME.fullmatch(study) and _NAME.fullmatch(name) and name.endswith(".png")):
            return None
        path = (folder / study / name).resolve()  # a link that leaves the folder leads nowhere
        return path if path.is_relative_to(folder.resolve()) and path.is_file() else None

    @property
    def _studies_folder(self) -> Path | None:
        return None if self._place is None else Books(self._place).studies

    def _opened(self, place: str) -> Registry:
        if self._registry is None:
            self._registry = Registry(place)
        return self._registry
