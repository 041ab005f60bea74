"""The explorer as a person meets it: the real gateway, a real browser, no network beyond this machine."""

import json
import os
from pathlib import Path

import pytest

from tests.browser.explorer_visit import Visit

pytestmark = pytest.mark.browser


async def test_the_first_example_answers_and_nothing_comes_from_elsewhere(visit: Visit, tmp_path: Path) -> None:
    client = (await visit.asked("{ viewer { clients { nodes { name } } } }"))["data"]["viewer"]["clients"]["nodes"][0]

    await visit.open_with_schema()
    answer = await visit.run()

    assert f'"name": "{client["name"]}"' in answer
    await visit.page.wait_for_timeout(300)  # the editor fades its scroll bars in and out: for the picture alone
    await visit.page.screenshot(path=os.environ.get("PARALLAX_SCREENSHOT", tmp_path / "explorer.png"))
    assert visit.complaints == []
    assert visit.elsewhere == []
    assert any("graphql.worker" in url for url in visit.requested), "the workers were not loaded: nothing was proven"


async def test_the_token_leaves_the_address_bar(visit: Visit) -> None:
    await visit.open_with_schema()

    assert visit.page.url == f"{visit.url}/graphql"
    await visit.page.reload()
    await visit.page.wait_for_selector(".graphiql-plugin >> text=metricCatalog")  # it lasts as long as the tab


async def test_no_token_outlives_the_tab_unless_asked(visit: Visit) -> None:
    await visit.open_with_schema()
    await visit.page.keyboard.press("Control+Home")
    await visit.page.keyboard.type(f"# {visit.token}\n")
    await visit.page.click("button:text-is('Headers')")
    await visit.page.click(".graphiql-editor-tool .graphiql-editor:not(.hidden) .view-line")
    await visit.page.keyboard.insert_text(json.dumps({"X-Note": visit.token}))
    await visit.run()
    await visit.page.wait_for_function("() => localStorage['graphiql:tabState']?.includes('# plx_')")

    kept = await visit.kept()
    assert "graphiql:queries" in kept, "the history kept nothing: nothing was proven"
    assert visit.token not in kept
    assert "X-Note" not in kept

    await visit.page.click("button.token")
    await visit.page.fill("#token", visit.token)
    await visit.page.check("text=Remember it in this browser")
    await visit.page.click("text=Use token")
    assert visit.token in await visit.kept()


async def test_without_a_token_the_page_asks_for_one_and_nothing_is_sent(visit: Visit) -> None:
    await visit.open()
    await visit.page.wait_for_selector("dialog[open] >> text=Access token")
    assert visit.requested.count(f"{visit.url}/graphql") == 1  # the page itself
    assert await visit.page.locator(".explain").count() == 0

    await visit.page.fill("#token", f"  Bearer {visit.token}\n")
    await visit.page.keyboard.press("Enter")

    await visit.page.wait_for_selector(".graphiql-plugin >> text=metricCatalog")
    assert visit.complaints == []


async def test_a_refused_token_is_said_beside_the_way_to_another(visit: Visit) -> None:
    await visit.open(token="plx_nobody")
    await visit.page.wait_for_selector("[role=alert] >> text=The gateway refused this token")

    await visit.page.click("text=Enter another token")
    await visit.page.fill("#token", visit.token)
    await visit.page.click("text=Use token")

    await visit.page.wait_for_selector(".graphiql-plugin >> text=metricCatalog")
    assert await visit.page.locator("text=The gateway refused this token").count() == 0
    assert [said for said in visit.complaints if "401" not in said] == []


async def test_dark_mode_is_kept(visit: Visit) -> None:
    await visit.open_with_schema()
    assert await brightness(visit) > 200

    await visit.page.click("role=radio[name='Dark']")
    assert await brightness(visit) < 60
    await visit.page.reload()
    await visit.page.wait_for_selector(".graphiql-container")
    assert await brightness(visit) < 60

    await visit.page.click("role=radio[name='System']")
    assert await brightness(visit) > 200
    await visit.page.emulate_media(color_scheme="dark")
    assert await brightness(visit) < 60


async def brightness(visit: Visit) -> float:
    """Of the darker of the page's two papers, 0 to 255: the bar on top is ours, the rest GraphiQL's."""
    papers = await visit.page.evaluate(
        """[".header", ".graphiql-container"].map((place) => {
            const paper = getComputedStyle(document.querySelector(place)).backgroundColor
            return Math.max(...paper.match(/[0-9.]+/g).slice(0, 3).map(Number))
        })"""
    )
    darker, brighter = sorted(papers)
    assert brighter - darker < 60, "one part of the page is dark, the other light"
    return float(darker)


async def test_the_explorer_writes_the_query_and_the_docs_explain_it(visit: Visit) -> None:
    await visit.page.set_viewport_size({"width": 1440, "height": 1400})  # the editor draws what is in sight alone
    await visit.open_with_schema()

    await visit.page.click(".graphiql-plugin .graphiql-explorer-metricCatalog .graphiql-explorer-field-view")
    await visit.shows("} metricCatalog }")

    await visit.page.click("button[aria-label='Show Documentation Explorer']")
    await visit.page.click(".graphiql-plugin a >> text=Query")
    await visit.page.wait_for_selector("section[aria-label='Documentation Explorer'] >> text=metricCatalog")
    assert visit.complaints == []


async def test_every_example_opens_in_a_tab_and_answers(visit: Visit) -> None:
    await visit.open_with_schema()
    shown = await visit.examples()
    await visit.page.click("button[aria-label='Show Examples']")

    for example in shown:
        await visit.page.click(f".examples button:has-text('{example['title']}')")
        await visit.shows(example["query"].partition("\n")[0])
        if example["variables"] is None:
            answer = await visit.asked(example["query"])
            assert "errors" not in answer, example["title"]
            assert answer["data"]
    assert await visit.page.locator(".graphiql-tab").count() == len(shown)  # gone to, not opened once more


async def test_the_mutations_among_the_examples_work_once_their_ids_are_filled_in(visit: Visit) -> None:
    await visit.open_with_schema()
    examples = {example["title"]: example for example in await visit.examples()}
    who_am_i, send_usage, send_events = (
        examples[title] for title in ("Who am I, and what can I see", "Send a day of usage", "Send events")
    )
    clients = (await visit.asked(who_am_i["query"]))["data"]["viewer"]["clients"]["nodes"]
    client = next(client for client in clients if client["apps"]["nodes"])
    filled = send_usage["variables"].replace("CLIENT_ID", client["id"])
    filled = filled.replace("APP_ID", client["apps"]["nodes"][0]["id"])

    first = (await visit.asked(send_usage["query"], json.loads(filled)))["data"]["usageTrack"]
    again = (await visit.asked(send_usage["query"], json.loads(filled)))["data"]["usageTrack"]

    assert (first["rejected"], first["userErrors"]) == ([], [])
    assert (again["accepted"], again["duplicates"]) == (0, 2)

    filled = send_events["variables"].replace("CLIENT_ID", client["id"])
    first = (await visit.asked(send_events["query"], json.loads(filled)))["data"]["eventsTrack"]
    again = (await visit.asked(send_events["query"], json.loads(filled)))["data"]["eventsTrack"]

    assert (first["accepted"], first["rejected"], first["userErrors"]) == (2, [], [])
    assert (again["accepted"], again["duplicates"]) == (0, 2)
