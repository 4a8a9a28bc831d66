"""Where the time of a night goes: by stage, by part of the house, and by function."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any

from iar.errors import InputError
from iar.results.outfile import check_out_file
from iar.results.picture import SUFFIXES as PICTURES
from iar.results.picture import draw
from iar.stages.night_view import OpenNight
from iar.stages.pipeline import PIPELINE

if TYPE_CHECKING:  # only who asks for a profile pays for it
    from pyinstrument.session import Session

SUFFIXES = (*PICTURES, ".html")
INTERVAL_S = 0.001
"""Between two looks at where the process is: a night takes a second or more."""
STAGES = {stage.compute.__code__: stage.name for stage in PIPELINE if isinstance(stage.compute, FunctionType)}
"""Stage by the code that computes it."""
SEALING = "sealing"
"""What is done of a night beside computing: signatures, writing, the manifest."""
_BY_FRAME = {(code.co_filename, code.co_name): name for code, name in STAGES.items()} | {
    (OpenNight.make.__code__.co_filename, OpenNight.make.__name__): SEALING
}
REST = "the rest"
IMPORTS = "imports, once"
PARTS = {
    "iar/spectra": "spectra",
    "iar/detection/classical.py": "published detector",
    "iar/detection/bridging.py": "published detector",
    "iar/detection": "network",
    "iar/fringes": "fringes",
    "iar/physics": "fringes",
    "iar/archive": "archive",
}
"""Part of the house by the path of the innermost function of ours; the first that fits."""
_PACKAGE = Path(__file__).parents[2]


@dataclass
class Profile:
    """Seconds that were spent: by (stage, part), and in each function of ours with what it calls of others."""

    by_part: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_function: Counter[str] = field(default_factory=Counter)


@contextmanager
def profiled(path: Path, nights: Sequence[dt.date]) -> Iterator[None]:
    """Watch where this process spends its time on `nights`; a picture at `path`, or for HTML the tree of all calls.

    Raises
    ------
    InputError
        If the suffix is another, or there is no night to work on.
    """
    from pyinstrument import Profiler  # noqa: PLC0415 - only who asks for it pays

    check_profile_file(path)
    if not nights:
        raise InputError("there is nothing to profile: all nights of the range are done")
    profiler = Profiler(interval=INTERVAL_S, async_mode="disabled")
    with profiler:
        yield
    if path.suffix == ".html":
        path.write_text(profiler.output_html(), encoding="utf-8")
    elif profiler.last_session is not None:
        from iar.plots.profile import plot_profile  # noqa: PLC0415 - Matplotlib late

        profile = add_up(profiler.last_session)
        title = f"Where the time of {len(nights)} night(s) went"
        draw(lambda: plot_profile(profile.by_part, profile.by_function, title), path)


def add_up(session: "Session") -> Profile:
    """Profile of what was watched; what others did, for us, belongs to who of ours called them."""
    found = Profile()
    root = session.root_frame(trim_stem=False)
    if root is not None:
        _count(root, found, REST, REST, REST)
    order = [*STAGES.values(), SEALING, REST]
    by_stage = sorted(found.by_part.items(), key=lambda item: order.index(item[0][0]))
    return Profile(Counter(dict(by_stage)), found.by_function)


def check_profile_file(path: Path) -> None:
    """Raise an InputError unless a profile can be written to `path`: looked at before any work."""
    check_out_file(path, SUFFIXES)


def _count(frame: Any, found: Profile, stage: str, part: str, function: str) -> None:
    """Add the time of a frame and of all that it called."""
    stage = _BY_FRAME.get((frame.file_path, frame.function), stage)
    if part != IMPORTS:
        place = _place(frame.file_path)
        if place is not None:
            part = next((name for prefix, name in PARTS.items() if place.startswith(prefix)), REST)
            function = f"{place.removesuffix('.py').replace('/', '.')}.{frame.function}"
        elif frame.function == "_find_and_load":
            part = function = IMPORTS
    own = frame.time - sum(child.time for child in frame.children)
    if own > 0:
        found.by_part[stage, part] += own
        found.by_function[function] += own
    for child in frame.children:
        _count(child, found, stage, part, function)


def _place(path: str | None) -> str | None:
    """Path of a file of ours within the project, with slashes; None of all others."""
    if path is None or not Path(path).is_relative_to(_PACKAGE / "iar"):
        return None
    return Path(path).relative_to(_PACKAGE).as_posix()
