"""Global ids: opaque, refetchable, one text for each object. And the bare UUIDs that the outside world knows.

An id is the url-safe base64 of a tag for its type, its client and its key. It is no secret and proves nothing: whoever
takes one asks for that client's right first. Only the text that `encode` gives is accepted back, so that an id may be
compared, cached and used as a key as it stands.
"""

import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, TypeAlias
from uuid import UUID

import orjson

from parallax.errors import TooCostly

MOST_CHARACTERS: Final = 65_536

KeyPart: TypeAlias = UUID | int | date | str

# Tags are for good. A bare UUID is in the alphabet of base64 too, but never an id: only a question could be as long,
# and the second letter of a text with its tag, 6, is none of a UUID's.
_LAYOUT: Final[dict[str, tuple[int, tuple[type[KeyPart], ...]]]] = {
    "Client": (1, ()),
    "App": (2, (UUID,)),
    "ApiToken": (3, (UUID,)),
    "User": (4, (int,)),  # the actor
    "UsageReport": (5, (UUID, date, int)),  # app, day, actor
    "Metric": (6, (str,)),  # the question: see `canonical`
    # The numbers in these may grow until an id is as long as a UUID: from 28 on its first letter is none of a UUID's.
    "Event": (28, (date, int)),  # UTC day, position
    "Log": (29, (date, int)),
    "Session": (30, (int, UUID)),  # its number, the app below which it was shown: `NO_APP` for a client's
    "ErasureReceipt": (31, (UUID,)),
    # Of vendors: the key is canonical JSON of what leads back to the object.
    "SensorTowerApp": (32, (str,)),
    "StoreApp": (33, (str,)),
    "StorePublisher": (34, (str,)),
    "PanelCohort": (35, (str,)),
    "AdUnit": (36, (str,)),
    "KoreAiApp": (37, (str,)),
    "KaonApp": (38, (str,)),
    "KaonDevice": (39, (str,)),
    "AppLink": (40, (UUID,)),
    "KaonEvent": (41, (str,)),
}
NO_APP: Final = UUID(int=0)
_TYPE_NAME: Final = {tag: type_name for type_name, (tag, _) in _LAYOUT.items()}
_ALPHABET: Final = re.compile(r"[A-Za-z0-9_-]+")
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class GlobalId:
    """What an id says. `key` by type: Client (), App (app,), ApiToken (token,), User (actor,),
    UsageReport (app, day, actor), Metric (canonical JSON of the question,), Event and Log (UTC day, position),
    Session (number, app or NO_APP), ErasureReceipt (erasure,), AppLink (link,), objects of vendors (canonical JSON,).
    A KaonEvent is shown as an Event.
    """

    type_name: str
    client: UUID
    key: tuple[KeyPart, ...] = ()


def encode(what: GlobalId) -> str:
    """The text of an id: 23 letters for a client, 44 for an app."""
    tag, kinds = _LAYOUT[what.type_name]
    packed = b"".join(_pack(part) for part, _ in zip(what.key, kinds, strict=True))
    text = urlsafe_b64encode(bytes((tag,)) + what.client.bytes + packed).rstrip(b"=").decode()
    if len(text) > MOST_CHARACTERS:
        raise TooCostly("The question is too long to have an id: ask it with fewer conditions or values.")
    return text


def parse(text: str) -> GlobalId | None:
    """What an id says; None for every text that `encode` would not give. Never raises."""
    if len(text) > MOST_CHARACTERS or not _ALPHABET.fullmatch(text):
        return None
    try:
        what = _unpack(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return what if encode(what) == text else None
    except (ValueError, TypeError):  # TypeError: orjson's, for a question nested too deeply
        return None


def canonical(question: Mapping[str, Any]) -> str:
    """The one text of a question, for a Metric's key: JSON without blanks, keys in order."""
    return orjson.dumps(question, option=orjson.OPT_SORT_KEYS).decode()


def bare_uuid(text: str) -> UUID | None:
    """A UUID in its 8-4-4-4-12 form, in either case, and in no other form that Python would take."""
    return UUID(text) if _UUID.fullmatch(text) else None


def uuid7(now: datetime) -> UUID:
    """A new id, ordered by `now` (aware) to about a microsecond; 62 bits of it cannot be guessed."""
    milliseconds, rest = divmod(max(now - _EPOCH, timedelta(0)), timedelta(milliseconds=1))
    fraction = rest.microseconds * 4096 // 1000
    return UUID(int=milliseconds << 80 | 7 << 76 | fraction << 64 | 2 << 62 | secrets.randbits(62))


# ---------------------------------------------------------------- parts as bytes


def _pack(part: KeyPart) -> bytes:
    match part:
        case UUID():
            return part.bytes
        case int():
            return _pack_int(part)
        case date():
            return part.toordinal().to_bytes(3)
        case str():
            return part.encode()


def _unpack(packed: bytes) -> GlobalId:
    """Raises ValueError for what is no id; that the bytes are the only ones for the id is for `parse` to check."""
    type_name = _TYPE_NAME.get(packed[0])
    if type_name is None:
        raise ValueError("no such type")
    client, rest = UUID(bytes=packed[1:17]), packed[17:]
    key: list[KeyPart] = []
    for kind in _LAYOUT[type_name][1]:
        part: KeyPart
        if kind is UUID:
            part, rest = UUID(bytes=rest[:16]), rest[16:]
        elif kind is int:
            part, rest = _unpack_int(rest)
        elif kind is date:
            part, rest = date.fromordinal(int.from_bytes(rest[:3])), rest[3:]
        else:
            part, rest = _question(rest), b""
        key.append(part)
    return GlobalId(type_name, client, tuple(key))


def _pack_int(number: int) -> bytes:
    """Seven bits a byte, lowest first; the top bit says that more follow."""
    if not 0 <= number < 1 << 63:
        raise ValueError("a key's number has at most 63 bits and no sign")
    packed = bytearray()
    while number >= 128:
        packed.append(number & 127 | 128)
        number >>= 7
    packed.append(number)
    return bytes(packed)


def _unpack_int(packed: bytes) -> tuple[int, bytes]:
    number = 0
    for at, byte in enumerate(packed[:9]):
        number |= (byte & 127) << 7 * at
        if byte < 128:
            return number, packed[at + 1 :]
    raise ValueError("the number does not end")


def _question(packed: bytes) -> str:
    if orjson.dumps(orjson.loads(packed), option=orjson.OPT_SORT_KEYS) != packed:
        raise ValueError("not canonical")
    return packed.decode()
