"""Set-up of apps, as the graph offers it."""

from typing import Annotated

import strawberry

from parallax.access.viewer import Role
from parallax.apps import setup
from parallax.apps.graph import App
from parallax.context import Info
from parallax.naming import app_named, client_named
from parallax.payloads import WANTED, Payload, Refusals, not_null


@strawberry.input(description="An app to make.")
class AppCreateInput:
    client: strawberry.ID = strawberry.field(description="The client that it belongs to, by global id or bare UUID.")
    name: str = strawberry.field(description="1 to 200 characters, not counting blanks around it; need not be unique.")


@strawberry.type(description="What became of appCreate.")
class AppCreatePayload(Payload):
    app: App | None = strawberry.field(default=None, description="The new app; null when refused.")


@strawberry.input(description="What to change of an app. What is left out stays as it is.")
class AppUpdateInput:
    id: strawberry.ID = strawberry.field(
        description="The app, by global id; by bare UUID where that is of one app of the caller's clients."
    )
    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="Its new name, 1 to 200 characters; not null."
    )


@strawberry.type(description="What became of appUpdate.")
class AppUpdatePayload(Payload):
    app: App | None = strawberry.field(default=None, description="The app as it is now; null when refused.")


@strawberry.type
class AppMutations:
    @strawberry.mutation(description="Makes an app of a client. Needs ADMIN.", extensions=[Refusals()])
    async def app_create(self, info: Info, input: Annotated[AppCreateInput, WANTED]) -> AppCreatePayload:
        context = info.context
        client = await client_named(context, input.client, Role.ADMIN, "Making an app")
        made = await setup.create_app(context.db, client.id, input.name, context.now)
        return AppCreatePayload(app=App.of(made))

    @strawberry.mutation(description="Changes an app's name. Needs ADMIN.", extensions=[Refusals()])
    async def app_update(self, info: Info, input: Annotated[AppUpdateInput, WANTED]) -> AppUpdatePayload:
        context = info.context
        app = await app_named(context, input.id)
        context.viewer.needs(Role.ADMIN, app.key.client, "Changing an app")
        changed = await setup.update_app(context.db, app.key, context.now, not_null("name", input.name))
        return AppUpdatePayload(app=App.of(changed))
