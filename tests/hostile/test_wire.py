"""Bytes that are no request, or two at once (rows 4 to 6, 43): an error or a closed connection, and never a second answer."""

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress

import pytest

from parallax.http.door import Door
from parallax.settings import Settings
from tests.gateways import Gateway, served
from tests.hostile.asking import asked, sound
from tests.hostile.wires import ANSWER, QUERY, connection, good, request, said, still_answers
from tests.seeds import VIEWER

LENGTH = b"Content-Length: %d" % len(QUERY)
CHUNKED = b"Transfer-Encoding: chunked"
SECRET = b"GET /livez HTTP/1.1\r\nHost: gateway\r\n\r\n"
"""A request hidden in another's body: who answers it was smuggled to."""
CHUNKS = b"%x\r\n%s\r\n0\r\n\r\n" % (len(QUERY), QUERY)


@pytest.fixture(scope="module")
async def address(gateway: Gateway, settings: Settings) -> AsyncIterator[str]:
    async with served(settings, gateway.urls, http=Door) as listening:
        yield listening.url


NO_REQUESTS = {
    "5 a URL of 200 kB": request(line=b"GET /graphql?query=" + b"x" * 200_000 + b" HTTP/1.1"),
    "5 a path of 200 kB": request(line=b"GET /" + b"x" * 200_000 + b" HTTP/1.1"),
    "5 a header of 200 kB": request(b"X-Long: " + b"x" * 200_000, LENGTH, body=QUERY),
    "5 2,000 headers": request(*(b"X-%d: x" % n for n in range(2_000)), LENGTH, body=QUERY),
    "5 2,000 equal headers": request(*[b"Accept: text/html;q=0.1"] * 2_000, LENGTH, body=QUERY),
    "5 length and chunked": request(LENGTH, CHUNKED, body=CHUNKS + SECRET),
    "5 chunked and length": request(CHUNKED, b"Content-Length: 4", body=CHUNKS + SECRET),
    "5 chunked in odd letters": request(b"Content-Length: 5", b"tRANSFER-eNCODING: CHUNKED", body=b"0\r\n\r\n" + SECRET),
    "5 two lengths": request(b"Content-Length: 0", b"Content-Length: %d" % len(SECRET), body=SECRET),
    "5 two lengths in one": request(b"Content-Length: 0, %d" % len(SECRET), body=SECRET),
    "5 a length with a sign": request(b"Content-Length: +5", body=b"hello" + SECRET),
    "5 a negative length": request(b"Content-Length: -1", body=SECRET),
    "5 a length in hexadecimal": request(b"Content-Length: 0x5", body=b"hello" + SECRET),
    "5 a length of 40 digits": request(b"Content-Length: " + b"9" * 40, body=b"hello" + SECRET),
    "5 a length with blanks in it": request(b"Content-Length: 1 0", body=b"hello" + SECRET),
    "5 a blank before the colon": request(b"Content-Length : 5", body=b"hello" + SECRET),
    "5 a header over two lines": request(b"Transfer-Encoding:\r\n chunked", LENGTH, body=CHUNKS + SECRET),
    "5 chunked twice": request(CHUNKED, CHUNKED, body=CHUNKS + SECRET),
    "5 chunked, then something": request(b"Transfer-Encoding: chunked, identity", body=CHUNKS + SECRET),
    "5 nearly chunked": request(b"Transfer-Encoding: xchunked", body=CHUNKS + SECRET),
    "5 a chunk of an odd size": request(CHUNKED, body=b"-5\r\nhello\r\n0\r\n\r\n" + SECRET),
    "5 a chunk of a huge size": request(CHUNKED, body=b"F" * 30 + b"\r\nhello\r\n"),
    "5 a chunk without its end": request(CHUNKED, body=b"5\r\nhello!!\r\n0\r\n\r\n" + SECRET),
    "5 NUL in a header": request(b"X-Nul: a\0b", LENGTH, body=QUERY),
    "5 a bare carriage return": request(b"X-Bare: a\rX-Other: b", LENGTH, body=QUERY),
    "5 a header without a name": request(b": x", LENGTH, body=QUERY),
    "5 a header that is none": request(b"no header at all", LENGTH, body=QUERY),
    "5 an unknown method": request(LENGTH, line=b"HACK /graphql HTTP/1.1", body=QUERY),
    "5 no method": request(line=b" /graphql HTTP/1.1"),
    "5 another protocol": request(LENGTH, line=b"POST /graphql SMTP/1.1", body=QUERY),
    "5 a version to come": request(LENGTH, line=b"POST /graphql HTTP/9.9", body=QUERY),
    "5 HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0" * 50,
    "5 TLS": bytes.fromhex("16030100a5010000a10303") + b"\x17" * 160,
    "5 noise": bytes(range(256)) * 40,
    "5 blank lines": b"\r\n" * 5_000,
    "5 a path out of the house": request(line=b"GET /static/../../../../etc/passwd HTTP/1.1"),
    "5 one that is packed": request(line=b"GET /static/..%2f..%2f..%2f..%2fetc/passwd HTTP/1.1"),
    "5 a path with NUL": request(line=b"GET /static/a%00.js HTTP/1.1"),
    "5 a path that is no text": request(line=b"GET /\xff\xfe HTTP/1.1"),
    "5 a path of packed noise": request(line=b"GET /%ff%fe%zz HTTP/1.1"),
    "5 CONNECT": request(line=b"CONNECT evil.example:443 HTTP/1.1"),
    "5 TRACE": request(line=b"TRACE /graphql HTTP/1.1"),
    "5 an upgrade to what there is not": request(b"Connection: Upgrade", b"Upgrade: h2c", line=b"GET /graphql HTTP/1.1"),
}  # fmt: skip


