"""The App Activity report through the whole stack (rules U)."""

from tests.gateways import Gateway
from tests.seeds import NOTES


async def test_the_worked_example_of_the_rules_comes_out(gateway: Gateway) -> None:
    """U1 to U3: sums and distinct users of 2 to 4 March, by day and by week."""
    answer = await gateway.ask("activity_example.graphql", app=str(NOTES))

    notes = answer.data["client"]["app"]
    assert notes["time"]["values"] == [5_400_000, 0, 0]
    assert notes["sessions"]["values"] == [3, 0, 1]
    assert notes["users"]["values"] == [2, 0, 1]
    assert notes["users"]["total"] == 2
    assert notes["weekly"]["values"] == [2]
    assert answer.statements == ["clients_by_id", "apps_by_key", "usage_days", "usage_users"]
