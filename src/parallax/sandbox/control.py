"""`/control/…` on a vendor's port: faults, switches and the clock are set, calls are read. Never counted as a call.

GET  POST  DELETE  /control/faults      POST takes one fault, or a list of them: {"kind": "status", "status": 429}
GET  DELETE        /control/calls       {"count": 2, "by_path": {"/v1/ios/apps": 2}, "calls": [...]}
GET  POST  DELETE  /control/clock       {"now": "2026-03-11T12:00:00Z", "stands": false} or {"advance_seconds": 60}
GET  POST  DELETE  /control/switches    some of the vendor's switches by name
GET                /control/products    what the sandbox knows, with its ids at each vendor
POST               /control/reset       faults, calls, limits, switches and clock as at the start
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, fields, replace
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from parallax.sandbox.faults import Fault
from parallax.sandbox.products import PRODUCTS
from parallax.sandbox.vendor import Receive, Send, Vendor
from parallax.sandbox.wire import Answer, answered

PREFIX: Final = "/control/"


class Refused(Exception):
    """A request to control that cannot be; its text says why."""


async def controlled(vendor: Vendor[Any], method: str, path: str, receive: Receive, send: Send) -> None:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    answer = _answer(vendor, method, path.removeprefix(PREFIX), body)
    headers = [(b"content-type", answer.kind.encode()), (b"content-length", str(len(answer.body)).encode())]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


def _answer(vendor: Vendor[Any], method: str, place: str, body: bytes) -> Answer:
    ways = PLACES.get(place)
    if ways is None:
        return answered({"error": f"Control has {', '.join(PLACES)}."}, 404)
    if method not in ways:
        return answered({"error": f"/control/{place} takes {', '.join(ways)}."}, 405)
    try:
        return answered(ways[method](vendor, orjson.loads(body or b"{}")))
    except (Refused, ValueError, TypeError) as error:
        return answered({"error": str(error)}, 422)


def _faults(vendor: Vendor[Any], _: Any) -> Any:
    return {"faults": [asdict(fault) for fault in vendor.set_faults]}


def _set_faults(vendor: Vendor[Any], given: Any) -> Any:
    """TypeError and ValueError, as `Fault` raises them, name what cannot be."""
    vendor.faults(*(Fault(**_object(each)) for each in (given if isinstance(given, list) else [given])))
    return _faults(vendor, None)


def _clear_faults(vendor: Vendor[Any], _: Any) -> Any:
    vendor.clear_faults()
    return _faults(vendor, None)


def _calls(vendor: Vendor[Any], _: Any) -> Any:
    by_path = Counter(call.path for call in vendor.calls)
    return {"count": len(vendor.calls), "by_path": by_path, "calls": [asdict(call) for call in vendor.calls]}


def _clear_calls(vendor: Vendor[Any], _: Any) -> Any:
    vendor.calls.clear()
    return _calls(vendor, None)


def _clock(vendor: Vendor[Any], _: Any) -> Any:
    return {"now": vendor.clock.now().isoformat(), "today": vendor.clock.today().isoformat()}


def _set_clock(vendor: Vendor[Any], given: Any) -> Any:
    match _object(given):
        case {"advance_seconds": int() | float() as seconds, **rest} if not rest:
            vendor.clock.advance(timedelta(seconds=seconds))
        case {"now": str(now), **rest} if rest.keys() <= {"stands"}:
            vendor.clock.set(datetime.fromisoformat(now), stands=bool(rest.get("stands")))
        case _:
            raise Refused('Give {"now": an instant, "stands": true or false} or {"advance_seconds": a number}.')
    return _clock(vendor, None)


def _reset_clock(vendor: Vendor[Any], _: Any) -> Any:
    vendor.clock.reset()
    return _clock(vendor, None)


def _switches(vendor: Vendor[Any], _: Any) -> Any:
    return asdict(vendor.switches)


def _set_switches(vendor: Vendor[Any], given: Any) -> Any:
    known = {field.name for field in fields(vendor.switches)}
    if unknown := _object(given).keys() - known:
        raise Refused(f"There is no switch {', '.join(sorted(unknown))}: {vendor.name} has {', '.join(sorted(known))}.")
    vendor.switches = replace(vendor.switches, **given)
    return _switches(vendor, None)


def _reset_switches(vendor: Vendor[Any], _: Any) -> Any:
    vendor.reset_switches()
    return _switches(vendor, None)


def _products(_: Vendor[Any], __: Any) -> Any:
    return {"products": [product.told() for product in PRODUCTS]}


def _reset(vendor: Vendor[Any], _: Any) -> Any:
    vendor.reset()
    vendor.clock.reset()
    return {}


def _object(given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise Refused("Give a JSON object.")
    return given


PLACES: Final[dict[str, dict[str, Callable[[Vendor[Any], Any], Any]]]] = {
    "faults": {"GET": _faults, "POST": _set_faults, "DELETE": _clear_faults},
    "calls": {"GET": _calls, "DELETE": _clear_calls},
    "clock": {"GET": _clock, "POST": _set_clock, "DELETE": _reset_clock},
    "switches": {"GET": _switches, "POST": _set_switches, "DELETE": _reset_switches},
    "products": {"GET": _products},
    "reset": {"POST": _reset},
}
