"""What all settings have in common."""

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """Base of all settings: immutable, no unknown field, no number that is none."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
