"""How the credentials of vendors are given."""

import strawberry

from parallax.metrics.catalog import SourceSystem
from parallax.settings import Settings
from parallax.vendors import given
from parallax.vendors.credentials import Credentials

KEPT = "Kept encrypted, never shown again."


@strawberry.input(description="Credentials for Sensor Tower.")
class SensorTowerCredentialsInput:
    auth_token: str = strawberry.field(description=f"The API token (`auth_token`). {KEPT}")


@strawberry.input(description="Credentials for Kore.ai: those of an API app that may read User Engagement Trend.")
class KoreAiCredentialsInput:
    host: str = strawberry.field(
        description="The environment, as platform.kore.ai: one of the vendor's own hosts (`*.kore.ai`), or one that the "
        "gateway's operator allows."
    )
    client_id: str = strawberry.field(description="The API app's client id, `cs-…`.")
    client_secret: str = strawberry.field(description=f"The API app's client secret. {KEPT}")


@strawberry.input(description="Credentials for Kaon Insights.")
class KaonCredentialsInput:
    api_key: str = strawberry.field(description=f"The API key (`apikey`). {KEPT}")


@strawberry.input(one_of=True, description="Credentials for a vendor: exactly one of these.")
class VendorCredentialsInput:
    sensor_tower: SensorTowerCredentialsInput | None = strawberry.field(
        default=strawberry.UNSET, description="For Sensor Tower."
    )
    kore_ai: KoreAiCredentialsInput | None = strawberry.field(default=strawberry.UNSET, description="For Kore.ai.")
    kaon: KaonCredentialsInput | None = strawberry.field(default=strawberry.UNSET, description="For Kaon Insights.")

    def given(self, settings: Settings) -> tuple[SourceSystem, Credentials]:
        """Raises InvalidParameter, which shows no secret."""
        if self.sensor_tower:
            credentials = given.sensor_tower("credentials.sensorTower.authToken", self.sensor_tower.auth_token)
            return SourceSystem.SENSOR_TOWER, credentials
        if self.kaon:
            return SourceSystem.KAON, given.kaon("credentials.kaon.apiKey", self.kaon.api_key)
        assert self.kore_ai
        told = self.kore_ai
        within = "credentials.koreAi."
        return SourceSystem.KORE_AI, given.kore_ai(within, told.host, told.client_id, told.client_secret, settings)
