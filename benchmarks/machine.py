"""What figures were measured on, and where they are kept."""

import datetime as dt
import json
import platform
from pathlib import Path

import psutil

from iar import __version__
from iar.workers.cluster import available_cores

RESULTS = Path(__file__).parent / "results"


def machine() -> dict[str, object]:
    """Processor, cores, memory, system and versions."""
    names = [
        line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line
    ]
    return {
        "processor": names[0] if names else platform.processor(),
        "cores": available_cores(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "iar": __version__,
    }


def stamp() -> dict[str, object]:
    """What every file of figures begins with."""
    return {"machine": machine(), "when": f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC"}


def result_file(kind: str) -> Path:
    """New name for a file of figures."""
    return RESULTS / f"{kind}-{dt.datetime.now(dt.UTC):%Y-%m-%d-%H%M}.json"


def keep(results: dict[str, object], path: Path) -> None:
    """Write figures as JSON."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def latest(kind: str) -> Path:
    """Newest file of that kind of figures; a FileNotFoundError if there is none."""
    found = sorted(RESULTS.glob(f"{kind}-*.json"))
    if not found:
        raise FileNotFoundError(f"no figures {kind}-*.json in {RESULTS}")
    return found[-1]
