"""A demo of one's own behind a real socket, for the browser."""

import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator

import pytest

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
