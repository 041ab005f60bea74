"""What is told of an operation's cost: beside its answer, or instead of it."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from parallax import costs
from parallax.access.budget import Budget
from parallax.engine.readings import Reading
from parallax.http.answers import missing
from parallax.http.operations.estimates import Read, estimated_ms
from parallax.http.planning import MOST_QUESTIONS, Plan
from parallax.http.prepared import Prepared
from parallax.ids import GlobalId, encode
from parallax.metrics.catalog import SourceSystem
from parallax.settings import Settings
from parallax.vendors.gathering import Foretold

VENDORS: Final = {SourceSystem.SENSOR_TOWER.name, SourceSystem.KORE_AI.name, SourceSystem.KAON.name}


def told_beside(prepared: Prepared, errors: Sequence[Mapping[str, Any]], settings: Settings) -> dict[str, Any]:
    """The extensions of an answer that was run: `errors` are all of it, as shown."""
    extensions: dict[str, Any] = {}
    if absent := missing(errors, prepared.estimate.reads, prepared.context.absences.told()):
        extensions["missing"] = absent
    if hints := prepared.context.hints.told():
        extensions["hints"] = hints
    if prepared.asked.extensions.get("cost") is True or settings.limits != "enforce":
        extensions["cost"] = told_cost(prepared, settings)
    return extensions


def told_cost(prepared: Prepared, settings: Settings) -> dict[str, Any]:
    """`extensions.cost`: units, and what is left of the token's budget after them."""
    left = _budget(prepared.context.budget)
    return {**left, "estimated": prepared.estimate.cost, "limit": _number(settings.max_cost)}


def explained(prepared: Prepared, settings: Settings, plan: Plan | None) -> dict[str, Any]:
    """`extensions.explain` of what was not run: nothing was taken from the budget.

    `engine` has what would be read of events, bytes as if nothing were kept; `vendors` the calls that would be made, by
    vendor and account. Both are null where that was not looked at.
    """
    estimate = prepared.estimate
    refusal = prepared.refusal if settings.limits == "enforce" else None
    return {
        "cost": estimate.cost,
        "limit": _number(settings.max_cost),
        "estimatedMs": _expected_ms(prepared, plan),
        "reads": [
            {"path": read.path, "source": read.source, "reference": read.reference, "cost": read.cost}
            for read in estimate.reads
        ],
        "engine": None if plan is None else [_told(each.reading) for each in plan.questions],
        "engineLeftOff": 0 if plan is None else len(plan.left_off),
        "vendors": None if plan is None else calls_of(plan.vendors),
        "refused": None if refusal is None else {"code": refusal.code.value, "message": refusal.message},
        "budget": _budget(prepared.context.budget) if settings.rate_limit != math.inf else None,
    }


def analyzed(told: dict[str, Any], took_s: float, statements: list[str], read: list[Reading]) -> dict[str, Any]:
    """`extensions.explain` of what was run: `told` before, with what it took and what was really read."""
    return {
        **told,
        "engine": [_told(each) for each in read[:MOST_QUESTIONS]],
        "engineLeftOff": max(0, len(read) - MOST_QUESTIONS),
        "actualMs": round(took_s * 1000, 2),
        "statements": statements,
    }


def _expected_ms(prepared: Prepared, plan: Plan | None) -> float:
    """The cost knows no client: what there is to be read of its events comes on top, by statements for all of them."""
    if plan is None or not plan.questions:
        return estimated_ms(prepared.estimate.cost)
    others = sum(map(of_events, prepared.estimate.reads)) - 1
    return round(estimated_ms(prepared.estimate.cost - costs.STATEMENT * others) + plan.ms, 2)


def calls_of(foretold: Sequence[Foretold]) -> list[dict[str, Any]]:
    """By account: a vendor may be asked with those of several clients. `isComplete` is false where more calls may follow
    from answers that are not there yet; quotas are null where the vendor tells none."""
    told = []
    for account in dict.fromkeys(each.account for each in foretold):
        mine = [each for each in foretold if each.account == account]
        calls, left = sum(each.calls for each in mine), mine[0].left
        endpoints = {each.endpoint.name: 0 for each in mine}
        for each in mine:
            endpoints[each.endpoint.name] += each.calls
        told.append(
            {
                "vendor": account.system.name,
                "calls": calls,
                "callsByEndpoint": endpoints,
                "pieces": sum(each.pieces for each in mine),
                "piecesKept": sum(each.kept for each in mine),
                "quotaLimit": left.limit,
                "quotaLeftBefore": left.remaining,
                "quotaLeftAfter": None if left.remaining is None else max(0, left.remaining - calls),
                "isComplete": not any(each.calls and each.endpoint.leads_on for each in mine),
            }
        )
    return told


def of_vendor(read: Read) -> bool:
    return read.source in VENDORS


def of_events(read: Read) -> bool:
    return read.source == SourceSystem.EVENTS.name


def _told(reading: Reading) -> dict[str, Any]:
    return {
        "from": reading.source,
        "question": reading.question,
        "client": encode(GlobalId("Client", reading.client)),
        "days": reading.days,
        "rows": reading.rows,
        "bytes": reading.bytes,
        "position": reading.position,
        "folded": reading.folded,
    }


def _budget(budget: Budget) -> dict[str, Any]:
    return {
        "limit": _number(budget.limit),
        "remaining": _number(budget.remaining),
        "resetsAt": budget.resets_at.isoformat(),
    }


def _number(limit: float) -> float | None:
    return None if limit == math.inf else limit
