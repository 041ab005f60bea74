"""What every mutation answers: its object, or why it was refused. A refusal is data; a failure stays a GraphQL error."""

from collections.abc import Awaitable, Callable
from typing import Any

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.types.field import StrawberryField

from parallax import costs
from parallax.context import Info
from parallax.errors import Conflict, ErrorCode, Forbidden, InvalidParameter, NotFound, ParallaxError, TooCostly
from parallax.usage.reports import Rejected

REFUSALS = (Forbidden, NotFound, Conflict, InvalidParameter, TooCostly)
"""The caller can mend these. An outage is none: it says when to come back, as an error's extensions can."""

USUALLY_REJECTED = 100  # few: a rejected row costs less than the writing of it that was counted

WANTED = strawberry.argument(description="What is wanted.")

MEANINGS = {
    ErrorCode.UNAUTHENTICATED: "No token, or one that is unknown, expired or revoked.",
    ErrorCode.FORBIDDEN: "The token is good, but its role does not reach.",
    ErrorCode.NOT_FOUND: "There is no such object, or none that the token may see.",
    ErrorCode.CONFLICT: "It does not agree with what is there by now.",
    ErrorCode.INVALID_PARAMETER: "An argument cannot be used; the message names it and what is allowed.",
    ErrorCode.RATE_LIMITED: "Too many questions or rows in a short time: come again after `retryAfterSeconds`.",
    ErrorCode.TOO_COSTLY: "The question is too large: ask for less.",
    ErrorCode.TIMEOUT: "It took longer than a request may.",
    ErrorCode.SOURCE_UNAVAILABLE: "The database or a vendor does not answer: ask again after `retryAfterSeconds`.",
    ErrorCode.SOURCE_REJECTED: "A vendor refuses the question.",
    ErrorCode.SOURCE_QUOTA: "A vendor's allowance is used up.",
    ErrorCode.INTERNAL: "A failure inside of the gateway: tell its operator the request id.",
}
shown = strawberry.enum(
    ErrorCode,
    description="What is wrong, for programs: `code` of a refused mutation, and `extensions.code` of a GraphQL error.",
)
for value in shown.__strawberry_definition__.values:  # type: ignore[attr-defined]
    value.description = MEANINGS[ErrorCode(value.value)]


@strawberry.type(description="Why a mutation was refused. Nothing of it was done.")
class UserError:
    field: list[str] | None = strawberry.field(
        description="Path of the argument that is at fault, as [input, name]; null where it is none of them.",
        metadata=costs.listed(4),
    )
    code: ErrorCode = strawberry.field(description="What is wrong, for programs.")
    message: str = strawberry.field(description="What is wrong and what would be right, for people.")


@strawberry.type(description="A row that was not taken, and why. The others were.")
class RejectedRow:
    index: int = strawberry.field(description="The row's place in what was sent, from 0.")
    field: list[str] | None = strawberry.field(
        description="The field of the row that is at fault.", metadata=costs.listed(1)
    )
    code: ErrorCode = strawberry.field(
        description="NOT_FOUND: no such app of the client; CONFLICT: the id is another user's already, or it would close a "
        "circle; else INVALID_PARAMETER."
    )
    message: str = strawberry.field(description="What is wrong and what would be right, for people.")

    @classmethod
    def of(cls, row: Rejected) -> "RejectedRow":
        code = ErrorCode.NOT_FOUND if row.field == "app" else ErrorCode.INVALID_PARAMETER
        return cls(index=row.place, field=[row.field], code=code, message=row.message)


def rejected_rows() -> Any:
    """The field of a payload."""
    return strawberry.field(
        default_factory=list,
        description="Rows that were not taken, in the order sent.",
        metadata=costs.listed(USUALLY_REJECTED),
    )


@strawberry.type
class Payload:
    """What all payloads share. Their own fields have a default each: what is shown of a refused mutation."""

    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why it was refused; empty when it was done.", metadata=costs.listed(1)
    )


class Refusals(FieldExtension):
    """Turns a refusal into the payload's `userErrors`, and lets go of what was loaded before the change."""

    def apply(self, field: StrawberryField) -> None:
        self._payload: Callable[..., Payload] = field.type  # type: ignore[assignment]

    async def resolve_async(self, next_: Callable[..., Awaitable[Any]], source: Any, info: Info, **given: Any) -> Any:
        try:
            return await next_(source, info, **given)
        except REFUSALS as error:
            return self._payload(user_errors=[user_error(error, within=("input",) if "input" in given else ())])
        finally:
            info.context.forget()


def user_error(error: ParallaxError, within: tuple[str, ...] = ()) -> UserError:
    """`error` names its argument by the first of its details, with points where it lies deeper; `within` is the path to
    that argument's input.
    """
    argument = next(iter(error.details), None)
    path = None if argument is None else [*within, *argument.split(".")]
    return UserError(field=path, code=error.code, message=error.message)


def not_null(argument: str, value: Any) -> Any:
    """For what an update may leave out but not clear: None for what was left out, InvalidParameter for null."""
    if value is None:
        raise InvalidParameter(argument, None, "must not be null; leave it out to keep what is there")
    return None if value is strawberry.UNSET else value
