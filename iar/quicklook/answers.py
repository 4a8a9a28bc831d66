"""Answers to a browser: pages from templates, files it may keep, errors in one sentence; and what it must not do."""

import datetime as dt
import hashlib
import math
from collections.abc import Callable
from typing import Any, TypeVar

import jinja2
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from iar.errors import InputError, NightNotSealedError
from iar.upkeep.coverage import COMPLETE

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Cache-Control": "no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Of every answer that does not say otherwise: nothing from elsewhere, nothing without asking again."""
REPORT_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"
"""For a page that somebody else wrote into the registry: it brings its own style and pictures, and runs nothing."""
LATE = dt.timedelta(hours=3)
"""Without data for longer than this, something is wrong with the feed."""
_SENTENCES = {"Not Found": "there is no such page", "Method Not Allowed": "this page only reads"}
"""What Starlette says, in words of ours."""
_DAYS_FROM = dt.timedelta(hours=72)

Asked = TypeVar("Asked")


def _percent(share: float | None, digits: int = 0) -> str:
    return "–" if share is None or math.isnan(share) else f"{share:.{digits}%}"


def _effort(share: float) -> str:
    """Share of the samples that are there; never 100 % of what is not whole."""
    if share >= COMPLETE:
        return "100%"
    return f"{math.floor(1000 * share) / 10:.1f}%" if round(100 * share) == 100 else f"{share:.0%}"


def _number(value: float | None, digits: int = 2) -> str:
    return "–" if value is None or math.isnan(value) else f"{value:.{digits}f}"


def _utc(time: dt.datetime | None) -> str:
    return "–" if time is None else f"{time:%Y-%m-%d %H:%M}"


def _degrees(angle: float, directions: str) -> str:
    """Angle with its direction, of two: that of positive angles first."""
    return f"{abs(angle):g}° {directions[angle < 0]}"


def _words(name: str | None) -> str:
    return (name or "not processed").replace("_", " ")


_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.PackageLoader("iar.quicklook"), autoescape=True, undefined=jinja2.StrictUndefined,
    trim_blocks=True, lstrip_blocks=True,
)  # fmt: skip
_ENVIRONMENT.filters |= {
    "degrees": _degrees,
    "effort": _effort,
    "number": _number,
    "percent": _percent,
    "utc": _utc,
    "words": _words,
}


def render(template: str, *, status: int = 200, **content: Any) -> HTMLResponse:
    """Page of a template; whatever it is given is escaped."""
    return HTMLResponse(_ENVIRONMENT.get_template(template).render(content), status)


def asked(parse: Callable[[str], Asked], text: str) -> Asked:
    """What an address asks for, as `parse` reads it; a 404 that says why if it is none."""
    try:
        return parse(text)
    except InputError as error:
        raise HTTPException(404, str(error)) from None


def answer_file(request: Request, content: bytes, media: str, **headers: str) -> Response:
    """File with a digest; one that the browser has already is not sent again."""
    mark = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    if mark in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers={"ETag": mark})
    return Response(content, media_type=media, headers={"ETag": mark, **headers})


def freshness(until: dt.datetime | None, now: dt.datetime) -> tuple[bool, str]:
    """Whether the data are as new as they should be, and how old they are in words.

    >>> freshness(dt.datetime(2014, 1, 10, 21), dt.datetime(2014, 1, 11, 3))
    (False, 'no data for 6 hours')
    """
    if until is None:
        return False, "no data yet"
    age = now - until
    if age < LATE:
        return True, "up to date"
    if age < _DAYS_FROM:
        return False, f"no data for {age // dt.timedelta(hours=1)} hours"
    return False, f"no data for {age.days} days"


def answer_trouble(_request: Request, error: Exception) -> Response:
    """Error page of one sentence: 404 for what is not there, 503 for what cannot be read, 500 for a fault of ours."""
    status, sentence = _status_and_sentence(error)
    headers: Any = getattr(error, "headers", None)
    page = render("trouble.html", status=status, sentence=sentence, code=status)
    page.headers.update(headers or {})
    return page


def _status_and_sentence(error: Exception) -> tuple[int, str]:
    status = getattr(error, "status_code", None)
    if status is not None:
        detail = str(getattr(error, "detail", error))
        return status, _SENTENCES.get(detail, detail)
    if isinstance(error, NightNotSealedError):
        return 404, str(error)
    if isinstance(error, OSError):
        return 503, f"{error.filename or 'I/O'}: {error.strerror or error}"
    if isinstance(error, InputError):
        return 503, str(error)
    return 500, "something went wrong in here; the server's log says what"


class SafeHeaders:
    """Adds `HEADERS` to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""

        async def send_safely(message: Message) -> None:
            """Send a message of the answer, with the headers if it begins one."""
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_safely)
