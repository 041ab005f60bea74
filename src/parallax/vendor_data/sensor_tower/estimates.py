"""Downloads, revenue and active users of products, of editions and of publishers: how they are asked for and added up."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from parallax.errors import InvalidParameter
from parallax.links.keys import Store
from parallax.metrics.catalog import UserBasis
from parallax.metrics.graph import Metric
from parallax.metrics.series import Value
from parallax.metrics.shapes import PeriodInput
from parallax.periods import FROM_DAY, Granularity
from parallax.vendor_data.reading import At, read
from parallax.vendor_data.sensor_tower.asked import DAYS_IN, StoreDimension, checked_dimension, period_told
from parallax.vendor_data.sensor_tower.keys import StoreKey, account, ids_in, key_told, named_in
from parallax.vendor_data.sensor_tower.laid import Laid, absent, laid, tell_gaps, told
from parallax.vendor_data.sensor_tower.measures import SALES, EstimateModel, StoreEstimate
from parallax.vendor_data.series import Part, sum_of
from parallax.vendors.gathering import Gathered
from parallax.vendors.pieces import Endpoint, Piece
from parallax.vendors.sensor_tower.active_users import ACTIVE_USERS
from parallax.vendors.sensor_tower.buckets import PER_DAY, last_complete
from parallax.vendors.sensor_tower.sales import (
    ALL,
    ANDROID,
    CENTS,
    CUT,
    IPAD,
    IPHONE,
    MOST_COUNTRIES,
    SALES_REPORTS,
    UNITS,
)
from parallax.vendors.sensor_tower.stores import OS, STORES, WORLD
from parallax.vendors.sensor_tower.terms import checked_countries

FAMILY: Final = "sensor_tower.estimate"
DEVICES: Final = {Store.IOS: (IPHONE, IPAD), Store.ANDROID: (ANDROID,), Store.UNIFIED: (IPHONE, IPAD, ANDROID)}


class Whose(Enum):
    """What is estimated."""

    PRODUCT = "PRODUCT"
    EDITION = "EDITION"
    PUBLISHER = "PUBLISHER"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A question. `store` is the part of a product, or of a publisher over both stores, that is looked at."""

    whose: Whose
    named: StoreKey
    name: StoreEstimate
    period: PeriodInput | None = None
    granularity: Granularity = Granularity.DAY
    countries: tuple[str, ...] = (WORLD,)
    store: Store = Store.UNIFIED
    breakdown: StoreDimension | None = None
    model: EstimateModel | None = None

    def said(self) -> dict[str, Any]:
        chosen = {"breakdown": self.breakdown, "model": self.model}
        return {
            "vendor": FAMILY,
            "whose": self.whose.name,
            "of": self.named.told(),
            "name": self.name.name,
            "period": self.period.as_asked() if self.period else {},
            "granularity": self.granularity.name,
            "countries": list(self.countries),
            "store": self.store.name,
            **{name: member.name for name, member in chosen.items() if member is not None},
        }

    @property
    def seen_in(self) -> Store:
        return self.store if self.whose is Whose.PRODUCT else self.named.store

    @property
    def devices(self) -> tuple[str, ...]:
        """What is added up. Of sales the vendor's own total is told: who is in two editions counts once in it."""
        is_part = self.whose is Whose.PRODUCT and self.store is not Store.UNIFIED
        return DEVICES[self.seen_in] if is_part or self.name not in SALES else (ALL,)


def checked_estimate(asked: Estimate) -> Estimate:
    """Raises InvalidParameter."""
    if asked.whose is Whose.PUBLISHER and asked.name not in SALES:
        names = [measure.name for measure in SALES]
        raise InvalidParameter("name", asked.name.name, "is not estimated of publishers", names)
    countries = tuple(sorted(checked_countries("countries", asked.countries)))
    if len(countries) > MOST_COUNTRIES:
        raise InvalidParameter("countries", len(countries), f"are more than {MOST_COUNTRIES}")
    if WORLD in countries and len(countries) > 1:
        raise InvalidParameter(
            "countries", list(countries), f"{WORLD} holds all others: name it alone, or leave it out"
        )
    fitting = [StoreDimension.COUNTRY]
    if asked.name in SALES or len(countries) == 1:  # users of several countries are not added up
        fitting += [StoreDimension.STORE] if asked.seen_in is Store.UNIFIED else []
        fitting += [StoreDimension.DEVICE]
        fitting += [StoreDimension.APP] if asked.whose is Whose.PUBLISHER else []
    checked_dimension(asked.breakdown, fitting)
    return replace(asked, countries=countries)


