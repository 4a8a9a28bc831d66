"""Settings as YAML that says what each field means; `load_station` and `load_processing` read it back."""

import textwrap
from collections.abc import Iterator
from typing import Any, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from iar.settings.faults import models_in

BOUNDS = {
    "minimum": "at least {:.10g}",
    "exclusiveMinimum": "above {:.10g}",
    "maximum": "at most {:.10g}",
    "exclusiveMaximum": "below {:.10g}",
    "pattern": "of the pattern {}",
}
"""Words for the bounds of a JSON schema."""


def settings_yaml(settings: BaseModel) -> str:
    """YAML of `settings`, every field under a comment with its meaning, its unit and what is allowed."""
    schema, fields = type(settings).model_json_schema()["properties"], type(settings).model_fields
    return "\n".join(_field(name, value, schema[name], fields[name]) for name, value in settings)


def _field(name: str, value: Any, schema: dict[str, Any], field: FieldInfo) -> str:
    words = [schema.get("description"), _allowed(schema)]
    lines = ["; ".join(filter(None, words)), *_other_kinds(value, field)]
    comment = "".join(f"# {line}\n" for text in lines for line in textwrap.wrap(text, 110, subsequent_indent="  "))
    if isinstance(value, BaseModel):
        return f"{comment}{name}:\n{textwrap.indent(settings_yaml(value), '  ')}"
    if isinstance(value, tuple) and any(isinstance(one, BaseModel) for one in value):
        value = [one.model_dump(mode="json", exclude_none=True) for one in value]
    style = None if isinstance(value, (tuple, list)) else False  # a table as rows, a number without braces
    return comment + yaml.safe_dump({name: value}, default_flow_style=style, width=90)


def _other_kinds(value: Any, field: FieldInfo) -> Iterator[str]:
    """What other kinds of model may stand there, with the meaning of their fields."""
    for inner in _rows(field):
        meanings = "; ".join(f"{name}, {one.description}" for name, one in inner.model_fields.items())
        yield f"rows with {meanings}"
    for kind in get_args(field.annotation):
        if "kind" in getattr(kind, "model_fields", {}) and not isinstance(value, kind):
            fields = {name: one for name, one in kind.model_fields.items() if name != "kind"}
            meanings = "; ".join(f"{name}, {one.description}" for name, one in fields.items())
            yield f"or kind: {kind.model_fields['kind'].default}, with {meanings}"


def _rows(field: FieldInfo) -> list[type[BaseModel]]:
    """Model of which a field holds a list, if it does."""
    return list(models_in(field.annotation)) if get_origin(field.annotation) is tuple else []


def _allowed(schema: dict[str, Any]) -> str:
    return ", ".join(_bounds(schema))


def _bounds(schema: dict[str, Any]) -> Iterator[str]:
    yield from (words.format(schema[key]) for key, words in BOUNDS.items() if key in schema)
    if "enum" in schema:
        yield f"one of {', '.join(map(str, schema['enum']))}"
    for each in schema.get("anyOf", []):  # a number or null
        yield from _bounds(each)
    if "discriminator" in schema:
        yield f"of the kind {' or '.join(schema['discriminator']['mapping'])}"
    for each in schema.get("prefixItems", [schema["items"]] if "items" in schema else [])[:1]:
        if inner := _allowed(each):
            yield f"each {inner}"
