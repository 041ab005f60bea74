"""The one door to other servers, and the only import of httpx. Addresses come from settings, never from a request."""

import asyncio
from typing import Final

import httpx

from parallax.errors import SetupError, SourceUnavailable

WITHIN_S: Final = 5.0
MOST_BYTES: Final = 2**20
PLAIN: Final = {"accept": "application/json", "accept-encoding": "identity"}


def checked_url(text: str, setting: str) -> str:
    """An http or https address. Raises SetupError; the address is not shown, for it may hold a password."""
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        url = None
    if url is None or url.scheme not in ("http", "https") or not url.host:
        raise SetupError(f"{setting} is no address: give one with http:// or https:// and a host.")
    return text


async def fetched(url: str) -> bytes:
    """The body at `url`, at most a megabyte, within five seconds in all. Raises SourceUnavailable.

    Redirects are not followed, and nothing is unpacked: neither the place nor the size is another's to choose.
    """
    body = bytearray()
    try:
        async with (
            asyncio.timeout(WITHIN_S),
            httpx.AsyncClient(follow_redirects=False, timeout=WITHIN_S, headers=PLAIN) as client,
            client.stream("GET", url) as response,
        ):
            if response.status_code != 200:
                raise SourceUnavailable(f"It answered with status {response.status_code}.")
            if response.headers.get("content-encoding", "identity") != "identity":
                raise SourceUnavailable("It answered with a packed body.")
            async for part in response.aiter_raw():
                body += part
                if len(body) > MOST_BYTES:
                    raise SourceUnavailable(f"Its answer is longer than {MOST_BYTES} bytes.")
    except TimeoutError as error:
        raise SourceUnavailable(f"It did not answer within {WITHIN_S:g} s.") from error
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise SourceUnavailable(f"It cannot be reached ({type(error).__name__}).") from error
    return bytes(body)
