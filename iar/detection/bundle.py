"""A bundle: a trained model with its card, everything needed to use and judge it.

In one folder: ``model.keras`` and ``card.json``, and the same network in OpenVINO's format, ``network.xml`` and
``network.bin``, so that who only uses it needs no TensorFlow. These two are made when the bundle is saved; a bundle
without them is converted each time that a process loads it. The bundle that ships with the package lies beside this
module.
"""

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from statistics import fmean, stdev
from threading import RLock
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from iar.detection.backend import Precision, keras
from iar.detection.planes import CLIP, SCALE_DB
from iar.detection.runtime import OpenVino, as_network, openvino, runtime
from iar.detection.tiling import Network, tiled
from iar.detection.unet import KerasModel, UnetConfig
from iar.errors import InputError, first_line

SHIPPED = Path(__file__).with_name("shipped")
SHIPPED_BEFORE = frozenset({
    "2b30f66d86871897", "1e859c309c3126db", "196a66d58a558d93", "821da12f578779d6", "c404916ba2f7197a",
    "33bd6b8722faf991", "1eb345ce826158fe",
})  # fmt: skip
"""Digests of the bundles that earlier versions of iar shipped: a night of theirs was not judged by a champion."""
NEEDED = ("model.keras", "card.json")
CONVERTED = ("network.xml", "network.bin")
FOLDS = "folds"
"""Folder beside these files, if the networks of the folds were kept: each a bundle, in a folder with its number."""

_LOCK = RLock()
"""Threads of a worker load a bundle once between them."""


class _Strict(BaseModel):
    """Fields that are not there are refused, and none changes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Scaling(_Strict):
    """How residuals become pictures."""

    scale_db: float = Field(SCALE_DB, description="residual that is 1 in a picture, dB")
    clip: float = Field(CLIP, description="pictures are held between plus and minus this")


class Span(_Strict):
    """What a model learnt from: when, and how much of what."""

    first: str = Field(description="first night or month, ISO 8601")
    last: str = Field(description="last night or month, ISO 8601")
    sources: dict[str, int] = Field(description="examples of each source")


class LabelCounts(_Strict):
    """What people's labels gave a model."""

    version: str = Field(description="of the labels in their archive: how many records, and their digest")
    stations: tuple[str, ...] = Field(description="whose nights they are of")
    people: int = Field(description="who judged the nights that it learnt from")
    fringes: int = Field(description="nights that it learnt from in which people saw fringes")
    without: int = Field(description="nights that it learnt from in which they saw none")
    held_back: int = Field(description="nights of the random sample, from which nothing was learnt")
    stale: int = Field(description="labels left out since their spectra were made anew")
    unsure: int = Field(description="nights left out since people were unsure, or differed")
    trackless: int = Field(description="nights with fringes left out since the network has no lines in them")


class Card(_Strict):
    """What a person has to know of a model before they trust it."""

    name: str
    trained_on: str
    architecture: str = Field("U-net", description="in words; its numbers are in `unet`")
    unet: UnetConfig
    scaling: Scaling = Field(Scaling(), description="how residuals became the pictures that it learnt from")
    spline_pieces: int = Field(
        description="pieces over 10 Hz of the background spline under the pictures it learnt from"
    )
    threshold: float = Field(gt=0, lt=1, description="probability from which a pixel counts as fringe")
    precision: Precision = Field("float32", description="what OpenVINO computes in: that in which it was evaluated")
    training: dict[str, Any]
    span: Span | None = Field(None, description="what it learnt from; none in cards of the first versions")
    real_nights: tuple[str, ...] = Field((), description="real nights that it learnt from, ISO 8601")
    labels: LabelCounts | None = Field(None, description="people's labels that it learnt from, if any")
    signature: str = Field("", description="digest of the examples it learnt from")
    fold_scores: tuple[dict[str, float | None], ...] = Field(
        description="scores and loss of each fold on the months held out, at a threshold chosen on the other folds"
    )
    fold_mean: dict[str, float] = Field(
        default_factory=lambda card: _over_folds(card.get("fold_scores", ()), fmean, at_least=1),
        description="mean of each score over the folds",
    )
    fold_spread: dict[str, float] = Field(
        default_factory=lambda card: _over_folds(card.get("fold_scores", ()), stdev, at_least=2),
        description="standard deviation of each score over the folds",
    )
    evaluation: dict[str, Any]
    software: dict[str, str]
    licence: str = "BSD-3-Clause"


