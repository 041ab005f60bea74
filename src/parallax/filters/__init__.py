"""Conditions on records (rules Q of docs/semantics.md): what they mean, and what is refused. Pure."""

from parallax.filters.conditions import Condition, Operator, RawCondition, checked
from parallax.filters.fields import EVENT_FIELDS, LOG_FIELDS, Field, Fields, checked_dimension, field_of
from parallax.filters.predicates import Predicate, predicate
from parallax.filters.values import at_path, dimension_of, number_of, text_form

__all__ = [
    "EVENT_FIELDS",
    "LOG_FIELDS",
    "Condition",
    "Field",
    "Fields",
    "Operator",
    "Predicate",
    "RawCondition",
    "at_path",
    "checked",
    "checked_dimension",
    "dimension_of",
    "field_of",
    "number_of",
    "predicate",
    "text_form",
]
