"""usersIdentify and usersErase as a caller meets them: rows by themselves, roles, receipts, proofs."""

from typing import Any

import pytest

from tests.gateways import Answer, Gateway
from tests.seeds import ADMIN, EDITOR, HIMAL, NORDLYS, SILENT, STRANGER, VIEWER

IDENTIFY = """mutation($client: ID!, $users: [UserIdentifyInput!]!) { usersIdentify(client: $client, users: $users) {
  accepted receipt rejected { index field code message } userErrors { field code message } } }"""
ERASE = """mutation($client: ID!, $users: [String!]!) { usersErase(client: $client, users: $users) {
  erased unknown receipt { id acceptedAt invisibleAt purgedAt layers { name before after } }
  userErrors { field code message } } }"""
AGAIN = "query($id: ID!) { node(id: $id) { id ... on ErasureReceipt { purgedAt layers { name before after } } } }"
TRACK = """mutation($client: ID!, $reports: [UsageReportInput!]!) { usageTrack(client: $client, reports: $reports) {
  accepted userErrors { code } } }"""
USERS = """query($client: ID!, $app: ID!) { client(id: $client) { app(id: $app) {
  activity(metric: USER_COUNT, period: { start: "2026-03-02", end: "2026-03-03" }, granularity: DAY) {
    data { value } total }
  usageReports(period: { start: "2026-03-02", end: "2026-03-03" }, user: "x7") {
    totalCount nodes { user { id externalId } } } } } }"""


async def identify(gateway: Gateway, *users: dict[str, Any], token: str = EDITOR) -> dict[str, Any]:
    answer: Answer = await gateway.ask(IDENTIFY, token=token, client=str(NORDLYS), users=list(users))
    payload: dict[str, Any] = answer.data["usersIdentify"]
    return payload


async def erase(gateway: Gateway, *users: str, token: str = ADMIN) -> dict[str, Any]:
    answer: Answer = await gateway.ask(ERASE, token=token, client=str(NORDLYS), users=list(users))
    payload: dict[str, Any] = answer.data["usersErase"]
    return payload


async def test_rows_are_taken_or_rejected_by_themselves_and_add_up(own_gateway: Gateway) -> None:
    rows: list[dict[str, Any]] = [
        {"id": "ada", "aliases": ["x7"], "traits": {"plan": "pro"}},
        {"id": "bob", "aliases": ["x7"]},
        {"id": ""},
        {"id": "x7", "aliases": ["ada"]},
        {"id": "cyd", "traits": [1]},
        {"id": "ada", "aliases": None, "traits": None},
    ]
    told = await identify(own_gateway, *rows)
    assert told["userErrors"] == []
    assert told["accepted"] == 2
    assert told["receipt"]
    assert [(row["index"], row["field"], row["code"]) for row in told["rejected"]] == [
        (1, ["aliases"], "CONFLICT"),
        (2, ["id"], "INVALID_PARAMETER"),
        (3, ["aliases"], "CONFLICT"),
        (4, ["traits"], "INVALID_PARAMETER"),
    ]


async def test_the_next_answer_knows_who_is_who(own_gateway: Gateway) -> None:
    reports = [
        {"app": str(SILENT), "user": user, "date": day, "activeMs": 1, "sessions": 1}
        for user, day in (("ada", "2026-03-02"), ("x7", "2026-03-02"), ("x7", "2026-03-03"))
    ]
    await own_gateway.ask(TRACK, token=EDITOR, client=str(NORDLYS), reports=reports)
    await identify(own_gateway, {"id": "ada", "aliases": ["x7"]})
    app = (await own_gateway.ask(USERS, client=str(NORDLYS), app=str(SILENT))).data["client"]["app"]
    assert [point["value"] for point in app["activity"]["data"]] == [1, 1]
    assert app["activity"]["total"] == 1
    assert app["usageReports"]["totalCount"] == 3
    assert {node["user"]["externalId"] for node in app["usageReports"]["nodes"]} == {"ada"}
    assert len({node["user"]["id"] for node in app["usageReports"]["nodes"]}) == 1


async def test_more_than_one_call_takes_is_refused_as_a_whole(own_gateway: Gateway) -> None:
    told = await identify(own_gateway, *({"id": f"user-{n}"} for n in range(10_001)))
    assert [(error["field"], error["code"]) for error in told["userErrors"]] == [(["users"], "INVALID_PARAMETER")]
    assert (told["accepted"], told["receipt"]) == (0, None)
    gone = await erase(own_gateway, *(f"user-{n}" for n in range(1001)))
    assert [(error["field"], error["code"]) for error in gone["userErrors"]] == [(["users"], "INVALID_PARAMETER")]
    assert (gone["erased"], gone["receipt"]) == (0, None)


@pytest.mark.parametrize(("token", "code"), [(VIEWER, "FORBIDDEN"), (STRANGER, "NOT_FOUND")])
async def test_who_may_not_send_may_not_identify(own_gateway: Gateway, token: str, code: str) -> None:
    told = await identify(own_gateway, {"id": "ada"}, token=token)
    assert [error["code"] for error in told["userErrors"]] == [code]


@pytest.mark.parametrize(("token", "code"), [(EDITOR, "FORBIDDEN"), (STRANGER, "NOT_FOUND")])
async def test_who_is_no_admin_may_not_erase(own_gateway: Gateway, token: str, code: str) -> None:
    told = await erase(own_gateway, "ada", token=token)
    assert [error["code"] for error in told["userErrors"]] == [code]
    assert (told["erased"], told["unknown"], told["receipt"]) == (0, [], None)


async def test_an_erasure_has_its_proof_which_only_admins_see(own_gateway: Gateway) -> None:
    gone = await erase(own_gateway, "ada", "nobody")
    assert (gone["erased"], gone["unknown"], gone["userErrors"]) == (1, ["nobody"], [])
    receipt = gone["receipt"]
    assert receipt["acceptedAt"] <= receipt["purgedAt"] or receipt["invisibleAt"] <= receipt["purgedAt"]
    layers = {layer["name"]: (layer["before"], layer["after"]) for layer in receipt["layers"]}
    assert layers["app_usage_reports"] == (2, 0)
    assert layers["actor"] == (1, 0)

    shown = (await own_gateway.ask(AGAIN, token=ADMIN, id=receipt["id"])).data["node"]
    assert shown == {key: receipt[key] for key in ("id", "purgedAt", "layers")}
    for token in (VIEWER, EDITOR, STRANGER):
        assert (await own_gateway.ask(AGAIN, token=token, id=receipt["id"])).data["node"] is None
    assert (await erase(own_gateway, "ada"))["unknown"] == ["ada"]
    assert str(HIMAL) not in str(receipt)
