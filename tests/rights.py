"""Who may see and change what of Nordlys, field by field; and how each type is come by."""

from datetime import date
from typing import NamedTuple
from uuid import UUID

from parallax.ids import NO_APP, GlobalId, canonical, encode
from parallax.sandbox.kaon_data import uids
from parallax.sandbox.products import PRODUCTS
from tests.seeds import EXPIRED, NORDLYS, NOTES, TOKENS

SHOWN = "shown"
ABSENT = "absent"  # null and no error, as for what does not exist; or what it hangs on is so
DONE = "done"
FORBIDDEN, NOT_FOUND = "FORBIDDEN", "NOT_FOUND"  # null with the error at its path; of a mutation: its userErrors


class Decision(NamedTuple):
    viewer: str
    editor: str
    admin: str
    stranger: str
    operator: str = SHOWN


EVERYONE = Decision(SHOWN, SHOWN, SHOWN, SHOWN)
OWN = Decision(SHOWN, SHOWN, SHOWN, ABSENT)
OWN_BY_EDITOR = Decision(FORBIDDEN, SHOWN, SHOWN, ABSENT)
"""Rows tell what single people did: who only reads sees numbers."""
UNSEEN_BELOW_EDITOR = Decision(ABSENT, SHOWN, SHOWN, ABSENT)
REFUSED_BELOW_ADMIN = Decision(FORBIDDEN, FORBIDDEN, SHOWN, ABSENT)
UNSEEN_BELOW_ADMIN = Decision(ABSENT, ABSENT, SHOWN, ABSENT)
FOLLOWED = Decision(SHOWN, SHOWN, SHOWN, NOT_FOUND)
FOLLOWED_BY_EDITOR = Decision(FORBIDDEN, SHOWN, SHOWN, NOT_FOUND)
CHANGED_BY_EDITOR = Decision(FORBIDDEN, DONE, DONE, NOT_FOUND, DONE)
CHANGED_BY_ADMIN = Decision(FORBIDDEN, FORBIDDEN, DONE, NOT_FOUND, DONE)
CHANGED_BY_OPERATOR = Decision(FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, DONE)
OUTCOME = Decision(*["as its mutation"] * 5)  # what a mutation gives who may; null, 0 or empty for the others

