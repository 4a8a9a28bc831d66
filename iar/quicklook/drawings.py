"""Files that are made when somebody asks for them, and kept while they are as they would be made again."""

import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path

MOST_KEPT = 64
"""Files in memory: some 0.5 MB each."""


class Drawings:
    """Pictures and tables by a key that says everything they are made from."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, suffix: str, write: Callable[[Path], None]) -> bytes:
        """Bytes of the file that `write` makes at a path of that suffix, unless it is known under `key`.

        One is made at a time: of ten who ask for the same picture, nine find it drawn.
        """
        with self._lock:
            if key not in self._kept:
                with tempfile.TemporaryDirectory(prefix="iar-quicklook-") as folder:
                    path = Path(folder) / f"drawn{suffix}"
                    write(path)
                    self._kept[key] = path.read_bytes()
                    if len(self._kept) > MOST_KEPT:
                        self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return self._kept[key]
