"""The words that Sensor Tower knows: countries, regions, networks, charts, kinds."""

from typing import Final

from parallax.sandbox.accounts import DataSet
from parallax.sandbox.products import COUNTRIES

WORLD: Final = "WW"
REGIONS: Final = ("LATIN_AM", "SE_ASIA", "TIER_1", "US")
"""Of consumer intelligence; retention takes them beside countries."""
OVERLAP_COUNTRIES: Final = (
    "US", "AU", "CA", "FR", "DE", "GB", "IT", "JP", "KR", "BR", "IN", "ID", "MY", "SG", "ES", "TH", "VN", "CN", "TW", "HK",
    "RU", "TR", "MX", "PL", "NL", "PH", "SA", "AE",
)  # fmt: skip
assert set(OVERLAP_COUNTRIES) <= set(COUNTRIES)

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

CHARTS: Final = {
    "ios": (
        "topfreeapplications", "toppaidapplications", "topgrossingapplications", "topfreeipadapplications",
        "toppaidipadapplications", "topgrossingipadapplications",
    ),
    "android": ("topselling_free", "topselling_paid", "topgrossing"),
}  # fmt: skip
TIMESERIES: Final = ("time_spent", "total_time_spent", "session_duration", "session_count", "total_session_count")

SUBSCRIPTIONS: Final = {
    "ad_intel": DataSet.ADS,
    "consumer_intel": DataSet.PANEL,
    "usage": DataSet.USAGE,
    "timeseries": DataSet.USAGE,
    "app_overlap": DataSet.USAGE,
    "sales_report_estimates": DataSet.SALES,
    "compact_sales_report_estimates": DataSet.SALES,
    "downloads_by_sources": DataSet.SALES,
}
"""What an account needs for a path with this part; other paths only the store's own data."""