ANALYTICS = (
    "metric firstTimeUsers perActor propertyAggregate formula topEvents topProperties topSessions topLogs grouped "
    "funnel activeUsers users stickiness retention lifecycle segments segment"
)
ROWS = "events sessions logs"
CONNECTION = "edges nodes pageInfo totalCount"
DECISIONS: dict[str, dict[Decision, str]] = {
    "Query": {EVERYONE: "viewer clients metricCatalog", OWN: "node nodes client"},
    "Mutation": {
        CHANGED_BY_OPERATOR: "clientCreate",
        CHANGED_BY_ADMIN: "clientUpdate tokenCreate tokenRevoke appCreate appUpdate usersErase appLink appUnlink "
        "vendorConnect vendorDisconnect",
        CHANGED_BY_EDITOR: "usageTrack eventsTrack logsTrack usersIdentify",
    },
    "Subscription": {FOLLOWED: "metricChanged", FOLLOWED_BY_EDITOR: "eventReceived logReceived"},
    # Whoever asks, of the caller alone.
    "Viewer": {EVERYONE: "name clients budget", OWN: "role"},
    "Budget": {EVERYONE: "limit remaining resetsAt"},
    "ClientConnection": {EVERYONE: CONNECTION},
    "ClientEdge": {EVERYONE: "cursor node"},
    "PageInfo": {EVERYONE: "hasNextPage hasPreviousPage startCursor endCursor"},
    "MetricInfo": {EVERYONE: "name label description unit sources field arguments granularities isAdditive"},
    "UserError": {EVERYONE: "field code message"},
    # A client's.
    "Node": {OWN: "id"},
    "Analytics": {OWN: ANALYTICS, OWN_BY_EDITOR: ROWS},
    "Client": {
        OWN: f"id name timeZone app apps user sources source market {ANALYTICS}",
        OWN_BY_EDITOR: ROWS,
        REFUSED_BELOW_ADMIN: "tokens",
    },
    "ApiToken": {UNSEEN_BELOW_ADMIN: "id name role createdAt expiresAt lastUsedAt revokedAt storedOnly ingestOnly"},
    "App": {
        OWN: f"id name client links sensorTower koreAi kaon activity usageReports {ANALYTICS}",
        OWN_BY_EDITOR: ROWS,
    },
    "DataSource": {OWN: "name system description table fields health"},
    "DataField": {OWN: "name type description"},
    "SourceHealth": {OWN: "state message checkedAt lastSuccessAt quotaLimit quotaUsed quotaResetsAt"},
    "AppLink": {OWN: "id system key store label hasOwnCredentials createdAt createdBy target"},
    "StoreMarket": {OWN: "search app apps publisher terms topApps categoryEstimate"},
    "SensorTowerApp": {
        OWN: "id name unifiedId publisher editions estimate usage downloadsBySource advertising creatives",
    },
    "StoreApp": {
        OWN: "id store key name product listing inAppPurchases rank currentRanks updates versions estimate usage",
    },
    "StorePublisher": {OWN: "id store key name country email address url estimate"},
    "StoreTopApp": {OWN: "position app value unit"},
    "AdUnitConnection": {OWN: f"{CONNECTION} networks"},
    "AdUnitEdge": {OWN: "cursor node"},
    "AdUnit": {
        OWN: "id network adType formats firstSeen lastSeen share similarityGroup breakdown topPublishers creatives",
    },
    "Creative": {OWN: "key url previewUrl thumbnailUrl videoSeconds width height message buttonText"},
    "StoreListing": {
        OWN: "country humanizedName subtitle description shortDescription promoText publisher bundleId categories "
        "contentRating advisories isActive version price hasInAppPurchases rating ratingCount globalRatingCount "
        "currentVersionRating currentVersionRatingCount lastMonthDownloads lastMonthRevenue countries topCountries "
        "canonicalCountry languages releasedAt countryReleasedAt updatedAt permissions flags sdks url storeUrl iconUrl "
        "featureGraphicUrl screenshotUrls tabletScreenshotUrls websiteUrl supportUrl privacyPolicyUrl licenseUrl "
        "publisherProfileUrl"
    },
    "Money": {OWN: "cents currency"},
    "InAppPurchase": {OWN: "key name price duration"},
    "StoreRank": {OWN: "category chart rank"},
    "StoreUpdate": {OWN: "at changes"},
    "StoreChange": {OWN: "kind before after"},
    "StoreVersion": {OWN: "at version previous notes"},
    "StoreTerm": {OWN: "key label"},
    "AppConnection": {OWN: CONNECTION},
    "AppEdge": {OWN: "cursor node"},
    "Metric": {
        OWN: "id name label unit dimensions period granularity comparison source total min max average data values "
        "breakdown inputs"
    },
    "MetricSlice": {OWN: "dimension isOther total share data values comparison"},
    "TopEntry": {OWN: "name count users"},
    "GroupedMetric": {OWN: "period groups totalSize"},
    "MetricGroup": {OWN: "dimension isOther size intensity"},
    "Stickiness": {OWN: "ratio histogram"},
    "StickinessBar": {OWN: "days users"},
    "Retention": {OWN: "period granularity periods source cohorts averages breakdown"},
    "RetentionSlice": {OWN: "dimension isOther cohorts averages"},
    "Cohort": {OWN: "start size cells"},
    "CohortCell": {OWN: "offset count rate isComplete users"},
    "Lifecycle": {OWN: "period granularity data"},
    "LifecyclePoint": {OWN: "date at new returning resurrected dormant isPartial users"},
    "Segment": {OWN: "name category count users"},
    "Funnel": {OWN: "period windowSeconds steps overallConversion breakdown trend"},
    "FunnelStep": {
        OWN: "position event label count overallRate stepRate dropOff averageSecondsFromPrevious medianSecondsFromPrevious "
        "users droppedUsers"
    },
    "FunnelSlice": {OWN: "dimension isOther steps overallConversion trend"},
    "FunnelTrendPoint": {OWN: "date at entered converted rate isPartial"},
    "MetricComparison": {OWN: "period total change changeRatio data values"},
    "Period": {OWN: "start end from to timeZone"},
    "DataPoint": {OWN: "date at value isPartial"},
    "Dimension": {OWN: "name value"},
    "KoreAiApp": {OWN: "id streamId engagement"},
    "ConversationEngagement": {
        OWN: "period dayCount uniqueUsers newUsers returningUsers averageUniqueUsersPerDay averageNewUsersPerDay "
        "averageReturningUsersPerDay"
    },
    "KaonApp": {
        OWN: "id clientKey weeks engagements deviceCount durations deviceFrequency devices items itemHits",
        OWN_BY_EDITOR: "clickstream",
    },
    "KaonWeek": {OWN: "number label start end"},
    "DurationBucket": {OWN: "code label fromSeconds toSeconds count"},
    "FrequencyBar": {OWN: "weeks devices"},
    "KaonDevice": {OWN: "id uid weeks"},
    "KaonDeviceConnection": {OWN: CONNECTION},
    "KaonDeviceEdge": {OWN: "cursor node"},
    "KaonItem": {OWN: "path name count"},
    "SourceInfo": {
        OWN: "system label definition reference isEstimate userBasis asOf isStale settledUntil confidence confidenceScore"
    },
    "UsageReportConnection": {OWN: CONNECTION},
    "UsageReportEdge": {OWN: "cursor node"},
    "UsageReport": {OWN: "id user date activeMs sessions"},
    "User": {
        OWN: "id externalId traits aliases firstSeen lastSeen sessionCount",
        OWN_BY_EDITOR: "events sessions",
    },
    "UserAlias": {OWN: "value linkedAt"},
    "UserConnection": {OWN: CONNECTION},
    "UserEdge": {OWN: "cursor node"},
    "Event": {UNSEEN_BELOW_EDITOR: "id externalId name at user userId session app properties"},
    "EventConnection": {UNSEEN_BELOW_EDITOR: CONNECTION},
    "EventEdge": {UNSEEN_BELOW_EDITOR: "cursor node"},
    "Session": {
        UNSEEN_BELOW_EDITOR: "id startedAt endedAt durationSeconds eventCount isBounce entryEvent exitEvent externalId "
        "user properties events"
    },
    "SessionConnection": {UNSEEN_BELOW_EDITOR: CONNECTION},
    "SessionEdge": {UNSEEN_BELOW_EDITOR: "cursor node"},
    "Log": {UNSEEN_BELOW_EDITOR: "id at level service source message session user properties"},
    "LogConnection": {UNSEEN_BELOW_EDITOR: CONNECTION},
    "LogEdge": {UNSEEN_BELOW_EDITOR: "cursor node"},
    "ErasureReceipt": {UNSEEN_BELOW_ADMIN: "id acceptedAt invisibleAt purgedAt layers"},
    "ErasureLayer": {UNSEEN_BELOW_ADMIN: "name before after"},
    # What a mutation answers.
    "ClientCreatePayload": {OUTCOME: "userErrors client"},
    "ClientUpdatePayload": {OUTCOME: "userErrors client"},
    "AppCreatePayload": {OUTCOME: "userErrors app"},
    "AppUpdatePayload": {OUTCOME: "userErrors app"},
    "AppLinkPayload": {OUTCOME: "userErrors app link"},
    "AppUnlinkPayload": {OUTCOME: "userErrors app"},
    "VendorConnectPayload": {OUTCOME: "userErrors source"},
    "VendorDisconnectPayload": {OUTCOME: "userErrors source"},
    "TokenCreatePayload": {OUTCOME: "userErrors token secret"},
    "TokenRevokePayload": {OUTCOME: "userErrors token"},
    "UsageTrackPayload": {OUTCOME: "userErrors accepted duplicates replaced rejected receipt"},
    "EventsTrackPayload": {OUTCOME: "userErrors accepted duplicates rejected receipt"},
    "LogsTrackPayload": {OUTCOME: "userErrors accepted duplicates rejected receipt"},
    "UsersIdentifyPayload": {OUTCOME: "userErrors accepted rejected receipt"},
    "UsersErasePayload": {OUTCOME: "userErrors erased unknown receipt"},
    "RejectedRow": {UNSEEN_BELOW_EDITOR: "index field code message"},
}

