"""The quick-look as a browser asks it, without a socket between."""

import asyncio
import re
from dataclasses import dataclass

import httpx
from starlette.applications import Starlette

from iar.quicklook.app import make_app


@dataclass(frozen=True)
class Pages:
    """Answers of an application."""

    app: Starlette

    def ask(self, method: str, page: str, **options: object) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:4201") as client:
                return await client.request(method, page, **options)

        return asyncio.run(send())

    def get(self, page: str, **options: object) -> httpx.Response:
        return self.ask("GET", page, **options)


def browse(url: object, registry: object = None, **options: object) -> Pages:
    return Pages(make_app(str(url), None if registry is None else str(registry), **options))


def sentence_of(answer: httpx.Response) -> str:
    """Sentence of an error page."""
    return re.search(r'class="trouble">(.*?)</p>', answer.text)[1]
