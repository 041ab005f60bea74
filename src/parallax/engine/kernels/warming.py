"""Compiles what a gateway will need before anybody asks, or loads it from where it was kept: on tiny columns of each kind."""

from itertools import product

import numpy as np

from parallax.engine import weeks
from parallax.engine.kernels import distinct, funnel, planes
from parallax.engine.kernels.ordering import order_by_user
from parallax.engine.kernels.spans import deepest_in_span
from parallax.engine.kernels.timelines import pick
from parallax.engine.timelines import Rows

MOST_NAMES = (1, 300)
"""A number of a name that takes one byte, and one that takes two."""
INSTANTS = (1_000, 1)
"""Of whole milliseconds, and not."""


def warm() -> None:
    """Seconds when it was never done on this machine, else a moment."""
    for name, since, app in product(MOST_NAMES, INSTANTS, (0, 1)):
        two = np.zeros(2, np.int64)
        rows = Rows(two + 1, two + since, two + name, two + app)
        week = weeks.decoded(*weeks.encoded(rows, 0))
        for span in weeks.spanned(0, [(0, week), (1, week)]), weeks.one_span(rows):
            marks, out = np.ones(512, np.uint32), np.zeros(1, bool)
            many = len(span) + 1
            picked = np.empty(2, np.int64), np.empty(many, np.int64), np.empty(many, np.uint32)
            columns = span.starts, span.names, span.times
            pick(*columns, span.apps, app, marks, True, out, 0, 9, span.base_us, span.unit_us, *picked)
            scratch = np.empty(many, np.int64), np.empty(many, np.uint16)
            reached = np.zeros((1, 2), np.int64)
            deepest_in_span(
                *columns,
                span.base_us,
                span.unit_us,
                marks.astype(np.uint16),
                out,
                9,
                0,
                9,
                *scratch,
                np.zeros(1, np.int8),
                reached,
            )
    two = np.zeros(2, np.int64)
    order_by_user(two, two, two, np.array([0, 2]), two.copy())
    funnel.warm()
    planes.warm()
    distinct.warm()