QUESTION = {
    "activity": "USER_COUNT",
    "app": str(NOTES),
    "period": {"start": "2026-03-04", "end": "2026-03-05"},
    "granularity": "DAY",
}
CLIENT = encode(GlobalId("Client", NORDLYS))
ERASURE = UUID(int=7)
"""That of a user who was known by name alone."""
LINK = UUID(int=8)
"""That of Notes in the App Store."""
PRODUCT = PRODUCTS[0]
"""What Notes is at the vendors."""
KAON = {"app": str(NOTES), "client": PRODUCT.kaon}
UID = uids(PRODUCT, 739, date(2026, 3, 1), date(2026, 3, 7))[0]
IOS = '{"ios":"1500000001"}'
IDS = {
    "Client": CLIENT,
    "App": encode(GlobalId("App", NORDLYS, (NOTES,))),
    "ApiToken": encode(GlobalId("ApiToken", NORDLYS, (UUID(int=list(TOKENS).index(EXPIRED) + 1),))),
    "User": encode(GlobalId("User", NORDLYS, (1,))),
    "UsageReport": encode(GlobalId("UsageReport", NORDLYS, (NOTES, date(2026, 3, 2), 1))),
    "Metric": encode(GlobalId("Metric", NORDLYS, (canonical(QUESTION),))),
    "Analytics": CLIENT,
    "Event": encode(GlobalId("Event", NORDLYS, (date(2026, 3, 4), 6))),
    "Session": encode(GlobalId("Session", NORDLYS, (1, NO_APP))),
    "Log": encode(GlobalId("Log", NORDLYS, (date(2026, 3, 4), 10))),
    "ErasureReceipt": encode(GlobalId("ErasureReceipt", NORDLYS, (ERASURE,))),
    "AppLink": encode(GlobalId("AppLink", NORDLYS, (LINK,))),
    "KoreAiApp": encode(GlobalId("KoreAiApp", NORDLYS, (canonical({"app": str(NOTES), "stream": PRODUCT.stream}),))),
    "KaonApp": encode(GlobalId("KaonApp", NORDLYS, (canonical(KAON),))),
    "KaonDevice": encode(
        GlobalId("KaonDevice", NORDLYS, (canonical({**KAON, "uid": UID, "first": 739, "last": 740}),))
    ),
    "SensorTowerApp": encode(GlobalId("SensorTowerApp", NORDLYS, (IOS,))),
    "StoreApp": encode(GlobalId("StoreApp", NORDLYS, (IOS,))),
    "StorePublisher": encode(
        GlobalId("StorePublisher", NORDLYS, (f'{{"app":{IOS},"country":"US","ios":"1400000009"}}',))
    ),
}

