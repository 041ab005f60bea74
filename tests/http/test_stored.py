"""Texts that are known before they are sent: stored operations, and automatic persisted queries."""

import hashlib
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from parallax.errors import SetupError
from parallax.http.operations.stored import PersistedTexts
from parallax.settings import Settings
from parallax.telemetry import OPERATIONS
from tests.gateways import Gateway, running
from tests.seeds import BOTH, EDITOR, VIEWER

WHO = "query Who { viewer { name } }"
OTHER = "query Other { metricCatalog { name } }"


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def persisted(text: str, *, send: bool, digest: str | None = None) -> dict[str, Any]:
    named = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest or sha(text)}}}
    return {**named, "query": text} if send else named


async def post(gateway: Gateway, body: Any, token: str = VIEWER, status: int = 200) -> Any:
    headers = {"authorization": f"Bearer {token}", "accept": "application/graphql-response+json"}
    answer = await gateway.http.post("/graphql", json=body, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


# ---------------------------------------------------------------- automatic persisted queries
async def test_a_text_that_was_sent_once_is_named_by_its_hash(own_gateway: Gateway) -> None:
    unknown = await post(own_gateway, persisted(WHO, send=False), status=400)
    assert unknown["errors"][0]["message"] == "PersistedQueryNotFound"
    assert unknown["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    expected = {"data": {"viewer": {"name": "viewer"}}}
    assert await post(own_gateway, persisted(WHO, send=True)) == expected
    assert await post(own_gateway, persisted(WHO, send=False)) == expected

    by_get = await own_gateway.http.get(
        "/graphql",
        params={"extensions": json.dumps(persisted(WHO, send=False)["extensions"])},
        headers={"authorization": f"Bearer {VIEWER}"},
    )
    assert by_get.json() == expected


async def test_a_hash_of_another_text_is_refused_and_never_kept(own_gateway: Gateway) -> None:
    wrong = persisted(OTHER, send=True, digest=sha(WHO))
    answer = await post(own_gateway, wrong, status=400)
    assert "sha256Hash" in answer["errors"][0]["message"]
    assert "data" not in answer
    for name in (WHO, OTHER):
        await post(own_gateway, persisted(name, send=False), status=400)


async def test_a_text_that_cannot_run_is_not_kept(own_gateway: Gateway) -> None:
    broken = "query Broken { nothing }"
    await post(own_gateway, persisted(broken, send=True), status=400)
    answer = await post(own_gateway, persisted(broken, send=False), status=400)
    assert answer["errors"][0]["message"] == "PersistedQueryNotFound"


async def test_what_one_caller_sent_another_does_not_find(own_gateway: Gateway) -> None:
    await post(own_gateway, persisted(WHO, send=True), token=EDITOR)
    await post(own_gateway, persisted(WHO, send=False), token=BOTH, status=400)


def test_kept_texts_have_a_bound_and_one_caller_cannot_push_out_anothers() -> None:
    texts, mine, theirs = PersistedTexts(10), UUID(int=1), UUID(int=2)
    texts.keep(theirs, "a", "text")
    for number in range(1000):
        texts.keep(mine, str(number), "text")
    assert texts.find(theirs, "a") == "text"
    assert [number for number in range(1000) if texts.find(mine, str(number))] == [998, 999]
    for caller in range(3, 100):
        texts.keep(UUID(int=caller), "a", "text")
    assert texts.find(theirs, "a") is None


# ---------------------------------------------------------------- stored operations
@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "who.graphql").write_text(WHO)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "other.graphql").write_text(OTHER)
    (tmp_path / "notes.txt").write_text("not an operation")
    return tmp_path


async def test_a_stored_operation_runs_by_name_by_hash_and_by_text(
    gateway: Gateway, settings: Settings, folder: Path
) -> None:
    expected = {"data": {"viewer": {"name": "viewer"}}}
    async with running(settings.model_copy(update={"operations": folder, "stored_only": True}), gateway.urls) as strict:
        for body in (
            {"documentId": "Who"},
            {"documentId": f"sha256:{sha(WHO)}"},
            {"documentId": sha(WHO)},
            {"query": WHO},
            persisted(WHO, send=False),
            persisted(WHO, send=True),
        ):
            assert await post(strict, body) == expected


async def test_no_callers_text_takes_a_stored_operations_place(
    gateway: Gateway, settings: Settings, folder: Path
) -> None:
    chosen = settings.model_copy(update={"operations": folder, "operation_cache": 1})
    async with running(chosen, gateway.urls) as narrow:
        await post(narrow, {"documentId": "Who"})
        for number in range(5):
            await post(narrow, {"query": f"{{ a{number}: viewer {{ name }} }}"})
        before = OPERATIONS.labels("miss")._value.get()
        await post(narrow, {"documentId": "Who"})
        assert OPERATIONS.labels("miss")._value.get() == before


async def test_strict_mode_runs_nothing_else(gateway: Gateway, settings: Settings, folder: Path) -> None:
    async with running(settings.model_copy(update={"operations": folder, "stored_only": True}), gateway.urls) as strict:
        for text in (
            WHO.replace("name", "name "),
            "{ viewer { name } }",
            "{ __typename }",
            "{ __schema { types { name } } }",
        ):
            for body in ({"query": text}, persisted(text, send=True)):
                answer = await post(strict, body, status=403)
                assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        for unknown in ({"documentId": "Nobody"}, persisted("{ viewer { name } }", send=False)):
            answer = await post(strict, unknown, status=400)
            assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_without_strict_mode_any_text_runs_beside_the_stored(
    gateway: Gateway, settings: Settings, folder: Path
) -> None:
    async with running(settings.model_copy(update={"operations": folder}), gateway.urls) as open_gateway:
        assert "data" in await post(open_gateway, {"query": "{ viewer { name } }"})
        assert "data" in await post(open_gateway, {"documentId": "Other"})


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("broken.graphql", "query Broken {", "broken.graphql: Syntax Error"),
        ("wrong.graphql", "query Wrong { nothing }", "wrong.graphql: Cannot query field 'nothing'"),
        ("two.graphql", f"{WHO} {OTHER}", "two.graphql: a file holds one operation"),
        ("nameless.graphql", "{ viewer { name } }", "nameless.graphql: a file holds one operation, with a name"),
        ("again.graphql", WHO, "another file has an operation Who too"),
    ],
)
async def test_a_folder_with_a_fault_is_told_at_the_start(
    gateway: Gateway, settings: Settings, folder: Path, name: str, text: str, said: str
) -> None:
    (folder / name).write_text(text)
    with pytest.raises(SetupError, match=said):
        async with running(settings.model_copy(update={"operations": folder}), gateway.urls):
            pass


async def test_a_folder_that_is_none_is_told(gateway: Gateway, settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="is no folder"):
        async with running(settings.model_copy(update={"operations": tmp_path / "none"}), gateway.urls):
            pass
