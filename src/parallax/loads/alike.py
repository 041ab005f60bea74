"""Events of a file column by column: what `EventReader` says of each row, in less time where hundreds are alike.

Rows of one program are alike: texts, numbers, times of one form. Whatever is not so is left to be read row by row, where
each rule and each reason stands; here is only found out that none of them can be broken.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import repeat
from math import isfinite
from typing import Any, Final

import orjson

from parallax.engine.batches import Values
from parallax.engine.frames import MOST_FIELDS, OTHER_FIELDS
from parallax.events.inputs import EVENT_FIELDS, LONGEST_ID, LONGEST_NAME, EventReader
from parallax.events.properties import LONGEST_KEY, SHORT, SURELY_SMALL
from parallax.loads.instants import instants

FEW: Final = 32
"""So many rows are not worth another try."""
SCALARS: Final = frozenset((str, int, float, bool, type(None)))
Put = Callable[[], None]


class AlikeReader(EventReader):
    """Reads rows as `add` does, many at once."""

    def add_all(self, places: Sequence[int], rows: Sequence[Mapping[str, Any]]) -> None:
        """Good rows beside one that is not are tried again without it, in halves."""
        try:
            put = self._alike(places, rows) if len(rows) > FEW else None
            again = put is None and len(rows) > 2 * FEW
        except TypeError:  # a list or an object is no key: nested properties are as likely in all the others
            put, again = None, False
        if put is not None:
            put()
        elif again:
            half = len(rows) // 2
            self.add_all(places[:half], rows[:half])
            self.add_all(places[half:], rows[half:])
        else:
            for place, row in zip(places, rows, strict=True):
                self.add(place, row)

    def _alike(self, places: Sequence[int], rows: Sequence[Mapping[str, Any]]) -> Put | None:
        """What adds them, if nothing is wrong with any; until then nothing is changed."""
        if not self._known.issuperset(frozenset[str]().union(*rows)):
            return None
        id, name, at, user, session, app, properties = _columns(rows)
        at_us = self._instants(at, id)
        texts = [
            _Texts(self._names, name, LONGEST_NAME),
            _Texts(self._users, user, LONGEST_ID),
            _Texts(self._sessions, session, LONGEST_ID),
        ]
        apps = [0 if each is None else self._apps.get(each) for each in app]
        fields = self._properties_of(properties)
        if at_us is None or fields is None or None in apps or not all(each.good for each in texts):
            return None
        if not texts[0].all_there or not _good(id, LONGEST_ID):
            return None

        def put() -> None:
            first = len(self._rows)
            codes = (each.put() for each in texts)
            ids = id if None not in id else [each or "" for each in id]
            self._rows.extend(zip(places, ids, at_us, *codes, apps, strict=True))
            for field in fields:
                field.put(first, self._column)

        return put

    def _column(self, name: str) -> Values:
        column = self._batch.fields.get(name) or self._properties._new(name)
        assert column is not None
        return column

    def _instants(self, at: Sequence[Any], id: Sequence[Any]) -> list[int] | None:
        if at[0] is None:
            return None if any(id) or any(at) else list(repeat(self._now_us, len(at)))
        found = instants(at)
        if found is None or int(found.min()) < 0 or int(found.max()) > self._last_us:
            return None
        values: list[int] = found.tolist()
        return values

    def _properties_of(self, properties: Sequence[Any]) -> "list[_Field] | None":
        """The columns of those rows that have the same names in the same order."""
        shapes: dict[tuple[str, ...], list[int]] = {}
        for place, each in enumerate(properties):
            if each is not None:
                if type(each) is not dict:
                    return None
                shapes.setdefault(tuple(each), []).append(place)
        names = frozenset[str]().union(*shapes)
        held = self._batch.fields
        if len(held) + len(names) > MOST_FIELDS or max(map(len, shapes), default=0) > SURELY_SMALL:
            return None
        if len(shapes) > len(properties) // 8 or not all(name in held or _is_plain(name) for name in names):
            return None
        found = []
        for shape, places in shapes.items():
            columns = zip(*[properties[place].values() for place in places], strict=True)
            for name, values in zip(shape, columns, strict=bool(shape)):
                field = _Field(name, places, values, held.get(name))
                if not field.good:
                    return None
                found.append(field)
        return found


def _columns(rows: Sequence[Mapping[str, Any]]) -> Sequence[Sequence[Any]]:
    """By field; None where a row does not have it."""
    names = tuple(rows[0])
    if all(map(names.__eq__, map(tuple, rows))):
        found = dict(zip(names, zip(*[row.values() for row in rows], strict=True), strict=True))
        none = [None] * len(rows)
        return [found.get(field, none) for field in EVENT_FIELDS]
    return [[row.get(field) for row in rows] for field in EVENT_FIELDS]


class _Texts:
    """A column of texts that are numbered as they appear; None and the empty text are none, with number 0."""

    def __init__(self, numbers: dict[str, int], column: Sequence[Any], longest: int) -> None:
        self._numbers, self._column = numbers, column
        self._codes = list(map(numbers.get, column))
        self.all_there, self._fresh = True, list[str]()
        if None in self._codes:
            fresh = dict.fromkeys(text for text, code in zip(column, self._codes, strict=True) if code is None)
            self._fresh = [text for text in fresh if text is not None and text != ""]
            self.all_there = len(self._fresh) == len(fresh)
        self.good = _good(self._fresh, longest)

    def put(self) -> list[int]:
        numbers = self._numbers
        if None not in self._codes:
            return self._codes  # type: ignore[return-value]
        numbers.update(zip(self._fresh, range(len(numbers) + 1, len(numbers) + len(self._fresh) + 1), strict=True))
        return [numbers.get(text, 0) for text in self._column]


class _Field:
    """A property of some rows; `column` is what is known of its values."""

    def __init__(self, name: str, places: list[int], values: Sequence[Any], column: Values | None) -> None:
        self._name, self._places, self._values = name, places, values
        known: Mapping[str, int] = column.of_texts if column else {}
        self._codes = list(map(known.get, values))
        fresh = [value for value, code in zip(values, self._codes, strict=True) if code is None]
        kinds = set(map(type, fresh))
        self._is_text = kinds <= {str}
        if self._is_text:
            self.good = _good(fresh, SHORT)
            return
        if not kinds <= SCALARS:
            raise TypeError(f"{name} holds objects")
        self.good = _good([value for value in fresh if type(value) is str], SHORT)
        self.good &= all(isfinite(value) for value in fresh if type(value) is float)

    def put(self, first: int, column_of: Callable[[str], Values]) -> None:
        column = column_of(self._name)
        column.rows.extend([first + place for place in self._places])
        if not self._is_text:
            column.codes.extend([_code(column, value) for value in self._values])
        elif None in self._codes:
            column.codes.extend([column.of_texts.get(text) or _code(column, text) for text in self._values])
        else:
            column.codes.extend(self._codes)  # type: ignore[arg-type]


def _good(texts: Iterable[Any], longest: int) -> bool:
    """Whether all can be kept; None is left out. JSON and UTF-8 cannot be read into half of a surrogate pair."""
    there = [text for text in texts if text is not None]
    try:
        return "\0" not in "".join(there) and max(map(len, there), default=0) <= longest
    except TypeError:
        return False


def _is_plain(name: str) -> bool:
    return name != OTHER_FIELDS and not name.startswith(":") and len(name) <= LONGEST_KEY and "\0" not in name


def _code(column: Values, value: Any) -> int:
    kind = type(value)
    known: dict[Any, int] = column.of_texts if kind is str else column.of_whole if kind is int else column.of_others
    key = value if kind is str or kind is int else orjson.dumps(value)  # 0.0 is -0.0 but for how it is written
    code = known.get(key)
    if code is None:
        # A copy: what orjson gives still has the room in which it was written, a kilobyte.
        column.values.append(b"%b" % orjson.dumps(value))
        code = known[key] = len(column.values)
    return code
