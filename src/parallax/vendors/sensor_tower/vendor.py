"""Who Sensor Tower is to the gate: how it is signed to, what its refusals mean, what it allows."""

from datetime import datetime
from typing import Any, Final

import orjson

from parallax.errors import ParallaxError
from parallax.metrics.catalog import SourceSystem
from parallax.vendors.pieces import Request
from parallax.vendors.vendor import Account, Reply, Signed, Usage, Vendor, Window, retry_after

TOO_FAST_S: Final = 1.0
USED_UP_S: Final = 3600.0
"""After which a month that is used up is looked at again: who has more allowed tells us nothing."""


def sign(account: Account, request: Request, _: datetime) -> Signed:
    """The token stands in the address: it is redacted wherever an address is shown."""
    token = account.secrets["auth_token"].get_secret_value()
    return Signed((*request.parameters, ("auth_token", token)), {})


def failure(reply: Reply) -> ParallaxError | None:
    match reply.status:
        case 401:
            # In the reversed sense: an organisation without the data set gets the same answer as a wrong token.
            return VENDOR.rejected(
                "does not accept the token for these data: it is wrong, or the organisation has no subscription to them"
            )
        case 403:
            return VENDOR.rejected("does not accept the token any more: it has expired or was withdrawn")
        case 422:
            return VENDOR.rejected("refuses the question", _said(reply))
        case 429:
            used_up = usage(reply)
            if used_up is not None and used_up.used >= used_up.limit:
                return VENDOR.over_quota("allows no more calls this month", retry_after(reply, USED_UP_S))
            return VENDOR.over_quota("allows no more calls now", retry_after(reply, TOO_FAST_S))
    return None


def failure_of_known(reply: Reply) -> ParallaxError | None:
    if reply.status != 401:
        return None
    return VENDOR.rejected("accepts the token, and the organisation has no subscription to these data")


def usage(reply: Reply) -> Usage | None:
    """The organisation's month, which every answer tells."""
    try:
        return Usage(int(reply.headers["x-api-usage-limit"]), int(reply.headers["x-api-usage-count"]))
    except (KeyError, ValueError):
        return None


def _said(reply: Reply) -> str:
    """The titles of a refusal, whose entries stand in a list or alone."""
    try:
        told: Any = orjson.loads(reply.body)["errors"]
        entries = told if isinstance(told, list) else [told]
        return "; ".join(str(entry["title"]) for entry in entries)
    except (ValueError, KeyError, TypeError):
        return ""


VENDOR: Final = Vendor(
    system=SourceSystem.SENSOR_TOWER,
    label="Sensor Tower",
    hosts=("api.sensortower.com", "api.sensortower-china.com"),
    windows=(Window(1.0, 6),),
    sign=sign,
    failure=failure,
    failure_of_known=failure_of_known,
    usage=usage,
)
