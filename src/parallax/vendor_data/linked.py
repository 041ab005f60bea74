"""Which object of a vendor an app is: only what is linked to an app is asked, whatever an id names."""

from parallax.apps.loaders import AppKey
from parallax.context import Context
from parallax.links.loaders import LinkRecord
from parallax.metrics.catalog import SourceSystem


async def first_link(context: Context, app: AppKey, system: SourceSystem) -> LinkRecord | None:
    """The one that an app's fields take."""
    return next((link for link in await context.app_links.load(app) if link.to.system is system), None)


async def link_to(context: Context, app: AppKey, system: SourceSystem, key: str) -> LinkRecord | None:
    links = await context.app_links.load(app)
    return next((link for link in links if (link.to.system, link.to.key) == (system, key)), None)
