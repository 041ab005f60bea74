"""The published schema: current, described, shaped by the rules of README.md, and never broken unnoticed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    build_schema,
    get_named_type,
    is_introspection_type,
    is_specified_scalar_type,
)
from graphql.utilities import find_breaking_changes

from parallax.schema import schema

ROOT = Path(__file__).parents[1]
PUBLISHED = ROOT / "schema.graphql"
RELEASED = Path(__file__).parent / "snapshots" / "schema.graphql"

GRAPH = schema._schema
TYPES: dict[str, GraphQLNamedType] = {
    name: type_
    for name, type_ in sorted(GRAPH.type_map.items())
    if not is_introspection_type(type_) and not is_specified_scalar_type(type_)
}
# Lists that may be null as a whole, with the reason that their description gives.
NULLABLE_LISTS = {
    "Client.tokens": "only ADMIN may see it",
    "Metric.breakdown": "the series has none",
    "App.compareSources": "it is refused by itself",
    "Metric.inputs": "it is no formula",
    "Retention.breakdown": "it has none",
    **{
        f"{whose}.{field}": "it is refused by itself"
        for whose in ("Analytics", "Client", "App")
        for field in ("topEvents", "topProperties", "topSessions", "topLogs", "segments")
    },
    "Funnel.breakdown": "the funnel has none",
    **{f"{whose}.trend": "it is refused by itself" for whose in ("Funnel", "FunnelSlice")},
    **{f"KaonApp.{field}": "its source may be silent" for field in ("weeks", "durations", "deviceFrequency", "items")},
    "UserError.field": "the call",
    "RejectedRow.field": "the row",
}

# What vendors tell may be null in all but its ids: they may be silent, or not tell it.
OF_VENDORS = ("SensorTower", "Store", "InAppPurchase.", "AdUnit", "Creative.", "PanelCohort.")
OBJECTS = {name: type_ for name, type_ in TYPES.items() if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)}

# Rows are null for what is not there.
BY_ID = {"Query.nodes", "StoreMarket.apps", "App.compareSources"}
# What each of their values means stands in the enum's own description, or is the word itself.
WORDS_ENOUGH = {"Granularity", "Unit"}


def fields(*, of: dict[str, GraphQLObjectType | GraphQLInterfaceType] = OBJECTS) -> Iterator[tuple[str, GraphQLField]]:
    for name, type_ in of.items():
        for field_name, field in type_.fields.items():
            yield f"{name}.{field_name}", field


# ---------------------------------------------------------------- published
def test_the_published_schema_is_the_one_that_is_served() -> None:
    assert PUBLISHED.exists(), "run `parallax schema`"
    assert PUBLISHED.read_text().strip() == schema.as_str().strip(), "schema.graphql is stale: run `parallax schema`"


def test_what_a_release_offered_still_works() -> None:
    """A change that breaks callers is made on purpose: deprecate, tell a date, and only then change the snapshot."""
    broken = find_breaking_changes(build_schema(RELEASED.read_text()), build_schema(schema.as_str()))
    assert [change.description for change in broken] == []


# ---------------------------------------------------------------- described
@pytest.mark.parametrize("name", TYPES)
def test_everything_is_described(name: str) -> None:
    type_ = TYPES[name]
    bare = [] if type_.description else [name]
    match type_:
        case GraphQLObjectType() | GraphQLInterfaceType():
            for field_name, field in type_.fields.items():
                bare += [] if field.description else [f"{name}.{field_name}"]
                bare += [f"{name}.{field_name}({arg})" for arg, each in field.args.items() if not each.description]
        case GraphQLInputObjectType():
            bare += [f"{name}.{field_name}" for field_name, each in type_.fields.items() if not each.description]
        case GraphQLEnumType():
            told = type_.description or ""
            bare += [
                f"{name}.{value}"
                for value, each in type_.values.items()
                if not each.description and value not in told and name not in WORDS_ENOUGH
            ]
    assert bare == []


def test_descriptions_are_sentences() -> None:
    wrong = [
        f"{place}: {text}"
        for place, text in [*((name, type_.description) for name, type_ in TYPES.items()), *_descriptions()]
        if text and (text != text.strip() or not text.rstrip('`").').strip() or text[-1] not in ".)")
    ]
    assert wrong == []


def _descriptions() -> Iterator[tuple[str, str | None]]:
    for place, field in fields():
        yield place, field.description
        for name, argument in field.args.items():
            yield f"{place}({name})", argument.description


# ---------------------------------------------------------------- shaped
def test_every_series_tells_its_source() -> None:
    """A comparison, or a slice, is of the same source as the series that it hangs on."""
    series = {name for name, type_ in OBJECTS.items() if "values" in type_.fields}
    assert "Metric" in series
    sourced = {name for name in series if "source" in OBJECTS[name].fields}
    hanging = {get_named_type(field.type).name for place, field in fields() if place.split(".")[0] in sourced}
    assert series - sourced - hanging == set()
    assert {str(OBJECTS[name].fields["source"].type) for name in sourced} == {"SourceInfo!"}
    assert all(
        get_named_type(field.type).name not in series - sourced or place.split(".")[0] in sourced | hanging
        for place, field in fields()
    )


def test_ids_names_and_units_are_never_null() -> None:
    promised = {"id", "name", "unit", "label", "timeZone", "totalCount"}
    nullable = {
        place
        for place, field in fields()
        if place.split(".")[1] in promised and not isinstance(field.type, GraphQLNonNull)
    }
    # A count costs a statement of its own, which may fail alone; a source need not tell its zone; a value need not be set;
    # a link need not be called anything, nor what is a vendor's.
    told = {place for place in nullable if place.endswith(".id") or not place.startswith(OF_VENDORS)}
    assert {place for place in told if not place.endswith("Connection.totalCount")} <= {
        "Period.timeZone",
        "TopEntry.name",
        "AppLink.label",
        "KaonWeek.label",
    }


def test_lists_and_their_rows_are_never_null() -> None:
    """Measured numbers may be: null is "not measured". So may what is asked for by id, and a source that is silent."""
    wrong = []
    for place, field in fields():
        type_ = field.type
        if isinstance(type_, GraphQLNonNull):
            type_ = type_.of_type
        elif isinstance(type_, GraphQLList) and place not in NULLABLE_LISTS and not place.startswith(OF_VENDORS):
            wrong.append(f"{place}: the list")
        rows = type_.of_type if isinstance(type_, GraphQLList) else None
        if rows and not isinstance(rows, GraphQLNonNull) and str(rows) != "Float" and place not in BY_ID:
            wrong.append(f"{place}: its rows")
    assert wrong == []


def test_measured_values_are_floats() -> None:
    """An Int ends at 25 days of milliseconds."""
    measured = {"value", "values", "total", "min", "max", "average", "change", "changeRatio", "activeMs"}
    for place, field in fields():
        if place.split(".")[1] in measured:
            assert get_named_type(field.type).name in {"Float", "String"}, place


def test_connections_page_forward_with_a_size_and_a_cursor() -> None:
    connections = [
        (place, field) for place, field in fields() if get_named_type(field.type).name.endswith("Connection")
    ]
    assert len(connections) >= 3
    for place, field in connections:
        assert {name: str(argument.type) for name, argument in field.args.items() if name in ("first", "after")} == {
            "first": "Int",
            "after": "String",
        }, place


def test_what_is_refused_by_a_mutation_is_data() -> None:
    mutation = GRAPH.mutation_type
    assert mutation is not None
    for name, field in mutation.fields.items():
        assert str(field.type) == f"{name[0].upper()}{name[1:]}Payload!"
        payload = OBJECTS[get_named_type(field.type).name]
        assert str(payload.fields["userErrors"].type) == "[UserError!]!"
