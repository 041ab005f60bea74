"""Answers in parts, for `@defer` and `@stream`: the parts as they are sent, in the present format and in the first one."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from graphql import GraphQLError
from graphql.execution import InitialIncrementalExecutionResult, SubsequentIncrementalExecutionResult

Part: TypeAlias = dict[str, Any]
Shown: TypeAlias = Callable[[Sequence[GraphQLError]], list[dict[str, Any]]]


def first_part(result: InitialIncrementalExecutionResult, shown: Shown) -> Part:
    part: Part = {"data": result.data}
    if result.errors:
        part["errors"] = shown(result.errors)
    return {**part, "pending": [each.formatted for each in result.pending], "hasNext": result.has_next}


def next_part(result: SubsequentIncrementalExecutionResult, shown: Shown) -> Part:
    """As graphql-core puts it, but for the errors, which are shown as everywhere."""
    part: Part = dict(result.formatted)
    for name, items in (("incremental", result.incremental), ("completed", result.completed)):
        for place, item in enumerate(items or ()):
            if item.errors:
                part[name][place] = {**part[name][place], "errors": shown(item.errors)}
    return part


class FirstFormat:
    """Turns parts into those of the first format (`deferSpec=20220824`), which has paths and places where ours has ids."""

    def __init__(self) -> None:
        self._data: Any = None
        self._pending: dict[str, Part] = {}

    def turned(self, part: Part) -> Part:
        if "data" in part:
            self._data = part["data"]
        turned: Part = {key: part[key] for key in ("data", "errors", "extensions", "hasNext") if key in part}
        incremental = [self._delivered(item) for item in part.get("incremental", ())]
        for pending in part.get("pending", ()):
            self._pending[pending["id"]] = pending
        for done in part.get("completed", ()):
            pending = self._pending.pop(done["id"])
            if "errors" in done:
                kind = "items" if isinstance(self._at(pending["path"]), list) else "data"
                incremental.append({**_place(pending), kind: None, "errors": done["errors"]})
        if incremental:
            turned["incremental"] = incremental
        return turned

    def _delivered(self, item: Part) -> Part:
        """One delivery, by path; of a list's items with the place of the first of them."""
        pending = self._pending[item["id"]]
        turned: Part = {key: item[key] for key in ("data", "items", "errors") if key in item}
        turned |= _place(pending)
        turned["path"] = [*pending["path"], *item.get("subPath", ())]
        held = self._at(turned["path"])
        if "items" in item:
            turned["path"].append(len(held))
            held.extend(item["items"])
        elif item["data"] is not None:
            held.update(item["data"])
        return turned

    def _at(self, path: Sequence[str | int]) -> Any:
        """What was delivered at that place so far: the answer grows here as it does at the caller."""
        held = self._data
        for key in path:
            held = held[key]
        return held


def _place(pending: Part) -> Part:
    return {key: pending[key] for key in ("path", "label") if key in pending}
