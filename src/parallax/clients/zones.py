"""Which time zones a client may have, and what a mistyped one may have meant."""

import difflib
from functools import cache
from zoneinfo import available_timezones

from parallax.errors import InvalidParameter

OF_THE_MACHINE = {"localtime", "posixrules", "Factory"}
"""Names in zone folders that stand for no place: they mean something else on another machine, or nothing."""
MOST_SHOWN = 3
LONGEST_SHOWN = 60


@cache
def zones() -> frozenset[str]:
    """Every IANA name that may be given, aliases included."""
    return frozenset(available_timezones() - OF_THE_MACHINE)


def checked_zone(zone: object, argument: str = "timeZone") -> str:
    """The zone's name as given; InvalidParameter, with the names that come close, for one that is not of IANA's."""
    if isinstance(zone, str) and zone in zones():
        return zone
    text = zone[:LONGEST_SHOWN] if isinstance(zone, str) else ""
    close = _close(text) if text == zone else []
    hint = f"close to it are {', '.join(close)}" if close else "give one such as Europe/Berlin, Asia/Kathmandu or UTC"
    raise InvalidParameter(argument, text, f"{text!r} is no IANA time zone; {hint}")


def _close(text: str) -> list[str]:
    """Names like it, in either case; the city alone will do."""
    wanted = text.strip().lower().replace(" ", "_")
    by_city = [zone for zone in sorted(zones()) if zone.lower().rpartition("/")[2] == wanted]
    lower = {zone.lower(): zone for zone in sorted(zones())}
    similar = [lower[name] for name in difflib.get_close_matches(wanted, lower, MOST_SHOWN)]
    return list(dict.fromkeys(by_city + similar))[:MOST_SHOWN]
