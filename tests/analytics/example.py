"""The table of docs/semantics.md: ten events of three users, of a client in Berlin. Monday is 2 March 2026."""

from typing import Any

NORDLYS = "018f0000-0000-7000-8000-000000000001"
NOW = "2026-03-22T12:00:00+01:00"


def _event(at: str, user: str, name: str, session: str, **properties: Any) -> dict[str, Any]:
    return {"at": f"2026-03-{at}:00+01:00", "user": user, "name": name, "session": session, "properties": properties}


EVENTS = [
    _event("02T09:00", "ada", "open", "s1", country="NO"),
    _event("02T09:10", "ada", "signup", "s1", country="NO", plan="free"),
    _event("02T23:50", "bob", "open", "s2", country="SE"),
    _event("03T00:20", "bob", "signup", "s2", country="SE", plan="pro"),
    _event("03T08:00", "ada", "pay", "s3", country="NO", amount=10),
    _event("04T12:00", "cyd", "open", "s4"),
    _event("10T10:00", "ada", "open", "s5", country="NO"),
    _event("11T10:00", "bob", "pay", "s6", country="SE", amount="25"),
    _event("11T10:05", "bob", "pay", "s6", country="SE", amount=5),
    _event("19T09:00", "cyd", "open", "s7", country="NO"),
]

TRACK = """
mutation ($client: ID!, $events: [EventInput!]!) {
  eventsTrack(client: $client, events: $events) {
    accepted duplicates receipt rejected { index field code message } userErrors { code message }
  }
}
"""
