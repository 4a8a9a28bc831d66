"""An archive of a few nights to judge."""

import json
import shutil
from datetime import date, timedelta
from pathlib import Path


def repeated(processed: Path, night: date, nights: int, folder: Path) -> Path:
    """Copy of an archive of one night in which the nights after it are like it."""
    archive = shutil.copytree(processed, folder / "archive")
    manifest = archive / "manifest" / str(night.year) / f"{night}.json"
    place = (night - date(2000, 1, 1)).days
    for n in range(1, nights):
        later = str(night + timedelta(days=n))
        content = json.loads(manifest.read_text()) | {"night": later}
        manifest.with_name(f"{later}.json").write_text(json.dumps(content))
        for chunks in archive.glob(f"*/*/c/{place}"):
            copy = shutil.copytree if chunks.is_dir() else shutil.copy2
            copy(chunks, chunks.with_name(str(place + n)))
    return archive
