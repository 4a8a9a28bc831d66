"""The page on which a person judges nights. What it writes wants the token of the command, from its own page."""

import datetime as dt
import hmac
from functools import partial
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from iar.archive.labels import Harmonics, Regions, Said, Why
from iar.errors import first_fault
from iar.night import parse_night
from iar.quicklook.answers import answer_file, asked, render
from iar.quicklook.drawings import Drawings
from iar.quicklook.review_desk import Desk
from iar.results.judging import described_places, judging_picture, track_pieces

KEYS = {"f": "fringes", "n": "none", "d": "disturbed", "i": "interference", "u": "unsure"}
"""Key of each verdict."""
TOKEN = "X-Iar-Token"  # noqa: S105 - name of a header
_MOST_BYTES = 20_000
_PICTURES_KEPT = 12
"""Of some 3 MB: the night, those before it, those that were asked for ahead."""


class _Said(BaseModel):
    """What the page sends."""

    model_config = ConfigDict(extra="forbid")

    night: dt.date
    verdict: Said
    why: Why = ""
    regions: Regions = ()
    deleted: Harmonics = ()


class ReviewPages:
    """Answers to the page of one person's desk."""

    def __init__(self, desk: Desk, token: str) -> None:
        self._desk, self._token = desk, token
        self._drawings = Drawings(_PICTURES_KEPT)

    @property
    def routes(self) -> list[Route]:
        """Where each answer is."""
        return [
            Route("/", self.page),
            Route("/nights.json", self.nights),
            Route("/nights/{night}.png", self.picture),
            Route("/nights/{night}.json", self.places),
            Route("/labels", self.judge, methods=["POST"]),
        ]

    def page(self, _request: Request) -> Response:
        """The page itself."""
        desk = self._desk
        station = desk.look().archive.station
        return render("review.html", station=station, who=desk.who, blind=desk.blind, keys=KEYS)

    def nights(self, _request: Request) -> Response:
        """Nights in the order of judging, what was said of them, and what it says of the archive."""
        nights = [one.model_dump(mode="json") for one in self._desk.nights()]
        return JSONResponse({"nights": nights, "summary": self._desk.summary()})

    def picture(self, request: Request) -> Response:
        """Picture of a night; with the network's lines if asked for, and if they may be seen."""
        return answer_file(request, self._drawn(*self._asked(request)), "image/png")

    def places(self, request: Request) -> Response:
        """Where the panels of that picture lie, and the network's lines in them if asked for."""
        night, lines = self._asked(request)
        tracks = track_pieces(self._desk.look().archive, night) if lines else {}
        return JSONResponse(described_places(self._drawn(night, lines)) | {"tracks": tracks})

    def _asked(self, request: Request) -> tuple[dt.date, bool]:
        """Night that is asked for, and whether the network's lines are; a 403 if they may not be seen."""
        night, lines = asked(parse_night, request.path_params["night"]), "lines" in request.query_params
        self._desk.look().line(night)
        if lines and not self._desk.open_lines(night):
            raise HTTPException(403, f"night {night} is to be judged before the network's lines are shown")
        return night, lines

    def _drawn(self, night: dt.date, lines: bool) -> bytes:
        held = self._desk.look()
        write = partial(judging_picture, held.archive, night, lines=lines)
        return self._drawings.get((night, held.line(night).digest, lines), ".png", write)

    async def judge(self, request: Request) -> Response:
        """Write down a judgement; answers what it says of the archive now."""
        self._check_own(request)
        try:
            said = _Said.model_validate_json(await _body(request))
        except ValidationError as error:
            raise HTTPException(422, first_fault(error)) from None
        return JSONResponse({"summary": await run_in_threadpool(self._written, said)}, 201)

    def _written(self, said: _Said) -> list[str]:
        self._desk.judge(said.night, said.verdict, said.why.strip(), regions=said.regions, deleted=said.deleted)
        return self._desk.summary()

    def _check_own(self, request: Request) -> None:
        """Raise a 403 unless the request comes from this page, opened at the address that the command printed."""
        if not hmac.compare_digest(request.headers.get(TOKEN, "").encode(), self._token.encode()):
            raise HTTPException(403, "open the address that `iar review` printed: only that one may write")
        origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site", "same-origin")
        if site != "same-origin" or (origin is not None and urlsplit(origin).netloc != request.headers.get("host")):
            raise HTTPException(403, "another page may not write here")


async def _body(request: Request) -> bytes:
    """Body of a request, unless it is too long for a judgement."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MOST_BYTES:
            raise HTTPException(413, f"a judgement has at most {_MOST_BYTES} bytes")
    return body
