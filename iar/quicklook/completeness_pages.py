"""Pages of what the archive can see, as `iar completeness` measured it last."""

from functools import partial
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from iar.archive.manifest import signature_of
from iar.quicklook.answers import answer_file, render
from iar.quicklook.drawings import Drawings
from iar.quicklook.holdings import Shelf
from iar.results.completeness_picture import alarms_in_words, draw_completeness, read_shares

_CLASSES = {"depth": "Depth", "spacing": "Spacing", "season": "Season", "hour": "Hour (UTC)", "way": "Laid over"}


class CompletenessPages:
    """Answers about the completeness of the archive on a shelf."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._drawings = Drawings()

    @property
    def routes(self) -> list[Route]:
        """Where each page is."""
        return [Route("/completeness", self.completeness), Route("/completeness.png", self.picture)]

    def completeness(self, _request: Request) -> Response:
        """Shares found, false alarms, detection limits."""
        held = self._shelf.look()
        report, stale = held.completeness()
        return render(
            "completeness.html", station=held.archive.station, report=report, stale=stale, limit_db=held.limit_db,
            tables=[] if report is None else _tables(report), alarms=[] if report is None else alarms_in_words(report),
        )  # fmt: skip

    def picture(self, request: Request) -> Response:
        """Picture of it as PNG."""
        report, _ = self._shelf.look().completeness()
        if report is None:
            raise HTTPException(404, "nobody has measured the completeness yet: there is nothing to draw")
        drawn = self._drawings.get(signature_of(report), ".png", partial(draw_completeness, report))
        return answer_file(request, drawn, "image/png")


def _tables(report: dict[str, Any]) -> list[tuple[str, Any]]:
    """Classes of each kind that have fans, with the kind's name."""
    shares = report["shares"]
    return [(title, [one for one in read_shares(shares[kind]) if one.fans]) for kind, title in _CLASSES.items()]
