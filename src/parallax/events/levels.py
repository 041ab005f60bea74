"""Levels of log records, as the graph shows and takes them."""

import strawberry

from parallax.events.inputs import LogLevel

MEANINGS = {
    LogLevel.EMERGENCY: "Nothing works any more.",
    LogLevel.ALERT: "Somebody must act at once.",
    LogLevel.CRITICAL: "A part has failed as a whole.",
    LogLevel.ERROR: "Something could not be done.",
    LogLevel.WARNING: "Something may go wrong soon.",
    LogLevel.NOTICE: "Normal, and worth to be noticed.",
    LogLevel.INFO: "Normal.",
    LogLevel.DEBUG: "For who looks for a mistake.",
    LogLevel.TRACE: "Every step.",
}
strawberry.enum(LogLevel, description="How grave a log record is, the gravest first.")
for value in LogLevel.__strawberry_definition__.values:  # type: ignore[attr-defined]
    value.description = MEANINGS[LogLevel(value.value)]

__all__ = ["LogLevel"]
