"""How the objects of vendors are named."""

import strawberry

from parallax.links.keys import Store, VendorKey, checked_key
from parallax.metrics.catalog import SourceSystem
from parallax.vendors.credentials import Credentials
from parallax.vendors.given import kaon

strawberry.enum(
    Store,
    description="Where an app is sold: IOS is the App Store, ANDROID is Google Play, UNIFIED is a product over all stores.",
)
STORES = {"unified": Store.UNIFIED, "ios": Store.IOS, "android": Store.ANDROID}


@strawberry.input(one_of=True, description="An app as Sensor Tower knows it: exactly one of these ids.")
class StoreAppKeyInput:
    unified: str | None = strawberry.field(
        default=strawberry.UNSET, description="Of the product over all stores: 24 hexadecimal digits."
    )
    ios: str | None = strawberry.field(
        default=strawberry.UNSET, description="In the App Store: a number of up to 10 digits."
    )
    android: str | None = strawberry.field(default=strawberry.UNSET, description="In Google Play: its package name.")

    def key(self, argument: str) -> VendorKey:
        """Raises InvalidParameter, naming the id below `argument`."""
        [(name, text)] = [
            (name, text) for name in STORES if (text := getattr(self, name)) not in (None, strawberry.UNSET)
        ]
        return checked_key(f"{argument}.{name}", text, SourceSystem.SENSOR_TOWER, STORES[name])


@strawberry.input(description="An app as Kore.ai knows it.")
class KoreAiKeyInput:
    stream_id: str = strawberry.field(description="Its stream (App ID), as st- and a UUID.")


@strawberry.input(description="An app as Kaon knows it.")
class KaonKeyInput:
    client_key: str = strawberry.field(description="What Kaon calls `client`: 1 to 100 printable characters.")
    api_key: str | None = strawberry.field(
        default=None,
        description="An API key of its own, where the app has one; absent: the client's. Kept encrypted, never shown again.",
    )


@strawberry.input(one_of=True, description="An object of a vendor: exactly one of these.")
class VendorKeyInput:
    sensor_tower: StoreAppKeyInput | None = strawberry.field(
        default=strawberry.UNSET, description="An app of the stores."
    )
    kore_ai: KoreAiKeyInput | None = strawberry.field(default=strawberry.UNSET, description="A conversational app.")
    kaon: KaonKeyInput | None = strawberry.field(default=strawberry.UNSET, description="An app hosted by Kaon.")

    def named(self) -> tuple[VendorKey, Credentials | None]:
        """The object, and credentials of its own if it brings some. Raises InvalidParameter."""
        if self.sensor_tower:
            return self.sensor_tower.key("to.sensorTower"), None
        if self.kore_ai:
            return checked_key("to.koreAi.streamId", self.kore_ai.stream_id, SourceSystem.KORE_AI), None
        assert self.kaon
        key = checked_key("to.kaon.clientKey", self.kaon.client_key, SourceSystem.KAON)
        own = self.kaon.api_key
        return key, None if own is None else kaon("to.kaon.apiKey", own)
