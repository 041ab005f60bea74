"""What callers say over a WebSocket, by graphql-transport-ws, and the codes that a socket is closed with."""

from enum import IntEnum
from typing import Any, Final

import orjson

MOST_ID: Final = 256


class Code(IntEnum):
    """Why a socket was closed."""

    LEFT = 1005
    INTERNAL = 1011
    RESTART = 1012
    LATER = 1013
    INVALID = 4400
    NOT_GREETED = 4401
    FORBIDDEN = 4403
    OTHER_PROTOCOL = 4406
    SILENT = 4408
    ID_TAKEN = 4409
    GREETED_TWICE = 4429


class Ended(Exception):
    """A conversation is over; `gone`: there is nobody to be told."""

    def __init__(self, code: int, reason: str = "", *, gone: bool = False) -> None:
        super().__init__(reason)
        self.code, self.reason, self.gone = code, reason, gone


def message_of(text: str | None) -> dict[str, Any]:
    """With a text as its `type`. All of these raise Ended for what the protocol does not know."""
    if text is None:
        raise Ended(Code.INVALID, "Messages are text: this one is binary.")
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Ended(Code.INVALID, "The message is not JSON.") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise Ended(Code.INVALID, 'A message is an object with a type: {"type": "ping"}.')
    return message


def id_of(message: dict[str, Any]) -> str:
    key = message.get("id")
    if not isinstance(key, str) or not 1 <= len(key) <= MOST_ID:
        raise Ended(Code.INVALID, f"id: must be a text of 1 to {MOST_ID} characters.")
    return key


def payload_of(message: dict[str, Any]) -> dict[str, Any] | None:
    payload = message.get("payload")
    if not isinstance(payload, dict | None):
        raise Ended(Code.INVALID, "payload: must be an object.")
    return payload


def authorization_of(payload: dict[str, Any] | None) -> str | None:
    """Of a greeting: `Authorization`, in whatever case."""
    for name, value in (payload or {}).items():
        if name.lower() == "authorization" and value is not None:
            if not isinstance(value, str):
                raise Ended(Code.FORBIDDEN, "Authorization: must be a text, `Bearer <token>`.")
            return value
    return None
