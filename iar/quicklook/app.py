"""The quick-look as a web application: which page is where, and what every answer has in common."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from iar import surroundings
from iar.errors import InputError
from iar.quicklook.answers import SafeHeaders, answer_trouble
from iar.quicklook.completeness_pages import CompletenessPages
from iar.quicklook.holdings import Shelf
from iar.quicklook.metrics import MetricPages
from iar.quicklook.model_pages import ModelPages
from iar.quicklook.models import Models
from iar.quicklook.night_pages import NightPages
from iar.quicklook.review import ReviewPages
from iar.quicklook.review_desk import Desk

LOOPBACK = (*surroundings.LOOPBACK, "[::1]")
"""Names of this machine to itself, as addresses have them."""


def make_app(archive_url: str, registry: str | None = None, *, hosts: Sequence[str] = ("*",)) -> Starlette:
    """Pages of the archive at a URL, which may not be there yet, and of a registry; they only read.

    Parameters
    ----------
    hosts
        Names that the pages may be asked for by: one that is only meant for this machine answers to no other, so that
        a page from elsewhere cannot read it through a browser in here.

    Raises
    ------
    InputError
        If nothing here can read such a URL.
    """
    shelf = Shelf(archive_url)
    pages = (NightPages(shelf), CompletenessPages(shelf), ModelPages(Models(registry)), MetricPages(shelf))
    return _application([route for part in pages for route in part.routes], hosts)


def make_review_app(desk: Desk, token: str, *, hosts: Sequence[str] = ("*",)) -> Starlette:
    """Page on which the person at a desk judges nights; what it writes wants the token. `hosts` as for `make_app`."""
    return _application(ReviewPages(desk, token).routes, hosts)


def _application(routes: Sequence[Route], hosts: Sequence[str]) -> Starlette:
    return Starlette(
        routes=[
            Route("/health", _health),
            Mount("/static", StaticFiles(packages=[("iar.quicklook", "static")])),
            *routes,
        ],
        middleware=[Middleware(SafeHeaders), Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))],
        exception_handlers={
            HTTPException: answer_trouble, InputError: answer_trouble, OSError: answer_trouble,
            Exception: answer_trouble,
        },
    )  # fmt: skip


async def _health(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")
