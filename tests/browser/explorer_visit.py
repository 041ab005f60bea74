"""A visit to the explorer in a real Chromium, with what the browser asked for and said meanwhile."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.async_api import Page, Request


def explains(request: Request) -> bool:
    """Whether it asks what an operation would cost, rather than for its answer."""
    return bool(request.post_data and json.loads(request.post_data).get("extensions") == {"explain": True})


@dataclass(slots=True)
class Visit:
    """One tab on the explorer, with what the browser said while it was open."""

    page: Page
    url: str
    """Of the gateway: scheme, host and port."""
    token: str
    requested: list[str] = field(default_factory=list)
    """Every address that the tab asked for, its workers' too."""
    complaints: list[str] = field(default_factory=list)
    """Errors and warnings of the console, breaches of the policy among them, and what scripts threw."""

    @property
    def elsewhere(self) -> list[str]:
        """Addresses of other hosts, and blob: or data: ones that were to be run or read from."""
        own = urlsplit(self.url).netloc
        return [url for url in self.requested if urlsplit(url).netloc != own and not url.startswith("data:image/")]

    async def open(self, *, token: str | None = None) -> None:
        await self.page.goto(f"{self.url}/graphql" + (f"#token={token}" if token else ""))
        await self.page.wait_for_selector(".graphiql-query-editor .view-line")

    async def open_with_schema(self) -> None:
        """Opens it with the right token, and waits until the explorer's panel has the schema."""
        await self.open(token=self.token)
        await self.page.wait_for_selector(".graphiql-plugin >> text=metricCatalog")

    async def asked(
        self, query: str, variables: dict[str, Any] | None = None, extensions: dict[str, Any] | None = None
    ) -> Any:
        """What the gateway answers to a program."""
        response = await self.page.request.post(
            f"{self.url}/graphql",
            headers={"Authorization": f"Bearer {self.token}"},
            data={"query": query, "variables": variables, "extensions": extensions},
        )
        return await response.json()

    async def examples(self) -> list[dict[str, str]]:
        written = await self.page.text_content("#examples")
        assert written
        found: list[dict[str, str]] = json.loads(written)
        return found

    async def open_example(self, title: str, **filled: str) -> dict[str, str]:
        """Goes to the tab of an example, with words of its variables replaced; the example."""
        [example] = [example for example in await self.examples() if example["title"] == title]
        await self.page.click("button[aria-label='Show Examples']")
        await self.page.click(f".examples button:has-text('{title}')")
        await self.shows(example["query"].partition("\n")[0])
        # It knows the operation's name, which it sends, a moment after the text is drawn.
        await self.page.wait_for_function(
            "(text) => localStorage.getItem('graphiql:query') === text", arg=example["query"]
        )
        if filled:
            variables = example["variables"]
            for word, value in filled.items():
                variables = variables.replace(word, value)
            await self.write(variables, ".graphiql-editor-tool .graphiql-editor:not(.hidden)")
        return example

    async def write(self, text: str, editor: str = ".graphiql-query-editor") -> None:
        """In place of what stands in the editor. One line: after a break the editor closes braces by itself."""
        await self.page.click(f"{editor} .view-line")
        await self.page.keyboard.press("Control+A")
        await self.page.keyboard.press("Delete")  # what is put over a selection is put around it if it is a brace
        await self.page.keyboard.insert_text(text)

    async def shows(self, text: str) -> None:
        """Waits until the editor shows this, wherever it wraps the lines."""
        await self.page.wait_for_function(
            """(sought) => {
                const bare = (text) => text.replaceAll(/\\s/g, "")
                return bare(document.querySelector(".graphiql-query-editor .view-lines").innerText).includes(bare(sought))
            }""",
            arg=text,
        )

    async def run(self) -> str:
        """Runs what stands in the editor; the answer as printed."""
        async with self.page.expect_response(lambda response: not explains(response.request)):
            await self.page.click("button[aria-label^='Execute']")
        await self.page.wait_for_function(
            "() => document.querySelector('.result-window .view-lines').innerText.length > 2"
        )
        return await self.answer()

    async def answer(self) -> str:
        """The part of the answer that is drawn: the editor draws the lines in sight alone, with hard spaces."""
        drawn: str = await self.page.inner_text(".result-window .view-lines")
        return drawn.replace("\xa0", " ")

    async def answers(self, text: str) -> None:
        """Waits until the drawn part of the answer has this in it."""
        await self.page.wait_for_function(
            "(sought) => document.querySelector('.result-window .view-lines')"
            ".innerText.replaceAll('\xa0', ' ').includes(sought)",
            arg=text,
        )

    async def kept(self) -> str:
        """What would outlive the tab."""
        kept: str = await self.page.evaluate("JSON.stringify(localStorage)")
        return kept
