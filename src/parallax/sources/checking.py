"""Whether vendors take the credentials that there are: one cheap call for each, which is neither kept nor answered from
what is kept."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from parallax.access.viewer import Role, Viewer
from parallax.db import Database
from parallax.errors import ParallaxError
from parallax.links.loaders import LinkRecord
from parallax.links.setup import links_of_client
from parallax.metrics.catalog import SourceSystem
from parallax.settings import Settings
from parallax.vendor_data.loaders import account_loader
from parallax.vendors import kaon, kore_ai
from parallax.vendors.calling import TooLarge
from parallax.vendors.credentials import AccountKey
from parallax.vendors.gate import Gate
from parallax.vendors.known import VENDORS
from parallax.vendors.pieces import Endpoint, Piece
from parallax.vendors.sensor_tower.search import ApiUsage
from parallax.vendors.vendor import Account


class Checked(NamedTuple):
    """`about` is what was asked about; None for a vendor that need not be asked about anything. `ok` None: nothing was
    asked; `said` tells why, or what the vendor told, or what is wrong."""

    client: str
    system: SourceSystem
    about: str | None
    ok: bool | None
    said: str


async def checked(
    db: Database, clients: Mapping[UUID, str], systems: Sequence[SourceSystem], today: date
) -> list[Checked]:
    """Each client's credentials for each vendor, and those of links; `clients` are names by id. Equal ones are asked once
    about the same."""
    gate, asked, found = Gate(db.settings, db, VENDORS), set[tuple[str, str | None]](), list[Checked]()
    try:
        for client, name in clients.items():
            accounts = account_loader(db, Viewer(client, "check", {client: Role.ADMIN}))
            links = await links_of_client(db, client)
            for system in systems:
                for link in _asked_about(system, links):
                    own = None if link is None else link.own
                    account = await accounts.load(AccountKey(client, system, own))
                    about = None if link is None else link.to.key
                    if account is None or account.problem is not None or (account.id, about) not in asked:
                        ok, said = await _answer(db.settings, gate, account, about, today)
                        found.append(Checked(name, system, about, ok, said))
                    if account is not None:
                        asked.add((account.id, about))
    finally:
        await gate.close()
    return found


def _asked_about(system: SourceSystem, links: Sequence[LinkRecord]) -> list[LinkRecord | None]:
    """For the client's credentials the first link that goes by them, for a link's own that link."""
    if system is SourceSystem.SENSOR_TOWER:
        return [None]
    of_system = [link for link in links if link.to.system is system]
    shared = next((link for link in of_system if link.own is None), None)
    return [shared, *(link for link in of_system if link.own is not None)]


async def _answer(
    settings: Settings, gate: Gate, account: Account | None, about: str | None, today: date
) -> tuple[bool | None, str]:
    if account is None:
        return None, "not connected"
    if account.problem is not None:
        return False, account.problem.message
    if about is None and account.system is not SourceSystem.SENSOR_TOWER:
        return None, "connected, but no app is linked that it could be asked about"
    endpoint, piece = _question(settings, account.system, about or "", today)
    [planned] = endpoint.planned([piece])
    try:
        parts, _ = await gate.line(account).answer(endpoint, planned, in_background=False)
    except TooLarge as error:
        return False, error.why.message
    except ParallaxError as error:
        return False, error.message
    return True, _told(account.system, parts[piece])


def _question(settings: Settings, system: SourceSystem, about: str, today: date) -> tuple[Endpoint, Piece]:
    match system:
        case SourceSystem.SENSOR_TOWER:
            usage = ApiUsage()
            return usage, usage.piece()
        case SourceSystem.KAON:
            weeks = kaon.reads(settings.kaon_names).weeks
            return weeks, weeks.piece(about)
    day = today - timedelta(days=1)
    [piece] = kore_ai.Question(about, "daily", "All", "All", (), "UTC").pieces(day, day)
    return kore_ai.TREND, piece


def _told(system: SourceSystem, part: Any) -> str:
    match system:
        case SourceSystem.SENSOR_TOWER:
            return f"{part['used']:,.0f} of {part['limit']:,.0f} calls of the month are used"
        case SourceSystem.KAON:
            return f"{len(part):,} weeks with full data"
    return f"{kore_ai.Told.of(part).total['unique']:,.0f} users yesterday"
