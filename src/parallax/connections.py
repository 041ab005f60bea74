"""Node and the Relay connections: the shapes that every part of the graph shares."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import strawberry

from parallax import costs
from parallax.pages import Page

T = TypeVar("T")
R = TypeVar("R")


@strawberry.interface(description="What has an id, and can be asked for again by `node(id)`.")
class Node:
    id: strawberry.ID = strawberry.field(description="Global, opaque, the same for the same object at all times.")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether rows follow this page.")
    has_previous_page: bool = strawberry.field(description="Whether rows came before it: true once `after` is given.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first row; null for an empty page.")
    end_cursor: str | None = strawberry.field(
        description="Cursor of the last row, for `after` of the next page; null for an empty page."
    )


@strawberry.type(description="A row of a page, with its place in the list.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="The row's place in this very list, for `after`.")
    node: T = strawberry.field(description="The row.")


@strawberry.type
class Connected(Generic[T]):
    """What all connections have but `totalCount`, whose type depends on how many rows there may be."""

    edges: list[Edge[T]] = strawberry.field(
        description="The rows of this page with their cursors.", metadata=costs.ROWS
    )
    nodes: list[T] = strawberry.field(description="The rows of this page.", metadata=costs.ROWS)
    page_info: PageInfo = strawberry.field(description="Whether there is more.")
    counted: strawberry.Private[Callable[[], Awaitable[float | None]]]


@strawberry.type(description="A page of a list. Forward only; a cursor holds its place while rows come and go.")
class Connection(Connected[T]):
    @strawberry.field(
        description="How many rows the list has over all pages; costs a statement of its own.",
        metadata=costs.of(10, once=costs.STATEMENT),
    )
    async def total_count(self) -> int | None:
        counted = await self.counted()
        return None if counted is None else int(counted)


def page_info(page: Page[R]) -> PageInfo:
    return PageInfo(
        has_next_page=page.has_next,
        has_previous_page=page.has_previous,
        start_cursor=page.cursors[0] if page.cursors else None,
        end_cursor=page.cursors[-1] if page.cursors else None,
    )


def edges(page: Page[R], nodes: Sequence[T]) -> list[Edge[T]]:
    return [Edge(cursor=cursor, node=node) for cursor, node in zip(page.cursors, nodes, strict=True)]


def connection(page: Page[R], node: Callable[[R], T], counted: Callable[[], Awaitable[float]]) -> Connection[T]:
    """A page of rows as the graph shows it."""
    nodes = [node(row) for row in page.rows]
    return Connection(edges=edges(page, nodes), nodes=nodes, page_info=page_info(page), counted=counted)
