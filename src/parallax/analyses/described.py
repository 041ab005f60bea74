"""A question in a few words, for whoever is told what it reads. No value that was sent is in them but names of events and
of fields. Pure."""

from collections.abc import Sequence
from typing import Any

from parallax.analyses import funnels, lifecycle, retention, rows, segments, session_rows, stickiness, user_facts
from parallax.analyses.questions import ActiveUsers, Grouped, Question, Slices, Top

LONGEST = 120


def described(asks: Sequence[Any]) -> str:
    """Of asks that are answered together: of one series they are its values, its total, its groups."""
    first = asks[0]
    match first:
        case Top(question=question):
            text = f"top {_field(question)} of {_series(question)}"
        case Grouped(question=question):
            text = f"{_series(question)} grouped by {_field(question)}"
        case ActiveUsers(question=question):
            text = f"users of {_series(question)}"
        case rows.RowsPage(question=question) | rows.RowsOfSession(question=question):
            text = f"rows of {_rows(question)}{_chosen(question)}"
        case rows.RowAt(ground=ground):
            text = "a row of " + ("logs" if ground.stream else "events")
        case lifecycle.Lifecycle(question=question):
            text = f"lifecycle{_buckets(question)}"
        case lifecycle.LifecycleUsers(question=question):
            text = f"users of lifecycle{_buckets(question)}"
        case stickiness.Histogram(question=question):
            text = f"active buckets of users{_buckets(question)}"
        case retention.Retention(question=question):
            text = f"retention{_buckets(question)}"
        case retention.RetentionSlices(question=question):
            text = f"retention{_buckets(question)} by {_field(question)}"
        case retention.RetentionUsers(question=question):
            text = f"users of retention{_buckets(question)}"
        case segments.Segments() | segments.SegmentUsers():
            text = "segments"
        case session_rows.SessionsPage(question=question):
            text = f"sessions{_chosen(question)}"
        case session_rows.SessionOf():
            text = "a session"
        case session_rows.SessionCounts():
            text = "sessions of users"
        case user_facts.SeenUsers():
            text = "when users were seen"
        case user_facts.EventsOfUser():
            text = "events of a user"
        case _ if isinstance(first, funnels.OF_FUNNEL):
            text = f"funnel of {' > '.join(step.event or 'any' for step in first.question.steps)}"
        case _ if hasattr(first, "question"):
            text = _series(first.question)
            if any(isinstance(ask, Slices) for ask in asks):
                text += f" by {_field(first.question)}"
        case _:
            text = type(first).__name__
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _series(question: Question) -> str:
    """As in "DAU of signup, 2 conditions, DAY"."""
    measure = (
        question.measure.name if question.function is None else f"{question.measure.name} {question.function.name}"
    )
    return f"{measure}{_buckets(question)}"


def _buckets(question: Question) -> str:
    """As in " of signup, 2 conditions, WEEK"."""
    event = "" if question.event is None else f" of {question.event}"
    return f"{event}{_chosen(question)}, {question.axis.granularity.name}"


def _rows(question: Question) -> str:
    return question.event or ("logs" if question.ground.stream else "events")


def _chosen(question: Question) -> str:
    many = len(question.where)
    return f", {many} condition{'s' * (many > 1)}" if many else ""


def _field(question: Question) -> str:
    return "names" if question.dimension is None else question.dimension.name
