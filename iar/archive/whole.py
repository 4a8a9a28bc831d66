"""Files that readers see as they were or as they are, never half."""

import json
import os
from pathlib import Path
from typing import Any

from fsspec import AbstractFileSystem
from fsspec.implementations.local import LocalFileSystem


def replace_json(fs: AbstractFileSystem, path: str, content: Any) -> None:
    """Replace the file at `path` by `content` as JSON, as a whole; only for who holds the lock that guards it."""
    text = json.dumps(content, indent=1, ensure_ascii=False).encode() + b"\n"
    if not isinstance(fs, LocalFileSystem):
        fs.pipe_file(path, text)  # one PUT
        return
    temporary = Path(path).with_name(f".{Path(path).stem}.tmp")
    temporary.parent.mkdir(parents=True, exist_ok=True)
    with temporary.open("wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
