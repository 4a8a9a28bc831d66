"""What is wrong with settings, in one line: the field, its value, and what is allowed."""

import difflib
import reprlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsError

from iar.errors import InputError

Models = list[type[BaseModel]]
MOST_FAULTS = 3
"""Faults that a line names; a file with more of them is best mended before it is looked at again."""


@contextmanager
def in_one_line(origin: str, model: type[BaseModel]) -> Iterator[None]:
    """Turn what pydantic says of `model` into an InputError that begins with `origin`."""
    try:
        yield
    except ValidationError as error:
        raise InputError(f"{origin}: {_in_one_line(error, model)}") from None
    except SettingsError as error:  # a variable of the environment that is no JSON
        raise InputError(f"{origin}: {error}: expected JSON") from None
    except RecursionError:
        raise InputError(f"{origin}: it is nested too deeply") from None


def nearest(name: str, known: list[str]) -> str:
    """Question whether the nearest of the known names was meant; all of them where none is near."""
    near = difflib.get_close_matches(name, known, 1)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"


@dataclass(frozen=True)
class _Place:
    """Where a fault is: its path as a file spells it, and what the settings have there."""

    path: str
    known: list[str]
    """Fields beside it."""
    models: Models
    """Models that may stand there; none where a plain value does."""
    meaning: str
    """Description of the innermost field."""


def _in_one_line(error: ValidationError, model: type[BaseModel]) -> str:
    """The faults of as many fields as a person reads in a line, and how many more there are."""
    faults = [" ".join(_in_words(fault, model).splitlines()) for fault in error.errors(include_url=False)]
    different = list(dict.fromkeys(faults))
    more = len(different) - MOST_FAULTS
    return "; and ".join([*different[:MOST_FAULTS], *([f"{more} more"] if more > 0 else [])])


def _in_words(fault: ErrorDetails, model: type[BaseModel]) -> str:
    place = _as_written(model, fault["loc"])
    if fault["type"] == "value_error":  # of our own checks, which name the values themselves
        return ": ".join([*filter(None, [place.path]), str(fault["ctx"]["error"])])
    if fault["type"] == "missing":
        return f"{place.path} is missing: {place.meaning}"
    given = " = ".join([*filter(None, [place.path]), reprlib.repr(fault["input"])])
    if fault["type"] == "extra_forbidden":
        return f"{given}: unknown field, {nearest(str(fault['loc'][-1]), place.known)}"
    if fault["type"] == "union_tag_invalid":
        return f"{place.path}.kind = {fault['ctx']['tag']!r}: expected {fault['ctx']['expected_tags']}"
    if place.models:
        return f"{given}: {fault['msg']}; {_expected(place.models)}"
    return f"{given}: {fault['msg']}"


def _expected(models: Models) -> str:
    """Words for the kinds that a field may be of, or for the fields of the one that it is."""
    if len(models) > 1:
        return f"expected fields with kind: {' or '.join(str(_kind(choice)) for choice in models)}"
    return f"expected fields, of {', '.join(models[0].model_fields)}"


def _as_written(model: type[BaseModel], location: tuple[int | str, ...]) -> _Place:
    path, models, known, meaning = [], [model], list[str](), ""
    for part in location:
        kinds = [choice for choice in models if _kind(choice) == part]
        if kinds:  # pydantic names the kind that it took, the file does not
            models = kinds
            continue
        path.append(str(part))
        if isinstance(part, int):  # a row of a list, of the models that the list holds
            continue
        known = [name for choice in models for name in choice.model_fields]
        for choice in models:
            if part in choice.model_fields:
                meaning = choice.model_fields[str(part)].description or meaning
        models = [inner for choice in models for inner in inner_models(choice, part)]
    return _Place(".".join(path), known, models, meaning)


def _kind(model: type[BaseModel]) -> Any:
    return model.model_fields["kind"].default if "kind" in model.model_fields else None


def inner_models(model: type[BaseModel], field: int | str) -> Models:
    """Models that a field may hold."""
    if field not in model.model_fields:
        return []
    return list(models_in(model.model_fields[str(field)].annotation))


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Models that an annotation speaks of, in unions and lists, too."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from models_in(inner)
