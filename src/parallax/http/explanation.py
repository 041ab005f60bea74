"""What is told of an operation's cost: beside its answer, or instead of it."""

import math
from typing import Any

from parallax.access.budget import Budget
from parallax.http.operations.cost import estimated_ms
from parallax.http.prepared import Prepared
from parallax.settings import Settings


def told_cost(prepared: Prepared, settings: Settings) -> dict[str, Any]:
    """`extensions.cost`: units, and what is left of the token's budget after them."""
    left = _budget(prepared.context.budget)
    return {**left, "estimated": prepared.estimate.cost, "limit": _number(settings.max_cost)}


def explained(prepared: Prepared, settings: Settings) -> dict[str, Any]:
    """The answer to `extensions: {explain: true}`: nothing was run, nothing was taken from the budget."""
    estimate = prepared.estimate
    refusal = prepared.refusal if settings.limits == "enforce" else None
    told = {
        "cost": estimate.cost,
        "limit": _number(settings.max_cost),
        "estimatedMs": estimated_ms(estimate.cost),
        "reads": [
            {"path": read.path, "source": read.source, "reference": read.reference, "cost": read.cost}
            for read in estimate.reads
        ],
        "refused": None if refusal is None else {"code": refusal.code.value, "message": refusal.message},
        "budget": _budget(prepared.context.budget) if settings.rate_limit != math.inf else None,
    }
    return {"data": None, "extensions": {"explain": told}}


def _budget(budget: Budget) -> dict[str, Any]:
    return {
        "limit": _number(budget.limit),
        "remaining": _number(budget.remaining),
        "resetsAt": budget.resets_at.isoformat(),
    }


def _number(limit: float) -> float | None:
    return None if limit == math.inf else limit
