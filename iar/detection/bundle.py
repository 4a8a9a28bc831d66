"""A bundle: a trained model with its card, everything needed to use and judge it.

Two files in one folder, ``model.keras`` and ``card.json``. The one that ships with the package lies beside this module.
"""

import hashlib
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from iar.detection.backend import keras
from iar.detection.unet import KerasModel, UnetConfig
from iar.errors import InputError

SHIPPED = Path(__file__).with_name("shipped")


class Card(BaseModel):
    """What a person has to know of a model before they trust it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    trained_on: str
    unet: UnetConfig
    spline_pieces: int = Field(
        description="pieces over 10 Hz of the background spline under the pictures it learnt from"
    )
    threshold: float = Field(gt=0, lt=1, description="probability from which a pixel counts as fringe")
    training: dict[str, Any]
    fold_scores: tuple[dict[str, float | None], ...]
    evaluation: dict[str, Any]
    software: dict[str, str]
    licence: str = "BSD-3-Clause"


@dataclass(frozen=True)
class Bundle:
    """A model, its card, and the digest of both."""

    model: KerasModel
    card: Card
    digest: str


def save_bundle(folder: Path, model: KerasModel, card: Card) -> None:
    """Write a bundle to `folder`, which never holds half of one; what was there is replaced."""
    with _replacing(folder) as new:
        new.mkdir()
        model.save(new / "model.keras")
        text = json.dumps(card.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n"
        (new / "card.json").write_text(text, encoding="utf-8")


def copy_bundle(source: Path, target: Path) -> None:
    """Copy the bundle in `source` to `target`, which never holds half of one; what was there is replaced."""
    with _replacing(target) as new:
        shutil.copytree(source, new)


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
    """Digest of a bundle's files, without loading the model; an InputError if they are not there."""
    digest = hashlib.sha256()
    for name in ("model.keras", "card.json"):
        path = folder / name
        if not path.is_file():
            raise InputError(f"no bundle in {folder}: {name} is missing")
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def load_bundle(folder: Path = SHIPPED) -> Bundle:
    """Bundle in `folder`, loaded once per process and content, in Keras' safe mode.

    Raises
    ------
    InputError
        If there is no bundle, or its card or model is wrong.
    """
    return _load(folder, bundle_digest(folder))


@lru_cache(maxsize=2)
def _load(folder: Path, digest: str) -> Bundle:
    """Load what `digest` stands for: a folder whose content changed is another bundle."""
    try:
        card = Card.model_validate_json((folder / "card.json").read_bytes())
    except ValueError as error:
        raise InputError(f"card of the bundle in {folder} is wrong: {str(error).splitlines()[0]}") from None
    try:
        model = keras().saving.load_model(folder / "model.keras", compile=False, safe_mode=True)
    except (ValueError, OSError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise InputError(f"model of the bundle in {folder} cannot be read: {str(error).splitlines()[0]}") from None
    return Bundle(model, card, digest)
