"""Rows that are read many at once are what they are when they are read one by one."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallax.engine.batches import Batch, Named
from parallax.events.inputs import EventReader
from parallax.events.instants import instant_of
from parallax.loads.alike import AlikeReader
from parallax.loads.instants import instants

CLIENT = UUID("018f0000-0000-7000-8000-000000000001")
APP = "018f0000-0000-7000-8000-0000000000a1"
NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


def read_at_once(rows: Sequence[Mapping[str, Any]], pieces: int = 1) -> Batch:
    reader = AlikeReader(CLIENT, NOW)
    for start in range(0, len(rows), -(-len(rows) // pieces)):
        part = rows[start : start + -(-len(rows) // pieces)]
        reader.add_all(range(start, start + len(part)), part)
    return reader.batch()


def read_one_by_one(rows: Sequence[Mapping[str, Any]]) -> Batch:
    reader = EventReader(CLIENT, NOW)
    for place, row in enumerate(rows):
        reader.add(place, row)
    return reader.batch()


def plain(batch: Batch) -> tuple[object, ...]:
    """Every row with its texts, and every refusal: what does not depend on the order in which texts were numbered."""

    def texts(named: Named[Any]) -> list[Any]:
        of = {number: text for text, number in named.numbers.items()}
        return [of.get(code) for code in named.codes]

    fields = {
        name: dict(zip(values.rows, (values.values[code - 1] for code in values.codes), strict=True))
        for name, values in batch.fields.items()
        if values.rows
    }
    return (
        batch.places,
        batch.ids,
        batch.at,
        *(texts(named) for named in (batch.names, batch.users, batch.sessions, batch.apps)),
        fields,
        sorted(batch.rejected),
    )


texts = st.sampled_from(["", "a", "ada", "é", "\u202eright", "🦊", "x" * 201, "y" * 501, "nul\0", "95"])
scalars = st.one_of(
    texts, st.integers(-(2**63), 2**64 - 1), st.floats(), st.booleans(), st.none(), st.just(-0.0), st.just(0.0)
)
names = st.sampled_from(["country", "plan", "amount", "", ":service", "k" * 201, "a.b", "id"])
properties = st.one_of(
    st.none(),
    st.dictionaries(names, scalars, max_size=4),
    st.just({"nested": {"a": [1, {"b": None}]}}),
    st.just({f"p{n}": n for n in range(30)}),
    st.sampled_from([[], "text", 1]),
)
times = st.sampled_from(
    [
        "2026-03-02T09:00:00Z",
        "2026-03-02T09:00:00.123Z",
        "2026-03-02T09:00:00.123456Z",
        "2026-03-02t09:00:00+05:45",
        "2026-02-29T09:00:00Z",
        "2024-02-29T09:00:00Z",
        "2026-03-02T24:00:00Z",
        "2026-03-02T09:00:60Z",
        "1969-12-31T23:59:59Z",
        "2026-03-25T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "yesterday",
        7,
        None,
    ]
)
odd = st.fixed_dictionaries(
    {},
    optional={
        "id": st.one_of(texts, st.none(), st.integers()),
        "name": st.one_of(texts, st.none(), st.just(["open"])),
        "at": times,
        "user": st.one_of(texts, st.none(), st.just({"a": 1})),
        "session": st.one_of(texts, st.none()),
        "app": st.sampled_from([APP, None, "no app", 3]),
        "properties": properties,
        "colour": st.just("red"),
    },
)
usual = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["e1", "e2", "4d43547e-f481-40d1-a3d3-2b5e5e089768"]),
        "name": st.sampled_from(["open", "pay"]),
        "at": st.sampled_from(["2026-03-02T09:00:00.123Z", "2026-03-31T00:00:00.000Z", "2026-03-03T23:59:59.999Z"]),
        "user": st.sampled_from(["ada", "bob"]),
        "properties": st.one_of(
            st.fixed_dictionaries({"country": st.sampled_from(["NO", "SE"]), "amount": st.integers(0, 3)}),
            st.fixed_dictionaries({"country": st.just("NO"), "amount": scalars.filter(lambda v: v == v)}),
        ),
    }
)


@given(st.lists(usual, min_size=40, max_size=90), st.lists(odd, max_size=4), st.integers(1, 3), st.randoms())
def test_whatever_stands_among_them_rows_are_read_as_they_are_one_by_one(
    alike: list[dict[str, Any]], others: list[dict[str, Any]], pieces: int, random: Any
) -> None:
    rows = [*alike, *others]
    random.shuffle(rows)

    assert plain(read_at_once(rows, pieces)) == plain(read_one_by_one(rows))


def test_numbers_keep_their_types_and_how_zero_was_written() -> None:
    values = [0, 0.0, -0.0, 1, 1.0, True, False, None, "1", 2**64 - 1, 1e308]
    rows = [{"name": "pay", "properties": {"amount": value}} for value in values * 8]

    kept = read_at_once(rows).fields["amount"]

    assert [kept.values[code - 1] for code in kept.codes[: len(values)]] == [orjson.dumps(value) for value in values]


@pytest.mark.parametrize("form", ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.000Z", "%Y-%m-%dT%H:%M:%S.%fZ"])
def test_times_of_one_form_are_what_each_is_alone(form: str) -> None:
    days = [datetime(year, month, day, 23, 59, 58, 1, tzinfo=UTC) for year in (1970, 2000, 2024, 2100)
            for month, day in ((1, 31), (2, 28), (2, 1), (12, 31), (4, 30))]  # fmt: skip
    texts = [day.strftime(form) for day in days]
    found = instants(texts)

    assert found is not None
    assert found.tolist() == [instant_of(text) for text in texts]


@pytest.mark.parametrize(
    "odd_one",
    ["2026-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
     "2026-01-00T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z",
     "2026-01-01 00:00:00Z", "2026-01-01T00:00:00+", "２026-01-01T00:00:00Z", "2026-01-01T0a:00:00Z", "2026-01-01T00:00:00.1Z"],
)  # fmt: skip
def test_one_that_is_no_such_time_leaves_all_to_be_read_one_by_one(odd_one: str) -> None:
    assert instants(["2026-01-01T00:00:00Z", odd_one]) is None
