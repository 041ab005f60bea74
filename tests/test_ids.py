"""Global ids say one thing each and are accepted in one form only; bare UUIDs and new ids."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from parallax.errors import TooCostly
from parallax.ids import MOST_CHARACTERS, GlobalId, bare_uuid, canonical, encode, parse, uuid7

CLIENT = UUID("00000000-0000-7000-8000-00000000000a")
APP = UUID("6b0e3c1e-2f55-4b7b-9a55-3f0c6f1d2a10")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
QUESTION = {
    "app": str(APP),
    "metric": "ACTIVE_TIME",
    "period": {"start": "2026-01-01", "end": "2026-03-31"},
    "granularity": "DAY",
    "compare": "PREVIOUS",
}

uuids = st.uuids()
words = st.sampled_from(
    ["app", "DAY", "metric", str(APP), "2026-03-11", "2026-02-31", '"app"', "\x01", "\\", "é\U0001f600"]
)
scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text() | words
questions = st.dictionaries(
    words | st.text(max_size=5),
    st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4), max_leaves=8
    ),
    max_size=5,
)


KINDS = ("Client", "App", "ApiToken", "User", "UsageReport", "Metric", "Event", "Log", "Session", "ErasureReceipt")


@st.composite
def global_ids(draw: st.DrawFn) -> GlobalId:
    client = draw(uuids)
    match draw(st.sampled_from(KINDS)):
        case "Client":
            return GlobalId("Client", client)
        case "User":
            return GlobalId("User", client, (draw(st.integers(0, 2**63 - 1)),))
        case "UsageReport":
            return GlobalId("UsageReport", client, (draw(uuids), draw(st.dates()), draw(st.integers(0, 2**40))))
        case "Metric":
            return GlobalId("Metric", client, (canonical(draw(questions)),))
        case "Event" | "Log" as type_name:
            return GlobalId(type_name, client, (draw(st.dates()), draw(st.integers(0, 2**63 - 1))))
        case "Session":
            return GlobalId("Session", client, (draw(st.integers(0, 2**63 - 1)), draw(uuids)))
        case type_name:
            return GlobalId(type_name, client, (draw(uuids),))


def as_text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


@given(global_ids())
def test_an_id_comes_back_as_it_went(what: GlobalId) -> None:
    assert parse(encode(what)) == what


@given(st.text() | st.text(LETTERS) | st.binary(max_size=80).map(as_text))
@example("")
@example("=")
@example("\ud800")
@example("Ａ" * 23)
def test_no_text_raises_and_what_is_accepted_is_the_only_text(text: str) -> None:
    what = parse(text)

    assert what is None or encode(what) == text


@given(global_ids(), st.data())
def test_an_id_with_a_letter_changed_is_refused_or_is_another_id_in_its_own_right(
    what: GlobalId, data: st.DataObject
) -> None:
    text = encode(what)
    at = data.draw(st.integers(0, len(text) - 1))
    other = text[:at] + data.draw(st.sampled_from(LETTERS + "=+/ \n")) + text[at + 1 :]
    met = parse(other)

    if other == text:
        assert met == what
    else:
        assert met is None or (met != what and encode(met) == other)


@given(st.sampled_from(("App", "ApiToken", "UsageReport")), uuids, uuids, st.data())
def test_an_id_cut_or_lengthened_is_refused(type_name: str, client: UUID, key: UUID, data: st.DataObject) -> None:
    text = encode(GlobalId(type_name, client, (key, date(2026, 3, 2), 7) if type_name == "UsageReport" else (key,)))

    cut = parse(text[: data.draw(st.integers(0, len(text) - 1))])
    assert cut is None
    assert parse(text + data.draw(st.text(LETTERS, min_size=1))) is None


@given(uuids)
def test_a_bare_uuid_is_never_a_global_id(uuid: UUID) -> None:
    assert parse(str(uuid)) is None
    assert parse(str(uuid).upper()) is None


@given(global_ids())
def test_a_global_id_is_never_a_bare_uuid(what: GlobalId) -> None:
    assert bare_uuid(encode(what)) is None


@pytest.mark.parametrize(
    ("what", "length"),
    [
        (GlobalId("Client", CLIENT), 23),
        (GlobalId("App", CLIENT, (APP,)), 44),
        (GlobalId("User", CLIENT, (2_000_000,)), 27),
        (GlobalId("UsageReport", CLIENT, (APP, date(2026, 3, 2), 2_000_000)), 52),
    ],
)
def test_ids_are_short(what: GlobalId, length: int) -> None:
    assert len(encode(what)) == length


@pytest.mark.parametrize(
    ("what", "text"),
    [
        (GlobalId("Client", CLIENT), "AQAAAAAAAHAAgAAAAAAAAAo"),
        (GlobalId("App", CLIENT, (APP,)), "AgAAAAAAAHAAgAAAAAAAAAprDjweL1VLe5pVPwxvHSoQ"),
        (
            GlobalId("UsageReport", CLIENT, (APP, date(2026, 3, 2), 300)),
            "BQAAAAAAAHAAgAAAAAAAAAprDjweL1VLe5pVPwxvHSoQC0ldrAI",
        ),
        (
            GlobalId("Metric", CLIENT, (canonical({"app": str(APP)}),)),
            "BgAAAAAAAHAAgAAAAAAAAAp7ImFwcCI6IjZiMGUzYzFlLTJmNTUtNGI3Yi05YTU1LTNmMGM2ZjFkMmExMCJ9",
        ),
    ],
)
def test_ids_kept_by_callers_stay_what_they_are(what: GlobalId, text: str) -> None:
    """A change that this test notices makes every id that somebody stored a null."""
    assert encode(what) == text


def test_equal_questions_have_equal_ids_in_any_order() -> None:
    backwards: dict[str, Any] = dict(reversed(QUESTION.items()))

    assert canonical(backwards) == canonical(QUESTION)
    assert json.loads(canonical(QUESTION)) == QUESTION


@pytest.mark.parametrize(
    "question",
    [
        b'{"b":1,"a":2}',
        b'{"a": 1}',
        b'{"a":1.0e3}',
        b'{"a":1,"a":2}',
        b'{"a":"\\u0061"}',
        b'{"a":1}\n',
        b"[" * 3_000,
        b"[" * 3_000 + b"]" * 3_000,
        b'{"a":NaN}',
        b"\xff\xfe",
        b"\x01abc",
        b"\x02\xff\xff\xff",
        b"\x02\x00\x00\x00",
        b"",
    ],
)
def test_a_question_in_another_form_is_refused(question: bytes) -> None:
    assert parse(as_text(b"\x06" + CLIENT.bytes + question)) is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00" + CLIENT.bytes,
        b"\x07" + CLIENT.bytes,
        b"\x01",
        b"\x04" + CLIENT.bytes,
        b"\x04" + CLIENT.bytes + b"\x80\x00",  # zero in two bytes
        b"\x04" + CLIENT.bytes + b"\xff" * 9,
        b"\x04" + CLIENT.bytes + b"\xff" * 40,
        b"\x05" + CLIENT.bytes + APP.bytes + b"\xff\xff\xff\x01",  # a day after 9999-12-31
    ],
)
def test_forged_bytes_are_refused(raw: bytes) -> None:
    assert parse(as_text(raw)) is None


def test_bits_that_no_byte_uses_must_be_zero() -> None:
    text = encode(GlobalId("App", CLIENT, (APP,)))[:-1]
    client = encode(GlobalId("Client", CLIENT))

    assert parse(text) is None
    assert [parse(client[:-1] + last) for last in LETTERS if last != client[-1] and LETTERS.index(last) % 4] == [
        None
    ] * 48


def test_a_question_too_long_for_an_id_is_refused_both_ways() -> None:
    with pytest.raises(TooCostly):
        encode(GlobalId("Metric", CLIENT, (canonical({"value": "x" * MOST_CHARACTERS}),)))
    assert parse("A" * (MOST_CHARACTERS + 1)) is None


def test_a_key_that_does_not_fit_its_type_is_our_own_mistake() -> None:
    with pytest.raises(ValueError):
        encode(GlobalId("App", CLIENT))
    with pytest.raises(ValueError):
        encode(GlobalId("User", CLIENT, (-1,)))


@pytest.mark.parametrize("text", [str(APP), str(APP).upper()])
def test_a_bare_uuid_is_taken_in_either_case(text: str) -> None:
    assert bare_uuid(text) == APP


@pytest.mark.parametrize(
    "text",
    ["", APP.hex, f"{{{APP}}}", f"urn:uuid:{APP}", f" {APP}", f"{APP}\n", str(APP)[:-1], f"{APP}0",
     str(APP).replace("6", "٦"), str(APP).replace("-", "_"), "6b0e3c1e2f55-4b7b-9a55-3f0c6f1d2a-10", "\x00" * 36],
)  # fmt: skip
def test_other_forms_of_a_uuid_are_none(text: str) -> None:
    assert bare_uuid(text) is None


@given(st.text())
def test_any_text_is_a_uuid_or_none(text: str) -> None:
    assert bare_uuid(text) is None or len(text) == 36


def test_new_ids_are_version_7_in_order_of_time_and_never_the_same() -> None:
    now = datetime(2026, 3, 11, 12, tzinfo=UTC)
    ids = [uuid7(now + timedelta(microseconds=step)) for step in range(2_000)]

    assert ids == sorted(ids)
    assert {(each.version, each.variant) for each in ids} == {(7, "specified in RFC 4122")}
    assert ids[0].int >> 80 == int(now.timestamp() * 1000)
    assert len({uuid7(now) for _ in range(1_000)}) == 1_000


@pytest.mark.parametrize("now", [datetime.min, datetime.max, datetime(1969, 12, 31)])  # noqa: DTZ001, DTZ901
def test_a_new_id_can_be_had_at_any_time(now: datetime) -> None:
    assert uuid7(now.replace(tzinfo=UTC)).version == 7
