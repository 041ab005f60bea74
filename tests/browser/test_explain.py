"""What an operation would cost, told beneath the query editor while it is written."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.explorer_visit import Visit, explains

if TYPE_CHECKING:
    from playwright.async_api import Request, Route

pytestmark = pytest.mark.browser

NAME = "{ viewer { name } }"
SERIES = 'activity(metric: USER_COUNT, period: { last: "90d" }) { values }'
TOO_MUCH = f"{{ clients(first: 1000) {{ nodes {{ apps(first: 1000) {{ nodes {{ {SERIES} }} }} }} }} }}"


@pytest.fixture
def asked_for(visit: Visit) -> list[Any]:
    """Every operation that the page asked to be explained, as it was sent."""
    sent: list[Any] = []

    def note(request: Request) -> None:
        if explains(request):
            sent.append(json.loads(request.post_data or ""))

    visit.page.on("request", note)
    return sent


async def explained(visit: Visit, query: str) -> Any:
    return (await visit.asked(query, extensions={"explain": True}))["extensions"]["explain"]


async def shown(visit: Visit) -> str:
    """The strip's text, once it is about what stands in the editor."""
    await visit.page.wait_for_selector(".explain[data-present='true']")
    text: str = await visit.page.inner_text(".explain")
    return re.sub(r"\s+", " ", text)


async def test_the_cost_and_the_reads_of_a_query_stand_beneath_it(visit: Visit) -> None:
    await visit.open_with_schema()
    [example, *_] = await visit.examples()
    expected = await explained(visit, example["query"])

    assert f"Cost {expected['cost']:,.0f} of {expected['limit']:,.0f}" in await shown(visit)

    assert await visit.page.locator(".explain-reads").is_hidden()
    await visit.page.focus(".explain button")
    await visit.page.keyboard.press("Enter")
    for read in expected["reads"]:
        await visit.page.wait_for_selector(f".explain-reads td >> text={read['path']}")
    assert expected["reads"], "nothing is read: nothing was proven"
    assert visit.complaints == []


async def test_a_query_beyond_a_limit_is_refused_in_red_before_it_is_run(visit: Visit) -> None:
    await visit.open_with_schema()
    expected = await explained(visit, TOO_MUCH)
    assert expected["refused"]["code"] == "TOO_COSTLY"

    await visit.write(TOO_MUCH)
    await visit.page.wait_for_selector(f"role=status >> text={expected['refused']['message']}")

    ink, paper = await visit.page.evaluate(
        """["color", "backgroundColor"].map((name) =>
            getComputedStyle(document.querySelector(".explain"))[name].match(/[0-9.]+/g).map(Number))"""
    )
    assert ink[0] > ink[1] + 80, "the words are not red"
    assert paper[0] > paper[1], "nor is the paper reddish"


async def test_only_whole_texts_are_asked_for_and_each_once(visit: Visit, asked_for: list[Any]) -> None:
    await visit.open_with_schema()
    await shown(visit)

    await visit.write(NAME[:-2])
    await visit.page.wait_for_selector(".explain[data-present='false']")
    assert "Cost" in await visit.page.inner_text(".explain")  # what was said last stays, faded
    await visit.page.keyboard.insert_text(NAME[-2:])
    await shown(visit)
    await visit.page.keyboard.press("ArrowLeft")
    await visit.page.keyboard.insert_text(" " + NAME.replace("name", "__typename"))  # two without a name: not to be run
    await visit.write("query One { viewer { __typename } } query Two { viewer { name } }")
    await shown(visit)
    async with visit.page.expect_request(lambda request: explains(request) and '"One"' in (request.post_data or "")):
        await visit.page.keyboard.press("Control+Home")

    first, *_ = await visit.examples()
    assert [(each["query"], each.get("operationName")) for each in asked_for] == [
        (first["query"], "WhoAmI"),
        (NAME, None),
        ("query One { viewer { __typename } } query Two { viewer { name } }", "Two"),
        ("query One { viewer { __typename } } query Two { viewer { name } }", "One"),
    ]


async def test_the_older_question_is_dropped_when_the_text_goes_on(visit: Visit) -> None:
    held: list[Route] = []

    async def hold(route: Route) -> None:
        if explains(route.request) and "WhoAmI" in (route.request.post_data or ""):
            held.append(route)
        else:
            await route.continue_()

    await visit.page.route("**/graphql", hold)
    async with visit.page.expect_request(explains):
        await visit.open_with_schema()
    async with visit.page.expect_event("requestfailed", explains):
        await visit.write(NAME)

    assert "Cost" in await shown(visit)
    assert len(held) == 1


async def test_a_mutation_is_never_sent_while_it_is_written(visit: Visit, asked_for: list[Any]) -> None:
    sent: list[str] = []
    visit.page.on("request", lambda request: sent.append(request.post_data or ""))
    await visit.open_with_schema()

    await visit.open_example("Send a day of usage")
    await visit.page.wait_for_selector(".explain >> text=A mutation is not sent before you run it")
    await visit.write("query Name { viewer { name } } mutation Nothing { __typename }")
    await visit.page.wait_for_selector(".explain >> text=A mutation is not sent before you run it")
    await visit.page.keyboard.press("Control+Home")
    assert "Cost" in await shown(visit)

    assert asked_for[-1]["operationName"] == "Name"
    assert [text for text in sent if "usageTrack(" in text] == []
    assert "Nothing" not in [each.get("operationName") for each in asked_for]
