"""What is asked of Kaon Insights and what its answers mean, by the contract's own samples; no call is made."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import SecretStr

from parallax.errors import SetupError, SourceQuota, SourceRejected
from parallax.metrics.catalog import SourceSystem
from parallax.settings import Settings
from parallax.vendors.calling import MISSHAPEN
from parallax.vendors.kaon import (
    RUNNING,
    VENDOR,
    Read,
    devices_in,
    failure,
    language_tag,
    reads,
    sign,
    sunday_of,
    week_of,
)
from parallax.vendors.kaon_names import BUCKETS, DEFAULT, Bucket, names_in
from parallax.vendors.pieces import SETTLED, UNKEPT
from parallax.vendors.vendor import Account, Reply

READS = reads(None)
CLIENT = "acme-demo"
HEAD = {"client": CLIENT, "week": 731, "weekname": "1/4/2026"}
UIDS = "0x00af31c27d9e44100x9b2c00d1e4f7a855"


def told(of: Read, body: Any, week: int | None = 731, **more: str) -> Any:
    piece = of.piece(CLIENT, week, more)
    [planned] = of.planned([piece])
    return of.parts(planned, body)[piece]


def request(of: Read, week: int | None = None, **more: str) -> tuple[str, dict[str, str]]:
    [planned] = of.planned([of.piece(CLIENT, week, more)])
    assert planned.request.method == "GET"
    return planned.request.path, dict(planned.request.parameters)


# ---------------------------------------------------------------- weeks
@pytest.mark.parametrize(
    ("day", "week"),
    [
        (date(2012, 1, 1), 0),
        (date(2011, 12, 31), -1),
        (date(2019, 12, 29), 417),
        (date(2026, 1, 4), 731),
        (date(2026, 1, 10), 731),
        (date(2026, 1, 11), 732),
    ],
)
def test_weeks_are_counted_from_sunday_to_saturday(day: date, week: int) -> None:
    assert week_of(day) == week
    assert sunday_of(week) <= day < sunday_of(week + 1)
    assert sunday_of(week).isoweekday() == 7


def test_a_week_is_kept_long_once_it_is_over() -> None:
    piece = READS.engagement.piece(CLIENT, 731)
    assert READS.engagement.life(piece, sunday_of(732) + timedelta(days=2)) is SETTLED
    assert READS.engagement.life(piece, sunday_of(732) + timedelta(days=1)) is RUNNING


def test_what_one_person_did_is_never_kept_and_led_on_from() -> None:
    assert READS.clicks.life(READS.clicks.piece(CLIENT, None, {"id": "crm-5521"}), date(2030, 1, 1)) is UNKEPT
    assert READS.clicks.leads_on
    assert not READS.hits.leads_on


# ---------------------------------------------------------------- what is asked
def test_each_read_has_its_own_address_and_parameters() -> None:
    assert request(READS.weeks) == ("/api/weeks", {"client": CLIENT})
    for of, name in ((READS.engagement, "engagement"), (READS.uid, "uid"), (READS.country, "country")):
        assert request(of, 731) == (f"/api/{name}", {"client": CLIENT, "week": "731"})
    assert request(READS.language, 731)[0] == "/api/language"
    assert request(READS.hits, 731, path="a%20b", detail="country") == (
        "/api/hits",
        {"client": CLIENT, "week": "731", "path": "a%20b", "detail": "country"},
    )
    assert request(READS.hits, path="a%20b") == ("/api/hits", {"client": CLIENT, "path": "a%20b"})
    assert request(READS.clicks, id="crm-5521", start="1767600042", limit="10") == (
        "/api/externalid",
        {"client": CLIENT, "id": "crm-5521", "start": "1767600042", "limit": "10"},
    )


def test_the_key_stands_in_the_query_and_in_no_question() -> None:
    account = Account(SourceSystem.KAON, "a", "https://k", {"apikey": SecretStr("a secret key")})
    [planned] = READS.weeks.planned([READS.weeks.piece(CLIENT)])
    signed = sign(account, planned.request, None)  # type: ignore[arg-type]
    assert signed.parameters == (("client", CLIENT), ("apikey", "a secret key"))
    assert signed.headers == {}
    assert "secret" not in f"{planned}{account}"


# ---------------------------------------------------------------- what is answered
def test_the_contracts_samples_are_read() -> None:
    weeks = [{"week": 731, "weekname": "1/4/2026"}, {"week": 730, "weekname": "12/28/2025"}]
    assert told(READS.weeks, {"client": CLIENT, "weeks": weeks}, None) == [(730, "12/28/2025"), (731, "1/4/2026")]
    assert told(READS.weeks, {"client": CLIENT, "weeks": []}, None) == []
    buckets = [{"bucket": 0, "count": 12}, {"bucket": 2, "count": 31}, {"bucket": 4, "count": 6}]
    assert told(READS.engagement, {**HEAD, "engagements": buckets}) == [(0, 12), (2, 31), (4, 6)]
    hits = [{"path": "products/pump%20a/overview", "week": 731, "count": 40, "countries": {"NO": 11, "US": 27}}]
    assert told(READS.hits, {"client": CLIENT, "hits": hits}, None, path="products/pump%20a/overview") == [
        ("products/pump%20a/overview", 731, 40, {"NO": 11, "US": 27})
    ]
    clicks = [{"timestamp": 1767600042, "path": "b", "browser": "x"}, {"timestamp": 1767600000, "path": "home"}]
    assert told(READS.clicks, {"client": CLIENT, "id": "crm-5521", "hits": clicks}, None, id="crm-5521") == [
        clicks[1],
        clicks[0],
    ]


@pytest.mark.parametrize(
    ("of", "listed", "by", "codes"),
    [
        (READS.country, "countries", "country", {"NO": 21, "US": 28}),
        (READS.language, "languages", "language", {"gb": 3}),
    ],
)
def test_counts_by_code_come_as_a_list_or_as_an_object(of: Read, listed: str, by: str, codes: dict[str, int]) -> None:
    rows = [{by: code, "count": count} for code, count in codes.items()]
    assert told(of, {**HEAD, listed: rows}) == told(of, {**HEAD, listed: codes}) == codes


def test_devices_are_eighteen_characters_each() -> None:
    uids = told(READS.uid, {**HEAD, "uids": UIDS.upper().replace("0X", "0x")})
    assert uids == UIDS
    assert devices_in(uids) == ["0x00af31c27d9e4410", "0x9b2c00d1e4f7a855"]
    assert devices_in(told(READS.uid, {**HEAD, "uids": ""})) == []


def test_hits_of_a_week_need_not_repeat_it() -> None:
    assert told(READS.hits, {**HEAD, "hits": [{"path": "home", "count": 4}]}) == [("home", 731, 4, {})]


@pytest.mark.parametrize(
    ("code", "tag"),
    [("en", "en"), ("gb", "en-GB"), ("ca", "fr-CA"), ("bz", "pt-BR"), ("zh", "zh-Hans"), ("zt", "zh-Hant"), ("vi", "vi"),
     ("GB", "en-GB"), ("xx", "xx")],
)  # fmt: skip
def test_languages_are_told_by_their_tags(code: str, tag: str) -> None:
    """ca is no Catalan there; what is new passes through."""
    assert language_tag(code) == tag


BROKEN: list[tuple[Read, Any]] = [
    (READS.engagement, []),
    (READS.engagement, {}),
    (READS.engagement, {**HEAD, "client": "another", "engagements": []}),
    (READS.engagement, {**HEAD, "week": 730, "engagements": []}),
    (READS.engagement, {**HEAD, "engagements": None}),
    (READS.engagement, {**HEAD, "engagements": [{"bucket": 0, "count": "12"}]}),
    (READS.engagement, {**HEAD, "engagements": [{"bucket": 0.5, "count": 12}]}),
    (READS.engagement, {**HEAD, "engagements": [{"bucket": 0, "count": -1}]}),
    (READS.uid, {**HEAD, "uids": UIDS[:-5]}),
    (READS.uid, {**HEAD, "uids": UIDS[:-18] + "0x9b2c00d1e4f7a85!"}),
    (READS.uid, {**HEAD, "uids": None}),
    (READS.country, {**HEAD, "countries": [{"country": None, "count": 1}]}),
    (READS.country, {**HEAD, "countries": {"NO": True}}),
    (READS.hits, {**HEAD, "hits": [{"path": 7, "count": 1}]}),
    (READS.clicks, {**HEAD, "hits": [{"timestamp": "soon", "path": "home"}]}),
    (READS.clicks, {**HEAD, "hits": [{"timestamp": 10**15, "path": "home"}]}),
    (READS.clicks, {**HEAD, "hits": [{"timestamp": -1, "path": "home"}]}),
]


@pytest.mark.parametrize(("of", "body"), BROKEN)
def test_what_is_not_what_the_contract_says_is_no_answer(of: Read, body: Any) -> None:
    with pytest.raises(MISSHAPEN):
        told(of, body)


# ---------------------------------------------------------------- failures
@pytest.mark.parametrize("body", [b"", b"<html>no</html>", b'{"error": "no"}'])
def test_errors_are_a_status_alone(body: bytes) -> None:
    refused, unknown = failure(Reply(403, {}, body)), failure(Reply(404, {}, body))
    assert isinstance(refused, SourceRejected)
    assert "API key" in refused.message
    assert isinstance(unknown, SourceRejected)
    assert "no such client key, week or path" in unknown.message
    limited = failure(Reply(429, {"retry-after": "9"}, body))
    assert isinstance(limited, SourceQuota)
    assert limited.retry_after_s == 9
    assert failure(Reply(500, {}, body)) is None
    assert failure(Reply(200, {}, body)) is None


# ---------------------------------------------------------------- the table of names
def file(folder: Path, told: Any) -> Path:
    path = folder / "names.json"
    path.write_bytes(told if isinstance(told, bytes) else orjson.dumps(told))
    return path


def test_names_and_buckets_may_be_told_anew(tmp_path: Path) -> None:
    path = file(
        tmp_path,
        {
            "endpoints": {"country": "geo"},
            "members": {"countries": "rows", "countries.count": "n"},
            "buckets": [{"code": 3, "label": "long", "from": 60}],
        },
    )
    known = reads(path)
    assert request(known.country, 731)[0] == "/api/geo"
    assert request(known.uid, 731)[0] == "/api/uid"
    assert told(known.country, {**HEAD, "rows": [{"country": "NO", "n": 2}]}) == {"NO": 2}
    assert known.names.buckets == (Bucket(3, "long", 60, None),)
    assert names_in(None) is DEFAULT


def test_buckets_are_those_of_the_contract_and_others_are_called_by_their_number() -> None:
    assert [(bucket.code, bucket.begins_s, bucket.ends_s) for bucket in BUCKETS] == [
        (0, 0, 60), (1, 60, 120), (2, 120, 300), (3, 300, 600), (4, 600, 1200), (5, 1200, 1800), (6, 1800, 3600),
        (7, 3600, None),
    ]  # fmt: skip
    assert Bucket.unknown(11) == Bucket(11, "bucket 11", None, None)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (b"{", "unexpected end"),
        ([], "no object of endpoints, members and buckets"),
        ({"names": {}}, "no object of endpoints, members and buckets"),
        ({"endpoints": {"lands": "geo"}}, "endpoints has lands; it may have weeks, engagement"),
        ({"endpoints": []}, "endpoints has what is no object"),
        ({"endpoints": {"country": "../admin"}}, "endpoints.country must be a text that fits"),
        ({"members": {"count": "n"}}, "members has count; it may have client"),
        ({"members": {"uids": 5}}, "members.uids must be a text"),
        ({"buckets": []}, "buckets must be a list of 1 to 20"),
        ({"buckets": [{"code": 1, "label": "a"}] * 2}, "buckets has a code twice"),
        ({"buckets": [{"code": "1", "label": "a"}]}, 'a bucket must be {"code": a number'),
        ({"buckets": [{"code": 1, "label": "a", "from": "0"}]}, 'a bucket must be {"code": a number'),
        ({"buckets": [{"code": 1, "label": "a", "until": 5}]}, 'a bucket must be {"code": a number'),
    ],
)
def test_a_table_that_cannot_be_used_is_told_at_the_start(tmp_path: Path, told: Any, words: str) -> None:
    with pytest.raises(SetupError, match="PARALLAX_KAON_NAMES cannot be used") as refused:
        VENDOR.check(Settings(kaon_names=file(tmp_path, told)))
    assert words in str(refused.value)


def test_a_table_that_is_not_there_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="No such file"):
        VENDOR.check(Settings(kaon_names=tmp_path / "none.json"))
