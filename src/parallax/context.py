"""What one request carries: the caller, the clock, and the loaders that join its questions."""

import math
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from functools import cached_property
from typing import Any, TypeAlias
from uuid import UUID

import strawberry

from parallax import periods
from parallax.absences import Absences
from parallax.access.budget import Budget
from parallax.access.viewer import Viewer
from parallax.analyses.usage import Days
from parallax.analyses.user_facts import Seen
from parallax.analytics import loaders as of_analytics
from parallax.analytics.hints import Hints
from parallax.apps import loaders as of_apps
from parallax.clients import loaders as of_clients
from parallax.db import Database, deadline, statements
from parallax.events import loaders as of_events
from parallax.links import loaders as of_links
from parallax.live.watching import Watcher
from parallax.loading import DataLoader
from parallax.pages import Cursors
from parallax.receipts import Receipts
from parallax.usage import loaders as of_usage
from parallax.users import loaders as of_users
from parallax.vendor_data import loaders as of_vendors
from parallax.vendors.credentials import AccountKey
from parallax.vendors.gate import Gate
from parallax.vendors.gathering import Asked, Pending
from parallax.vendors.vendor import Account

Again: TypeAlias = Callable[[], Awaitable[tuple[Viewer, datetime]]]
"""Looks the caller up anew, and the clock. Raises Unauthenticated when the token opens nothing any more."""


