"""Segments as planes: what was laid is what is read, as a whole and column by column, whatever the numbers are."""

from typing import Any

import numpy as np
import orjson
from hypothesis import given
from hypothesis import strategies as st

from parallax.engine.columns import Numbers
from parallax.engine.days import ANY
from parallax.engine.directory import CORE, Directory
from parallax.engine.frames import TEXT_ID, Coded, Frame, Ids
from parallax.engine.held import Codes, Packed, Planes
from parallax.engine.kernels.planes import join, narrow, split_one
from parallax.engine.parts import Rows
from parallax.engine.planes import Laid, frame_of, laid
from parallax.engine.shelves import Shelf
from parallax.engine.standing import NOBODY
from parallax.engine.values import Interned, check_of
from parallax.filters import Operator, RawCondition, checked, predicate

JSON = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    JSON | st.text(max_size=3) | st.sampled_from(["NO", "0", "1.5", "-0", "true"]), st.lists, max_leaves=3
)
NUMBERS = st.integers(0, 3) | st.integers(0, 2**31 - 1)
INSTANTS = st.integers(0, 86_400) | st.integers(0, 86_399_999_999)


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    """Rows of a day, in the order of acceptance, each with an id; fields that some lack, and one that none has."""
    many = draw(st.integers(1, 40))
    unit = draw(st.sampled_from([1, 1_000, 1_000_000]))

    def column(of: st.SearchStrategy[int]) -> Numbers:
        return np.array(draw(st.lists(of, min_size=many, max_size=many)), np.int64)

    fields = {}
    for name in draw(st.lists(st.sampled_from(["country", "path", "a.b", ""]), unique=True)):
        values = draw(st.lists(VALUES.map(orjson.dumps), min_size=1, max_size=9, unique=True))
        fields[name] = Coded(column(st.integers(0, len(values))), values)
    return Frame(
        at=column(INSTANTS) // unit * unit,
        position=np.cumsum(column(st.integers(1, 2**40))),
        event=column(st.integers(1, 3)),
        actor=column(NUMBERS),
        app=column(st.just(0) | NUMBERS),
        session=column(NUMBERS),
        fields=fields | {"nothing": Coded(np.zeros(many, np.int64), [])},
        ids=Ids(
            np.full(many, TEXT_ID, np.uint8),
            np.arange(many, dtype=np.uint64),
            np.arange(many, dtype=np.uint64) * 7,
            [b'"%d"' % row for row in range(many)],
        ),
    )


def shown(frame: Frame) -> list[tuple[Any, ...]]:
    """Rows in the order of acceptance; values as JSON."""
    assert frame.ids is not None
    named = {name: [None, *coded.values] for name, coded in frame.fields.items()}
    rows = [
        (
            *(int(getattr(frame, name)[row]) for name in ("position", "at", "event", "actor", "app", "session")),
            frame.ids.texts[row],
            int(frame.ids.high[row]),
            {
                name: value
                for name, values in named.items()
                if (value := values[frame.fields[name].codes[row]]) is not None
            },
        )
        for row in range(len(frame))
    ]
    return sorted(rows, key=lambda row: row[0])


def shelf_of(blocks: Laid) -> Shelf:
    return Shelf(Directory(blocks.chunks))


def opened(shelf: Shelf, blocks: Laid, events: tuple[int, ...] | None, names: list[str]) -> None:
    """As the reader does it, with only the bytes that the directory names."""
    keys = shelf.missing(events, names)
    bodies = [
        (piece, np.frombuffer((blocks.core if piece[0] else blocks.fields)[piece[1] : piece[2]], np.uint8))
        for piece in shelf.pieces(keys)
    ]
    shelf.open(keys, bodies, {name: Interned() for name in names})


