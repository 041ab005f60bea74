"""What is shipped: the wheel is whole and runs alone; the image and the composed services fit the product."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from parallax.embedded import processes
from parallax.embedded.cluster import Cluster
from parallax.settings import Settings

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "parallax"
URL = re.compile(r"(http://[\w.:\[\]]+)/graphql#token=(plx_[\w-]+)")


@pytest.fixture(scope="module")
def wheel() -> Iterator[Path]:
    """Built from a copy of what `sdist` names, by the installed hatchling: no network."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "source")
        shutil.copytree(PACKAGE, source / "src" / "parallax", ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore"):
            shutil.copy(ROOT / name, source)
        build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, str(source)]
        done = subprocess.run(build, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        [made] = Path(folder).glob("*.whl")
        yield made


# ---------------------------------------------------------------- the wheel
def test_everything_that_the_package_reads_is_in_the_wheel(wheel: Path) -> None:
    """Bundles, statements, examples and the mark of types too: hatchling leaves out what git ignores."""
    shipped = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("parallax/")}
    there = {
        f"parallax/{path.relative_to(PACKAGE).as_posix()}"
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {
        "parallax/py.typed",
        "parallax/static/index.html",
        "parallax/migrations/0001_clients_and_access.sql",
    } <= there
    assert shipped == there


def test_nothing_else_is_in_the_wheel(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert tops == {"parallax", *(top for top in tops if top.endswith(".dist-info"))}
    assert len(tops) == 2
    texts = [name for name in zipfile.ZipFile(wheel).namelist() if name.endswith("licenses/LICENSE")]
    assert len(texts) == 1


# ---------------------------------------------------------------- installed alone
@pytest.fixture(scope="module")
def alone(wheel: Path) -> Iterator[Path]:
    """The command `parallax` in an empty environment."""
    with tempfile.TemporaryDirectory(prefix="plx-alone-", ignore_cleanup_errors=True) as folder:
        # The server's own user, where we are root, must reach its programs.
        Path(folder).chmod(0o755)
        subprocess.run([sys.executable, "-m", "venv", f"{folder}/env"], check=True)
        install = [f"{folder}/env/bin/pip", "install", "--quiet", "--disable-pip-version-check", str(wheel)]
        done = subprocess.run(install, capture_output=True, text=True, check=False, cwd=folder)
        assert done.returncode == 0, done.stderr
        where = [f"{folder}/env/bin/python", "-c", "import parallax; print(parallax.__file__)"]
        assert subprocess.check_output(where, cwd=folder, text=True).startswith(f"{folder}/env/")
        yield Path(folder)


@pytest.fixture(scope="module")
async def demo(alone: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, str, str]]:
    """`parallax demo` in an empty home, with the address and the token that it prints."""
    home = alone / "home"
    home.mkdir()
    process = await asyncio.create_subprocess_exec(
        *(alone / "env" / "bin" / "parallax", "demo", "--port", "0"),
        cwd=home,
        env={"HOME": str(home), "PATH": os.defpath, "LANG": "C.UTF-8"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        assert process.stdout is not None
        said = ""
        async with asyncio.timeout(120):
            while not (found := URL.search(said)):
                line = (await process.stdout.readline()).decode()
                assert line, f"it ended: {said}"
                said += line
        yield process, found[1], found[2]
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_the_installed_demo_answers_shows_its_page_and_stops(
    alone: Path, demo: tuple[asyncio.subprocess.Process, str, str]
) -> None:
    process, url, token = demo
    async with httpx.AsyncClient(base_url=url, timeout=30) as http:
        question = "{ viewer { clients { nodes { name apps { totalCount } } } } }"
        answer = await http.post("/graphql", json={"query": question}, headers={"authorization": f"Bearer {token}"})
        clients = answer.json()["data"]["viewer"]["clients"]["nodes"]
        assert len(clients) >= 3
        assert sum(client["apps"]["totalCount"] for client in clients) >= 12

        page = await http.get("/graphql", headers={"accept": "text/html"})
        assert page.headers["content-type"].startswith("text/html")
        files = re.findall(r'(?:src|href)="\./(static/[^"]+)"', page.text)
        assert files
        for name in files:
            assert (await http.get(f"/{name}")).status_code == 200, name

    process.send_signal(signal.SIGINT)
    async with asyncio.timeout(60):
        assert await process.wait() == 0
    [made] = (alone / "home").rglob("data/PG_VERSION")
    assert list(processes._ours(Cluster(made.parents[2]))) == []


# ---------------------------------------------------------------- the image
def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = [line for line in re.sub(r"\\\n", " ", text).splitlines() if line.strip()]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def test_the_dockerfile_passes_its_linter() -> None:
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or shutil.which("hadolint")
    if hadolint is None:
        pytest.skip("hadolint has no package for this platform")
    done = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_image_builds_in_one_stage_and_runs_in_another_as_nobody_special() -> None:
    stages: list[list[tuple[str, str]]] = []
    for word, rest in instructions():
        if word == "FROM":
            stages.append([])
        stages[-1].append((word, rest))
    building, running = stages
    assert " AS build" in dict(building)["FROM"]
    assert dict(running)["USER"].isdecimal()
    assert int(dict(running)["USER"]) > 0
    assert not any(tool in rest for word, rest in running if word == "RUN" for tool in ("apt-get", "pip", "gcc"))
    assert dict(running)["EXPOSE"] == str(Settings.model_fields["port"].default)
    assert ":8000/readyz" in dict(running)["HEALTHCHECK"]
    assert dict(running)["CMD"].startswith('["serve", "--host", "0.0.0.0"')


def test_what_the_image_copies_is_there_and_let_through() -> None:
    ignore = (ROOT / ".dockerignore").read_text().split()
    for word, rest in instructions():
        if word == "COPY" and not rest.startswith("--from"):
            for name in rest.split()[:-1]:
                assert (ROOT / name).exists(), name
                assert f"!{name}" in ignore, name


# ---------------------------------------------------------------- composed services
def composed() -> dict[str, Any]:
    made: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return made


def known_settings() -> set[str]:
    return {"DATABASE_URL", *(f"PARALLAX_{name.upper()}" for name in Settings.model_fields if name != "database_url")}


def test_the_composed_gateway_is_set_by_names_that_it_knows() -> None:
    assert composed()["services"].keys() == {"gateway", "database"}
    assert composed()["services"]["gateway"]["environment"].keys() <= known_settings()
    image = {name for word, rest in instructions() if word == "ENV" for name in re.findall(r"(PARALLAX_\w+)=", rest)}
    assert image <= known_settings()


def test_only_the_gateway_is_reached_from_outside() -> None:
    services = composed()["services"]
    assert [name for name, service in services.items() if "ports" in service] == ["gateway"]
    assert services["gateway"]["depends_on"]["database"]["condition"] == "service_healthy"
    assert services["database"]["healthcheck"]["test"][:2] == ["CMD", "pg_isready"]
    grace_s = int(services["gateway"]["stop_grace_period"].removesuffix("s"))
    assert grace_s > Settings.model_fields["drain"].default


def test_no_secret_is_written_into_the_composed_services() -> None:
    """Each is taken from the environment, and its absence is an error."""
    text = (ROOT / "compose.yaml").read_text()
    for service in composed()["services"].values():
        for name, value in service["environment"].items():
            assert re.search(r"\$\{\w+:\?\}", value), f"{name} in {text}"
