"""Settings as YAML that says what each field means; `load_station` and `load_processing` read it back."""

import textwrap
from collections.abc import Iterator
from typing import Any

import yaml
from pydantic import BaseModel

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
    schema = type(settings).model_json_schema()["properties"]
    return "\n".join(_field(name, value, schema[name]) for name, value in settings)


def _field(name: str, value: Any, schema: dict[str, Any]) -> str:
    words = [schema.get("description"), _allowed(schema)]
    comment = "".join(f"# {line}\n" for line in textwrap.wrap("; ".join(filter(None, words)), 110))
    if isinstance(value, BaseModel):
        return f"{comment}{name}:\n{textwrap.indent(settings_yaml(value), '  ')}"
    style = None if isinstance(value, tuple) else False  # a table as rows, a number without braces
    return comment + yaml.safe_dump({name: value}, default_flow_style=style, width=90)


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
