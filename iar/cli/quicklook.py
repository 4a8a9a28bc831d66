"""The command that serves pages of an archive and a registry to a browser."""

import socket
from typing import Annotated

import typer

from iar.cli.options import ArchiveUrl
from iar.errors import InputError
from iar.terminal import say

app = typer.Typer()


@app.command()
def quicklook(
    archive: ArchiveUrl,
    registry: Annotated[
        str | None, typer.Option("--registry", help="Registry of networks to show: a folder, or an MLflow server.")
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen at; 0.0.0.0: all, for who is let in.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen at; 0: a free one.")] = 4201,
) -> None:
    """Show nights and networks in a browser, until Ctrl-C. Calendar and climatology, too; the pages only read."""
    import uvicorn

    from iar.quicklook.app import LOOPBACK, make_app

    at_home = host in LOOPBACK
    application = make_app(archive, registry, hosts=LOOPBACK if at_home else ("*",))
    with _listening(host, port) as door:
        address, number = door.getsockname()[:2]
        say(f"quick-look of {archive} at http://{f'[{address}]' if ':' in address else address}:{number}")
        if not at_home:
            say(f"who can reach {host} can see it: it knows no passwords")
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
