"""Members of tars and zips, read as those stream by, and those that have to wait for another."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from iar.records.compression import unpack, unpacked_name
from iar.records.finding import LARGEST_BYTES, Found, as_utf8, check_size
from iar.records.record import Recognise

SMALL_BYTES = 4096
"""Members of a tar up to this size are kept, for the members that need them."""
MOST_SMALL = 20_000
"""Small members that are kept: the last ones, 80 MB at most."""
MOST_WAITING = 64
"""Members of a tar that wait at once for a small one: 120 MB of hours of int16."""


@dataclass(frozen=True)
class TarMember:
    """A member of a tar or zip, read while that streams by, and the small members that it needs."""

    tar: Path
    member: str
    size: int
    mtime_ns: int
    content: bytes = field(repr=False)
    beside: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        """Name of the tar and of the member; of one that is compressed also of what is in it."""
        return as_utf8(f"{self.tar.name}/{unpacked_name(PurePosixPath(self.member).name)}")

    @property
    def place(self) -> str:
        """Path of the tar, and the member in it."""
        return f"{self.tar}:{self.member}"

    def read(self) -> bytes:
        """All its bytes, unpacked if it is compressed; a ValueError if they are too many, or damaged."""
        check_size(self.size)
        return unpack(self.content, self.member, most=LARGEST_BYTES)

    def read_beside(self, name: str) -> bytes:
        """All bytes of a small member of the same folder; a FileNotFoundError if it has not come by."""
        if name not in self.beside:
            raise FileNotFoundError(name)
        return self.beside[name]


class Waiting:
    """Members of a tar on their way: some need a small one of their folder, which may come after them."""

    def __init__(self, recognise: Recognise) -> None:
        self._recognise = recognise
        self._position = 0
        self._small: dict[PurePosixPath, bytes] = {}
        self._waiting: list[tuple[PurePosixPath, TarMember]] = []  # what is waited for, and who waits

    def take(self, member: TarMember, position: int) -> Iterator[Found]:
        """What `member` is, unless it has to wait; and who waited for it."""
        self._position = position
        place = PurePosixPath(member.member)
        if member.size <= SMALL_BYTES:
            self._small[place] = member.content
        yield from self._look(member)
        met = [waiter for needed, waiter in self._waiting if needed == place]
        self._waiting = [(needed, waiter) for needed, waiter in self._waiting if needed != place]
        for waiter in met:
            yield from self._look(waiter)
        if len(self._waiting) > MOST_WAITING:
            _, first = self._waiting.pop(0)
            yield self._find(first)
        if len(self._small) > MOST_SMALL:
            del self._small[next(iter(self._small))]

    def give_up(self) -> Iterator[Found]:
        """Those who waited in vain."""
        for _, waiter in self._waiting:
            yield self._find(waiter)

    def _look(self, member: TarMember) -> Iterator[Found]:
        found = self._find(member)
        needs = next((unusable.needs for unusable in found.unusable), "")
        needed = PurePosixPath(member.member).with_name(needs) if needs else None
        if needed in self._small:
            yield self._find(replace(member, beside={needs: self._small[needed]}))
        elif needed is not None:
            self._waiting.append((needed, member))
        else:
            yield found

    def _find(self, member: TarMember) -> Found:
        found = Found(position=self._position)
        found.add(member, self._recognise)
        return found
