"""What each source holds, in words: columns of the client's own tables, and what vendors measure. Pure."""

from typing import Final, NamedTuple

from parallax.metrics.catalog import SourceSystem


class Field(NamedTuple):
    name: str
    type: str
    description: str


class Source(NamedTuple):
    """`table` is None for a vendor."""

    system: SourceSystem
    description: str
    table: str | None
    fields: tuple[Field, ...]

    @property
    def name(self) -> str:
        return self.system.name.lower()


SOURCES: Final = (
    Source(
        SourceSystem.EVENTS,
        "Events of the client's products as they were sent: who did what when. Every field of Analytics counts over them.",
        "events",
        (
            Field("id", "text", "The event's own id here; with it `node` gives the event again."),
            Field(
                "external_id",
                "text",
                "The id that it was sent with, which decides duplicates; null where there was none.",
            ),
            Field("name", "text", "What happened."),
            Field("at", "timestamptz", "When it happened."),
            Field("user_id", "text", "Whose event it is, as sent; null where nobody was named."),
            Field("session", "text", "The session that it belongs to, as sent; null where none was named."),
            Field("app_id", "uuid", "The app that sent it; null where none was named."),
            Field("properties", "jsonb", "What else was sent with it."),
        ),
    ),
    Source(
        SourceSystem.APP_USAGE,
        "Usage reports: active time and sessions by user, app and day. App.activity sums them.",
        "app_usage",
        (
            Field("app_id", "uuid", "The app."),
            Field("user_id", "text", "The user, by the client's own id."),
            Field("date", "date", "The day, in the client's time zone."),
            Field("active_ms", "bigint", "Milliseconds of active use."),
            Field("sessions", "bigint", "Sessions."),
        ),
    ),
    Source(
        SourceSystem.SENSOR_TOWER,
        "Estimates of a panel for apps of the App Store and Google Play, also those of others.",
        None,
        (
            Field("DOWNLOADS", "COUNT", "Estimated downloads."),
            Field("REVENUE", "USD_CENTS", "What users paid through the stores, in cents, estimated."),
            Field("ACTIVE_USERS", "COUNT", "Estimated devices that used the app in a day, week or month."),
            Field("TIME_SPENT", "SECONDS", "Estimated time that a user spends in the app in a day, week or month."),
            Field("TOTAL_TIME_SPENT", "SECONDS", "Estimated time that all users spend in the app."),
            Field("SESSION_DURATION", "SECONDS", "Estimated length of a session."),
            Field("SESSION_COUNT", "COUNT", "Estimated sessions of a user in a day, week or month."),
            Field("TOTAL_SESSION_COUNT", "COUNT", "Estimated sessions of all users."),
            Field("SHARE_OF_VOICE", "RATIO", "Estimated share of the advertisements that a network showed."),
            Field("RANK", "RANK", "Place in a store's chart, 1 being the top."),
            Field("RETENTION", "RATIO", "Estimated share of new users who come back on a day after, by quarter."),
        ),
    ),
    Source(
        SourceSystem.KORE_AI,
        "Users of conversational apps, as Kore.ai's User Engagement Trend counts them.",
        None,
        (
            Field("UNIQUE_USERS", "COUNT", "Distinct users in an hour or day."),
            Field("NEW_USERS", "COUNT", "Those of them whose first time it was."),
            Field("RETURNING_USERS", "COUNT", "Those of them who had been there before."),
        ),
    ),
    Source(
        SourceSystem.KAON,
        "Use of apps hosted by Kaon, by weeks from Sunday to Saturday.",
        None,
        (
            Field("ENGAGEMENTS", "COUNT", "Visits; a pause of less than 30 minutes ends none."),
            Field("DEVICES", "COUNT", "Distinct devices."),
            Field("HITS", "COUNT", "Hits of an item."),
        ),
    ),
)
BY_SYSTEM: Final = {source.system: source for source in SOURCES}
BY_NAME: Final = {source.name: source for source in SOURCES}
MOST_FIELDS: Final = max(len(source.fields) for source in SOURCES)
