"""Global ids: opaque, refetchable, one text for each object. And the bare UUIDs that the outside world knows.

An id is the url-safe base64 of a tag for its type, its client and its key. It is no secret and proves nothing: whoever
takes one asks for that client's right first. Only the text that `encode` gives is accepted back, so that an id may be
compared, cached and used as a key as it stands.

The packing of questions must give the same bytes on every machine and for good, or ids kept by a caller would lose
their object. Hence an own table of words, not zlib, whose output differs from one build to the next.
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
}
_TYPE_NAME: Final = {tag: type_name for type_name, (tag, _) in _LAYOUT.items()}
_ALPHABET: Final = re.compile(r"[A-Za-z0-9_-]+")
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class GlobalId:
    """What an id says. `key` by type: Client (), App (app,), ApiToken (token,), User (actor,),
    UsageReport (app, day, actor), Metric (canonical JSON of the question,).
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
            return _pack_question(part.encode())


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
            part, rest = _unpack_question(rest), b""
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


# ---------------------------------------------------------------- questions as bytes
# JSON in UTF-8 holds no byte below 32, nor C0, C1 and F5 to FF: here each of those stands for a text with its quotes.
# The table is for good, in this order; a better one needs a tag of its own.

_UUID_FOLLOWS: Final = b"\x01"  # 16 bytes
_DATE_FOLLOWS: Final = b"\x02"  # its ordinal in 3
_CODES: Final = bytes((*range(3, 32), 0xC0, 0xC1, *range(0xF5, 0x100)))
_WORDS: Final = tuple(
    b'"%b"' % word
    for word in (
        b"app activity metric compareSources period start end last granularity compare event where field operator "
        b"value breakdown formula series property function measure source first MINUTE HOUR DAY WEEK MONTH QUARTER "
        b"PREVIOUS YEAR_OVER_YEAR ACTIVE_TIME SESSION_COUNT USER_COUNT EVENTS DAU WAU MAU SESSIONS EQ NE IN"
    ).split()
)
_CODE_OF: Final = {word: bytes((code,)) for word, code in zip(_WORDS, _CODES, strict=True)}
_WORD_OF: Final = {code: word for word, code in _CODE_OF.items()}
_PLAIN: Final = re.compile(
    rb'"(?P<uuid>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"|"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"|'
    + b"|".join(_WORDS)
)
_PACKED: Final = re.compile(
    b"%b(?P<uuid>.{16})|%b(?P<day>.{3})|[%b]" % (_UUID_FOLLOWS, _DATE_FOLLOWS, re.escape(_CODES)), re.DOTALL
)


def _pack_question(text: bytes) -> bytes:
    return _PLAIN.sub(_code, text)


def _code(word: re.Match[bytes]) -> bytes:
    if uuid := word["uuid"]:
        return _UUID_FOLLOWS + UUID(uuid.decode()).bytes
    if day := word["day"]:
        try:
            return _DATE_FOLLOWS + date.fromisoformat(day.decode()).toordinal().to_bytes(3)
        except ValueError:  # 31 February is text like any other
            return day.join((b'"', b'"'))
    return _CODE_OF[word[0]]


def _unpack_question(packed: bytes) -> str:
    text = _PACKED.sub(_plain, packed)
    if orjson.dumps(orjson.loads(text), option=orjson.OPT_SORT_KEYS) != text:
        raise ValueError("not canonical")
    return text.decode()


def _plain(code: re.Match[bytes]) -> bytes:
    if uuid := code["uuid"]:
        return b'"%b"' % str(UUID(bytes=uuid)).encode()
    if day := code["day"]:
        return b'"%b"' % date.fromordinal(int.from_bytes(day)).isoformat().encode()
    return _WORD_OF[code[0]]
