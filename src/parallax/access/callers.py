"""Who asks: by API token, or by JWT where that is set up."""

import re
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from parallax.access.tokens import REFUSED, SHAPE, Tokens, bearer
from parallax.access.viewer import Viewer
from parallax.db import Database
from parallax.errors import Unauthenticated
from parallax.settings import Settings

JWT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


class Callers:
    """One per process. Raises SetupError when the keys of JWTs cannot be used."""

    def __init__(self, db: Database, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._tokens = Tokens(db, clock)
        self._jwts = None
        if settings.jwt_secret or settings.jwt_public_key or settings.jwt_jwks:
            # Loaded where it is used: it brings some 30 MB of cryptography along.
            from parallax.access.jwt import Jwts

            self._jwts = Jwts(settings, clock)

    async def viewer(self, authorization: str | None, now: datetime) -> Viewer:
        """The caller that a request's Authorization header stands for.

        Raises Unauthenticated, in the same words whatever is wrong with a token; SourceUnavailable for a JWT while the
        keys to verify it could not be had even once, and when the database does not answer.
        """
        token = bearer(authorization)
        if SHAPE.fullmatch(token):
            return await self._tokens.viewer(token, now)
        if self._jwts is not None and JWT.fullmatch(token):
            return await self._jwts.viewer(token, now)
        raise Unauthenticated(REFUSED)

    async def settled(self) -> None:
        """Returns when nothing goes on any more: before the database is closed."""
        await self._tokens.settled()
        if self._jwts is not None:
            await self._jwts.closed()