class Context:
    """One per operation; nothing in it is shared with another request but the database's pools."""

    def __init__(self, db: Database, viewer: Viewer, now: datetime, cursors: Cursors, request_id: str) -> None:
        self.db = db
        self.viewer = viewer
        self.now = now
        self.cursors = cursors
        self.request_id = request_id
        self._days: dict[str, date] = {}
        self.hints = Hints()
        self.absences = Absences()
        # The way to vendors; there is none where nothing is asked of them, as in commands.
        self.gate: Gate | None = None
        # What the caller's token has left, this request's cost taken off.
        self.budget = Budget(math.inf, math.inf, now)
        # For what is sent: how many may wait to be folded, and what an acknowledgement is made with.
        self.max_waiting = math.inf
        self.receipts = Receipts(b"")
        # For subscriptions; without `again` the caller and the clock stay as they are.
        self.watcher: Watcher | None = None
        self.again: Again | None = None

    def today(self, zone: str) -> date:
        """The client's calendar day at the operation's start."""
        day = self._days.get(zone)
        if day is None:
            day = self._days[zone] = periods.today(self.now, zone)
        return day

    def forget(self) -> None:
        """After a change: what was loaded may be no longer so, and is asked for again."""
        for name, made in list(vars(self).items()):
            if isinstance(made, DataLoader):
                delattr(self, name)

    async def renew(self) -> None:
        """For the next event of a subscription: rights and clock as they are now, nothing loaded before, and time anew."""
        deadline.set(None)  # that of the request which subscribed is long past; `again` may set the event's own
        if statements.get() is not None:
            statements.set([])
        if self.again is not None:
            self.viewer, self.now = await self.again()
        self.forget()
        self._days.clear()
        self.hints = Hints()
        self.absences = Absences()

    # Loaders are made when first asked: most operations need few.
    @cached_property
    def client(self) -> DataLoader[UUID, of_clients.ClientRecord | None]:
        return of_clients.client_loader(self.db, self.viewer)

    @cached_property
    def clients(self) -> DataLoader[of_clients.ClientsKey, list[of_clients.ClientRecord]]:
        return of_clients.clients_loader(self.db, self.viewer)

    @cached_property
    def client_count(self) -> DataLoader[UUID, int]:
        return of_clients.client_count_loader(self.db, self.viewer)

    @cached_property
    def tokens(self) -> DataLoader[UUID, list[of_clients.TokenRecord]]:
        return of_clients.tokens_loader(self.db, self.viewer)

    @cached_property
    def app(self) -> DataLoader[of_apps.AppKey, of_apps.AppRecord | None]:
        return of_apps.app_loader(self.db, self.viewer)

    @cached_property
    def apps_by_uuid(self) -> DataLoader[UUID, list[of_apps.AppRecord]]:
        return of_apps.apps_by_uuid_loader(self.db, self.viewer)

    @cached_property
    def apps(self) -> DataLoader[of_apps.AppsKey, list[of_apps.AppRecord]]:
        return of_apps.apps_loader(self.db, self.viewer)

    @cached_property
    def app_count(self) -> DataLoader[of_apps.AppCountKey, int]:
        return of_apps.app_count_loader(self.db, self.viewer)

    @cached_property
    def app_links(self) -> DataLoader[tuple[UUID, UUID], list[of_links.LinkRecord]]:
        return of_links.app_links_loader(self.db, self.viewer)

    @cached_property
    def app_link(self) -> DataLoader[of_links.LinkKey, of_links.LinkRecord | None]:
        return of_links.app_link_loader(self.db, self.viewer)

    @cached_property
    def asked(self) -> DataLoader[Any, Any]:
        """Answers to the asks of analyses/questions and analyses/rows; None for a client that is not visible."""
        return of_analytics.asked_loader(self.db, self.viewer, self.hints)

    @cached_property
    def usage_days(self) -> DataLoader[of_usage.DaysKey, Days]:
        return of_usage.days_loader(self.db, self.viewer)

    @cached_property
    def usage_users(self) -> DataLoader[of_usage.UsersKey, int]:
        return of_usage.users_loader(self.db, self.viewer)

    @cached_property
    def usage_reports(self) -> DataLoader[of_usage.ReportsKey, list[of_usage.ReportRecord]]:
        return of_usage.reports_loader(self.db, self.viewer)

    @cached_property
    def usage_report_count(self) -> DataLoader[of_usage.ReportsKey, float]:
        return of_usage.report_counts_loader(self.db, self.viewer)

    @cached_property
    def usage_report(self) -> DataLoader[of_usage.ReportKey, of_usage.ReportRecord | None]:
        return of_usage.report_loader(self.db, self.viewer)

    @cached_property
    def user(self) -> DataLoader[of_users.UserKey, str | None]:
        return of_usage.user_loader(self.db, self.viewer)

    @cached_property
    def session_name(self) -> DataLoader[tuple[UUID, int], str | None]:
        return of_events.session_name_loader(self.db, self.viewer)

    @cached_property
    def person(self) -> DataLoader[of_users.UserKey, of_users.Person | None]:
        return of_users.person_loader(self.db, self.viewer)

    @cached_property
    def person_named(self) -> DataLoader[tuple[UUID, str], of_users.Person | None]:
        return of_users.person_named_loader(self.db, self.viewer)

    @cached_property
    def user_aliases(self) -> DataLoader[of_users.UserKey, list[of_users.AliasRecord]]:
        return of_users.aliases_loader(self.db, self.viewer)

    @cached_property
    def user_traits(self) -> DataLoader[of_users.UserKey, dict[str, Any]]:
        return of_users.traits_loader(self.db, self.viewer)

    @cached_property
    def users(self) -> DataLoader[of_users.UsersKey, list[of_users.Person]]:
        return of_users.users_loader(self.db, self.viewer)

    @cached_property
    def user_count(self) -> DataLoader[of_users.UsersKey, int]:
        return of_users.user_count_loader(self.db, self.viewer)

    @cached_property
    def user_seen(self) -> DataLoader[of_users.SeenKey, Seen | None]:
        return of_users.seen_loader(self.asked)

    @cached_property
    def user_session_count(self) -> DataLoader[of_users.SeenKey, int | None]:
        return of_users.session_count_loader(self.asked)

    @cached_property
    def actor(self) -> DataLoader[tuple[UUID, str], int | None]:
        return of_usage.actor_loader(self.db, self.viewer)

    @cached_property
    def vendor_account(self) -> DataLoader[AccountKey, Account | None]:
        """Whom we are to a vendor for a client; None where neither the client nor the environment has credentials."""
        return of_vendors.account_loader(self.db, self.viewer)

    @cached_property
    def vendor(self) -> DataLoader[Asked, Pending]:
        """What is wanted of vendors in one turn, joined into as few calls as they allow; each is waited for by itself."""
        assert self.gate is not None
        return of_vendors.vendor_loader(self.gate, self.viewer)


Info = strawberry.Info[Context, Any]
