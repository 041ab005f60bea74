"""Which other apps an app's users use."""

from datetime import timedelta
from typing import Any, Final

from parallax.sandbox.products import PRODUCTS
from parallax.sandbox.seeded import fraction, wobble
from parallax.sandbox.sensor_tower.asking import Asking
from parallax.sandbox.sensor_tower.given import Given, refuse
from parallax.sandbox.sensor_tower.market import asset
from parallax.sandbox.sensor_tower.reference import OVERLAP_COUNTRIES
from parallax.sandbox.spans import span_of

SHARE: Final = "app_a_users_using_app_b_share"


def app_overlap(given: Given, _: Asking) -> Any:
    """Of one app in one country, over whole months; the closest first."""
    key = given.id("app_id")
    countries = given.repeated("countries")
    first, last = given.period()
    category = given.text("category")
    with_inverse = given.flag("include_inverse_multiplier")
    given.end()
    if not countries:
        refuse("Required parameter: countries[] is missing", "countries[]")
    if len(countries) > 1 or countries[0] not in OVERLAP_COUNTRIES:
        refuse("Invalid value for parameter: countries[]", "countries[]")
    if first.day != 1:
        refuse("start_date must be the first day of a month", "start_date")
    if last != span_of(last, "monthly")[1]:
        refuse("end_date must be the last day of a month", "end_date")
    app = asset("unified", key)
    if app is None or app.is_small or countries[0] not in app.product.countries:
        refuse("The app is below the usage minimum", "app_id")
    length = last - first + timedelta(days=1)
    data = []
    for other in PRODUCTS:
        if other is app.product or not other.users or (category and category != str(other.ios_category)):
            continue
        near = fraction(*sorted((app.product.unified, other.unified)))
        if near < 0.5 or countries[0] not in other.countries:
            continue
        now, before = (
            round(0.2 * (near - 0.5) * wobble(0.2, other.unified, countries[0], day), 4)
            for day in (first, first - length)
        )
        row = {
            "app_id": other.unified,
            "app_a_users_likelihood_multiplier": round(8 * near, 2),
            SHARE: now,
            f"{SHARE}_previous_period": before,
            f"{SHARE}_previous_period_diff": round(now - before, 4),
        }
        data.append(row | ({"app_b_users_likelihood_multiplier": round(6 * near, 2)} if with_inverse else {}))
    return {"data": sorted(data, key=lambda row: -float(row[SHARE]))}
