"""Commands of the running service. The command ``iar`` finds them by the entry point group ``iar.commands``."""

import typer

app = typer.Typer()
