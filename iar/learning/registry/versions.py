"""The registry: every bundle that was trained, which one is the champion, and which ones were before it.

The books are MLflow's: a folder (SQLite and files), a server, or a database. A version is a bundle with the run that
made it; the alias ``champion`` says which one works at night, ``previous`` which one a rollback returns to. A folder
may be moved or mounted elsewhere: what lies in it is found from where it is now.
"""

import datetime as dt
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from iar.detection.bundle import Card, load_bundle, read_card
from iar.errors import InputError, NoPageError
from iar.learning.registry.comparison import Performance, check_judged, compare, performance
from iar.learning.registry.tracking import BUNDLE, PAGES, Books, Curve, RunRecord, write_run

MODEL = EXPERIMENT = "iar"
CHAMPION, PREVIOUS = "champion", "previous"
_FORMER = "former_champions"
"""Tag of the model: numbers of the versions that were champion before, the latest last."""


@dataclass(frozen=True)
class Version:
    """A bundle in the registry; `digest` is the bundle's, `signature` that of the examples it learnt from."""

    number: int
    name: str
    when: dt.datetime
    performance: Performance
    trained_on: str
    digest: str
    signature: str
    aliases: tuple[str, ...]
    run: str
    files: Mapping[str, str]


class Registry:
    """The registry in a folder, on an MLflow server (``http(s)://``), or in a database.

    Parameters
    ----------
    location
        The folder, made on the first recording; or the address.
    artifacts
        Where bundles and pictures go if `location` is a database: an address that MLflow knows, or a folder. A
        registry in a folder keeps them there, a server decides for itself.
    cache
        Folder for bundles that come from elsewhere; by default the user's own, ``~/.cache/iar/bundles``.

    Raises
    ------
    InputError
        By every method: if the registry cannot be reached, read, or (to record, promote and roll back) written.
    """

    def __init__(self, location: str, *, artifacts: str | None = None, cache: str | None = None) -> None:
        self._books = Books(location)
        if self._books.is_database != (artifacts is not None):
            lacking = "needs a place for bundles" if self._books.is_database else "has its own place for bundles"
            raise InputError(f"the registry at {self._books} {lacking}: artifacts is {artifacts!r}")
        folder = self._books.folder
        self._artifacts = artifacts if folder is None else (folder / "artifacts").as_uri()
        self._cache = Path(cache) if cache else user_cache() / "bundles"

    def record(
        self,
        bundle_folder: str,
        *,
        recipe: Mapping[str, Any],
        folds: Sequence[Mapping[str, float | None]],
        curves: Mapping[str, Curve],
        pages: Mapping[str, bytes],
    ) -> int:
        """Number of the new version that the bundle in `bundle_folder` becomes, with all that led to it.

        Parameters
        ----------
        recipe
            All that decided the model; nested names are joined by dots.
        folds
            Scores of each fold on its held-out months.
        curves
            Losses and metrics of each training, an entry an epoch, by the training's name: ``fold 0``, ``final``.
        pages
            Files for people to look at, by name: the report, pictures.

        Raises
        ------
        InputError
            If there is no bundle that can be used in the folder.
        """
        folder = Path(bundle_folder)
        bundle = load_bundle(folder)  # a version that cannot work at night is none
        files = {str(path.relative_to(folder)): _digest(path) for path in sorted(folder.rglob("*")) if path.is_file()}
        numbers = {"evaluation": bundle.card.evaluation}
        written = RunRecord(bundle.card.name, folder, recipe, folds, curves, pages, numbers)
        tags = _card_tags(bundle.card) | {"digest": bundle.digest, "files": json.dumps(files)}
        with self._books.opened(write=True) as client:
            run = write_run(client, self._experiment(client), written)
            if not client.search_registered_models(f"name = '{MODEL}'"):
                client.create_registered_model(MODEL)
            source = f"{run.info.artifact_uri}/{BUNDLE}"
            return int(client.create_model_version(MODEL, source, run.info.run_id, tags=tags).version)

    def versions(self) -> list[Version]:
        """All versions, the first one first; none where no registry is yet."""
        if self._books.is_new:
            return []
        with self._books.opened() as client:
            return _versions(client)

    def get(self, which: int | str) -> Version:
        """Version of a number, or of an alias (``champion``, ``previous``); an InputError if there is none."""
        return self._chosen(self.versions(), which)

    def champion(self) -> Version | None:
        """Version that works at night, if there is one."""
        return _champion(self.versions())

    def bundle_folder(self, which: int | str) -> Path:
        """Folder on this machine with the bundle of a version, every byte as it was recorded.

        Raises
        ------
        InputError
            If there is no such version, or its files are not what they were.
        """
        version = self.get(which)
        with self._books.opened() as client:
            return self._local_bundle(client, version)

    def card(self, which: int | str) -> Card:
        """Card of a version's bundle."""
        return read_card(self.bundle_folder(which))

    def page(self, which: int | str, name: str) -> bytes:
        """Content of a page that was recorded with a version: `name` is that of a file, without folders.

        Raises
        ------
        NoPageError
            If the version has no page of that name.
        InputError
            If there is no such version, or the registry cannot be read.
        """
        version = self.get(which)
        missing = f"version {version.number} in the registry at {self._books} has no page {name!r}"
        if Path(name).name != name:
            raise NoPageError(missing)
        if self._books.folder is not None:
            path = self._run_folder(version) / PAGES / name
            if not path.is_file():
                raise NoPageError(missing)
            return path.read_bytes()
        with self._books.opened() as client, tempfile.TemporaryDirectory(prefix="iar-page-") as made:
            if f"{PAGES}/{name}" not in {one.path for one in client.list_artifacts(version.run, PAGES)}:
                raise NoPageError(missing)
            return Path(client.download_artifacts(version.run, f"{PAGES}/{name}", made)).read_bytes()

    def promote(
        self,
        which: int | str,
        *,
        force: bool = False,
        in_use: Card | None = None,
        judged_anew: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> str:
        """Make a version the champion if it beats the present one, see `compare`; returns the decision in words.

        Parameters
        ----------
        force
            Promote without a comparison.
        in_use
            Card of the network that works as long as there is no champion: it has to be beaten, too.
        judged_anew
            Evaluations that take the place of those on the cards, by the digest of the bundle: of a champion that was
            judged by other rules than the candidate.

        Raises
        ------
        InputError
            If there is no such version, its bundle is damaged, it was not judged, or not on the champion's nights.
        """
        self.get(which)  # before anything is written: a folder that is no registry stays as it is
        with self._books.opened(write=True) as client:
            versions = _versions(client)
            candidate, champion = self._chosen(versions, which), _champion(versions)
            card = read_card(self._local_bundle(client, candidate))
            better, outcome = True, "promoted: there was no champion"
            if champion is None and not force:
                check_judged(card, f"version {candidate.number}")
                if in_use is not None:
                    better, outcome = compare(card, in_use, holder="network in use")
            elif champion is not None and champion.number == candidate.number:
                better, outcome = False, f"champion stays: it is version {champion.number} itself"
            elif champion is not None and force:
                outcome = f"promoted: version {candidate.number} in place of {champion.number}, without a comparison"
            elif champion is not None:
                holder = read_card(self._local_bundle(client, champion))
                evaluation = (judged_anew or {}).get(champion.digest, holder.evaluation)
                better, outcome = compare(
                    card, holder.model_copy(update={"evaluation": evaluation}), digest=champion.digest
                )
            if better:
                former = [] if champion is None else [*_former(client, versions, champion), champion.number]
                _write_former(client, former)
                client.set_registered_model_alias(MODEL, CHAMPION, str(candidate.number))
        return outcome

    def rollback(self) -> str:
        """Return to the version that was champion before; again, to the one before that. Says what was done.

        Raises
        ------
        InputError
            If there is no champion, or none before it.
        """
        self.get(CHAMPION)
        with self._books.opened(write=True) as client:
            versions = _versions(client)
            champion = self._chosen(versions, CHAMPION)
            former = _former(client, versions, champion)
            if not former:
                raise InputError(f"no champion before version {champion.number} in the registry at {self._books}")
            back = self._chosen(versions, former[-1])
            self._local_bundle(client, back)
            client.set_registered_model_alias(MODEL, CHAMPION, str(back.number))
            _write_former(client, former[:-1])
        return f"rolled back: version {back.number} is champion again, in place of version {champion.number}"

    def _chosen(self, versions: list[Version], which: int | str) -> Version:
        for version in versions:
            if str(which) == str(version.number) or which in version.aliases:
                return version
        held = f"it holds versions 1 to {versions[-1].number}" if versions else "it holds no versions"
        missing = f"no version {which}" if str(which).isdecimal() else f"no {which}"
        raise InputError(f"{missing} in the registry at {self._books}: {held}")

    def _experiment(self, client: Any) -> str:
        """Identity of the experiment; a folder that was moved has a second one, since the first keeps its old place."""
        name = EXPERIMENT
        found = client.get_experiment_by_name(name)
        if found is not None and self._artifacts is not None and found.artifact_location != self._artifacts:
            name = f"{EXPERIMENT} in {self._artifacts}"
            found = client.get_experiment_by_name(name)
        return str(found.experiment_id if found else client.create_experiment(name, artifact_location=self._artifacts))

    def _local_bundle(self, client: Any, version: Version) -> Path:
        """Folder of a version's bundle, checked; fetched from elsewhere if it was not yet."""
        if self._books.folder is not None:
            folder = self._run_folder(version) / BUNDLE
            self._check_files(version, folder)
            return folder
        folder = self._cache / version.digest
        if not folder.exists():
            self._cache.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self._cache, prefix=".fetch-") as made:
                fetched = Path(client.download_artifacts(version.run, BUNDLE, made))
                self._check_files(version, fetched)
                with suppress(OSError):  # another process was first
                    fetched.rename(folder)
        self._check_files(version, folder)
        return folder

    def _run_folder(self, version: Version) -> Path:
        """Folder of a version's files, in a registry that is a folder itself."""
        return (self._books.folder or Path()) / "artifacts" / version.run / "artifacts"

    def _check_files(self, version: Version, folder: Path) -> None:
        for name, digest in version.files.items():
            path = folder / name
            if not path.is_file() or _digest(path) != digest:
                what = "damaged" if path.is_file() else "missing"
                raise InputError(f"bundle of version {version.number} in {folder} cannot be used: {name} is {what}")


