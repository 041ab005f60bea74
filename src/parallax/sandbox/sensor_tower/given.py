"""The parameters of a call to Sensor Tower, read strictly: what is missing or wrong is a 422 that names it."""

import re
from collections.abc import Collection, Sequence
from datetime import date
from typing import Final, Never

from parallax.sandbox.products import COUNTRIES
from parallax.sandbox.sensor_tower.reference import WORLD
from parallax.sandbox.wire import Asked

IDS: Final = {
    "ios": re.compile(r"\d{1,10}"),
    "android": re.compile(r"[A-Za-z]\w*(\.\w+)+"),
    "unified": re.compile(r"[0-9a-f]{24}"),
    "cohort": re.compile(r"cohort_[0-9a-f]{24}"),
}


class Failed(Exception):
    """An answer other than 200. `entries` are of `errors` (422), else `message` stands under `error`."""

    def __init__(self, status: int, message: str, parameter: str | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.parameter = status, message, parameter


def refuse(title: str, parameter: str) -> Never:
    raise Failed(422, title, parameter)


class Given:
    """`os` is that of the path, or "unified". Each parameter is read once; `end` refuses those that were not."""

    def __init__(self, asked: Asked, os: str, *, strict: bool) -> None:
        self.os = os
        self._asked, self._strict = asked, strict
        self._known = {"auth_token"}

    def end(self) -> None:
        for name, _ in self._asked.pairs:
            if self._strict and name not in self._known:
                refuse(f"Unknown parameter: {name}", name)

    def ignore(self, name: str) -> None:
        """Known to some versions of the vendor's servers."""
        self._known.add(name)

    def text(self, name: str) -> str | None:
        """None where it is absent or empty."""
        self._known.add(name)
        return self._asked.first(name) or None

    def required(self, name: str) -> str:
        return self.text(name) or refuse(f"Required parameter: {name} is missing", name)

    def one_of(self, name: str, values: Collection[str], default: str | None = None) -> str:
        """Required where there is no default."""
        value = self.required(name) if default is None else self.text(name) or default
        if value not in values:
            refuse(f"Invalid value for parameter: {name}", name)
        return value

    def maybe_of(self, name: str, values: Collection[str]) -> str | None:
        value = self.text(name)
        if value is not None and value not in values:
            refuse(f"Invalid value for parameter: {name}", name)
        return value

    def listed(self, name: str, values: Collection[str] | None = None, *, required: bool = True) -> tuple[str, ...]:
        """A list in one text with commas, each value once."""
        text = self.required(name) if required else self.text(name) or ""
        each = tuple(dict.fromkeys(text.split(","))) if text else ()
        if "" in each or (values is not None and not set(each) <= set(values)):
            refuse(f"Invalid value for parameter: {name}", name)
        return each

    def repeated(self, name: str) -> tuple[str, ...]:
        """The form `name[]=a&name[]=b`."""
        self._known.add(f"{name}[]")
        return tuple(value for each, value in self._asked.pairs if each == f"{name}[]")

    def ids(self, name: str, most: int | None, space: str | None = None, *, required: bool = True) -> tuple[str, ...]:
        """Ids of a space (by default that of the path), at most so many."""
        ids = self.listed(name, required=required)
        if not all(IDS[space or self.os].fullmatch(each) for each in ids):
            refuse(f"Invalid value for parameter: {name}", name)
        if most is not None and len(ids) > most:
            refuse(f"Too many values for parameter: {name}, at most {most}", name)
        return ids

    def id(self, name: str) -> str:
        """Exactly one."""
        ids = self.ids(name, 1)
        return ids[0]

    def countries(self, *, required: bool, world: bool = True, name: str = "countries") -> tuple[str, ...]:
        return self.listed(name, (*COUNTRIES, WORLD) if world else COUNTRIES, required=required)

    def country(self, default: str = "US") -> str:
        return self.one_of("country", COUNTRIES, default)

    def flag(self, name: str, *, default: bool = False) -> bool:
        return self.one_of(name, ("true", "false"), str(default).lower()) == "true"

    def day(self, name: str, default: date | None = None) -> date:
        text = self.required(name) if default is None else self.text(name)
        if text is None:
            assert default is not None
            return default
        return _day(text) or refuse(f"Invalid date for parameter: {name}", name)

    def period(
        self, start: date | None = None, end: date | None = None, earliest: date | None = None
    ) -> tuple[date, date]:
        """`start_date` and `end_date`, both included; each is required where it has no default."""
        first, last = self.day("start_date", start), self.day("end_date", end)
        if last < first:
            refuse("end_date is before start_date", "end_date")
        if earliest is not None and first < earliest:
            refuse(f"start_date is before {earliest}", "start_date")
        return first, last

    def whole(self, name: str, default: int, among: Sequence[int] | None = None) -> int:
        text = self.text(name) or str(default)
        if not text.isdecimal() or len(text) > 6 or (among is not None and int(text) not in among):
            refuse(f"Invalid value for parameter: {name}", name)
        return int(text)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