AD_PAGE = {
    "ad_types": "video-interstitial", "app_ids": "65a1b2c3d4e5f60718293a4b", "countries": "US", "end_date": "2026-02-28",
    "limit": "10", "networks": "Line", "os": "unified", "page": "1", "start_date": "2026-02-02",
}  # fmt: skip
"""On which the sandbox has an advertisement of that id."""
IDS["AdUnit"] = encode(GlobalId("AdUnit", NORDLYS, (canonical({"page": AD_PAGE, "unit": "77ade00fea3c"}),)))

DAYS = 'period: {start: "2026-03-02", end: "2026-03-04"}'
SERIES = f"{DAYS}, compare: PREVIOUS"
ANALYSED = {
    "metric": f'(name: EVENTS, {SERIES}, breakdown: "country")',
    "firstTimeUsers": f'(event: "open", {SERIES})',
    "perActor": f'(event: "open", {SERIES})',
    "propertyAggregate": f'(event: "pay", property: "amount", {SERIES})',
    "formula": f'(series: [{{event: "open"}}, {{metric: DAU}}], formula: "A / B", {SERIES})',
    "topEvents": f"({DAYS})",
    "stickiness": f"({SERIES})",
    "retention": f'({DAYS}, granularity: DAY, periods: 2, breakdown: "country")',
    "lifecycle": f"({DAYS})",
    "segments": f"({DAYS})",
    "segment": f"(name: NEW, {DAYS})",
    "topProperties": f'(event: "open", property: "country", {DAYS})',
    "topSessions": f'(property: "country", {DAYS})',
    "topLogs": f"({DAYS})",
    **dict.fromkeys(["events", "sessions", "logs", "users", "activeUsers"], f"({DAYS}, first: 2)"),
    "funnel": f'(steps: [{{event: "open"}}, {{event: "signup"}}], breakdown: "country", {DAYS})',
    "grouped": f'(groupBy: "country", size: {{type: COUNT}}, intensity: {{type: AVG_PER_ACTOR}}, {DAYS})',
}
ACTIVITY = '(metric: USER_COUNT, period: {start: "2026-03-04", end: "2026-03-05"}, compare: PREVIOUS)'
REPORT = f'{{app: "{NOTES}", user: "ada", date: "2026-03-02", activeMs: 1, sessions: 1}}'
ARGUMENTS = {
    "Query.node": f'(id: "{IDS["App"]}")',
    "Query.nodes": f'(ids: ["{IDS["App"]}", "{CLIENT}"])',
    "Query.client": f'(id: "{CLIENT}")',
    "Viewer.role": f'(client: "{CLIENT}")',
    "Client.app": f'(id: "{IDS["App"]}")',
    "App.activity": ACTIVITY,
    "App.usageReports": "(first: 5)",
    **{f"{of}.{field}": given for of in ("Analytics", "Client", "App") for field, given in ANALYSED.items()},
    "Client.source": '(name: "kaon")',
    "KaonApp.itemHits": '(path: "home", period: {last: "2w"}, breakdown: COUNTRY)',
    "KaonApp.clickstream": '(externalId: "crm-5521", first: 2)',
    "KaonApp.devices": "(first: 2)",
    "StoreMarket.search": '(term: "acme", first: 2)',
    "StoreMarket.app": '(key: {ios: "1500000001"})',
    "StoreMarket.apps": '(keys: [{ios: "1500000001"}])',
    "StoreMarket.publisher": '(store: IOS, key: "1400000009")',
    "StoreMarket.terms": "(kind: CHART)",
    "SensorTowerApp.editions": "(store: IOS)",
    "StoreApp.rank": f'(category: "6007", chart: "topfreeapplications", countries: ["NO"], {DAYS})',
    "StoreMarket.topApps": f'(store: IOS, category: "6007", first: 2, {DAYS})',
    "StoreMarket.categoryEstimate": f'(store: IOS, category: "6007", name: DOWNLOADS, {DAYS})',
    **{
        f"{of}.estimate": f'(name: DOWNLOADS, countries: ["NO"], {DAYS})'
        for of in ("SensorTowerApp", "StoreApp", "StorePublisher")
    },
    **{f"{of}.usage": "(name: TIME_SPENT)" for of in ("SensorTowerApp", "StoreApp")},
    "SensorTowerApp.advertising": f'(name: RANK, networks: ["Admob"], {DAYS})',
    "SensorTowerApp.creatives": '(countries: ["US"], networks: ["Line"], adTypes: ["video-interstitial"], '
    'period: {start: "2026-02-02", end: "2026-02-28"})',
    "StoreApp.currentRanks": '(country: "NO")',
    "StoreApp.updates": "(days: 60)",
    "Client.user": '(id: "ada\'s phone")',
    **{f"FunnelStep.{field}": "(first: 2)" for field in ("users", "droppedUsers")},
    "User.events": "(first: 2)",
    "User.sessions": "(first: 2)",
    "Session.events": "(first: 2)",
    "CohortCell.users": "(first: 2)",
    "LifecyclePoint.users": "(state: NEW, first: 2)",
    "Segment.users": "(first: 2)",
    "Subscription.metricChanged": f'(id: "{IDS["Metric"]}")',
    "Subscription.eventReceived": f'(client: "{CLIENT}")',
    "Subscription.logReceived": f'(client: "{CLIENT}")',
    "Mutation.clientCreate": '(input: {name: "New"})',
    "Mutation.clientUpdate": f'(input: {{id: "{CLIENT}", name: "New"}})',
    "Mutation.tokenCreate": f'(input: {{client: "{CLIENT}", role: VIEWER, name: "new"}})',
    "Mutation.tokenRevoke": f'(id: "{IDS["ApiToken"]}")',
    "Mutation.appCreate": f'(input: {{client: "{CLIENT}", name: "New"}})',
    "Mutation.appUpdate": f'(input: {{id: "{IDS["App"]}", name: "New"}})',
    "Mutation.appLink": f'(input: {{app: "{IDS["App"]}", to: {{sensorTower: {{android: "com.acme.notes"}}}}}})',
    "Mutation.appUnlink": f'(input: {{link: "{IDS["AppLink"]}"}})',
    "Mutation.vendorConnect": f'(input: {{client: "{CLIENT}", credentials: {{kaon: {{apiKey: "not-a-real-key"}}}}}})',
    "Mutation.vendorDisconnect": f'(input: {{client: "{CLIENT}", system: KORE_AI}})',
    "Mutation.eventsTrack": f'(client: "{CLIENT}", events: [{{name: "open", user: "ada"}}])',
    "Mutation.logsTrack": f'(client: "{CLIENT}", logs: [{{message: "hello"}}])',
    "Mutation.usersIdentify": f'(client: "{CLIENT}", users: [{{id: "ada", traits: {{plan: "pro"}}}}])',
    "Mutation.usersErase": f'(client: "{CLIENT}", users: ["ada"])',
    "Mutation.usageTrack": f'(client: "{CLIENT}", reports: [{REPORT}])',
}
WAYS = {
    "Query": [""],
    "Viewer": ["viewer"],
    "Budget": ["viewer > budget"],
    "ClientConnection": ["clients", "viewer > clients"],
    "ClientEdge": ["clients > edges"],
    "PageInfo": ["clients > pageInfo"],
    "MetricInfo": ["metricCatalog"],
    "UserError": ['mutation > appUpdate(input: {id: "none"}) > userErrors'],
    "Node": ["node"],
    "Analytics": ["node:Analytics"],
    "Client": ["client", "node:Client", "client > app > client"],
    "ApiToken": ["client > tokens", "node:ApiToken"],
    "App": ["client > app", 'client > apps(first: 1, search: "notes") > nodes', "node:App"],
    "DataSource": ["client > source", "client > sources"],
    "DataField": ["client > source > fields"],
    "SourceHealth": ["client > source > health"],
    "AppLink": ["client > app > links", "node:AppLink"],
    "StoreMarket": ["client > market"],
    "SensorTowerApp": [
        *("client > app > sensorTower", "client > market > app", "client > market > apps", "node:SensorTowerApp"),
        "client > app > sensorTower > editions > product",
    ],
    "StoreApp": ["client > app > sensorTower > editions", "node:StoreApp"],
    "StorePublisher": ["client > app > sensorTower > publisher", "node:StorePublisher"],
    "StoreListing": ["node:StoreApp > listing"],
    "Money": ["node:StoreApp > listing > price", "node:StoreApp > listing > lastMonthRevenue"],
    "InAppPurchase": ["node:StoreApp > inAppPurchases"],
    "StoreRank": ["node:StoreApp > currentRanks"],
    "StoreTopApp": ["client > market > topApps"],
    "AdUnitConnection": ["client > app > sensorTower > creatives"],
    "AdUnitEdge": ["client > app > sensorTower > creatives > edges"],
    "AdUnit": ["client > app > sensorTower > creatives > nodes", "node:AdUnit"],
    "Creative": ["node:AdUnit > creatives"],
    "StoreUpdate": ["node:StoreApp > updates"],
    "StoreChange": ["node:StoreApp > updates > changes"],
    "StoreVersion": ["node:StoreApp > versions"],
    "StoreTerm": ["client > market > terms", "node:StoreApp > listing > categories"],
    "AppConnection": ["client > apps"],
    "AppEdge": ["client > apps > edges"],
    "Metric": [
        "client > app > activity",
        "node:Metric",
        *(f"client > {field}" for field in ("metric", "firstTimeUsers", "perActor", "propertyAggregate", "formula")),
        "client > app > metric",
        "client > app > sensorTower > estimate",
        "client > formula > inputs",
        "client > app > koreAi > engagement > uniqueUsers",
        *(f"client > app > kaon > {field}" for field in ("engagements", "deviceCount", "itemHits")),
    ],
    "MetricSlice": ["client > metric > breakdown"],
    "Stickiness": ["client > stickiness", "client > app > stickiness"],
    "StickinessBar": ["client > stickiness > histogram"],
    "Retention": ["client > retention", "client > app > retention"],
    "RetentionSlice": ["client > retention > breakdown"],
    "Cohort": ["client > retention > cohorts", "client > retention > breakdown > cohorts"],
    "CohortCell": ["client > retention > cohorts > cells", "client > retention > breakdown > cohorts > cells"],
    "Lifecycle": ["client > lifecycle", "client > app > lifecycle"],
    "LifecyclePoint": ["client > lifecycle > data"],
    "Segment": ["client > segments", "client > segment", "client > app > segments"],
    "TopEntry": ["client > topEvents", "client > topProperties", "client > topSessions"],
    "GroupedMetric": ["client > grouped"],
    "MetricGroup": ["client > grouped > groups"],
    "Funnel": ["client > funnel", "client > app > funnel"],
    "FunnelStep": ["client > funnel > steps", "client > funnel > breakdown > steps"],
    "FunnelSlice": ["client > funnel > breakdown"],
    "FunnelTrendPoint": ["client > funnel > trend", "client > funnel > breakdown > trend"],
    "MetricComparison": ["client > app > activity > comparison"],
    "Period": ["client > app > activity > period", "client > app > activity > comparison > period"],
    "DataPoint": ["client > app > activity > data", "client > app > activity > comparison > data"],
    "Dimension": ["client > app > kaon > itemHits > dimensions", "client > app > sensorTower > estimate > dimensions"],
    "KoreAiApp": ["client > app > koreAi", "node:KoreAiApp"],
    "ConversationEngagement": ["client > app > koreAi > engagement"],
    "KaonApp": ["client > app > kaon", "node:KaonApp"],
    "KaonWeek": ["client > app > kaon > weeks"],
    "DurationBucket": ["client > app > kaon > durations"],
    "FrequencyBar": ["client > app > kaon > deviceFrequency"],
    "KaonDevice": ["client > app > kaon > devices > nodes", "node:KaonDevice"],
    "KaonDeviceConnection": ["client > app > kaon > devices"],
    "KaonDeviceEdge": ["client > app > kaon > devices > edges"],
    "KaonItem": ["client > app > kaon > items"],
    "SourceInfo": ["client > app > activity > source"],
    "UsageReportConnection": ["client > app > usageReports"],
    "UsageReportEdge": ["client > app > usageReports > edges"],
    "UsageReport": ["client > app > usageReports > nodes", "node:UsageReport"],
    "User": [
        "client > app > usageReports > nodes > user",
        "node:User",
        "client > user",
        "client > users > nodes",
        "client > activeUsers > nodes",
        "client > funnel > steps > users > nodes",
    ],
    "UserAlias": ["node:User > aliases"],
    "UserConnection": [
        *("client > users", "client > activeUsers", "client > app > users", "client > segment > users"),
        "client > retention > cohorts > cells > users",
        "client > lifecycle > data > users",
        "client > funnel > steps > users",
    ],
    "UserEdge": ["client > users > edges"],
    "Event": [
        "client > events > nodes",
        "client > app > events > nodes",
        "node:Event",
        "client > sessions > nodes > events > nodes",
        "node:User > events > nodes",
    ],
    "EventConnection": ["client > events", "client > app > events", "node:User > events", "node:Session > events"],
    "EventEdge": ["client > events > edges"],
    "Session": [
        "client > sessions > nodes",
        "client > app > sessions > nodes",
        "node:Session",
        "node:User > sessions > nodes",
    ],
    "SessionConnection": ["client > sessions", "client > app > sessions", "node:User > sessions"],
    "SessionEdge": ["client > sessions > edges"],
    "Log": ["client > logs > nodes", "node:Log"],
    "LogConnection": ["client > logs", "client > app > logs"],
    "LogEdge": ["client > logs > edges"],
    "ErasureReceipt": ["node:ErasureReceipt"],
    "ErasureLayer": ["node:ErasureReceipt > layers"],
    "RejectedRow": [
        f'mutation > usageTrack(client: "{CLIENT}", reports: [{REPORT.replace("ada", "")}]) > rejected',
        f'mutation > eventsTrack(client: "{CLIENT}", events: [{{name: ""}}]) > rejected',
        f'mutation > logsTrack(client: "{CLIENT}", logs: [{{message: "", id: "a"}}]) > rejected',
        f'mutation > usersIdentify(client: "{CLIENT}", users: [{{id: ""}}]) > rejected',
    ],
}
"""How objects of a type are come by: fields from the root down. `node:App` is the App by its id."""

