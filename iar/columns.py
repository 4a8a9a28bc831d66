"""A column of a table that is written to a file: name, unit, meaning, and where its cells come from."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

if TYPE_CHECKING:
    import pandas as pd

Night = TypeVar("Night")


@dataclass(frozen=True)
class Column(Generic[Night]):
    """A column: name, unit as CF writes it (none where nothing is measured), meaning, and where its cells come from.

    `made` takes the night and the column's name; `more` says that it is there only where all columns are asked for.
    """

    name: str
    unit: str
    meaning: str
    made: Callable[[Night, str], Any]
    more: bool = False
    kind: Literal["time", "date", "text", "number"] = "number"

    @property
    def attributes(self) -> dict[str, str]:
        """Meaning and unit, by the names that CF has for them."""
        return {"long_name": self.meaning} | ({"units": self.unit} if self.unit else {})


def night_table(columns: Iterable[Column[Night]], night: Night) -> "pd.DataFrame":
    """Table of one night with these columns; empty (NaN) where there is nothing."""
    import pandas as pd  # noqa: PLC0415 - slow to import, and who declares columns needs none

    return pd.DataFrame({column.name: column.made(night, column.name) for column in columns})
