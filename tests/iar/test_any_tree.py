"""Any tree of files: each of them is read, known, young, passed over or failed, and told so, on every run."""

import os
import tarfile
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iar.stages.intake import State
from tests.commands import run_here

KINDS = (
    "hour",
    "same",
    "impossible",
    "empty",
    "young",
    "other",
    "pipe",
    "nowhere",
    "link",
    "tar",
    "joined",
    "to disk",
    "up",
)
OLD = 1_400_000_000
STATES: dict[str, State] = {
    "hour": "read", "impossible": "failed", "empty": "failed", "young": "young", "other": "passed over",
    "pipe": "passed over", "nowhere": "passed over", "link": "read", "tar": "read", "same": "read", "joined": "read",
}  # fmt: skip
KINDS = (*STATES, "to disk", "up")
ENTRIES = st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from(["", "a", "a/b", "c"])), min_size=1, max_size=12)


class Tree:
    """Folder of drawn entries; `told` is how many files are to be of which state."""

    def __init__(self, root: Path, entries: list[tuple[str, str]]) -> None:
        self.root, self.tally = root, Counter[str]()
        (root / "disk").mkdir(parents=True)
        self.old(root / "disk/CH2_2014_01_10_22.dat", b"7\n8\n")
        linked = False
        for number, (kind, folder) in enumerate(entries):
            place = root / "inbox" / folder
            place.mkdir(parents=True, exist_ok=True)
            if kind == "to disk":
                (place / f"disk{number}").symlink_to(root / "disk")
                self.tally["passed over" if linked else "read"] += 1
                linked = True
            elif kind == "up":
                (place / f"up{number}").symlink_to(root / "inbox")
                self.tally["passed over"] += 1
            else:
                self.put(kind, place, number)
                self.tally[STATES[kind]] += 1

    def put(self, kind: str, place: Path, number: int) -> None:
        hour = f"CH1_2014_01_1{number // 10}_{12 + number % 10}.dat"
        if kind in {"hour", "empty", "young"}:
            self.old(place / hour, b"" if kind == "empty" else b"%d\n2\n" % number)
        if kind == "young":
            os.utime(place / hour)
        if kind == "same":  # of equal name, size and time, in folders of their own
            (place / f"s{number}").mkdir()
            self.old(place / f"s{number}/CH2_2014_01_10_13.dat", b"%d\n" % (10 + number))
        if kind in {"impossible", "other"}:
            self.old(
                place / (f"CH1_2014_02_30_{number + 10}.dat" if kind == "impossible" else f"notes{number}"), b"1\n"
            )
        if kind == "pipe":
            os.mkfifo(place / hour)
        if kind in {"nowhere", "link"}:
            away = self.old(self.root / f"away{number}", b"%d\n3\n" % number) if kind == "link" else "nowhere"
            (place / hour).symlink_to(away)
        if kind in {"tar", "joined"}:
            self.tar(place / f"{number}.tar", hour, twice=kind == "joined")
            self.tally["read"] += 1 + (kind == "joined")

    def tar(self, path: Path, hour: str, *, twice: bool) -> None:
        content = self.old(self.root / "content", b"1\n2\n3\n")
        with tarfile.open(path, "w") as tar:
            tar.add(content, hour)
        if twice:
            with tarfile.open(f"{path}2", "w") as tar:
                tar.add(content, hour.replace("CH1", "CH2"))
            path.write_bytes(path.read_bytes() + Path(f"{path}2").read_bytes())
            Path(f"{path}2").unlink()

    @staticmethod
    def old(path: Path, content: bytes) -> Path:
        path.write_bytes(content)
        os.utime(path, (OLD, OLD))
        return path


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(entries=ENTRIES)
def test_every_file_of_a_tree_has_one_line_on_every_run(capsys, entries):
    with TemporaryDirectory() as folder:
        tree = Tree(Path(folder), entries)
        first, second = (listed(capsys, tree.root) for _ in range(2))
    if sum(tree.tally.values()) == tree.tally["passed over"]:
        assert first == second == Counter()  # an error: nothing to ingest
        return
    assert first == tree.tally
    tars = sum(kind in {"tar", "joined"} for kind, _ in entries)
    once_unreadable = sum(kind == "empty" for kind, _ in entries)
    assert second == Counter({**tree.tally, "read": tars, "failed": tree.tally["failed"] - once_unreadable}) + Counter(
        known=tree.tally["read"] - tars + once_unreadable
    )


def listed(capsys, root: Path) -> Counter[str]:
    """Number of files of each state that a run lists."""
    arguments = ("ingest", root / "inbox", "--archive", root / "archive", "--settle-s", 3600, "--workers", 1, "--list")
    _, out, _ = run_here(capsys, *arguments)
    lines = [line.split("  ")[0] for line in out.splitlines() if f"  {root}" in line]
    return Counter(lines)
