"""The command that looks whether all is fit to run, and mends what it can."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from iar.errors import InputError
from iar.terminal import end, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from iar.upkeep.checkup import Finding, Mended

app = typer.Typer()


@app.command()
def doctor(
    archive: Annotated[str | None, typer.Option(help="Also look at this archive.")] = None,
    mend: Annotated[bool, typer.Option("--mend", help="Do what it says it would do; nothing is lost by it.")] = False,
) -> None:
    """Look whether all is fit to run, and what would mend it. Machine, packages, an archive, the service."""
    from iar.upkeep.checkup import check_above, check_archive, check_machine, check_workers

    looks: list[Callable[[], list[Finding]]] = [check_machine, check_workers, check_above]
    if archive is not None:
        looks.append(partial(check_archive, archive))
    failures: list[str] = []
    for finding in (finding for look in looks for finding in look()):
        say(f"{'ok  ' if finding.good else 'BAD '} {finding.what}: {finding.detail}")
        if finding.good:
            continue
        if mend and finding.mend is not None:
            failures += _mend(finding.what, finding.mend)
        else:
            failures.append(f"{finding.what}: {finding.detail}")
            if finding.remedy:
                say(f"     --mend would {finding.remedy}")
    end(failures)


def _mend(what: str, mend: "Callable[[], Mended]") -> list[str]:
    """Mend what was found, and tell what was done; returns what is left."""
    try:
        mended = mend()
    except (InputError, OSError) as error:
        return [f"{what}: it could not be mended: {error}"]
    for line in mended.did or ("nothing was left to mend",):
        say(f"     mended: {line}")
    return [f"{what}: {line}" for line in mended.left]
