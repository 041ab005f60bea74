"""`parallax user erase` as a shell sees it."""

import asyncio
import json
import os
import subprocess
import sys

from parallax.installation import Urls
from parallax.settings import Settings
from tests.clusters import Cluster
from tests.plainly import plainly
from tests.seeds import NORDLYS


async def erase(
    urls: Urls, settings: Settings, *words: str, typed: str | None = None
) -> subprocess.CompletedProcess[str]:
    assert urls.owner is not None
    assert settings.secret_key is not None
    environment = {
        **os.environ,
        "DATABASE_URL": urls.owner,
        "PARALLAX_SECRET_KEY": settings.secret_key.get_secret_value(),
        "PARALLAX_DATA_DIR": str(settings.data_dir),
    }
    command = [sys.executable, "-m", "parallax", "user", "erase", *words, "--client", str(NORDLYS)]
    return await asyncio.to_thread(
        subprocess.run, command, env=environment, capture_output=True, text=True, timeout=60, check=False, input=typed
    )


async def test_a_shell_erases_users_and_reads_the_proof(own_urls: Urls, settings: Settings, cluster: Cluster) -> None:
    unsure = await erase(own_urls, settings, "ada")
    assert unsure.returncode == 2
    assert "--yes" in unsure.stderr

    done = await erase(own_urls, settings, "ada", "--yes", "--json")
    assert done.returncode == 0, done.stderr
    told = {row["layer"]: (row["before"], row["after"]) for row in json.loads(done.stdout)}
    assert told["app_usage_reports"] == (2, 0)
    assert told["actor"] == (1, 0)
    async with plainly(cluster, own_urls) as superuser:
        assert (
            await superuser.value("select count(*) from actor where client_id = $1 and external_id = 'ada'", NORDLYS)
            == 0
        )

    again = await erase(own_urls, settings, "ada", "user-3", "--yes")
    assert again.returncode == 1
    assert "Erased 1 user." in again.stderr
    assert again.stderr.splitlines()[-1].endswith("ada")


async def test_ids_may_come_from_standard_input(own_urls: Urls, settings: Settings) -> None:
    done = await erase(own_urls, settings, "--stdin", "--yes", typed="user-1\nuser-2\n\n")
    assert done.returncode == 0, done.stderr
    assert "Erased 2 users." in done.stderr
