"""What Sensor Tower has a word for and the graph has no enum. Pure but for the list of countries, which is a file."""

import re
from collections.abc import Iterable, Mapping
from enum import Enum
from functools import cache
from typing import Final

from parallax.errors import InvalidParameter
from parallax.links.keys import Store
from parallax.vendors.sensor_tower.countries import countries
from parallax.vendors.sensor_tower.stores import STORES, WORLD


class TermKind(Enum):
    COUNTRY = "COUNTRY"
    REGION = "REGION"
    CATEGORY = "CATEGORY"
    CHART = "CHART"
    NETWORK = "NETWORK"
    AD_TYPE = "AD_TYPE"
    PLACEMENT = "PLACEMENT"
    ASPECT_RATIO = "ASPECT_RATIO"
    BANNER_DIMENSION = "BANNER_DIMENSION"


MOST_LISTED: Final = 30
"""Values that a refusal lists; of more it says where they stand."""

REGIONS: Final = {
    "LATIN_AM": "Latin America",
    "SE_ASIA": "Southeast Asia",
    "TIER_1": "Tier 1 countries",
    "US": "United States",
}
"""Of the panel; retention and demographics take them beside countries."""
OVERLAP_COUNTRIES: Final = (
    "US", "AU", "CA", "FR", "DE", "GB", "IT", "JP", "KR", "BR", "IN", "ID", "MY", "SG", "ES", "TH", "VN", "CN", "TW", "HK",
    "RU", "TR", "MX", "PL", "NL", "PH", "SA", "AE",
)  # fmt: skip

CHART_FORM: Final = re.compile("top[a-z_]{3,60}")
CHARTS: Final[Mapping[Store, Mapping[str, str]]] = {
    Store.IOS: {
        "topfreeapplications": "Top free, iPhone",
        "toppaidapplications": "Top paid, iPhone",
        "topgrossingapplications": "Top grossing, iPhone",
        "topfreeipadapplications": "Top free, iPad",
        "toppaidipadapplications": "Top paid, iPad",
        "topgrossingipadapplications": "Top grossing, iPad",
    },
    Store.ANDROID: {"topselling_free": "Top free", "topselling_paid": "Top paid", "topgrossing": "Top grossing"},
}


def _named(text: str) -> dict[str, str]:
    """`key Label; key Label`."""
    pairs = (entry.split(maxsplit=1) for entry in text.replace("\n", " ").split(";"))
    return {key: label.strip() for key, label in pairs}


def _spelled(text: str, prefix: str = "") -> dict[str, str]:
    """Keys whose labels are the words that they are made of."""
    heading = f"{prefix.capitalize()}: " if prefix else ""
    keys = [(word, f"{prefix}_{word}" if prefix else word) for word in text.split()]
    return {key: (heading + word.replace("_", " ").replace(" and ", " & ")).capitalize() for word, key in keys}


CATEGORIES: Final[Mapping[Store, Mapping[str, str]]] = {
    Store.IOS: _named("""
        0 All categories; 36 All categories (overall chart); 6000 Business; 6001 Weather; 6002 Utilities; 6003 Travel;
        6004 Sports; 6005 Social Networking; 6006 Reference; 6007 Productivity; 6008 Photo & Video; 6009 News;
        6010 Navigation; 6011 Music; 6012 Lifestyle; 6013 Health & Fitness; 6014 Games; 6015 Finance; 6016 Entertainment;
        6017 Education; 6018 Books; 6020 Medical; 6021 Newsstand; 6023 Food & Drink; 6024 Shopping; 6026 Developer Tools;
        6027 Graphics & Design; 7001 Games: Action; 7002 Games: Adventure; 7003 Games: Casual; 7004 Games: Board;
        7005 Games: Card; 7006 Games: Casino; 7009 Games: Family; 7011 Games: Music; 7012 Games: Puzzle;
        7013 Games: Racing; 7014 Games: Role Playing; 7015 Games: Simulation; 7016 Games: Sports; 7017 Games: Strategy;
        7018 Games: Trivia; 7019 Games: Word; 9007 Kids; 10000 Kids: youngest band of ages; 10001 Kids: middle band of ages;
        10002 Kids: oldest band of ages"""),
    Store.ANDROID: {
        "all": "All categories",
        "application": "All applications",
        **_spelled("""
            art_and_design auto_and_vehicles beauty books_and_reference business comics communication dating education
            entertainment events finance food_and_drink health_and_fitness house_and_home libraries_and_demo lifestyle
            maps_and_navigation medical music_and_audio news_and_magazines parenting personalization photography productivity
            shopping social sports tools travel_and_local video_players weather game"""),
        **_spelled(
            "action adventure arcade board card casino casual educational music puzzle racing role_playing simulation sports"
            " strategy trivia word",
            "game",
        ),
        "family": "Family",
        **_spelled("action age_range1 age_range2 age_range3 braingames create education musicvideo pretend", "family"),
    },
}

