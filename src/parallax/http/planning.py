"""What an operation would read of events: it is run up to where it asks for something to be read, and no further."""

import asyncio
from dataclasses import dataclass, field
from functools import cached_property
from inspect import isawaitable
from typing import Any, Final

from graphql import GraphQLSchema
from graphql.execution.execute import experimental_execute_incrementally

from parallax.analytics.loaders import OnlyPlanned, planning_loader
from parallax.context import Context
from parallax.engine.expected import INSTANT_MS
from parallax.engine.planning import Planned
from parallax.http.columns import ColumnExecutor
from parallax.http.prepared import Prepared
from parallax.loading import DataLoader, batched
from parallax.vendor_data.loaders import foretelling_loader
from parallax.vendors.gathering import Foretold

MOST_QUESTIONS: Final = 50
"""Of more only how many there are is told; each is taken to last as long as the others do."""


@dataclass(slots=True)
class Plan:
    """`left_off` are questions that were not looked at. `vendors` is what would be asked of them, turn by turn."""

    questions: list[Planned] = field(default_factory=list)
    left_off: list[str] = field(default_factory=list)
    vendors: list[Foretold] = field(default_factory=list)

    @property
    def ms(self) -> float:
        if not self.questions:
            return 0.0
        each = sum(question.ms for question in self.questions) / len(self.questions)
        return INSTANT_MS + each * (len(self.questions) + len(self.left_off))


class PlanningContext(Context):
    """Rights, clients and apps are looked up, to get to the questions; whatever is more than one row by its key is not."""

    @cached_property
    def plan(self) -> Plan:
        return Plan()

    @cached_property
    def asked(self) -> DataLoader[Any, Any]:
        return planning_loader(self.db, self.viewer, self.plan.questions, MOST_QUESTIONS, self.plan.left_off)

    @cached_property
    def vendor(self) -> DataLoader[Any, Any]:
        assert self.gate is not None
        return foretelling_loader(self.gate, self.viewer, self.plan.vendors)

    @cached_property
    def usage_days(self) -> DataLoader[Any, Any]:
        return _unread()

    @cached_property
    def usage_users(self) -> DataLoader[Any, Any]:
        return _unread()

    @cached_property
    def usage_reports(self) -> DataLoader[Any, Any]:
        return _unread()

    @cached_property
    def usage_report_count(self) -> DataLoader[Any, Any]:
        return _unread()

    @cached_property
    def users(self) -> DataLoader[Any, Any]:
        return _unread()

    @cached_property
    def user_count(self) -> DataLoader[Any, Any]:
        return _unread()

    @cached_property
    def user_aliases(self) -> DataLoader[Any, Any]:
        return _unread()

    @cached_property
    def user_traits(self) -> DataLoader[Any, Any]:
        return _unread()


def _unread() -> DataLoader[Any, Any]:
    async def load(keys: list[Any]) -> list[Any]:
        return [OnlyPlanned()] * len(keys)

    return batched(load, "unread")


async def plan_of(prepared: Prepared, schema: GraphQLSchema, deadline_s: float) -> Plan:
    """Of a query. Raises TimeoutError."""
    given, operation = prepared.context, prepared.operation
    assert operation.whole is not None
    context = PlanningContext(given.db, given.viewer, given.now, given.cursors, given.request_id)
    context.receipts, context.budget, context.gate = given.receipts, given.budget, given.gate
    ran = experimental_execute_incrementally(
        schema,
        operation.whole,
        context_value=context,
        variable_values=prepared.asked.variables,
        operation_name=prepared.asked.name,
        executor_class=ColumnExecutor,
    )
    if isawaitable(ran):
        async with asyncio.timeout(deadline_s):
            await ran
    return context.plan
