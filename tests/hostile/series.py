"""The places of the Analytics fields that take a text or a number: an operation with the variable `x` there."""

from tests.seeds import NORDLYS

CUT = 'period: {start: "2026-03-02", end: "2026-03-04"}'
COUNTED = "size: {type: COUNT}, intensity: {type: UNIQUE_ACTORS}"


def client(kind: str, shown: str) -> str:
    return f'($x: {kind}) {{ client(id: "{NORDLYS}") {{ {shown} }} }}'


def metric(arguments: str) -> str:
    return f"metric(name: EVENTS, {CUT}, {arguments}) {{ id values breakdown {{ dimension total }} }}"


def formula(arguments: str) -> str:
    return f"formula({CUT}, {arguments}) {{ id values breakdown {{ dimension total }} }}"


def retention(arguments: str) -> str:
    shown = "cohorts { size cells { count } } averages breakdown { dimension cohorts { size } }"
    return f"retention({CUT}, {arguments}) {{ {shown} }}"


def grouped(arguments: str) -> str:
    return f"grouped({CUT}, {arguments}) {{ totalSize groups {{ dimension }} }}"


def funnel(
    arguments: str, shown: str = "steps { count label event users { totalCount } } breakdown { dimension }"
) -> str:
    return f"funnel({CUT}, {arguments}) {{ {shown} }}"


TWO = 'steps: [{event: "open"}, {}]'
PLACES = {
    "Analytics.metric.event": client("String", metric("event: $x")),
    "Analytics.metric.breakdown": client("String", metric("breakdown: $x")),
    "Analytics.firstTimeUsers.event": client("String!", f"firstTimeUsers({CUT}, event: $x) {{ id values }}"),
    "Analytics.firstTimeUsers.breakdown": client(
        "String", f'firstTimeUsers({CUT}, event: "open", breakdown: $x) {{ id breakdown {{ dimension }} }}'
    ),
    "Analytics.perActor.event": client("String!", f"perActor({CUT}, event: $x) {{ id values }}"),
    "Analytics.perActor.property": client("String", f'perActor({CUT}, event: "pay", property: $x) {{ id values }}'),
    "Analytics.perActor.breakdown": client(
        "String", f'perActor({CUT}, event: "pay", breakdown: $x) {{ id breakdown {{ dimension }} }}'
    ),
    "Analytics.propertyAggregate.event": client(
        "String!", f'propertyAggregate({CUT}, event: $x, property: "amount") {{ id values }}'
    ),
    "Analytics.propertyAggregate.property": client(
        "String!", f'propertyAggregate({CUT}, event: "pay", property: $x) {{ id values source {{ definition }} }}'
    ),
    "Analytics.propertyAggregate.breakdown": client(
        "String",
        f'propertyAggregate({CUT}, event: "pay", property: "amount", breakdown: $x) {{ breakdown {{ dimension }} }}',
    ),
    "Analytics.formula.formula": client("String!", formula("series: [{}], formula: $x")),
    "FormulaSeriesInput.event": client("String", formula('series: [{event: $x}], formula: "A"')),
    "FormulaSeriesInput.property": client("String", formula('series: [{property: $x}], formula: "A"')),
    "FormulaSeriesInput.breakdown": client("String", formula('series: [{breakdown: $x}], formula: "A"')),
    "ConditionInput.field": client("String!", metric("where: [{field: $x, operator: IS_SET}]")),
    "Analytics.stickiness.event": client("String", f"stickiness({CUT}, event: $x) {{ ratio {{ id values }} }}"),
    "Analytics.stickiness.breakdown": client(
        "String", f"stickiness({CUT}, breakdown: $x) {{ ratio {{ id breakdown {{ dimension total }} }} }}"
    ),
    "Analytics.lifecycle.event": client("String", f"lifecycle({CUT}, event: $x) {{ data {{ new }} }}"),
    "Analytics.retention.startEvent": client("String", retention("startEvent: $x")),
    "Analytics.retention.returnEvent": client("String", retention("returnEvent: $x")),
    "Analytics.retention.breakdown": client("String", retention("breakdown: $x")),
    "CohortCell.users.after": client(
        "String", f"retention({CUT}) {{ cohorts {{ cells {{ users(after: $x) {{ totalCount }} }} }} }}"
    ),
    "LifecyclePoint.users.after": client(
        "String", f"lifecycle({CUT}) {{ data {{ users(state: NEW, after: $x) {{ totalCount }} }} }}"
    ),
    "Segment.users.after": client("String", f"segment(name: NEW, {CUT}) {{ users(after: $x) {{ totalCount }} }}"),
    "Analytics.topProperties.event": client("String!", f'topProperties({CUT}, event: $x, property: "plan") {{ name }}'),
    "Analytics.topProperties.property": client("String!", f'topProperties({CUT}, event: "a", property: $x) {{ name }}'),
    "Analytics.topSessions.property": client("String", f"topSessions({CUT}, property: $x) {{ name }}"),
    "Analytics.grouped.groupBy": client("String!", grouped(f"groupBy: $x, {COUNTED}")),
    "Analytics.grouped.event": client("String", grouped(f'groupBy: "country", event: $x, {COUNTED}')),
    "FunnelStepInput.event": client("String", funnel("steps: [{event: $x}, {}]")),
    "FunnelStepInput.label": client("String", funnel("steps: [{label: $x}, {}]")),
    "FunnelExclusionInput.event": client("String!", funnel(f"{TWO}, exclusions: [{{event: $x}}]")),
    "Analytics.funnel.breakdown": client("String", funnel(f"{TWO}, breakdown: $x")),
    **{
        f"FunnelStep.{field}.after": client("String", funnel(TWO, f"steps {{ {field}(after: $x) {{ totalCount }} }}"))
        for field in ("users", "droppedUsers")
    },
    "GroupSizeInput.property": client(
        "String", grouped('groupBy: "country", size: {type: SUM, property: $x}, intensity: {type: UNIQUE_ACTORS}')
    ),
    "GroupIntensityInput.property": client(
        "String", grouped('groupBy: "country", size: {type: COUNT}, intensity: {type: AVG, property: $x}')
    ),
}

