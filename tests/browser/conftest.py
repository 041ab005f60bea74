"""A demo of one's own behind a real socket, and a visit to it in a real browser.

Chromium is Debian's package (or what CHROMIUM names); the Python package `playwright` drives it. It is
imported in the fixture, so that those who leave the marker `browser` out do without it.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.explorer_visit import Visit

if TYPE_CHECKING:
    from playwright.async_api import Browser, ConsoleMessage, Request

ALONE = [
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ADDRESS = re.compile(r"(http://127\.0\.0\.1:\d+)/graphql#token=(plx_\S+)")


@pytest.fixture(scope="session")
def gateway_url_and_token() -> Iterator[tuple[str, str]]:
    """Root address and token of `parallax demo`, as a newcomer gets them."""
    with tempfile.TemporaryDirectory(prefix="plx-", ignore_cleanup_errors=True) as folder:
        command = [sys.executable, "-m", "parallax", "demo", "--port", "0", "--data-dir", f"{folder}/demo"]
        demo = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            assert demo.stdout is not None
            said = ""
            for line in demo.stdout:
                said += line
                if "Ctrl-C" in line:
                    break
            found = ADDRESS.search(said)
            assert found, said
            yield found[1], found[2]
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait(30)
            if demo.stdout is not None:
                demo.stdout.close()


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    from playwright.async_api import async_playwright

    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert chromium, "There is no chromium here: apt-get install chromium, or name one in CHROMIUM."
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=ALONE)
        yield browser
        await browser.close()


@pytest.fixture
async def visit(browser: Browser, gateway_url_and_token: tuple[str, str]) -> AsyncIterator[Visit]:
    url, token = gateway_url_and_token
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light")
    page = await context.new_page()
    visit = Visit(page, url.rstrip("/"), token)

    def requested(request: Request) -> None:
        visit.requested.append(request.url)

    def said(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            visit.complaints.append(f"{message.type}: {message.text}")

    context.on("request", requested)
    page.on("console", said)
    page.on("pageerror", lambda error: visit.complaints.append(f"thrown: {error}"))
    yield visit
    await context.close()
