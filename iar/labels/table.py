"""Labels as text: the curated list ``night,verdict,who,why`` of a recipe, and JSON with everything.

The list knows two verdicts. A night is ``good`` if people saw fringes there, else ``bad``; what exactly they saw begins
the reason: ``none: ...``. So a list that was written here comes back as it was.
"""

import csv
import datetime as dt
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import get_args

from pydantic import TypeAdapter, ValidationError

from iar.archive.labels import Judged, Label
from iar.errors import InputError, first_fault
from iar.labels.current import by_night, consensus
from iar.records.table import Row, read_table

COLUMNS = ("night", "verdict", "who", "why")
_LABELS = TypeAdapter(list[Label])
_JUDGED: dict[str, Judged] = {name: name for name in get_args(Judged)}


def as_csv(labels: Iterable[Label]) -> str:
    """Text of the list: a line a night, of current labels; where people differ, what most of them say."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(COLUMNS)
    for night, said in by_night(labels).items():
        verdict = consensus([label.verdict for label in said])
        who = ", ".join(label.who for label in said)
        reasons = "; ".join(dict.fromkeys(label.why for label in said if label.why))
        rows.writerow([night, "good" if verdict == "fringes" else "bad", who, f"{verdict}: {reasons}".rstrip(": ")])
    return out.getvalue()


def as_json(labels: Sequence[Label]) -> str:
    """Text of every record, as it lies in the archive."""
    return json.dumps(_LABELS.dump_python(list(labels), mode="json"), indent=1, ensure_ascii=False) + "\n"


def parse_json(text: bytes, place: str) -> list[Label]:
    """Records of a text that `as_json` wrote; an InputError that names `place` if it is none."""
    try:
        return _LABELS.validate_json(text)
    except ValidationError as error:
        raise InputError(f"{place} holds no labels: {first_fault(error)}") from None


def read_list(path: Path) -> list[tuple[dt.date, Judged, str, str]]:
    """Night, verdict, who, why of each line of a curated list, or of one that has a person's verdicts in its place.

    ``good`` is fringes; ``bad`` is what the reason begins with, and unsure where it begins with none.

    Raises
    ------
    InputError
        If the table cannot be read, a verdict is not known, or a line does not say who; it says in which line.
    """
    return [_read(row) for row in read_table(path, COLUMNS)]


def _read(row: Row) -> tuple[dt.date, Judged, str, str]:
    said, who, why = (row.fields[name].strip() for name in COLUMNS[1:])
    if not who:
        raise InputError(f"{row.where}: who judged night {row.night}? The column who is empty")
    begin, _, rest = why.partition(":")
    if said in {"good", "bad"}:
        named = _JUDGED.get(begin.strip())
        if named is not None and (named == "fringes") == (said == "good"):
            return row.night, named, who, rest.strip()
        return row.night, "fringes" if said == "good" else "unsure", who, why
    if said not in _JUDGED:
        raise InputError(
            f"{row.where}: verdict {said!r} of night {row.night} is none of good, bad, {', '.join(_JUDGED)}"
        )
    return row.night, _JUDGED[said], who, why