def numbers_in(shelf: Shelf, event: int, name: str) -> Numbers:
    column = shelf.columns[event, name]
    if isinstance(column, Packed):
        numbers = column.of(None)
        for which in np.arange(0, len(numbers), 9), np.arange(len(numbers) // 2):  # few of them, and many
            assert np.array_equal(column.of(which), numbers[which])
        return numbers
    assert isinstance(column, np.ndarray)
    return column


# ---------------------------------------------------------------- as a whole
@given(frames())
def test_what_was_laid_is_read_again(frame: Frame) -> None:
    again = frame_of(*laid(frame))
    order = np.lexsort((again.position, again.at, again.event))
    assert (np.diff(order) == 1).all()
    assert shown(again) == shown(frame)
    assert shown(frame_of(*laid(again))) == shown(frame)


@given(frames())
def test_only_the_fields_that_are_asked_for_are_read(frame: Frame) -> None:
    blocks = laid(frame)
    assert frame_of(blocks.chunks, blocks.core).fields == {}
    only = frame_of(*blocks, only=["path"])
    assert only.fields.keys() == frame_of(*blocks).fields.keys() & {"path"}


def test_a_large_segment_packs_what_repeats_and_finds_it_again() -> None:
    many = 40_000
    texts = [orjson.dumps(f"a text that is long, and that nobody sends twice: {row}") for row in range(many)]
    column = np.arange(many)
    frame = Frame(
        at=column * 1_000,
        position=column + 1,
        event=column % 2 + 1,
        actor=column % 7,
        app=column * 0,
        session=column // 3,
        fields={"message": Coded(column + 1, texts), "even": Coded((column + 1) % 2, [b"true"])},
        ids=Ids(np.zeros(many, np.uint8), np.zeros(many, np.uint64), np.zeros(many, np.uint64), []),
    )
    blocks = laid(frame)
    again = frame_of(*blocks)
    assert [again.fields["message"].values[code - 1] for code in again.fields["message"].codes.tolist()] == [
        *texts[0::2],
        *texts[1::2],
    ]
    assert len(blocks.fields) < sum(map(len, texts)) // 4
    assert len(blocks.core) < 3 * many


# ---------------------------------------------------------------- column by column
@given(frames(), st.booleans())
def test_a_column_of_an_event_is_read_without_the_others(frame: Frame, at_once: bool) -> None:
    blocks, whole = laid(frame), frame_of(*laid(frame))
    shelf = shelf_of(blocks)
    names = [*CORE, *(f":{name}" for name in frame.fields)]
    for event in (1, 2, 3):
        for each in [names] if at_once else [[name] for name in names]:
            opened(shelf, blocks, (event,), each)
        mine = whole.event == event
        if not mine.any():
            assert event not in shelf.directory.events  # type: ignore[union-attr]
            continue
        for name in CORE:
            assert np.array_equal(numbers_in(shelf, event, name), getattr(whole, name)[mine])
        for name in whole.fields:
            column = shelf.columns[event, f":{name}"]
            codes = whole.fields[name].codes[mine]
            assert np.array_equal(codes * 0 if column is None else column.codes(None), codes)  # type: ignore[union-attr]


@given(frames())
def test_columns_of_all_events_are_read_together(frame: Frame) -> None:
    blocks, whole = laid(frame), frame_of(*laid(frame))
    shelf = shelf_of(blocks)
    opened(shelf, blocks, None, [*CORE, *(f":{name}" for name in frame.fields), "event"])
    for name in (*CORE, "event"):
        assert np.array_equal(numbers_in(shelf, ANY, name), getattr(whole, name))
    for name, coded in whole.fields.items():
        column = shelf.columns[ANY, f":{name}"]
        assert isinstance(column, Codes)
        assert np.array_equal(column.codes(None), coded.codes)
        assert column.values.texts() == coded.values


@given(frames(), st.lists(st.integers(-3, 30), max_size=4), st.booleans())
def test_hours_tell_how_many_rows_are_before_them(frame: Frame, hours: list[int], by_the_half: bool) -> None:
    blocks, whole = laid(frame), frame_of(*laid(frame))
    shelf = shelf_of(blocks)
    opened(shelf, blocks, (1, 2, 3), ["at"])
    first, last = int(frame.at.min()), int(frame.at.max())
    for part in shelf.part((1, 2, 3), ("at",), first, last, len(frame)):
        instants = [hour * 3_600_000_000 + by_the_half * 1_800_000_000 for hour in hours]
        bounds = part.bounds(instants)
        at = whole.at[whole.event == part.event]
        if bounds is None:
            assert by_the_half
            assert any(first < instant <= last for instant in instants)
        else:
            assert bounds == [int(np.count_nonzero(at < instant)) for instant in instants]


# ---------------------------------------------------------------- conditions
OPERATORS = st.sampled_from(
    [
        *((operator, "NO") for operator in (Operator.EQ, Operator.NE, Operator.CONTAINS, Operator.NOT_CONTAINS)),
        *((operator, ["NO", "1.5", "0"]) for operator in (Operator.IN, Operator.NOT_IN)),
        *((operator, value) for operator in (Operator.EQ, Operator.NE) for value in ("true", 0, 1.5, "0", "-0")),
        (Operator.IN, []),
        (Operator.NOT_IN, []),
        (Operator.IS_SET, None),
        (Operator.IS_NOT_SET, None),
        (Operator.GT, 0),
    ]
)


@given(frames(), OPERATORS, OPERATORS, st.booleans())
def test_rows_are_narrowed_as_each_value_passes(frame: Frame, first: Any, second: Any, whole_segment: bool) -> None:
    blocks, whole = laid(frame), frame_of(*laid(frame))
    conditions = [checked([RawCondition("x", *each)])[0] for each in (first, second)]
    tests = tuple((name, check_of(each, ())) for name, each in zip(("country", "path"), conditions, strict=True))
    events = None if whole_segment else (1,)
    shelf, names = shelf_of(blocks), (":country", ":path")
    opened(shelf, blocks, events, list(names))
    kept = []
    for part in shelf.part(events, names, 0, 0, len(frame)):
        for _ in range(2):  # the second time by what was compiled the first time
            rows = Rows(part, NOBODY)
            rows.narrow(tests)
        kept += rows.which.tolist()
        assert len(rows) == len(rows.which)
    rows_of = np.flatnonzero((whole.event == 1) | whole_segment)

    columns = [whole.fields.get(name, Coded(whole.event * 0, [])) for name in ("country", "path")]

    def passes(row: int) -> bool:
        values = [coded.loaded()[coded.codes[row]] for coded in columns]
        return all(predicate(condition)(value) for condition, value in zip(conditions, values, strict=True))

    assert kept == [at for at, row in enumerate(rows_of.tolist()) if passes(row)]


def test_a_named_value_is_found_in_the_text_of_many() -> None:
    many = 3_000
    column = np.arange(many)
    frame = Frame(
        *(column, column + 1, column * 0 + 1, column, column, column),
        fields={"path": Coded(column % 2_000 + 1, [orjson.dumps(f"/p/{number}") for number in range(2_000)])},
        ids=Ids(np.zeros(many, np.uint8), np.zeros(many, np.uint64), np.zeros(many, np.uint64), []),
    )
    blocks, shelf = laid(frame), shelf_of(laid(frame))
    opened(shelf, blocks, (1,), [":path"])
    assert isinstance(shelf.columns[1, ":path"], Planes)
    [part] = shelf.part((1,), (":path",), 0, 0, many)
    for operator, value, wanted in (
        (Operator.EQ, "/p/7", [7, 2_007]),
        (Operator.NE, "/p/7", [row for row in range(many) if row % 2_000 != 7]),
        (Operator.IN, [f"/p/{number}" for number in range(20)], [row for row in range(many) if row % 2_000 < 20]),
        (Operator.EQ, "/p/20000", []),
    ):
        rows = Rows(part, NOBODY)
        rows.narrow((("path", check_of(checked([RawCondition("path", operator, value)])[0], ())),))
        assert rows.which.tolist() == wanted


# ---------------------------------------------------------------- kernels
@given(st.lists(st.integers(0, 2**40), min_size=1, max_size=70), st.integers(1, 1_000), st.booleans())
def test_numbers_are_split_and_joined(numbers: list[int], low: int, some_none: bool) -> None:
    given = np.array([0 if some_none and number % 3 == 0 else number + low + some_none for number in numbers], np.int64)
    bits = max(1, int(given.max()).bit_length())
    planes = split_one(given, low, some_none, bits)
    again = np.empty(len(given), np.int64)
    join(planes, low, bits, some_none, again)
    assert again.tolist() == given.tolist()


@given(
    st.lists(st.integers(0, 31), min_size=1, max_size=70),
    st.lists(st.tuples(st.booleans(), st.lists(st.integers(0, 31), max_size=3)), min_size=1, max_size=3),
)
def test_rows_that_pass_are_those_that_a_walk_finds(numbers: list[int], steps: list[tuple[bool, list[int]]]) -> None:
    size = (len(numbers) + 7) // 8
    planes = split_one(np.array(numbers), 0, False, 5)
    program = [number for opposite, wanted in steps for number in (0, 5, int(opposite), len(wanted), *wanted)]
    rows = np.empty(size, np.uint8)
    many = narrow(planes, np.array(program), len(numbers), True, rows)
    left = [
        at for at, number in enumerate(numbers) if all((number in wanted) != opposite for opposite, wanted in steps)
    ]
    assert np.flatnonzero(np.unpackbits(rows, count=len(numbers), bitorder="little")).tolist() == left
    assert many == len(left)