NUMBERS = {
    "Metric.breakdown.first": client("Int", 'metric(name: DAU, breakdown: "a") { breakdown(first: $x) { total } }'),
    "Analytics.retention.periods": client("Int", retention("periods: $x")),
    "Retention.breakdown.first": client("Int", 'retention(breakdown: "a") { breakdown(first: $x) { dimension } }'),
    "CohortCell.users.first": client(
        "Int", f"retention({CUT}) {{ cohorts {{ cells {{ users(first: $x) {{ nodes {{ id }} }} }} }} }}"
    ),
    "LifecyclePoint.users.first": client(
        "Int", f"lifecycle({CUT}) {{ data {{ users(state: NEW, first: $x) {{ nodes {{ id }} }} }} }}"
    ),
    "Segment.users.first": client("Int", f"segment(name: NEW, {CUT}) {{ users(first: $x) {{ nodes {{ id }} }} }}"),
    "Analytics.firstTimeUsers.lookbackDays": client("Int", 'firstTimeUsers(event: "a", lookbackDays: $x) { total }'),
    "Analytics.topEvents.first": client("Int", "topEvents(first: $x) { name }"),
    "Analytics.topProperties.first": client("Int", 'topProperties(event: "a", property: "b", first: $x) { name }'),
    "Analytics.topSessions.first": client("Int", "topSessions(first: $x) { name }"),
    "Analytics.topLogs.first": client("Int", "topLogs(first: $x) { name }"),
    "Analytics.grouped.maxGroups": client("Int", grouped(f'groupBy: "country", {COUNTED}, maxGroups: $x')),
    "Analytics.funnel.windowSeconds": client("Int", funnel(f"{TWO}, windowSeconds: $x")),
    **{
        f"FunnelExclusionInput.{field}": client("Int", funnel(f'{TWO}, exclusions: [{{event: "a", {field}: $x}}]'))
        for field in ("afterStep", "beforeStep")
    },
    "Funnel.breakdown.first": client(
        "Int", funnel(f'{TWO}, breakdown: "country"', "breakdown(first: $x) { dimension }")
    ),
    **{
        f"FunnelStep.{field}.first": client("Int", funnel(TWO, f"steps {{ {field}(first: $x) {{ totalCount }} }}"))
        for field in ("users", "droppedUsers")
    },
    "GroupIntensityInput.percentile": client(
        "Float",
        grouped('groupBy: "country", size: {type: COUNT}, intensity: {type: PERCENTILE_PER_ACTOR, percentile: $x}'),
    ),
}

VALUES = {
    operator: client("JSON", metric(f'where: [{{field: "country", operator: {operator}, value: $x}}]'))
    for operator in ("EQ", "NE", "GT", "LTE", "CONTAINS", "STARTS_WITH", "IN", "NOT_IN", "IS_SET", "REGEX")
}
"""Places that take anything at all."""
