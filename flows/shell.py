"""A flow as a command: ``python -m flows.find_fringes --archive ...``, with or without a server."""

import datetime as dt
import inspect
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Annotated, Any, get_args

import typer
from prefect import Flow
from prefect.exceptions import ParameterTypeError
from prefect.settings import (
    PREFECT_API_DATABASE_CONNECTION_URL,
    PREFECT_API_URL,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    PREFECT_LOGGING_TO_API_ENABLED,
    PREFECT_SERVER_ANALYTICS_ENABLED,
    PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS,
    get_current_settings,
    temporary_settings,
)
from pydantic.fields import FieldInfo

from iar.errors import InputError
from iar.night import parse_night
from iar.surroundings import settled
from iar.workers.marks import guarded
from tasks.names import HEARTBEAT_S, database_in

_OWN_SERVER: dict[Any, Any] = {
    PREFECT_SERVER_ANALYTICS_ENABLED: False,
    PREFECT_LOGGING_TO_API_ENABLED: False,
    PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS: 120,  # on a busy machine 20 s, the default, are too few
}


def run_from_shell(flow: Flow[..., Any]) -> None:
    """Run `flow` with its parameters taken from the command line, and print what it returns."""

    @wraps(flow.fn)
    def command(**parameters: Any) -> None:
        """Run it; the docstring of the flow takes this place, and is the help."""
        with settled(), prefect_server():
            try:
                typer.echo(flow(**parameters))
            except (InputError, ParameterTypeError) as error:
                typer.echo(f"{flow.name}: {' '.join(str(error).split())}", err=True)
                raise typer.Exit(2) from None

    signature = inspect.signature(flow.fn, eval_str=True)
    options = [parameter.replace(annotation=_option(parameter)) for parameter in signature.parameters.values()]
    command.__signature__ = signature.replace(parameters=options)  # type: ignore[attr-defined]
    command.__annotations__ = {option.name: option.annotation for option in options}
    typer.run(command)


@contextmanager
def prefect_server() -> Iterator[None]:
    """Where the settings name no server, one of this run's own, which its workers share: else each would start one.

    It ends with this process, however that ends. Heartbeats come as in the service, unless the settings say another
    time: the server ends runs without any.
    """
    os.environ.setdefault("DO_NOT_TRACK", "1")
    if get_current_settings().api.url:
        with temporary_settings(set_defaults={PREFECT_FLOWS_HEARTBEAT_FREQUENCY: HEARTBEAT_S}):
            yield
        return

    from prefect.server.api.server import SubprocessASGIServer  # noqa: PLC0415 - it takes seconds

    database = database_in(get_current_settings().home)
    with (
        guarded(f"run#{os.getpid()}"),
        temporary_settings(_OWN_SERVER | ({PREFECT_API_DATABASE_CONNECTION_URL: database} if database else {})),
        SubprocessASGIServer() as server,
        temporary_settings({PREFECT_API_URL: server.api_url}),
    ):
        yield


def _option(parameter: inspect.Parameter) -> Any:
    """Annotation that makes a named option of a parameter, with the help of its form, and a night of a date."""
    hint, description = parameter.annotation, ""
    if hasattr(hint, "__metadata__"):
        description = next((str(field.description) for field in hint.__metadata__ if isinstance(field, FieldInfo)), "")
        hint = get_args(hint)[0]
    if dt.date in (hint, *get_args(hint)):
        return Annotated[dt.date | None, typer.Option(parser=parse_night, metavar="YYYY-MM-DD", help=description)]
    return Annotated[hint, typer.Option(help=description)]