@dataclass(frozen=True)
class Bundle:
    """A network, its card, and the digest of all files.

    `network` takes pictures, float32, shape (batch, slot, frequency, planes), and gives probability, float32, shape
    (batch, slot, frequency).
    """

    network: Network
    card: Card
    digest: str
    folder: Path

    @property
    def model(self) -> KerasModel:
        """The Keras model, loaded when it is first asked for; an InputError if it cannot be read, or is another."""
        with _LOCK:
            return _model(self.folder, self.digest)


def save_bundle(folder: Path, model: KerasModel, card: Card) -> None:
    """Write a bundle to `folder`, which never holds half of one; what was there is replaced."""
    with _replacing(folder) as new:
        new.mkdir()
        model.save(new / "model.keras")
        text = json.dumps(card.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n"
        (new / "card.json").write_text(text, encoding="utf-8")
        if runtime() == "openvino":
            graph, weights = _converted(model)
            (new / "network.bin").write_bytes(weights)
            (new / "network.xml").write_bytes(graph.rstrip() + b"\n" + _origin(new))


@contextmanager
def _replacing(folder: Path) -> Iterator[Path]:
    """Place for a new folder that takes the place of `folder` at the end: between two renames there is none."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".bundle-") as made:
        yield Path(made) / "new"
        if folder.exists():
            folder.rename(Path(made) / "old")
        (Path(made) / "new").rename(folder)


def bundle_digest(folder: Path) -> str:
    """Digest of a bundle's files, without loading the network; an InputError if they are not there."""
    return hashlib.sha256("".join(_file_digest(path) for path in _files(folder)).encode()).hexdigest()[:16]


def load_bundle(folder: Path | str = SHIPPED) -> Bundle:
    """Bundle in `folder`, loaded once per process and content, in Keras' safe mode where Keras is needed.

    Raises
    ------
    InputError
        If there is no bundle, or its card, its model or its network is wrong.
    """
    with _LOCK:
        return _load(Path(folder), bundle_digest(Path(folder)), runtime())


def fold_bundles(folder: Path) -> list[Path]:
    """Folders of the bundles of the folds that were kept beside the bundle in `folder`; an InputError if none was."""
    found = sorted((folder / FOLDS).glob("*/card.json"), key=lambda card: int(card.parent.name))
    if not found:
        raise InputError(f"bundle in {folder} has no networks of its folds: train it with keep_folds: true")
    return [card.parent for card in found]


def read_card(folder: Path) -> Card:
    """Card of the bundle in `folder`; an InputError if it is wrong."""
    try:
        card = Card.model_validate_json((folder / "card.json").read_bytes())
    except ValueError as error:
        raise InputError(f"card of the bundle in {folder} is wrong: {first_line(error)}") from None
    if card.scaling != Scaling():
        learnt = f"{card.scaling.scale_db:g} dB, clipped at {card.scaling.clip:g}"
        raise InputError(f"bundle in {folder} learnt from pictures of {learnt}; ours: {SCALE_DB:g} dB, {CLIP:g}")
    return card


@lru_cache(maxsize=2)
def _load(folder: Path, digest: str, runs_on: str) -> Bundle:
    """Load what `digest` stands for: a folder whose content changed is another bundle."""
    card = read_card(folder)
    network = _openvino(folder, digest, card) if runs_on == "openvino" else as_network(_model(folder, digest))
    return Bundle(tiled(_first_planes(network, card.unet.planes), card.unet), card, digest, folder)


def _first_planes(network: Network, planes: int) -> Network:
    """Network that is given all planes of a night, and sees those it learnt from: newer ones come behind them."""
    return lambda pictures: network(pictures[..., :planes])


def _check_shape(output_shape: Callable[[tuple[int, ...]], tuple[int, ...]], unet: UnetConfig, folder: Path) -> None:
    """Raise an InputError if the network does not take the smallest picture that its card says it takes."""
    *picture, planes = (1, unet.step, unet.step, unet.planes)
    try:
        fits = output_shape((*picture, planes)) == (*picture, 1)
    except (ValueError, RuntimeError):
        fits = False
    if not fits:
        raise InputError(
            f"network of the bundle in {folder} is not that of its card: it does not take pictures of "
            f"{unet.step} x {unet.step} pixels and {planes} planes"
        )


def _openvino(folder: Path, digest: str, card: Card) -> OpenVino:
    if not (folder / "network.xml").exists():
        return OpenVino(*_converted(_model(folder, digest)), card.precision)
    graph, weights = ((folder / name).read_bytes() for name in CONVERTED)
    if not graph.endswith(_origin(folder)):
        raise InputError(
            f"network.xml of the bundle in {folder} was not made from its model.keras, with its network.bin: "
            "one of them is cut or another's; without network.xml and network.bin it is made anew"
        )
    try:
        network = OpenVino(graph, weights, card.precision)
    except RuntimeError as error:
        raise InputError(f"network of the bundle in {folder} cannot be read: {first_line(error)}") from None
    _check_shape(network.output_shape, card.unet, folder)
    return network


@lru_cache(maxsize=1)
def _model(folder: Path, digest: str) -> KerasModel:
    if bundle_digest(folder) != digest:
        raise InputError(f"bundle in {folder} is another one since it was loaded")
    try:
        model = keras().saving.load_model(folder / "model.keras", compile=False, safe_mode=True)
    except (ValueError, OSError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise InputError(f"model of the bundle in {folder} cannot be read: {first_line(error)}") from None
    _check_shape(model.compute_output_shape, read_card(folder).unet, folder)
    return model


def _converted(model: KerasModel) -> tuple[bytes, bytes]:
    """The network in OpenVINO's format: content of its two files."""
    openvino()  # before Keras imports it, in its own way
    with tempfile.TemporaryDirectory() as made:
        path = Path(made) / "network.xml"
        model.export(str(path), format="openvino", verbose=False)
        return path.read_bytes(), path.with_suffix(".bin").read_bytes()


def _origin(folder: Path) -> bytes:
    """Last line of ``network.xml``: what it was made from, and the weights that belong to it."""
    files = (f"{name} {_file_digest(folder / name)}" for name in ("model.keras", "network.bin"))
    return f"<!-- {', '.join(files)} -->\n".encode()


def _files(folder: Path) -> list[Path]:
    """Files of a bundle: those that every one has, and the converted network if there is one."""
    names = NEEDED + CONVERTED * any((folder / name).exists() for name in CONVERTED)
    for name in names:
        if not (folder / name).is_file():
            raise InputError(f"no bundle in {folder}: {name} is missing")
    return [folder / name for name in names]


def _file_digest(path: Path) -> str:
    """Digest of a file's content; read again only if the file is another, or was written to."""
    stat = path.stat()
    return _digest_of(path, stat.st_ino, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=32)
def _digest_of(path: Path, *_written: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _over_folds(
    scores: tuple[dict[str, float | None], ...], what: Callable[[list[float]], float], *, at_least: int
) -> dict[str, float]:
    """`what` of each score over the folds that have it, if they are enough."""
    values: dict[str, list[float]] = {}
    for fold in scores:
        for name, value in fold.items():
            values.setdefault(name, []).extend([] if value is None else [value])
    return {name: round(what(found), 4) for name, found in values.items() if len(found) >= at_least}
