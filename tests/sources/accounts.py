"""Who a client is to a vendor, as a question would find it."""

from uuid import UUID, uuid4

from parallax.access.viewer import Role, Viewer
from parallax.db import Database
from parallax.installation import Urls
from parallax.metrics.catalog import SourceSystem
from parallax.settings import Settings
from parallax.vendor_data.loaders import account_loader
from parallax.vendors.credentials import AccountKey, Own
from parallax.vendors.vendor import Account


async def account_of(
    settings: Settings, urls: Urls, client: UUID, system: SourceSystem, own: Own | None = None
) -> Account | None:
    viewer = Viewer(uuid4(), "reader", {client: Role.VIEWER})
    async with Database(settings, urls.reading, urls.writing) as db:
        return await account_loader(db, viewer).load(AccountKey(client, system, own))


def secrets_of(account: Account | None) -> dict[str, str]:
    assert account is not None
    assert account.problem is None
    return {name: secret.get_secret_value() for name, secret in account.secrets.items()}