@pytest.mark.parametrize("sent", NO_REQUESTS.values(), ids=NO_REQUESTS)
async def test_what_is_no_request_gets_an_error_or_nothing(address: str, sent: bytes) -> None:
    heard = await said(address, sent)
    assert all(400 <= status < 500 for status in heard.statuses), heard.said[:500]
    assert len(heard.statuses) <= 1 or heard.closed
    assert b"alive" not in heard.said
    assert b"root:" not in heard.said
    await still_answers(address)


async def test_row_5_expectations_pipelines_and_bytewise_senders_are_served(address: str) -> None:
    """Odd, but HTTP: what is refused above is refused for what it is."""
    expecting = await said(address, request(b"Expect: 100-continue", LENGTH), QUERY, until=ANSWER)
    assert expecting.statuses[-1] == 200
    assert (await said(address, good() * 5, over_s=1)).statuses == [200] * 5
    chunked = request(CHUNKED, body=b"".join(b"1\r\n%c\r\n" % byte for byte in QUERY) + b"0\r\n\r\n")
    assert (await said(address, chunked, until=ANSWER)).statuses == [200]
    whole = good()
    assert (await said(address, *(whole[at : at + 1] for at in range(len(whole))), until=ANSWER)).statuses == [200]


@pytest.mark.parametrize(
    "id",
    [
        b"a b",
        b"a\tb",
        b"\xff",
        b"\xc3\xa9",
        b"x" * 60_000,
        b"<b>",
        b"${jndi:ldap://evil}",
        b"'\"",
        b"{{7*7}}",
        b"%0d%0aX: y",
    ],
    ids=lambda id: ascii(id[:20]),
)
async def test_row_5_a_hostile_request_id_is_copied_nowhere(
    address: str, id: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    heard = await said(address, request(b"X-Request-Id: " + id, LENGTH, body=QUERY), until=ANSWER)
    assert id not in heard.said
    assert id.decode("latin-1") not in "".join(capsys.readouterr())
    await still_answers(address)


async def test_row_5_an_endless_head_ends(address: str) -> None:
    """A head that is still not complete after a megabyte gets its error, or a closed connection, and is kept no longer."""
    endless = (b"X-%d: %s\r\n" % (n, b"x" * 1_000) for n in range(8_000))
    heard = await said(address, b"GET /graphql HTTP/1.1\r\nHost: gateway\r\n", *endless)
    assert heard.closed, "it is still listened to"
    assert all(400 <= status < 500 for status in heard.statuses)
    await still_answers(address)


# ---------------------------------------------------------------- hosts and pages (row 6)
@pytest.mark.parametrize(
    "headers",
    [(b"Host: evil.example",), (b"Host: gateway", b"X-Forwarded-Host: evil.example", b"X-Forwarded-Proto: evil.example"),
     (b"Host: gateway", b"Forwarded: host=evil.example", b"Referer: http://evil.example/"), (b"Host: evil.example:x",)],
    ids=lambda headers: headers[-1].decode(),
)  # fmt: skip
async def test_row_6_a_foreign_host_is_told_nowhere(address: str, headers: tuple[bytes, ...]) -> None:
    for path in (b"/", b"/graphql", b"/static/nothing", b"/graphql?query={x}", b"//evil.example/graphql", b"/graphql/"):
        for line in (b"GET %s HTTP/1.1" % path, b"GET http://evil.example%s HTTP/1.1" % path):
            heard = await said(
                address, request(*headers, b"Accept: text/html", b"Connection: close", line=line, usual=False)
            )
            assert b"evil.example" not in heard.said.replace(b"//evil.example/graphql", b""), heard.said[:500]
            assert all(status < 500 for status in heard.statuses)


@pytest.mark.parametrize("accept", ["text/html", "text/html,application/json", "*/*", "application/json"])
async def test_row_6_a_query_is_never_answered_as_a_page(gateway: Gateway, accept: str) -> None:
    script = "</script><script>alert(1)</script>"
    for parameters in (
        {"query": script},
        {"query": f'{{ node(id: "{script}") {{ id }} }}'},
        {"query": "{x}", "operationName": script},
    ):
        for headers in ({}, {"authorization": f"Bearer {VIEWER}"}):
            response = await gateway.http.get("/graphql", params=parameters, headers={"accept": accept, **headers})
            told = sound(response)
            assert "html" not in told.headers.get("content-type", "") or script not in told.text


# ---------------------------------------------------------------- bodies (row 4)
def packed(body: bytes) -> bytes:
    return gzip.compress(body, 9)


BOMB = packed(b" " * 40_000_000)
BODIES = {
    "4 a bomb": BOMB,
    "4 a bomb in a bomb": packed(BOMB),
    "4 a bomb after a good one": packed(QUERY) + BOMB,
    "4 rubbish after a good one": packed(QUERY) + b"\xff" * 20_000_000,
    "4 a torn one": packed(QUERY)[:-12],
    "4 one with a wrong sum": packed(QUERY)[:-8] + b"\0" * 8,
    "4 zlib, not gzip": zlib.compress(QUERY),
    "4 deflate, not gzip": zlib.compress(QUERY)[2:-4],
    "4 a header alone": packed(QUERY)[:10],
    "4 nothing": b"",
    "4 a name that never ends": b"\x1f\x8b\x08\x08\0\0\0\0\0\x03" + b"x" * 20_000_000,
    "4 empty blocks without end": b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + b"\0\0\0\xff\xff" * 4_000_000,
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_row_4_a_packed_body_that_is_none_is_refused(gateway: Gateway, body: bytes) -> None:
    told = await asked(gateway, body, headers={"content-encoding": "gzip"})
    told.is_refused("INVALID_PARAMETER")


@pytest.mark.parametrize(
    "coding", ["br", "zstd", "deflate", "compress", "gzip, gzip", "gzip,identity", "x-gzip", "", "GZIP;q=1"]
)
async def test_row_4_a_coding_that_is_not_taken_is_named(gateway: Gateway, coding: str) -> None:
    told = await asked(gateway, BOMB, headers={"content-encoding": coding})
    assert told.status in (400, 413, 415)


@pytest.mark.parametrize("token", [VIEWER, None])
async def test_row_4_a_body_of_32_megabytes_is_refused(gateway: Gateway, token: str | None) -> None:
    body = b'{"query": "{ viewer { name } }", "variables": {"x": "' + b"x" * 32_000_000 + b'"}}'
    told = await asked(gateway, body, token=token)
    assert told.status == (413 if token else 401)


async def test_row_4_a_stranger_is_refused_before_the_body_is_read(address: str) -> None:
    """The answer comes while the body is still to be sent."""
    for header in (b"", b"Authorization: Bearer plx_" + b"x" * 43):
        head = request(
            *filter(None, [header]),
            b"Host: gateway",
            b"Content-Type: application/json",
            b"Content-Length: 10000000",
            usual=False,
        )
        assert (await said(address, head + b"x" * 1000, until=b"UNAUTHENTICATED")).statuses == [401]


# ---------------------------------------------------------------- those who do not finish (row 43)
HALVES = {
    "nothing": b"",
    "a blank line": b"\r\n",
    "half a line": b"POST /gra",
    "half a head": request(b"X-Half: ").removesuffix(b"\r\n\r\n"),
    "a head but for its last letter": request().removesuffix(b"\n"),
    "half a body": request(b"Content-Length: 1000", body=b'{"query": "'),
    "half a chunk": request(CHUNKED, body=b"fff\r\n{"),
    "half a pipeline": good() + b"POST /graphql HTTP/1.1\r\n",
}
HEADS = ["nothing", "a blank line", "half a line", "half a head", "a head but for its last letter"]


@pytest.mark.parametrize("half", HALVES.values(), ids=HALVES)
async def test_row_43_who_stops_half_way_is_let_go(address: str, half: bytes) -> None:
    """Whether it hangs up by itself or stays: everybody else is served meanwhile."""
    async with AsyncExitStack() as staying:
        for _ in range(20):
            _, writer = await staying.enter_async_context(connection(address))
            writer.write(half)
        await asyncio.gather(*(hangs_up(address, half) for _ in range(50)))
        await still_answers(address)
    await still_answers(address)


async def hangs_up(address: str, half: bytes) -> None:
    async with connection(address) as (_, writer):
        writer.write(half)
        await writer.drain()


class Hasty(Door):
    """A door whose times are not those of a person."""

    head_s, stall_s, linger_s = 0.2, 0.2, 0.2


@pytest.fixture(scope="module")
async def hasty(gateway: Gateway, settings: Settings) -> AsyncIterator[str]:
    async with served(settings, gateway.urls, http=Hasty) as listening:
        yield listening.url


@pytest.mark.parametrize("name", HEADS)
async def test_row_43_a_head_that_does_not_come_ends_its_connection(hasty: str, name: str) -> None:
    async with asyncio.timeout(10), connection(hasty) as (reader, writer):
        writer.write(HALVES[name])
        with suppress(ConnectionError):
            assert await reader.read() == b""


async def test_row_43_a_head_that_dribbles_ends_as_well(hasty: str) -> None:
    """Each byte is a sign of life, and none of them the end."""
    async with asyncio.timeout(10), connection(hasty) as (reader, writer):
        with suppress(ConnectionError):
            listening = asyncio.create_task(reader.read())
            while not listening.done():
                writer.write(b"\r\n")
                await writer.drain()
                await asyncio.wait([listening], timeout=0.05)


async def test_row_43_who_takes_its_time_with_a_body_is_served(hasty: str) -> None:
    """Only a head is in a hurry."""
    whole = good()
    async with asyncio.timeout(10), connection(hasty) as (reader, writer):
        writer.write(whole[:-5])
        await asyncio.sleep(3 * Hasty.head_s)  # nothing is to happen meanwhile
        writer.write(whole[-5:])
        assert b" 200 " in await reader.readline()


async def test_row_43_who_reads_nothing_is_let_go(hasty: str) -> None:
    """Its requests wait for their answers to be read, and then its connection is gone."""
    async with asyncio.timeout(20), connection(hasty) as (_, writer):
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        with suppress(ConnectionError):
            while not writer.transport.is_closing():
                writer.write(good() * 100)
                await writer.drain()
    await still_answers(hasty)
