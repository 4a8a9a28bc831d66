"""The database that other tests stand on."""

import asyncio

import asyncpg
import pytest

from tests.databases import running_postgres


def test_database_answers_on_loopback_and_is_gone_afterwards(tmp_path):
    with running_postgres(tmp_path) as url:
        plain = url.replace("+asyncpg", "")
        assert asyncio.run(_ask(plain, "show listen_addresses")) == "127.0.0.1"
    with pytest.raises(OSError, match=r"refused|failed"):
        asyncio.run(_ask(plain, "select 1"))


async def _ask(url: str, question: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()
