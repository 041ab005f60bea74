"""A database of one's own, without a gateway."""

from collections.abc import AsyncIterator

import pytest

from parallax.db import Database
from parallax.installation import Urls
from parallax.settings import Settings


@pytest.fixture
async def db(settings: Settings, own_urls: Urls) -> AsyncIterator[Database]:
    async with Database(settings, own_urls.reading, own_urls.writing) as db:
        yield db