NETWORKS: Final = (
    "Adcolony", "Admob", "Applovin", "BidMachine", "Chartboost", "Digital Turbine", "Facebook", "InMobi", "Instagram", "Line",
    "Meta Audience Network", "Mintegral", "Moloco", "Mopub", "Pangle", "Pinterest", "Smaato", "Snapchat", "Supersonic",
    "Tapjoy", "TikTok", "Twitter", "Unity", "Verve", "Vungle", "Youtube",
)  # fmt: skip
AD_TYPES: Final = (
    "image", "image-banner", "image-interstitial", "image-other", "banner", "full_screen", "video", "video-rewarded",
    "video-interstitial", "video-other", "playable", "interactive-playable", "interactive-playable-rewarded",
    "interactive-playable-other",
)  # fmt: skip
PLACEMENTS: Final = ("ad_on_reel", "feed", "marketplace", "player", "reel", "search", "story", "other")
ASPECT_RATIOS: Final = ("9:16", "4:5", "1:1", "1.91:1", "16:9", "2:3", "other")
BANNER_DIMENSIONS: Final = ("970x250", "728x90", "350x110", "320x50", "other")
_PLAIN: Final = {
    TermKind.NETWORK: NETWORKS,
    TermKind.AD_TYPE: AD_TYPES,
    TermKind.PLACEMENT: PLACEMENTS,
    TermKind.ASPECT_RATIO: ASPECT_RATIOS,
    TermKind.BANNER_DIMENSION: BANNER_DIMENSIONS,
}
_BY_STORE: Final = {TermKind.CATEGORY: CATEGORIES, TermKind.CHART: CHARTS}


@cache
def terms(kind: TermKind, store: Store | None = None) -> Mapping[str, str | None]:
    """Labels by key, None where the key says it all. Categories and charts of one store, or of both."""
    if kind is TermKind.COUNTRY:
        return {WORLD: "Worldwide", **countries()}
    if kind is TermKind.REGION:
        return REGIONS
    if kind in _BY_STORE:
        stores = STORES if store in (None, Store.UNIFIED) else (store,)
        return {key: label for each in stores for key, label in _BY_STORE[kind][each].items()}
    return dict.fromkeys(_PLAIN[kind])


def label(kind: TermKind, store: Store, key: str) -> str | None:
    """None for what is not in our lists: the vendor's own are longer, and what it answers is passed on."""
    return terms(kind, store).get(key)


def checked_term(argument: str, value: str, kind: TermKind, store: Store | None = None) -> str:
    """Raises InvalidParameter, which lists what there is or says where it stands."""
    known = terms(kind, store)
    if value not in known:
        raise InvalidParameter(argument, value, f"there is no {kind.name.lower()} {value[:40]!r}", _told(kind, known))
    return value


def checked_terms(argument: str, values: Iterable[str], kind: TermKind, store: Store | None = None) -> tuple[str, ...]:
    """Each once, in order, at least one."""
    found = tuple(dict.fromkeys(checked_term(argument, value, kind, store) for value in values))
    if not found:
        raise InvalidParameter(argument, [], "is empty: name at least one", _told(kind, terms(kind, store)))
    return found


def checked_chart(argument: str, value: str, store: Store) -> str:
    """New charts come and go: what is written like one is passed on."""
    return value if CHART_FORM.fullmatch(value) else checked_term(argument, value, TermKind.CHART, store)


def checked_country(argument: str, value: str, *, worldwide: bool = False) -> str:
    """A country's code, in upper case; WW where `worldwide`."""
    code = value.strip().upper()
    if code == WORLD and not worldwide:
        raise InvalidParameter(argument, value, "must be one country: this is not told worldwide", _told_countries())
    return checked_term(argument, code, TermKind.COUNTRY)


def checked_countries(argument: str, values: Iterable[str], *, worldwide: bool = True) -> tuple[str, ...]:
    """Each once, in order, at least one."""
    found = tuple(dict.fromkeys(checked_country(argument, value, worldwide=worldwide) for value in values))
    if not found:
        raise InvalidParameter(argument, [], "is empty: name at least one country", _told_countries())
    return found


def _told(kind: TermKind, known: Mapping[str, str | None]) -> list[str]:
    if kind is TermKind.COUNTRY:
        return _told_countries()
    shown = list(known) if len(known) <= MOST_LISTED else [*list(known)[:5], "…"]
    return [*shown, *([] if len(known) <= MOST_LISTED else [f"all are in market.terms(kind: {kind.name})"])]


def _told_countries() -> list[str]:
    return ["ISO 3166 codes of two letters, as US", f"all are in market.terms(kind: {TermKind.COUNTRY.name})"]
