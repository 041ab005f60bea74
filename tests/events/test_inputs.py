"""What may be sent as an event or a log: each row judged by itself, and nothing of it changed on its way."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallax.engine.batches import Batch, ids_of
from parallax.engine.frames import LOGS, MOST_FIELDS, Frame, loaded, properties, stored
from parallax.events.inputs import LEVELS, LogLevel, events_read, logs_read
from parallax.ids import GlobalId, encode
from tests.events.kept import ids_as_sent, texts_of
from tests.seeds import HIMAL, NORDLYS, NOTES, TREK

NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)
NOON_US = int(NOW.timestamp()) * 1_000_000
GOOD = {"name": "open", "user": "ada", "properties": {"country": "NO"}}


def framed(batch: Batch) -> Frame:
    """Of all rows; numbers are those of the batch."""
    numbers = {
        name: np.array(named.codes, np.int64)
        for name, named in (
            ("event", batch.names),
            ("actor", batch.users),
            ("app", batch.apps),
            ("session", batch.sessions),
        )
    }
    ids, at = ids_of(batch.ids), np.array(batch.at, np.int64)
    return batch.framed(np.arange(len(batch)), ids, at, numbers, 0)


def back(frame: Frame) -> Frame:
    """Stored and loaded."""
    blocks = stored(frame)
    return loaded(blocks.core, blocks.ids, blocks.fields)


def rejected(*rows: dict[str, Any], logs: bool = False) -> list[tuple[int, str]]:
    """Places and fields of what is refused, with a good row before, between and after that must not be."""
    good = {"message": "fine"} if logs else GOOD
    sent = [good]
    for row in rows:
        sent += [row, good]
    batch = (logs_read if logs else events_read)(NORDLYS, sent, NOW)
    assert batch.places == [2 * number for number in range(len(rows) + 1)]
    if not logs:
        assert [properties(back(framed(batch)), row) for row in range(len(batch))] == [{"country": "NO"}] * len(batch)
    return [((row.place - 1) // 2, row.field) for row in batch.rejected]


def reason(row: dict[str, Any]) -> str:
    [refused] = events_read(NORDLYS, [row], NOW).rejected
    return refused.message


# ---------------------------------------------------------------- names and ids
def test_names_are_of_1_to_200_characters() -> None:
    names = [None, "", "x" * 201, "x" * 100_000, 7, ["open"], {"a": 1}, "nul\0", "half \ud800"]
    assert rejected({}, *({"name": name} for name in names)) == [(place, "name") for place in range(10)]
    assert not events_read(NORDLYS, [{"name": "ø" * 200}], NOW).rejected


@pytest.mark.parametrize("field", ["user", "session", "id"])
def test_an_id_is_any_text_of_at_most_500_characters(field: str) -> None:
    wrong = ["x" * 501, "nul\0", "half \udfff", 7, True, ["x"], {"x": 1}]
    rows = [{**GOOD, "at": "2026-03-11T09:00:00Z", field: value} for value in wrong]
    assert rejected(*rows) == [(place, field) for place in range(len(wrong))]
    right = ["x" * 500, "' or 1=1 --", "🏔", "مرحبا", " "]
    batch = events_read(NORDLYS, [{**GOOD, "at": "2026-03-11T09:00:00Z", field: value} for value in right], NOW)
    assert not batch.rejected


@pytest.mark.parametrize("field", ["user", "session", "id"])
def test_i5_an_empty_text_is_no_id(field: str) -> None:
    batch = events_read(NORDLYS, [{"name": "open", field: ""}, {"name": "open", field: None}, {"name": "open"}], NOW)
    assert not batch.rejected
    assert batch.users.codes == batch.sessions.codes == [0, 0, 0]
    assert ids_as_sent(ids_of(batch.ids)) == [None] * 3


@given(
    st.lists(
        st.text(st.characters(codec="utf-8"), max_size=40)
        | st.uuids().map(str)
        | st.uuids().map(lambda id: str(id).upper())
    )
)
def test_ids_come_back_as_sent_and_equal_ones_alone_have_equal_bits(ids: list[str]) -> None:
    found = ids_of(ids)
    assert ids_as_sent(found) == [id or None for id in ids]
    bits = list(zip(found.high.tolist(), found.low.tolist(), strict=True))
    for first, one in zip(ids, bits, strict=True):
        for second, other in zip(ids, bits, strict=True):
            assert (first == second) == (one == other)


def test_i4_an_id_without_a_time_is_refused() -> None:
    assert rejected({"name": "open", "id": "a"}) == [(0, "at")]


def test_apps_are_named_by_global_id_or_uuid() -> None:
    own, foreign = encode(GlobalId("App", NORDLYS, (NOTES,))), encode(GlobalId("App", HIMAL, (TREK,)))
    wrong = [foreign, "rubbish", "", 7, ["x"], str(NOTES).replace("-", "")]
    assert rejected(*({**GOOD, "app": app} for app in wrong)) == [(place, "app") for place in range(len(wrong))]
    batch = events_read(NORDLYS, [{**GOOD, "app": own}, {**GOOD, "app": str(NOTES)}, {**GOOD, "app": own}], NOW)
    assert list(batch.apps.numbers) == [NOTES]
    assert batch.apps.codes == [1, 1, 1]


def test_an_unknown_field_is_refused_by_its_name_with_those_that_are() -> None:
    assert rejected({**GOOD, "usr": "ada"}, {**GOOD, "half \ud800": 1}) == [(0, "usr"), (1, "?")]
    assert "allowed are id, name, at, user, session, app, properties" in reason({**GOOD, "usr": "ada"})


# ---------------------------------------------------------------- time
@pytest.mark.parametrize(
    ("sent", "us"),
    [
        ("2026-03-11T12:00:00Z", 0),
        ("2026-03-11t12:00:00z", 0),
        ("2026-03-11T13:00:00+01:00", 0),
        ("2026-03-11T17:45:00+05:45", 0),
        ("2026-03-11T12:00:00.5Z", 500_000),
        ("2026-03-11T12:00:00.123456Z", 123_456),
        ("2026-03-11T12:00:00.1234569999-00:00", 123_456),
        ("2026-03-12T12:00:00Z", 86_400_000_000),
        ("1970-01-01T00:00:00Z", -NOON_US),
    ],
)
def test_an_instant_is_kept_to_the_microsecond(sent: str, us: int) -> None:
    assert events_read(NORDLYS, [{"name": "open", "at": sent}], NOW).at == [NOON_US + us]


def test_i4_what_is_no_instant_or_out_of_bounds_is_refused() -> None:
    wrong: list[Any] = [
        "2026-03-11", "2026-03-11 12:00:00Z", "2026-03-11T12:00:00", "2026-03-11T12:00Z", "2026-02-30T12:00:00Z",
        "2026-03-11T24:00:00Z", "2026-03-11T12:60:00Z", "2016-12-31T23:59:60Z", "2026-W11-3T12:00:00Z", "yesterday",
        "0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-23:59",
        "٢٠٢٦-03-11T12:00:00Z", "2026-03-11T12:00:00." + "1" * 10**5 + "Z", "", 1773230400, True, {"at": 1},
        "1969-12-31T23:59:59.999999Z", "2026-03-12T12:00:00.000001Z",
    ]  # fmt: skip
    assert rejected(*({"name": "open", "at": at} for at in wrong)) == [(place, "at") for place in range(len(wrong))]


def test_i4_without_a_time_it_is_when_it_arrives() -> None:
    batch = events_read(NORDLYS, [{"name": "open"}, {"name": "open", "at": None}], NOW + timedelta(microseconds=7))
    assert batch.at == [NOON_US + 7] * 2


@given(st.integers(-(10**15), NOON_US), st.timezones())
def test_any_instant_in_any_zone_is_exact(us: int, zone: tzinfo) -> None:
    """As Python writes it, but for offsets with seconds, which RFC 3339 does not know."""
    at = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)).astimezone(zone)
    offset = at.utcoffset()
    assert offset is not None
    text = at.isoformat() if not offset.seconds % 60 else at.astimezone(UTC).isoformat()
    batch = events_read(NORDLYS, [{"name": "open", "at": text}, {"name": "open", "at": at}], NOW)
    assert (batch.at, len(batch.rejected)) == (([us] * 2, 0) if us >= 0 else ([], 2))


# ---------------------------------------------------------------- properties
def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": value}
    return value


def test_properties_beyond_their_bounds_are_refused() -> None:
    wrong: list[Any] = [
        "text", 7, ["list"], True,
        deep(21), deep(500), {"a": [[[deep(18)]]]},
        {"a": "x" * 65_536}, {f"key-{n}": "x" * 700 for n in range(100)}, {"a": [1] * 40_000},
        {"a": "x" * 5_000_000}, {f"key-{n:0>150}": n for n in range(500)},
        {"x" * 201: 1}, {"a": {"x" * 201: 1}}, {"nul\0": 1}, {"a": "nul\0"}, {"a": {"nul\0": 1}}, {"a": [{"b": "\0"}]},
        {"half \ud800": 1}, {"a": "half \ud800"}, {"a": {"b": ["half \udfff"]}}, {"a": {"\ud800": 1}},
        {"a": 2**64}, {"a": -(2**63) - 1}, {"a": [2**64]}, {"a": 10**30},
        {"a": float("inf")}, {"a": float("nan")}, {"a": [{"b": float("-inf")}]},
        {"country": "SE", "plan": "x" * 65_536},
    ]  # fmt: skip
    rows = [{"name": "open", "properties": value} for value in wrong]
    assert rejected(*rows) == [(place, "properties") for place in range(len(wrong))]


def test_properties_at_their_bounds_are_taken() -> None:
    right: list[Any] = [
        {}, None, deep(20), {"x" * 200: 1}, {"a": "x" * 65_000}, {"a": 2**64 - 1}, {"a": -(2**63)}, {"a": None},
        {f"key-{n}": n for n in range(1000)},
    ]  # fmt: skip
    batch = events_read(NORDLYS, [{"name": "open", "properties": value} for value in right], NOW)
    assert not batch.rejected
    frame = back(framed(batch))
    assert [properties(frame, row) for row in range(len(right))] == [value or {} for value in right]
    assert len(frame.fields) == MOST_FIELDS + 1


def test_values_that_python_takes_for_equal_stay_apart() -> None:
    values = [1, 1.0, True, "1", "true", 0, 0.0, -0.0, False, None, "", "null", [1], [1.0], {"a": 1}, {"a": True}]
    batch = events_read(NORDLYS, [{"name": "open", "properties": {"v": value}} for value in values], NOW)
    frame = back(framed(batch))
    assert [orjson.dumps(properties(frame, row)["v"]) for row in range(len(values))] == [*map(orjson.dumps, values)]
    assert len(frame.fields["v"].values) == len(values)


def test_the_same_value_has_one_code_however_long_it_is() -> None:
    values = ["x" * 5000, "y", "x" * 5000, "y", {"a": 1}, {"a": 1}, 1.5, 1.5, 7, 7]
    batch = events_read(NORDLYS, [{"name": "open", "properties": {"v": value}} for value in values], NOW)
    assert framed(batch).fields["v"].codes.tolist() == [1, 2, 1, 2, 3, 3, 4, 4, 5, 5]


def test_a_property_is_never_taken_for_a_field_of_a_log() -> None:
    sent = {":service": "mine", ":message": 7, "": "nameless", "level": "x"}
    batch = logs_read(NORDLYS, [{"message": "hello", "service": "api", "properties": sent}], NOW)
    frame = back(framed(batch))
    assert frame.fields[":service"].values == [b'"api"']
    assert frame.fields[":message"].values == [b'"hello"']
    rest = properties(frame.with_fields("", "level"), 0)
    assert rest == sent


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
hard = st.sampled_from(["' OR 1=1 --", "‮gnp.exe", "🏔️👩‍👩‍👧", "\\u0000", "\n\r\t", '"', "̈a", "null", "1e5", "\x7f"])
numbers = (
    st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.just(-0.0) | st.just(1e308)
)
scalars = st.none() | st.booleans() | numbers | texts | hard
json = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts | hard, inner, max_size=4), max_leaves=8
)
objects = st.dictionaries(texts | hard | st.sampled_from(["country", "v", ":service", ""]), json, max_size=6)


@given(st.lists(objects, max_size=12))
def test_any_properties_come_back_with_their_types(sent: list[dict[str, Any]]) -> None:
    batch = events_read(NORDLYS, [{"name": "open", "properties": value} for value in sent], NOW)
    assert not batch.rejected
    frame = back(framed(batch))
    # By text, since 1, 1.0 and true are equal in Python, and so are 0.0 and -0.0.
    order = orjson.OPT_SORT_KEYS
    came = [orjson.dumps(properties(frame, row), option=order) for row in range(len(sent))]
    assert came == [orjson.dumps(value, option=order) for value in sent]


# ---------------------------------------------------------------- logs
def test_a_log_has_a_level_and_a_message() -> None:
    wrong: list[dict[str, Any]] = [
        {"message": None}, {}, {"message": 7}, {"message": "x" * 65_537}, {"message": "ø" * 32_769},
        {"message": "nul\0"}, {"message": "half \ud800"},
        {"message": "m", "level": "FATAL"}, {"message": "m", "level": "info"}, {"message": "m", "level": 3},
        {"message": "m", "service": "x" * 501}, {"message": "m", "source": 7}, {"message": "m", "name": "open"},
    ]  # fmt: skip
    fields = ["message"] * 7 + ["level"] * 3 + ["service", "source", "name"]
    assert rejected(*wrong, logs=True) == list(enumerate(fields))


def test_logs_are_a_stream_of_their_own_by_level() -> None:
    rows: list[dict[str, Any]] = [
        {"message": "fine"},
        {"message": "", "level": LogLevel.ERROR, "service": "api", "source": "main.py:7", "user": "ada"},
        {"message": "slow", "level": "ERROR", "service": "", "properties": {"ms": 1200}},
    ]
    batch = logs_read(NORDLYS, rows, NOW)
    assert batch.stream == LOGS
    assert list(batch.names.numbers) == ["INFO", "ERROR"]
    frame = back(framed(batch))
    assert [properties(frame, row) for row in range(3)] == [
        {":message": "fine"},
        {":message": "", ":service": "api", ":source": "main.py:7"},
        {":message": "slow", "ms": 1200},
    ]
    assert len(LEVELS) == 9


def test_places_are_those_of_what_was_sent() -> None:
    batch = events_read(NORDLYS, [GOOD, {}, GOOD], NOW, places=[3, 10, 11])
    assert batch.places == [3, 11]
    assert [row.place for row in batch.rejected] == [10]
    assert texts_of(framed(batch)) == [None, None]
