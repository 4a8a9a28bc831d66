"""Settings from a YAML file, and from the environment, which stands above it."""

import os
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict
from yaml.constructor import ConstructorError

from iar.errors import InputError, first_line
from iar.settings.calibration_files import with_files
from iar.settings.faults import in_one_line, inner_models, nearest
from iar.settings.processing import Processing
from iar.settings.station import CALIBRATED, STATIONS, Station
from iar.settings.strict import ODD_NUMBER

STATION_PREFIX = "IAR_STATION_"
PROCESSING_PREFIX = "IAR_PROCESSING_"

Settings = TypeVar("Settings", bound=BaseModel)


class _StrictLoader(yaml.SafeLoader):
    """YAML in which no field stands twice, and dates stay text: who checks the fields can then tell which is wrong."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own, of which each loader may have another
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Mapping of the node, after a look at its keys."""
        keys = [key for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        names = [key.value for key in keys]
        for place, key in enumerate(keys):
            if key.value in names[:place]:
                raise ConstructorError(None, None, f"{key.value} stands twice", key.start_mark)
        return super().construct_mapping(node, deep)

    def construct_int(self, node: yaml.ScalarNode) -> int | str:
        """Integer; as text, for who checks the fields, where YAML reads another than a person would."""
        return str(node.value) if ODD_NUMBER.search(node.value) else int(self.construct_yaml_int(node))

    def construct_float(self, node: yaml.ScalarNode) -> float | str:
        """Number, or its text, as `construct_int`."""
        return str(node.value) if ODD_NUMBER.search(node.value) else float(self.construct_yaml_float(node))


_StrictLoader.add_constructor("tag:yaml.org,2002:int", _StrictLoader.construct_int)
_StrictLoader.add_constructor("tag:yaml.org,2002:float", _StrictLoader.construct_float)


class _StationVariables(Station, BaseSettings):
    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix=STATION_PREFIX, env_nested_delimiter="__")


class _ProcessingVariables(Processing, BaseSettings):
    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix=PROCESSING_PREFIX, env_nested_delimiter="__"
    )


def load_station(name_or_file: str) -> Station:
    """Built-in station of that name, or the one a YAML file describes; ``IAR_STATION_...`` stands above both.

    Raises
    ------
    InputError
        If it is neither, or a field is wrong: names where, the field, its value and what is allowed.
    """
    fields, path = STATIONS.get(name_or_file), Path(name_or_file)
    if fields is None:
        if not path.is_file():
            known = ", ".join(STATIONS)
            raise InputError(f"station {name_or_file!r} is neither built in ({known}) nor a file")
        fields = with_files(_read_fields(path, "name: my-station"), path)
    return under_environment(stored_station(fields, name_or_file))


def under_environment(station: Station) -> Station:
    """Station with the fields that ``IAR_STATION_...`` sets, and the others as `station` has them.

    Of `response` and `dark` single fields may be set; where another kind is, nothing of the one in `station` is left.

    Raises
    ------
    InputError
        If a variable is none of a station's, or its value is wrong: names it, its value and what is allowed.
    """
    _check_variables(STATION_PREFIX, Station)
    _check_effective(station)
    with in_one_line(f"environment ({STATION_PREFIX}...)", Station):
        return Station.model_validate(_merged(station.model_dump(), EnvSettingsSource(_StationVariables)()))


def load_processing(file: Path | None = None) -> Processing:
    """Processing with its defaults, what a YAML file says, and ``IAR_PROCESSING_...``, each above the one before.

    Raises
    ------
    InputError
        If a field is wrong: names where, the field, its value and what is allowed.
    """
    in_file = Processing() if file is None else load_settings(file, Processing, example="spectra: {high_hz: 20}")
    _check_variables(PROCESSING_PREFIX, Processing)
    with in_one_line(f"environment ({PROCESSING_PREFIX}...)", Processing):
        return Processing.model_validate(_merged(in_file.model_dump(), EnvSettingsSource(_ProcessingVariables)()))


def load_settings(file: Path, kind: type[Settings], *, example: str, below: Settings | None = None) -> Settings:
    """Settings of that `kind` that a YAML file says; `example` is a line of such a file.

    What the file says nothing of is as `below` has it, at every depth, or as by default.

    Raises
    ------
    InputError
        If the file cannot be read, or a field is wrong: names where, the field, its value and what is allowed.
    """
    fields = _read_fields(file, example)
    with in_one_line(str(file), kind):
        return kind.model_validate(fields if below is None else _merged(below.model_dump(), fields))


def stored_station(fields: dict[str, Any], origin: str) -> Station:
    """Station of these fields alone; an InputError that begins with `origin` if one is wrong."""
    with in_one_line(origin, Station):
        return Station.model_validate(fields)


def _read_fields(path: Path, example: str) -> dict[str, Any]:
    try:
        fields = yaml.load(path.read_text(encoding="utf-8"), _StrictLoader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise InputError(f"{path} is no YAML: {line}{error.problem}") from None
    except RecursionError:
        raise InputError(f"{path} is no YAML of settings: it is nested too deeply") from None
    except (AttributeError, LookupError):  # how PyYAML fails over `!!bool maybe`
        raise InputError(f"{path} is no YAML: a value is not what the tag before it, !!..., says") from None
    except (yaml.YAMLError, ValueError) as error:
        raise InputError(f"{path} is no YAML: {first_line(error)}") from None
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    if not isinstance(fields, dict) or not all(isinstance(name, str) for name in fields):
        raise InputError(f"{path} holds no fields: expected lines such as '{example}'")
    return fields


def _merged(below: Any, above: Any) -> Any:
    """Fields of `above`, and those of `below` that it says nothing of, at every depth; all of another kind go."""
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    if above.get("kind", below.get("kind")) != below.get("kind"):
        return above
    return below | {name: _merged(below.get(name), value) for name, value in above.items()}


def _check_variables(prefix: str, model: type[BaseModel]) -> None:
    """Raise an InputError if a variable of the environment is meant for `model` but names no field of it."""
    known = [f"{prefix}{name.upper()}" for name in model.model_fields]
    nested = [f"{prefix}{name.upper()}" for name in model.model_fields if inner_models(model, name)]
    for variable in sorted(os.environ):
        field, inside, _ = variable.upper().partition("__")
        if variable.upper().startswith(prefix) and field not in (nested if inside else known):
            raise InputError(f"environment: unknown variable {variable}, {nearest(variable.upper(), known)}")


def _check_effective(station: Station) -> None:
    """Raise an InputError if the environment sets what the station's calibrations say anyway."""
    given = {name.upper() for name in os.environ}
    for field in CALIBRATED:
        variable = f"{STATION_PREFIX}{field.upper()}"
        set_here = any(name.partition("__")[0] == variable for name in given)
        if set_here and f"{STATION_PREFIX}CALIBRATIONS" not in given:
            for one in station.calibrations:
                if getattr(one, field) is not None:
                    raise InputError(
                        f"environment: {variable} does not reach {one}, for which station {station.name} has its own "
                        f"{field}: set {STATION_PREFIX}CALIBRATIONS, too, such as []"
                    )
