"""The places of the vendors' fields that take a text or a number: an operation with the variable `x` there.

They are asked of a client whose app Notes is linked to the sandbox's first product at each vendor.
"""

from parallax.ids import GlobalId, canonical, encode
from parallax.sandbox.products import PRODUCTS
from tests.seeds import NORDLYS, NOTES

ACME = PRODUCTS[0]
LINKS = (
    {"sensorTower": {"unified": ACME.unified}},
    {"koreAi": {"streamId": ACME.stream}},
    {"kaon": {"clientKey": ACME.kaon}},
)
DAYS = 'period: {start: "2026-02-02", end: "2026-02-04"}'
MONTH = 'period: {start: "2026-01-01", end: "2026-01-31"}'
SERIES = "id values dimensions { name value } breakdown { dimension }"
CREATIVES = {
    "countries": '["US"]', "networks": '["Line"]', "adTypes": '["video-interstitial"]', "period": DAYS.removeprefix("period: "),
}  # fmt: skip
RANK = {
    "category": '"6007"',
    "chart": '"topfreeapplications"',
    "countries": '["NO"]',
    "period": DAYS.removeprefix("period: "),
}


def of(shown: str, kind: str) -> str:
    return f'($x: {kind}) {{ client(id: "{NORDLYS}") {{ {shown} }} }}'


def app(shown: str, kind: str = "String") -> str:
    return of(f'app(id: "{NOTES}") {{ {shown} }}', kind)


def tower(shown: str, kind: str = "String") -> str:
    return app(f"sensorTower {{ {shown} }}", kind)


def market(shown: str, kind: str = "String") -> str:
    return of(f"market {{ {shown} }}", kind)


def node(type_name: str, key: dict[str, str], shown: str, kind: str = "String") -> str:
    id = encode(GlobalId(type_name, NORDLYS, (canonical(key),)))
    return f'($x: {kind}) {{ node(id: "{id}") {{ ... on {type_name} {{ {shown} }} }} }}'


def store(shown: str, kind: str = "String") -> str:
    return node("StoreApp", {"ios": str(ACME.ios[0])}, shown, kind)


def given(arguments: dict[str, str], **more: str) -> str:
    return ", ".join(f"{name}: {value}" for name, value in (arguments | more).items())


def creatives(kind: str = "String!", shown: str = "nodes { id }", **more: str) -> str:
    return tower(f"creatives({given(CREATIVES, **more)}) {{ {shown} }}", kind)


def compared(country: str, kind: str = "String") -> str:
    return app(f"compareSources(measure: DOWNLOADS, {DAYS}, country: {country}) {{ values }}", kind)


def measure(kind: str, **more: str) -> str:
    asked = given({"app": f'"{NOTES}"', "measure": "DOWNLOADS", "source": "SENSOR_TOWER"}, **more)
    return of(f'formula({DAYS}, formula: "A", series: [{{measure: {{{asked}}}}}]) {{ values }}', kind)


