"""The commands that serve pages to a browser: to look at an archive and a registry, and to judge nights."""

import socket
from typing import TYPE_CHECKING, Annotated

import typer

from iar.cli.options import ArchiveUrl
from iar.errors import InputError
from iar.terminal import say

if TYPE_CHECKING:
    from starlette.applications import Starlette

app = typer.Typer()

Host = Annotated[str, typer.Option(help="Address to listen at; 0.0.0.0: all, for who is let in.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port to listen at; 0: a free one.")]


@app.command()
def quicklook(
    archive: ArchiveUrl,
    registry: Annotated[
        str | None, typer.Option("--registry", help="Registry of networks to show: a folder, or an MLflow server.")
    ] = None,
    host: Host = "127.0.0.1",
    port: Port = 4201,
) -> None:
    """Show nights and networks in a browser, until Ctrl-C. Calendar and climatology, too; the pages only read."""
    from iar.quicklook.app import LOOPBACK, make_app

    at_home = host in LOOPBACK
    application = make_app(archive, registry, hosts=LOOPBACK if at_home else ("*",))
    with _listening(host, port) as door:
        say(f"quick-look of {archive} at {_address(door)}")
        if not at_home:
            say(f"who can reach {host} can see it: it knows no passwords")
        _serve(application, door)


@app.command()
def review(
    archive: ArchiveUrl,
    who: Annotated[str, typer.Option(metavar="NAME", help="Who judges: stands in every label.")],
    shown: Annotated[
        bool, typer.Option("--open", help="The network's lines may be seen before a night is judged.")
    ] = False,
    order: Annotated[
        str,
        typer.Option(help="random: the sample first; informative: where detectors disagree or are unsure; date."),
    ] = "random",
    host: Host = "127.0.0.1",
    port: Port = 4202,
) -> None:
    """Judge nights in a browser, until Ctrl-C. By keys, a night a screen, a random sample of the archive first."""
    import secrets
    from typing import get_args

    from iar.archive.labels import LONGEST_NAME, Queue
    from iar.quicklook.app import LOOPBACK, make_review_app
    from iar.quicklook.review_desk import Desk

    name = who.strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise InputError(f"--who {who!r}: expected a name of 1 to {LONGEST_NAME} letters")
    queue = next((known for known in get_args(Queue) if known == order), None)
    if queue is None:
        raise InputError(f"--order {order!r}: expected one of {', '.join(get_args(Queue))}")
    at_home, token = host in LOOPBACK, secrets.token_urlsafe(16)
    desk = Desk(archive, name, blind=not shown, order=queue)
    application = make_review_app(desk, token, hosts=LOOPBACK if at_home else ("*",))
    with _listening(host, port) as door:
        say(f"review of {archive} by {name} at {_address(door)}/?token={token}")
        if not at_home:
            say(f"who can reach {host} can see it, and who knows that address can judge as {name}")
        _serve(application, door)


def _address(door: socket.socket) -> str:
    address, number = door.getsockname()[:2]
    return f"http://{f'[{address}]' if ':' in address else address}:{number}"


def _serve(application: "Starlette", door: socket.socket) -> None:
    import uvicorn

    config = uvicorn.Config(
        application, access_log=False, log_level="warning", server_header=False, timeout_graceful_shutdown=5
    )
    try:
        uvicorn.Server(config).run(sockets=[door])
    except KeyboardInterrupt:  # how it is meant to end
        say("stopped")


def _listening(host: str, port: int) -> socket.socket:
    """Socket that listens; an InputError if it cannot, so that nothing is promised before."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        raise InputError(f"cannot listen at {host}, port {port}: {error.strerror or error}") from None