UNSET = {
    "ApiToken.expiresAt", "ApiToken.lastUsedAt", "ApiToken.revokedAt",
    "Metric.comparison", "Metric.breakdown", "Metric.inputs",  # of the series that is come by without one
    "FunnelStep.averageSecondsFromPrevious", "FunnelStep.medianSecondsFromPrevious",  # of the first
    "AppLink.label",
    # The App Store has none of them, or not of this app.
    *(f"StoreListing.{field}" for field in ("shortDescription", "promoText", "permissions", "featureGraphicUrl", "licenseUrl")),
    "Creative.previewUrl", "Creative.message",
    "Money.currency", "StoreRank.rank", "StoreVersion.notes", "StoreChange.before",
    "DataSource.table", "DataSource.health",  # of a vendor; of a table
    *(f"SourceHealth.{field}" for field in ("message", "checkedAt", "lastSuccessAt")),
    *(f"SourceHealth.{field}" for field in ("quotaLimit", "quotaUsed", "quotaResetsAt")),
    "Event.externalId", "Event.app",  # of events that came without one
    "Log.service", "Log.source", "Log.session", "Log.user",
    "ErasureReceipt.purgedAt", "ErasureLayer.after",
    "SourceInfo.settledUntil", "SourceInfo.confidence", "SourceInfo.confidenceScore",
}  # fmt: skip
"""Null in the seeds, for those who may see it too."""

ALONE = {"User.events"}
"""Never null: refused, such a field takes its object with it, and is asked for by itself."""
