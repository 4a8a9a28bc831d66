"""What all settings have in common."""

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic_core import PydanticCustomError

ODD_NUMBER = re.compile(r"[_:]|^\s*[+-]?0[0-9bBoOxX]")
"""Text that some take for a number, each for another: 010, 0x10, 1_0, 1:30."""


def check_plain(value: Any) -> Any:
    """Return `value`, unless it is one that pydantic would take for a number and that no person means as one."""
    if isinstance(value, bool) or (isinstance(value, str) and ODD_NUMBER.search(value)):
        raise PydanticCustomError("odd_number", "expected a number, written like 10, -0.5 or 2e-6")
    return value


Plain = BeforeValidator(check_plain)
Number = Annotated[float, Plain]
Integer = Annotated[int, Plain]


class Strict(BaseModel):
    """Base of all settings: immutable, no unknown field, no number that is none."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
