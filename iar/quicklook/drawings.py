"""Files that are made when somebody asks for them, and kept while they are as they would be made again."""

import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path

MOST_KEPT = 64
"""Files in memory: some 0.5 MB each, of those that a quick-look draws."""


class Drawings:
    """Pictures and tables by a key that says everything they are made from."""

    def __init__(self, most_kept: int = MOST_KEPT) -> None:
        self._most_kept = most_kept
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock, self._drawing = threading.Lock(), threading.Lock()

    def get(self, key: Hashable, suffix: str, write: Callable[[Path], object]) -> bytes:
        """Bytes of the file that `write` makes at a path of that suffix, unless it is known under `key`.

        One is made at a time, and who asks for another that is known does not wait: of ten who ask for the same
        picture, nine find it drawn.
        """
        known = self._known(key)
        if known is None:
            with self._drawing:
                known = self._known(key) or self._made(key, suffix, write)
        return known

    def _known(self, key: Hashable) -> bytes | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _made(self, key: Hashable, suffix: str, write: Callable[[Path], object]) -> bytes:
        with tempfile.TemporaryDirectory(prefix="iar-quicklook-") as folder:
            path = Path(folder) / f"drawn{suffix}"
            write(path)
            content = path.read_bytes()
        with self._lock:
            self._kept[key] = content
            if len(self._kept) > self._most_kept:
                self._kept.popitem(last=False)
        return content
