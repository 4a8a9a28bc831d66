"""What is wrong with settings, in one line: the field, its value, and what is allowed."""

import difflib
import reprlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_settings import SettingsError

from iar.errors import InputError

Models = list[type[BaseModel]]


@contextmanager
def told_in_one_line(origin: str, model: type[BaseModel]) -> Iterator[None]:
    """Turn what pydantic says of `model` into an InputError that begins with `origin`."""
    try:
        yield
    except ValidationError as error:
        raise InputError(f"{origin}: {_first_fault(error, model)}") from None
    except SettingsError as error:  # a variable of the environment that is no JSON
        raise InputError(f"{origin}: {error}: expected JSON") from None


def nearest(name: str, known: list[str]) -> str:
    """Question whether the nearest of the known names was meant; all of them where none is near."""
    near = difflib.get_close_matches(name, known, 1)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"


def _first_fault(error: ValidationError, model: type[BaseModel]) -> str:
    fault = error.errors(include_url=False)[0]
    path, known = _as_written(model, fault["loc"])
    if fault["type"] == "value_error":  # of our own checks, which name the values themselves
        return ": ".join([*filter(None, [path]), str(fault["ctx"]["error"])])
    value = reprlib.repr(fault["input"])
    if fault["type"] == "extra_forbidden":
        return f"{path} = {value}: unknown field, {nearest(str(fault['loc'][-1]), known)}"
    return f"{path} = {value}: {fault['msg']}" if path else f"{value}: {fault['msg']}"


def _as_written(model: type[BaseModel], location: tuple[int | str, ...]) -> tuple[str, list[str]]:
    """Path of a fault as a file spells it, and the names of the fields beside it."""
    path, models, known = [], [model], list[str]()
    for part in location:
        kinds = [choice for choice in models if _kind(choice) == part]
        if kinds:  # pydantic names the kind that it took, the file does not
            models = kinds
            continue
        path.append(str(part))
        known = [name for choice in models for name in choice.model_fields]
        models = [inner for choice in models for inner in inner_models(choice, part)]
    return ".".join(path), known


def _kind(model: type[BaseModel]) -> Any:
    return model.model_fields["kind"].default if "kind" in model.model_fields else None


def inner_models(model: type[BaseModel], field: int | str) -> Models:
    """Models that a field may hold."""
    if field not in model.model_fields:
        return []
    annotation = model.model_fields[str(field)].annotation
    return [t for t in (annotation, *get_args(annotation)) if isinstance(t, type) and issubclass(t, BaseModel)]
