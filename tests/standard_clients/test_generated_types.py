"""Types that generators make of the published schema: they are made, they are right, and they compile."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.standard_clients.conftest import Clients

pytestmark = pytest.mark.slow

USE = """
import { ActivityDocument, type ActivityQuery, type ActivityQueryVariables } from "./operations.ts";
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";

const asked: ActivityQueryVariables = { app: "1", metric: "USER_COUNT", period: { last: "7d" } };
const typed: TypedDocumentNode<ActivityQuery, ActivityQueryVariables> = ActivityDocument;
const values = (answer: ActivityQuery): (number | null)[] => answer.client?.app?.activity?.values ?? [];
export { asked, typed, values };
"""
WRONG = """
import type { ActivityQuery, ActivityQueryVariables } from "./operations.ts";

// @ts-expect-error a metric is one of a few names
export const asked: ActivityQueryVariables = { app: "1", metric: "USERS", period: { last: "7d" } };
// @ts-expect-error an app that is not visible is null
export const name = (answer: ActivityQuery): string => answer.client.app.activity.name;
"""


@pytest.fixture(scope="module")
def generated(clients: Clients) -> Path:
    clients.tool("graphql-codegen", "--config", "codegen.mjs")
    return clients.folder / "generated"


def test_typescript_of_every_stored_operation_compiles_strictly(clients: Clients, generated: Path) -> None:
    (generated / "use.ts").write_text(USE)
    (generated / "wrong.ts").write_text(WRONG)
    options = "--strict --noEmit --target es2022 --module nodenext --allowImportingTsExtensions --skipLibCheck"
    files = [f"generated/{name}.ts" for name in ("schema", "operations", "use", "wrong")]

    clients.tool("tsc", *options.split(), *files)

    text = (generated / "operations.ts").read_text()
    for path in (clients.folder / "operations").glob("*.graphql"):
        names = re.findall(r"^(?:query|mutation|subscription) (\w+)", path.read_text(), re.MULTILINE)
        assert names != []
        assert [name for name in names if f"export const {name}Document" not in text] == []


def test_kotlin_of_the_schema_has_every_enum_and_input_and_compiles(clients: Clients, generated: Path) -> None:
    schema = (clients.folder / "schema.graphql").read_text()
    text = (generated / "Parallax.kt").read_text()

    enums = re.findall(r"^enum (\w+)", schema, re.MULTILINE)
    inputs = re.findall(r"^input (\w+)", schema, re.MULTILINE)
    assert "ErrorCode" in enums
    assert "PeriodInput" in inputs
    assert [name for name in enums if f"enum class {name}(" not in text] == []
    assert [name for name in inputs if f"data class {name}(" not in text] == []
    compiled(generated / "Parallax.kt")


async def test_swift_and_kotlin_of_an_operation_have_what_it_answers(clients: Clients) -> None:
    files = await clients.result("quicktype.mjs")

    swift, kotlin = files["generated/Activity.swift"], files["generated/Activity.kt"]
    for name in ("Client", "App", "Comparison", "Dimension", "Source"):
        assert re.search(rf"^struct {name}: Codable", swift, re.MULTILINE), name
        assert re.search(rf"^data class {name} \(", kotlin, re.MULTILINE), name
    # Every bucket is there, and those that were not measured are null.
    assert "let values: [Double?]?" in swift
    assert "val values: List<Double?>?" in kotlin
    compiled(clients.folder / "generated" / "Activity.kt")


def compiled(path: Path) -> None:
    compiler = shutil.which("kotlinc")
    if compiler is None:
        pytest.fail("what is generated is compiled by kotlinc: `.ci/slow` brings it, or install it")
    command = [compiler, "-d", str(path.parent / path.stem), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180)
    assert done.returncode == 0, done.stdout + done.stderr