async def estimated(at: At, given: Estimate) -> Metric | None:
    """None where little is left of the quota and the caller wants nothing then. Raises InvalidParameter."""
    asked, measured, is_sales = checked_estimate(given), given.name.value, given.name in SALES
    line = laid(at, asked.period, asked.granularity, FROM_DAY if is_sales else PER_DAY)
    ids: Sequence[str] = (asked.named.key,)
    store = asked.named.store
    if asked.whose is Whose.PRODUCT:
        ids, store = await ids_in(at, asked.named, Store.UNIFIED), Store.UNIFIED
    if not ids:
        return None
    model = None if asked.model is None else asked.model.value
    where = (store, ids, asked.countries, asked.granularity, line.buckets, model)
    if is_sales:
        of = "publisher_ids" if asked.whose is Whose.PUBLISHER else "app_ids"
        pieces, reference = SALES_REPORTS.pieces(*where, of), f"/v1/{OS[store]}/sales_report_estimates"
    else:
        pieces, reference = ACTIVE_USERS.pieces(*where), f"/v1/{OS[store]}/usage/active_users"
    endpoint: Endpoint = SALES_REPORTS if is_sales else ACTIVE_USERS
    found = await read(at, await account(at, asked.named.client), endpoint, pieces)
    if found is None:
        return None
    cells = _Cells(asked, pieces, found)

    def shown(name: str | None, *of: Any) -> Part:
        values = cells.column(line, *of)
        return Part(name, values, line.total(values, measured.is_additive and cells.are_whole(of[0])))

    whole = shown(None, asked.countries, asked.devices)
    if is_sales or len(asked.countries) == 1:
        tell_gaps(at, line, whole.values, measured)
    else:
        absent(at, "Users of several countries are not added up: each country is in the breakdown by COUNTRY.")
    today = at.context.today(DAYS_IN)
    return told(
        asked.named.client,
        asked.said(),
        measured if len(asked.devices) > 1 or is_sales else replace(measured, users=UserBasis.DEVICE),
        line,
        whole,
        found,
        reference,
        today - CUT.settles_after if is_sales else last_complete(today, asked.granularity),
        _dimensions(asked),
        None if asked.breakdown is None else [shown(*each) for each in _slices(asked, cells)],
    )


class _Cells:
    """What came, by app, country and bucket."""

    def __init__(self, asked: Estimate, pieces: Sequence[Piece], found: Gathered) -> None:
        self._place = CENTS if asked.name is StoreEstimate.REVENUE else UNITS
        self._is_sales = asked.name in SALES
        self._by_app = asked.whose is Whose.PUBLISHER
        self._pieces, self._found = pieces, found
        self._failed = {(piece.of[1], piece.bucket) for piece in found.failed}
        one = not self._by_app and asked.breakdown is None and pieces[0].of == pieces[-1].of
        # What nearly everybody asks for, one series of one app: its parts as they came, bucket by bucket.
        self._in_order = [kept.part for kept in found.kept.values()] if one and not found.failed else None

    @cached_property
    def _told(self) -> dict[tuple[str, date | None], Mapping[str, Any]]:
        kept = self._found.kept
        return {
            (piece.of[1], piece.bucket): kept[piece].part
            for piece in self._pieces
            if piece in kept and kept[piece].part is not None
        }

    @property
    def apps(self) -> list[str]:
        return sorted({app for part in self._told.values() for app in part})

    def column(
        self, line: Laid, countries: Sequence[str], devices: Sequence[str], app: str | None = None
    ) -> list[Value]:
        """The values of a series."""
        if self._in_order is None:
            return line.column(lambda bucket: self.value(bucket, countries, devices, app))
        if self._is_sales and devices == (ALL,):
            found = [None if part is None else part[ALL][self._place] for part in self._in_order]
        else:
            found = [None if part is None else self._over(part, devices) for part in self._in_order]
        return line.of_buckets(found)

    def are_whole(self, countries: Sequence[str]) -> bool:
        """Whether all was read that was asked for: of a part there is no total."""
        return not any(country in countries for country, _ in self._failed)

    def value(self, bucket: date, countries: Sequence[str], devices: Sequence[str], app: str | None = None) -> Value:
        """Over the countries and apps of which there is an estimate. None where one of them could not be read, and of users
        in several countries, who are not added up."""
        if not self._is_sales and len(countries) > 1:
            return None
        if any((country, bucket) in self._failed for country in countries):
            return None
        parts = [self._told[country, bucket] for country in countries if (country, bucket) in self._told]
        if self._by_app:
            parts = [of_app for part in parts for key, of_app in part.items() if app in (None, key)]
        return sum_of([self._over(part, devices) for part in parts])

    def _over(self, part: Mapping[str, Any], devices: Sequence[str]) -> Value:
        """Users are unknown where those of one kind of device are."""
        there = [part[device] for device in devices if device in part]
        if self._is_sales:
            return sum_of([numbers[self._place] for numbers in there])
        return None if None in there else sum_of(there)


def _slices(asked: Estimate, cells: _Cells) -> Iterator[tuple[str, Sequence[str], Sequence[str], str | None]]:
    """Each with its name, and what it is over: countries, devices, an app."""
    match asked.breakdown:
        case StoreDimension.COUNTRY:
            yield from ((country, (country,), asked.devices, None) for country in asked.countries)
        case StoreDimension.APP:
            yield from ((app, asked.countries, asked.devices, app) for app in cells.apps)
        case StoreDimension.STORE:
            yield from ((store.name, asked.countries, DEVICES[store], None) for store in STORES)
        case StoreDimension.DEVICE:
            yield from ((device.upper(), asked.countries, (device,), None) for device in DEVICES[asked.seen_in])


def _dimensions(asked: Estimate) -> dict[str, str]:
    """What the series is cut to."""
    told = {} if asked.countries == (WORLD,) else {"country": ", ".join(asked.countries)}
    if asked.store is not Store.UNIFIED:
        told["store"] = asked.store.name
    return told if asked.model is None else told | {"model": asked.model.name}


async def estimate_again(at: At, client: UUID, said: Mapping[str, Any]) -> Metric | None:
    whose = Whose[said["whose"]]
    named = (named_in if whose is Whose.PUBLISHER else key_told)(client, said["of"])
    return await estimated(
        at,
        Estimate(
            whose,
            named,
            StoreEstimate[said["name"]],
            period_told(said["period"]),
            Granularity[said["granularity"]],
            tuple(said["countries"]),
            Store[said["store"]],
            StoreDimension[said["breakdown"]] if "breakdown" in said else None,
            EstimateModel[said["model"]] if "model" in said else None,
        ),
    )