def user_cache() -> Path:
    """Folder of the user's own for what can be made or fetched anew: ``~/.cache/iar``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "iar"


def _versions(client: Any) -> list[Version]:
    """All versions, the first one first."""
    found = client.search_model_versions(f"name = '{MODEL}'")
    if not found:
        return []
    aliases = client.get_registered_model(MODEL).aliases
    ours = (one for one in found if "digest" in one.tags)  # others were made in MLflow's own pages
    return sorted((_version(one, aliases) for one in ours), key=lambda version: version.number)


def _version(found: Any, aliases: Mapping[str, Any]) -> Version:
    tags = found.tags
    return Version(
        number=int(found.version),
        name=tags["name"],
        when=dt.datetime.fromtimestamp(found.creation_timestamp / 1000, dt.UTC),
        performance=Performance(*(json.loads(tags.get(one.name, "null")) for one in fields(Performance))),
        trained_on=tags["trained_on"],
        digest=tags["digest"],
        signature=tags["signature"],
        aliases=tuple(sorted(alias for alias, number in aliases.items() if int(number) == int(found.version))),
        run=found.run_id,
        files=json.loads(tags["files"]),
    )


def _champion(versions: list[Version]) -> Version | None:
    return next((version for version in versions if CHAMPION in version.aliases), None)


def _former(client: Any, versions: list[Version], champion: Version) -> list[int]:
    """Numbers of the champions before this one that are still there, the latest last.

    The list is written in another step than the alias: who was killed between the two left the champion at its end.
    """
    there = {version.number for version in versions}
    tag = client.get_registered_model(MODEL).tags.get(_FORMER, "[]")
    former = [number for number in json.loads(tag) if number in there]
    while former and former[-1] == champion.number:
        former.pop()
    return former


def _write_former(client: Any, former: list[int]) -> None:
    client.set_registered_model_tag(MODEL, _FORMER, json.dumps(former))
    if former:
        client.set_registered_model_alias(MODEL, PREVIOUS, str(former[-1]))
    elif PREVIOUS in client.get_registered_model(MODEL).aliases:
        client.delete_registered_model_alias(MODEL, PREVIOUS)


def _card_tags(card: Card) -> dict[str, str]:
    """What a list of versions shows, so that it needs no bundle."""
    shown = {name: json.dumps(value) for name, value in asdict(performance(card)).items()}
    return shown | {"name": card.name, "trained_on": card.trained_on, "signature": card.signature}


def _digest(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
