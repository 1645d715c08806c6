"""Nobody but the operator gets in: not by another name, from another page, without the token, or with other content."""

from __future__ import annotations

import json

import pytest

from renkei.exchange.machine.endpoint import Inbound
from renkei.http.management.endpoints import OPERATIONS, check
from renkei.kernel.problems import RenkeiError

TOKEN = "a-token-that-is-long-enough-1234567890"


class Desk:
    token = TOKEN
    hosts = frozenset({"ops.example"})


def inbound(host="127.0.0.1:8081", token=TOKEN, body=b"", **headers):
    given = {"host": host, "authorization": f"Bearer {token}", **headers}
    return Inbound(method="POST", path="/v1/x", headers={k: v for k, v in given.items() if v is not None}, body=body)


def refusal(request, open_row=False):
    try:
        check(request, Desk(), open_row=open_row)
    except RenkeiError as error:
        return error.code
    return None


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.0.0.1:8081", "localhost", "LOCALHOST:1", "[::1]", "[::1]:8081", "ops.example:443"],
)
def test_names_of_this_machine_and_configured_ones_are_answered(host) -> None:
    assert refusal(inbound(host)) is None


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "evil.example",
        "evil.example:8081",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evil.example#127.0.0.1",
        "evil@localhost",
        "evil.example@127.0.0.1:8081",
        "localhost/evil.example",
        "localhost?evil.example",
        "localhost\\evil.example",
        "localhost:evil",
        "localhost ",
        "[::1",
        "[::2]:80",
        "10.0.0.1",
    ],
)
@pytest.mark.parametrize("open_row", [False, True])
def test_a_foreign_name_is_refused_even_where_no_token_is_needed(host, open_row) -> None:
    assert refusal(inbound(host), open_row) == "management-foreign-host"


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "",
        "http://127.0.0.1:9999",
        "http://127.0.0.1:8081.evil.example",
        "file://",
        "http://[",
    ],
)
def test_a_page_of_another_origin_is_refused(origin) -> None:
    assert refusal(inbound(origin=origin)) == "management-foreign-origin"


def test_our_own_origin_is_taken() -> None:
    assert refusal(inbound(origin="http://127.0.0.1:8081")) is None


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        f"Basic {TOKEN}",
        TOKEN,
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN}, Bearer {TOKEN}",
        "Bearer \udcff\udcfe",
        "Bearer é",
    ],
)
def test_a_missing_or_wrong_token_is_refused(authorization) -> None:
    assert refusal(inbound(authorization=authorization)) == "management-unauthorized"


def test_the_scheme_of_the_token_may_be_written_in_any_case() -> None:
    assert refusal(inbound(authorization=f"bearer {TOKEN}")) is None


def test_an_empty_token_of_ours_opens_nothing() -> None:
    class Tokenless(Desk):
        token = ""

    with pytest.raises(RenkeiError) as caught:
        check(inbound(token=""), Tokenless(), open_row=False)
    assert caught.value.code == "management-unauthorized"


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; a=b"])
def test_content_that_a_web_form_can_send_is_refused(kind) -> None:
    assert refusal(inbound(body=b"{}", **{"content-type": kind})) == "http-wrong-media-type"


def test_json_with_a_charset_is_taken() -> None:
    assert refusal(inbound(body=b"{}", **{"content-type": "application/json; charset=utf-8"})) is None


async def test_every_row_but_two_asks_for_the_token(maker) -> None:
    answered = {}
    for row in OPERATIONS:
        path = row.path.replace("{id}", "x")
        status, _, raw = await maker.raw(row.method, path, body={} if row.has_body else None, token="wrong")
        answered[f"{row.method} {row.path}"] = (status, json.loads(raw).get("code"))
    open_rows = {name for name, (status, _) in answered.items() if status == 200}
    assert open_rows == {"GET /v1/health", "GET /v1/openapi.json"}
    assert {outcome for name, outcome in answered.items() if name not in open_rows} == {
        (401, "management-unauthorized")
    }


async def test_an_answer_is_neither_kept_nor_shared_with_other_pages(maker) -> None:
    status, headers, raw = await maker.raw("GET", "/v1/status", headers={"origin": maker.connector.management_url})
    assert status == 200, raw
    names = {name.lower() for name in headers}
    assert "access-control-allow-origin" not in names
    assert headers["cache-control"] == "no-store"


async def test_the_partners_listener_serves_nothing_of_it(maker) -> None:
    async with maker.session.get(
        maker.connector.public_url + "/v1/status",
        headers={"authorization": f"Bearer {maker.connector.management_token}"},
    ) as answer:
        assert answer.status == 404
