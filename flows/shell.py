"""A flow as a command: ``python -m flows.find_fringes --archive ...``, with or without a server."""

import datetime as dt
import inspect
from functools import wraps
from typing import Annotated, Any, get_args

import typer
from prefect import Flow

from iar.night import parse_night


def run_from_shell(flow: Flow[..., Any]) -> None:
    """Run `flow` with its parameters taken from the command line, and print what it returns."""

    @wraps(flow.fn)
    def command(**parameters: Any) -> None:
        typer.echo(flow(**parameters))

    signature = inspect.signature(flow.fn, eval_str=True)
    options = [parameter.replace(annotation=_option(parameter)) for parameter in signature.parameters.values()]
    command.__signature__ = signature.replace(parameters=options)  # type: ignore[attr-defined]
    command.__annotations__ = {option.name: option.annotation for option in options}
    typer.run(command)


def _option(parameter: inspect.Parameter) -> Any:
    """Annotation that makes a named option of a parameter, and a night of a date."""
    hint = parameter.annotation
    if dt.date in (hint, *get_args(hint)):
        return Annotated[dt.date | None, typer.Option(parser=parse_night, metavar="YYYY-MM-DD")]
    kind = get_args(hint)[0] if hasattr(hint, "__metadata__") else hint
    return Annotated[kind, typer.Option()]
