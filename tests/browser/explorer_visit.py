"""A visit to the explorer in a real Chromium, with what the browser asked for and said meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.async_api import Page


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
        async with self.page.expect_response(f"{self.url}/graphql"):
            await self.page.click("button[aria-label^='Execute']")
        await self.page.wait_for_function(
            "() => document.querySelector('.result-window .view-lines').innerText.length > 2"
        )
        return await self.answer()

    async def answer(self) -> str:
        """The part of the answer that is drawn: the editor draws the lines in sight alone, with hard spaces."""
        drawn: str = await self.page.inner_text(".result-window .view-lines")
        return drawn.replace("\xa0", " ")

    async def kept(self) -> str:
        """What would outlive the tab."""
        kept: str = await self.page.evaluate("JSON.stringify(localStorage)")
        return kept
