"""The explorer's page without a browser: its files, its policy, and that it names nothing outside this host."""

import gzip
import json
import re
from pathlib import Path

import httpx
import pytest
from graphql import OperationDefinitionNode, build_schema, parse, validate
from starlette.applications import Starlette

from parallax.http import explorer

ROOT = Path(__file__).parents[2]
FILES = sorted(explorer.files())
HASHED_NAME = re.compile(r"[\w.]+(?:-[\w.]+)*-[\w-]{8}\.(?:js|css|svg|ttf|woff2)\b")
# Where an address is fetched from, as against the many that are only text: a namespace, a link, a licence.
FETCHED_IN_SCRIPT = re.compile(
    r"""(?:\bfrom|\bimport|\bimport\(|\bfetch\(|Worker\(|importScripts\(|EventSource\(|WebSocket\(|\bsrc[=:])\s*["'`](?:https?:|wss?:|//)"""
)
FETCHED_IN_STYLE = re.compile(r"""(?:url\(|@import)\s*["']?(?:https?:|//|data:(?!image/))""")


@pytest.fixture
def browser() -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(Starlette(routes=explorer.routes())), base_url="http://parallax"
    )


async def test_every_file_that_the_page_names_is_served_with_its_type(browser: httpx.AsyncClient) -> None:
    named = explorer.NAMED_IN_PAGE.findall(explorer.page().decode())
    assert {name.rpartition(".")[2] for name in named} == {"js", "css", "svg"}

    for name in named:
        response = await browser.get(f"/static/{name}")
        assert response.status_code == 200, name
        assert response.headers["content-type"] == explorer.MEDIA_TYPES[Path(name).suffix]
        assert response.headers["x-content-type-options"] == "nosniff"
    assert explorer.missing_files() == []


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith((".js", ".css"))])
def test_a_file_names_only_files_that_are_there_and_nothing_of_another_host(name: str) -> None:
    text = explorer.files()[name].read_text(encoding="utf-8")

    assert {found for found in HASHED_NAME.findall(text) if found not in FILES} == set()
    assert (FETCHED_IN_STYLE if name.endswith(".css") else FETCHED_IN_SCRIPT).findall(text) == []


def test_every_file_is_named_by_another_one() -> None:
    texts = "".join(path.read_text() for path in explorer.files().values() if path.suffix in (".js", ".css"))
    texts += explorer.page().decode()

    assert [name for name in FILES if name not in texts and not name.startswith("licenses")] == []


def test_the_page_allows_scripts_from_files_of_its_own_host_alone() -> None:
    response = explorer.explorer_response()

    policy = dict(part.split(" ", 1) for part in response.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["worker-src"] == policy["connect-src"] == policy["font-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert "unsafe-eval" not in str(policy)
    assert [what for what, allowed in policy.items() if "unsafe-inline" in allowed] == ["style-src"]
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["vary"] == "Accept"


def test_the_page_itself_runs_nothing_and_names_no_other_host() -> None:
    page = explorer.page().decode()

    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", page, re.DOTALL)
    assert len(scripts) == page.count("<script") == 2
    assert [inside for attributes, inside in scripts if inside and "application/json" not in attributes] == []
    assert re.findall(r'\bon\w+="', page) == []
    assert re.findall(r'(?:src|href)="(?!\./static/)[^"]*"', page) == []


def test_an_example_cannot_end_the_element_that_it_stands_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    (tmp_path / "1.graphql").write_text("# </script><script>alert(1)</script>\n{ viewer { name } }")
    monkeypatch.setattr(explorer, "EXAMPLES", tmp_path)
    request.addfinalizer(explorer.page.cache_clear)
    explorer.page.cache_clear()

    page = explorer.page().decode()

    assert page.count("<script") == 2
    block = re.findall(r'<script type="application/json" id="examples">(.*?)</script>', page)[0]
    assert json.loads(block)[0]["title"] == "</script><script>alert(1)</script>"


@pytest.mark.parametrize(
    "name", ["..%2Fhttp%2Fexplorer.py", "%2Fetc%2Fpasswd", "index.html", "absent.js", "..", "x/../index.html", "%00"]
)
async def test_no_name_leads_out_of_the_folder(browser: httpx.AsyncClient, name: str) -> None:
    response = await browser.get(f"/static/{name}")

    assert response.status_code == 404


async def test_compressed_and_plain_are_the_same_file(browser: httpx.AsyncClient) -> None:
    largest = max(FILES, key=lambda name: explorer.files()[name].stat().st_size)

    plain = await browser.get(f"/static/{largest}", headers={"Accept-Encoding": "identity"})
    packed = await browser.get(f"/static/{largest}", headers={"Accept-Encoding": "gzip"})

    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert packed.content == plain.content == explorer.files()[largest].read_bytes()
    assert int(packed.headers["content-length"]) * 3 < len(plain.content)
    assert gzip.decompress(explorer.compressed(explorer.files()[largest])) == plain.content


async def test_only_files_named_by_their_contents_are_kept_for_ever(browser: httpx.AsyncClient) -> None:
    kept = {name: (await browser.get(f"/static/{name}")).headers["cache-control"] for name in FILES}

    assert [name for name, rule in kept.items() if "immutable" not in rule] == ["licenses-fonts.txt", "licenses.md"]
    assert explorer.explorer_response().headers["cache-control"] == "no-cache"


def test_each_example_has_a_title_and_one_named_operation() -> None:
    examples = explorer.example_operations()

    assert [example["title"] for example in examples] == [
        "Who am I, and what can I see",
        "A dashboard",
        "A breakdown",
        "A formula",
        "A funnel",
        "A retention grid",
        "Segments",
        "Daily users of every app, last 30 days",
        "Compared with the weeks before",
        "One measure, several sources",
        "What is measured, and how",
        "First the list, then the numbers",
        "Watch a number change",
        "Watch events arrive",
        "Send events",
        "Send a day of usage",
    ]
    for example in examples:
        definitions = parse(example["query"] or "").definitions
        (operation,) = (each for each in definitions if isinstance(each, OperationDefinitionNode))
        assert operation.name


@pytest.mark.parametrize("example", explorer.example_operations(), ids=lambda example: str(example["title"]))
def test_each_example_is_valid_against_the_schema(example: dict[str, str | None]) -> None:
    schema = build_schema((ROOT / "schema.graphql").read_text(encoding="utf-8"))

    assert validate(schema, parse(example["query"] or "")) == []


def test_the_lock_file_names_no_registry() -> None:
    packages = json.loads((ROOT / "web" / "package-lock.json").read_text())["packages"]

    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []


def test_there_is_one_graphql_and_it_is_the_sixteenth() -> None:
    packages = json.loads((ROOT / "web" / "package-lock.json").read_text())["packages"]

    found = {name: package["version"] for name, package in packages.items() if name.endswith("node_modules/graphql")}
    assert list(found) == ["node_modules/graphql"], "two of them do not know each other's types: the schema fails"
    assert found["node_modules/graphql"].startswith("16.")
