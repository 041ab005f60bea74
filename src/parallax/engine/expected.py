"""What reading costs, in milliseconds, as measured by `parallax bench explain`. Pure."""

from typing import Final

INSTANT_MS: Final = 0.3
"""Of a snapshot, whatever is asked of it."""
QUESTION_MS: Final = 0.02
DAY_MS: Final = 0.0006
EVENTS_DAY_MS: Final = 0.004
"""Of a day of one event, where all events are asked for."""
COLD_DAY_MS: Final = 0.01
BYTE_MS: Final = 0.00001
SEGMENT_MS: Final = 0.02
ROW_MS: Final = 0.00002
COLUMN_MS: Final = 0.00001
"""Of a row, for each of the columns that are looked into."""
EFFORT_MS: Final = 0.000045
PLANE_BYTE_MS: Final = 0.0000025
PLANE_ROW_MS: Final = 0.0000003
"""Of a row of a named event, for each of the columns that are looked into."""
PLANE_EFFORT_MS: Final = 0.00001
TIMELINE_ROW_MS: Final = 0.000008
"""Of an event in a timeline, read and gone through."""