PLACES = {
    "App.compareSources.country": compared("$x"),
    "MeasureInput.app": measure("ID!", app="$x"),
    "MeasureInput.country": measure("String", country="$x"),
    # ------------------------------------------------------------ Kaon Insights
    "KaonApp.clickstream.externalId": app("kaon { clickstream(externalId: $x, first: 2) { nodes { id } } }", "String!"),
    "KaonApp.clickstream.after": app('kaon { clickstream(externalId: "crm-5521", after: $x) { nodes { id } } }'),
    "KaonApp.clickstream.since": app(
        'kaon { clickstream(externalId: "crm-5521", since: $x, first: 2) { nodes { id } } }', "DateTime"
    ),
    "KaonApp.devices.after": app(f"kaon {{ devices({DAYS}, after: $x) {{ totalCount }} }}"),
    "KaonApp.durations.week": app("kaon { durations(week: $x) { count } }", "Date"),
    "KaonApp.items.week": app("kaon { items(week: $x) { count } }", "Date"),
    "KaonApp.itemHits.path": app(f"kaon {{ itemHits(path: $x, {DAYS}) {{ {SERIES} }} }}", "String!"),
    # ------------------------------------------------------------ Kore.ai
    "KoreAiApp.engagement.channels": app(f"koreAi {{ engagement({DAYS}, channels: [$x]) {{ dayCount }} }}", "String!"),
    "KoreAiApp.engagement.timeZone": app(f"koreAi {{ engagement({DAYS}, timeZone: $x) {{ dayCount }} }}"),
    # ------------------------------------------------------------ Sensor Tower
    **{
        f"SensorTowerApp.creatives.{name}": creatives(**{name: "[$x]"})
        for name in ("adTypes", "networks", "countries", "placements", "aspectRatios", "bannerDimensions")
    },
    "SensorTowerApp.creatives.after": creatives("String", after="$x"),
    "SensorTowerApp.advertising.countries": tower(
        f'advertising(name: RANK, networks: ["Admob"], countries: [$x], {DAYS}) {{ {SERIES} }}', "String!"
    ),
    "SensorTowerApp.advertising.networks": tower(
        f'advertising(name: RANK, networks: [$x], countries: ["US"], {DAYS}) {{ {SERIES} }}', "String!"
    ),
    "SensorTowerApp.downloadsBySource.country": tower(f"downloadsBySource({MONTH}, country: $x) {{ {SERIES} }}"),
    "SensorTowerApp.estimate.countries": tower(
        f"estimate(name: DOWNLOADS, countries: [$x], {DAYS}) {{ {SERIES} }}", "String!"
    ),
    "SensorTowerApp.usage.regions": tower(f"usage(name: TIME_SPENT, regions: [$x], {MONTH}) {{ {SERIES} }}", "String!"),
    "SensorTowerApp.overlap.country": tower(f"overlap(country: $x, {MONTH}) {{ share }}", "String!"),
    "SensorTowerApp.overlap.category": tower(f'overlap(country: "US", category: $x, {MONTH}) {{ share }}'),
    "PanelCohort.engagement.among": node(
        "PanelCohort", {"cohort": ACME.cohort}, f"engagement(name: DAU_GROWTH, among: $x, {MONTH}) {{ {SERIES} }}", "ID"
    ),
    "StoreApp.currentRanks.country": store("currentRanks(country: $x) { rank }", "String!"),
    "StoreApp.estimate.countries": store(f"estimate(name: DOWNLOADS, countries: [$x], {DAYS}) {{ {SERIES} }}", "String!"),
    "StoreApp.usage.regions": store(f"usage(name: TIME_SPENT, regions: [$x], {MONTH}) {{ {SERIES} }}", "String!"),
    **{
        f"StoreApp.{field}.country": store(f"{field}(country: $x) {{ {shown} }}")
        for field, shown in (
            ("demographics", "start"), ("inAppPurchases", "key"), ("listing", "name"), ("retention", "start"),
            ("updates", "at"), ("versions", "at"),
        )
    },
    **{
        f"StoreApp.rank.{name}": store(f"rank({given(RANK, **{name: value})}) {{ {SERIES} }}", "String!")
        for name, value in (("category", "$x"), ("chart", "$x"), ("countries", "[$x]"))
    },
    "StoreMarket.categoryEstimate.category": market(
        f"categoryEstimate(store: IOS, category: $x, name: DOWNLOADS, {DAYS}) {{ {SERIES} }}", "String!"
    ),
    "StoreMarket.categoryEstimate.country": market(
        f'categoryEstimate(store: IOS, category: "6007", name: DOWNLOADS, country: $x, {DAYS}) {{ {SERIES} }}'
    ),
    "StoreMarket.topApps.category": market(f"topApps(store: IOS, category: $x, {DAYS}) {{ value }}", "String!"),
    "StoreMarket.topApps.country": market(f'topApps(store: IOS, category: "6007", country: $x, {DAYS}) {{ value }}'),
    "StoreMarket.panelCohorts.search": market("panelCohorts(analysis: CHURN, search: $x) { id }"),
    "StoreMarket.publisher.key": market("publisher(store: UNIFIED, key: $x) { id name }", "String!"),
    "StoreMarket.search.term": market("search(term: $x) { __typename }", "String!"),
    "StorePublisher.estimate.countries": market(
        f'publisher(store: IOS, key: "1400000009") {{ estimate(name: DOWNLOADS, countries: [$x], {DAYS}) {{ {SERIES} }} }}',
        "String!",
    ),
}  # fmt: skip

NUMBERS = {
    "KaonApp.clickstream.first": app('kaon { clickstream(externalId: "crm-5521", first: $x) { nodes { id } } }', "Int"),
    "KaonApp.devices.first": app(f"kaon {{ devices({DAYS}, first: $x) {{ nodes {{ id }} }} }}", "Int"),
    "KaonApp.items.first": app("kaon { items(first: $x) { count } }", "Int"),
    **{f"SecondsRangeInput.{name}": creatives("Float", durations=f"[{{{name}: $x}}]") for name in ("over", "upTo")},
    "SensorTowerApp.creatives.first": creatives("Int", first="$x"),
    "SensorTowerApp.editions.first": tower("editions(first: $x) { id }", "Int"),
    "StoreApp.updates.days": store("updates(days: $x) { at }", "Int"),
    "StoreApp.versions.first": store("versions(first: $x) { at }", "Int"),
    "StoreMarket.panelCohorts.first": market("panelCohorts(analysis: CHURN, first: $x) { id }", "Int"),
    "StoreMarket.search.first": market('search(term: "acme", first: $x) { __typename }', "Int"),
    "StoreMarket.topApps.first": market(f'topApps(store: IOS, category: "6007", {DAYS}, first: $x) {{ value }}', "Int"),
}
SHORTER = {
    f"{name}.first"
    for name in (
        "SensorTowerApp.creatives",
        "SensorTowerApp.editions",
        "StoreApp.versions",
        "StoreMarket.search",
        "StoreMarket.topApps",
    )
}
