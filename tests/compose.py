"""docker/compose.yaml as Compose reads it: its variables put in, a service a mapping."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

DOCKER = Path(__file__).parents[1] / "docker"
TEXT = (DOCKER / "compose.yaml").read_text()
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<message>[^}]*))?\}")
"""``${NAME}``, ``${NAME:-default}`` and ``${NAME:?what is missing}``."""


def services(environment: Mapping[str, str], text: str = TEXT) -> dict[str, dict[str, Any]]:
    """Services by name, with the variables of `environment`; a variable that has to be there is a KeyError if not."""
    return dict(yaml.safe_load(VARIABLE.sub(lambda found: _value(found, environment), text))["services"])


def container_environment(service: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, str]:
    """Variables of the service's process; one without a value is there only if `environment` has it."""
    message = {
        name: environment.get(name) if value is None else value for name, value in service["environment"].items()
    }
    return {name: value for name, value in message.items() if value is not None}


def example_environment() -> dict[str, str]:
    """Variables of .env.example, those that are commented out, too."""
    lines = (DOCKER / ".env.example").read_text().splitlines()
    found = (re.fullmatch(r"#?(\w+)=(.*)", line) for line in lines)
    return {one[1]: one[2] for one in found if one}


def _value(found: "re.Match[str]", environment: Mapping[str, str]) -> str:
    given = environment.get(found["name"], "")
    if not given and found["kind"] == "?":
        raise KeyError(f"{found['name']}: {found['message']}")
    return given or (found["message"] if found["kind"] == "-" else "") or ""
