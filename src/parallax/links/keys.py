"""What the vendors call an app, and what such a name looks like. Pure."""

import re
from enum import Enum
from typing import Final, NamedTuple

from parallax.errors import InvalidParameter
from parallax.metrics.catalog import SourceSystem

LONGEST_SHOWN: Final = 60
VENDORS: Final = (SourceSystem.SENSOR_TOWER, SourceSystem.KORE_AI, SourceSystem.KAON)


class Store(Enum):
    UNIFIED = "UNIFIED"
    IOS = "IOS"
    ANDROID = "ANDROID"


class VendorKey(NamedTuple):
    """`store` is Sensor Tower's alone: its ids are of a store, or of a product over all stores."""

    system: SourceSystem
    key: str
    store: Store | None = None


class Form(NamedTuple):
    """How keys of a kind are written, for programs and for people."""

    pattern: re.Pattern[str]
    told: str


UUID_FORM: Final = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
FORMS: Final[dict[tuple[SourceSystem, Store | None], Form]] = {
    (SourceSystem.SENSOR_TOWER, Store.IOS): Form(
        re.compile("[1-9][0-9]{0,9}"), "a number of up to 10 digits, as 1500000001"
    ),
    (SourceSystem.SENSOR_TOWER, Store.ANDROID): Form(
        re.compile(r"(?=.{3,255}$)[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)+"),
        "a package name: two words or more of letters, digits and _, joined by points, as com.example.notes",
    ),
    (SourceSystem.SENSOR_TOWER, Store.UNIFIED): Form(
        re.compile("[0-9a-f]{24}"), "24 hexadecimal digits, as 65a1b2c3d4e5f60718293a4b"
    ),
    # It stands in the path of every call. An API app's own id (cs-…) is often taken for it.
    (SourceSystem.KORE_AI, None): Form(
        re.compile(f"st-{UUID_FORM}"),
        "st- and a UUID, as in the app's settings; an id that begins with cs- is that of the API app",
    ),
    (SourceSystem.KAON, None): Form(re.compile(".{1,100}"), "1 to 100 printable characters, as the vendor gave them"),
}


def checked_key(argument: str, text: str, system: SourceSystem, store: Store | None = None) -> VendorKey:
    """The key as the vendor writes it. Raises InvalidParameter (`argument`)."""
    key = text.strip()
    if store is Store.UNIFIED or system is SourceSystem.KORE_AI:
        key = key.lower()  # hexadecimal, in either case
    form = FORMS[system, store]
    if not (key.isprintable() and form.pattern.fullmatch(key)):
        shown = text[:LONGEST_SHOWN] if text.isprintable() else None
        raise InvalidParameter(argument, shown, f"must be {form.told}")
    return VendorKey(system, key, store)
