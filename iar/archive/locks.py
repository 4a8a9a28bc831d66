"""One writer a night: what two processes do to the same night, they do in turn; different nights never wait.

On a folder the lock is the kernel's: it ends with its process, however that ends, so a killed run blocks nobody.

Anywhere else it is a lease: an object that is created only if it is not there (one conditional PUT), that names its
owner, and that the owner writes anew every `BEAT_S`. Who waits watches it by his own clock, so no two clocks are ever
compared, and takes it over once it has not changed for `LEASE_S`: a killed run costs the next one that wait. The
owner removes it at the end.

What a lease cannot do: an owner that stands still for longer than `LEASE_S` (a suspended machine) and then goes on
writes beside the one that took over; it sees that no later than the end, and fails with a TimeoutError that says to
run again. And it is as good as the store's conditional PUT: S3, MinIO, Google and Azure keep the promise, a store that
overlooks the condition lets two in.
"""

import fcntl
import logging
import random
import time
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

from fsspec import AbstractFileSystem
from fsspec.implementations.local import LocalFileSystem

LEASE_S = 60.0
"""Time without a beat after which an owner counts as dead, s: beyond any pause of a process that still works."""
BEAT_S = 10.0
"""Time between two beats, s: five may fail before the lease is in danger."""
SETTLE_S = 1.0
"""Time in which two that take over at once see each other, s: longer than a PUT takes."""
_POLL_S = (0.05, 2.0)
HELD = (409, 412)
"""HTTP status of a conditional PUT onto what is there: conflict, precondition failed.

s3fs makes a FileExistsError only of an answer whose body names the condition, as moto's does; those of SeaweedFS and
Ceph do not, and become an EINVAL.
"""

logger = logging.getLogger(__name__)


def locked(fs: AbstractFileSystem, path: str) -> AbstractContextManager[None]:
    """Hold the lock at `path` alone, waiting for whoever holds it."""
    return _flocked(Path(path)) if isinstance(fs, LocalFileSystem) else leased(fs, path)


@contextmanager
def _flocked(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def leased(
    fs: AbstractFileSystem, path: str, *, lease_s: float = LEASE_S, beat_s: float = BEAT_S, settle_s: float = SETTLE_S
) -> Iterator[None]:
    """Hold the lease at `path` alone, waiting for whoever holds it, and beating until the end.

    Raises
    ------
    TimeoutError
        At the end, if the lease was lost on the way: another may have written at the same time.
    """
    lease = _Lease(fs, path, uuid.uuid4().hex)
    lease.acquire(lease_s, settle_s)
    over, lost = Event(), Event()
    heart = Thread(target=_beat, args=(lease, over, lost, beat_s), daemon=True)
    heart.start()
    try:
        yield
    finally:
        over.set()
        heart.join()
        still_ours = lease.release()
    if lost.is_set() or not still_ours:
        raise TimeoutError(f"the lease {path} was taken over by another process meanwhile: run this again")


@dataclass(frozen=True)
class _Lease:
    """The object at `path`, wanted or held by `owner`."""

    fs: AbstractFileSystem
    path: str
    owner: str

    def acquire(self, lease_s: float, settle_s: float) -> None:
        """Wait until it is ours."""
        pause, seen, since = _POLL_S[0], b"", time.monotonic()
        while not self.create():
            content = self.read()
            if self.is_mine(content):  # a PUT that was tried twice: the first had arrived
                return
            if content != seen:
                seen, since = content, time.monotonic()
            elif time.monotonic() - since > lease_s and self.take_over(seen, settle_s):
                return
            time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - spreads the waiting, hides nothing
            pause = min(2 * pause, _POLL_S[1])

    def create(self) -> bool:
        """Write it if nobody holds it; returns whether it is ours now."""
        try:
            self.fs.pipe_file(self.path, self._content(), mode="create")
        except FileExistsError:
            return False
        except OSError as error:
            if _status(error) in HELD:
                return False
            raise
        return True

    def take_over(self, dead: bytes, settle_s: float) -> bool:
        """Write over a dead owner's; of several who do that at once, the last keeps it."""
        if self.read() != dead:
            return False
        logger.warning("%s: its owner is gone, taken over", self.path)
        self.write()
        time.sleep(settle_s)
        return self.is_mine(self.read())

    def write(self) -> None:
        """Write it as ours, new to who watches it."""
        self.fs.pipe_file(self.path, self._content())

    def release(self) -> bool:
        """Remove it if it is still ours; returns whether it was."""
        mine = self.is_mine(self.read())
        if mine:
            with suppress(FileNotFoundError):
                self.fs.rm_file(self.path)
        return mine

    def read(self) -> bytes:
        """What it holds; nothing if nobody holds it."""
        try:
            return bytes(self.fs.cat_file(self.path))
        except FileNotFoundError:
            return b""

    def is_mine(self, content: bytes) -> bool:
        """Whether we wrote that."""
        return content.startswith(self.owner.encode())

    def _content(self) -> bytes:
        return f"{self.owner} {uuid.uuid4().hex}\n".encode()


def _beat(lease: _Lease, over: Event, lost: Event, beat_s: float) -> None:
    """Write the lease anew until it is `over`, or `lost` to another."""
    while not over.wait(beat_s):
        try:
            if not lease.is_mine(lease.read()):
                lost.set()
                return
            lease.write()
        except Exception as error:  # noqa: BLE001 - clients of stores share no base class; the next beat may succeed
            logger.warning("%s: no beat: %s", lease.path, error)


def _status(error: OSError) -> int | None:
    """HTTP status of a store's answer that became an error, if it was one."""
    answer = getattr(error.__cause__, "response", None) or {}
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return None if status is None else int(status)
