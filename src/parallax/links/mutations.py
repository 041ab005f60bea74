"""Linking and unlinking apps, as the graph offers it."""

from typing import Annotated
from uuid import UUID

import strawberry

from parallax.access.viewer import Role
from parallax.apps.graph import App, app_again
from parallax.apps.loaders import AppKey
from parallax.context import Info
from parallax.errors import NotFound
from parallax.ids import parse
from parallax.links import setup
from parallax.links.graph import AppLink
from parallax.links.inputs import VendorKeyInput
from parallax.links.loaders import LinkKey
from parallax.naming import app_named
from parallax.payloads import WANTED, Payload, Refusals


@strawberry.input(description="A link to make.")
class AppLinkInput:
    app: strawberry.ID = strawberry.field(
        description="The app, by global id; by bare UUID where that is of one app of the caller's clients."
    )
    to: VendorKeyInput = strawberry.field(description="The object of a vendor that it is.")
    label: str | None = strawberry.field(
        default=None, description="What to call the link, 1 to 200 characters, as the edition's name; absent: nothing."
    )


@strawberry.type(description="What became of appLink.")
class AppLinkPayload(Payload):
    app: App | None = strawberry.field(default=None, description="The app; null when refused.")
    link: AppLink | None = strawberry.field(default=None, description="The link; null when refused.")


@strawberry.input(description="A link to take away.")
class AppUnlinkInput:
    link: strawberry.ID = strawberry.field(description="The link, by global id.")


@strawberry.type(description="What became of appUnlink.")
class AppUnlinkPayload(Payload):
    app: App | None = strawberry.field(default=None, description="The app that it was of; null when refused.")


@strawberry.type
class LinkMutations:
    @strawberry.mutation(
        description="Says which object of a vendor an app is. An app may have up to 20 links, several of one vendor too. "
        "The same again changes nothing and answers the same link, but that a label or an API key given with it takes the "
        "place of the one before. Whether the vendor knows the object is not asked. Needs ADMIN.",
        extensions=[Refusals()],
    )
    async def app_link(self, info: Info, input: Annotated[AppLinkInput, WANTED]) -> AppLinkPayload:
        context = info.context
        app = await app_named(context, input.app, "app")
        context.viewer.needs(Role.ADMIN, app.key.client, "Linking an app")
        to, own = input.to.named()
        made = await setup.link_app(
            context.db, app.key, to, context.viewer.maker, context.now, label=input.label, own=own
        )
        return AppLinkPayload(app=App.of(app), link=AppLink.of(made))

    @strawberry.mutation(
        description="Takes a link away; what the vendor told by it is not asked any more. Needs ADMIN.",
        extensions=[Refusals()],
    )
    async def app_unlink(self, info: Info, input: Annotated[AppUnlinkInput, WANTED]) -> AppUnlinkPayload:
        context = info.context
        key = _link_of(input.link)
        record = None if key is None else await context.app_link.load(key)
        if record is None:
            raise NotFound("There is no such link.", details={"link": input.link})
        context.viewer.needs(Role.ADMIN, record.key.client, "Unlinking an app")
        app = await setup.unlink_app(context.db, record.key)
        return AppUnlinkPayload(app=await app_again(context, AppKey(record.key.client, app)))


def _link_of(text: str) -> LinkKey | None:
    found = parse(text)
    if found is None or found.type_name != "AppLink" or not isinstance(found.key[0], UUID):
        return None
    return LinkKey(found.client, found.key[0])
