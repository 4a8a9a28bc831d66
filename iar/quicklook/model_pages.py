"""Pages of a registry: its versions, the card of each, its report and pictures, and the studies beside it."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from iar.errors import InputError
from iar.learning.registry.comparison import performance
from iar.learning.registry.versions import Version
from iar.quicklook.answers import REPORT_POLICY, answer_file, render
from iar.quicklook.models import PAGES, Models


class ModelPages:
    """Answers about the networks of a registry; each runs in a thread of its own."""

    def __init__(self, models: Models) -> None:
        self._models = models

    @property
    def routes(self) -> list[Route]:
        """Where each page is."""
        return [
            Route("/models", self.versions),
            Route("/models/shipped", self.shipped),
            Route("/models/{number:int}", self.version),
            Route("/models/{number:int}/{name}", self.page),
            Route("/studies/{study}/{name}", self.study),
        ]

    def versions(self, _request: Request) -> Response:
        """List of all versions, the latest first."""
        versions = self._models.versions()[::-1]
        return render(
            "models.html", there=self._models.there, versions=versions, shipped=performance(self._models.card(None)),
            studies=self._models.studies(),
        )  # fmt: skip

    def shipped(self, _request: Request) -> Response:
        """Card of the network that comes with the package."""
        card = self._models.card(None)
        return render("model.html", version=None, card=card, performance=performance(card), pages={}, trouble="")

    def version(self, request: Request) -> Response:
        """Card of a version, its curves, its overlays."""
        version = self._version(request)
        pages = {name: title for name, title in PAGES.items() if self._models.page(version, name) is not None}
        try:
            card, trouble = self._models.card(version), ""
        except InputError as error:  # what the list knows of it is shown all the same
            card, trouble = None, str(error)
        return render(
            "model.html", version=version, card=card, performance=version.performance, pages=pages, trouble=trouble
        )

    def page(self, request: Request) -> Response:
        """Page that was recorded with a version."""
        version, name = self._version(request), request.path_params["name"]
        content = self._models.page(version, name) if name in PAGES else None
        if content is None:
            raise HTTPException(404, f"version {version.number} has no page {name!r}")
        if name.endswith(".png"):
            return answer_file(request, content, "image/png")
        policy = {"Content-Security-Policy": REPORT_POLICY}
        return answer_file(request, content, "text/html; charset=utf-8", **policy)

    def study(self, request: Request) -> Response:
        """Picture of a study."""
        study, name = request.path_params["study"], request.path_params["name"]
        path = self._models.study_picture(study, name)
        if path is None:
            raise HTTPException(404, f"no picture {name!r} of a study {study!r}")
        return FileResponse(path, media_type="image/png")

    def _version(self, request: Request) -> Version:
        number = request.path_params["number"]
        version = self._models.version(number)
        if version is None:
            raise HTTPException(404, f"no version {number} in the registry")
        return version
