"""The one door to other servers, and the only import of httpx. Where it leads is for settings to say, and for the list of
hosts that they allow (vendors/hosts)."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple
from urllib.parse import quote, urlencode

import httpx

from parallax.errors import SetupError, SourceUnavailable

WITHIN_S: Final = 5.0
MOST_BYTES: Final = 2**20
PLAIN: Final = {"accept": "application/json", "accept-encoding": "identity"}


class Response(NamedTuple):
    """Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Broken(Exception):
    """No whole answer came. The message says how, and names nothing that was sent."""


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
    """The body at `url`, at most a megabyte, within five seconds in all. Raises SourceUnavailable."""
    try:
        async with _client(connections=1) as client:
            response = await _answer(client, "GET", url, (), {}, WITHIN_S, MOST_BYTES)
    except Broken as error:
        raise SourceUnavailable(f"It {error}.") from error
    if response.status != 200:
        raise SourceUnavailable(f"It answered with status {response.status}.")
    return response.body


class Wire:
    """Connections that are kept open between calls, of which there are a bounded number."""

    def __init__(self, connections: int = 100) -> None:
        self._connections = connections
        self._client: httpx.AsyncClient | None = None

    async def send(
        self,
        method: str,
        url: str,
        parameters: Sequence[tuple[str, str]],
        headers: Mapping[str, str],
        within_s: float,
        most_bytes: int,
    ) -> Response:
        """Whatever comes back, a redirect and a refusal included. Raises Broken."""
        if self._client is None:
            self._client = _client(self._connections)
        return await _answer(self._client, method, url, parameters, headers, within_s, most_bytes)

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()


def _client(connections: int) -> httpx.AsyncClient:
    """Neither redirects nor proxies of the environment choose where a secret goes, and nothing is unpacked: the size is
    not another's to choose either."""
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=20, keepalive_expiry=30)
    patience = httpx.Timeout(None)  # of its steps: the time of a whole answer is bounded where it is asked for
    return httpx.AsyncClient(follow_redirects=False, trust_env=False, timeout=patience, headers=PLAIN, limits=limits)


async def _answer(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    parameters: Sequence[tuple[str, str]],
    headers: Mapping[str, str],
    within_s: float,
    most_bytes: int,
) -> Response:
    body = bytearray()
    try:
        async with asyncio.timeout(within_s):
            request = client.build_request(method, _whole(url, parameters), headers=dict(headers))
            response = await client.send(request, stream=True)
            try:
                if response.headers.get("content-encoding", "identity") != "identity":
                    raise Broken("answered with a packed body")
                async for part in response.aiter_raw():
                    body += part
                    if len(body) > most_bytes:
                        raise Broken(f"answered with more than {most_bytes} bytes")
            finally:
                await response.aclose()
    except TimeoutError as error:
        raise Broken(f"did not answer within {within_s:g} s") from error
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise Broken(f"cannot be reached ({type(error).__name__})") from error
    return Response(response.status_code, dict(response.headers.items()), bytes(body))


def _whole(url: str, parameters: Sequence[tuple[str, str]]) -> str:
    """Everything but letters and digits as %XX: of a space as + not every server knows what is meant."""
    return f"{url}?{urlencode(parameters, quote_via=quote, safe='')}" if parameters else url
