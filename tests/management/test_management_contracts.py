"""From publishing to bytes and evidence, over the management APIs of two companies."""

from __future__ import annotations

import base64
import hashlib

import pytest
from management_site import FORBIDDING, TERMS, segment

from renkei.exchange.catalog.catalogs import as_document
from renkei.trust.verification import Outcome, verify_bundle


async def test_what_is_published_can_be_found_negotiated_and_fetched(maker, buyer) -> None:
    asset = await maker.publish("pcf", b'{"x": 1.50}', title="フットプリント")
    assert (asset["id"], asset["title"], asset["withdrawn"]) == ("urn:dataset:pcf", "フットプリント", False)

    shown = {item["id"]: item for item in (await buyer.post("/catalog", {"partner": "maker"}))["items"]}
    assert shown["urn:dataset:pcf"]["title"] == "フットプリント"
    assert shown["urn:dataset:pcf"]["formats"] == ["HttpData-PULL"]

    found = await buyer.post("/negotiations", {"partner": "maker", "dataset": "urn:dataset:pcf", "wait": 20})
    assert (found["state"], found["final"], found["partner"]) == ("FINALIZED", True, maker.did)

    agreement = await buyer.get(f"/agreements/{segment(found['agreement'])}")
    assert (agreement["signed"], agreement["in_force"], agreement["side"]) == (True, True, "consumer")

    fetched = await buyer.post("/fetch", {"partner": "maker", "dataset": "urn:dataset:pcf"})
    assert fetched["text"] == '{"x": 1.50}'
    assert fetched["digest"] == "sha-256:" + hashlib.sha256(b'{"x": 1.50}').hexdigest()
    assert fetched["agreement"] == found["agreement"], "a live agreement is used again"
    transfer = await buyer.get(f"/transfers/{segment(fetched['transfer'])}")
    assert (transfer["dataset"], transfer["side"]) == ("urn:dataset:pcf", "consumer")
    assert (await maker.get("/agreements"))["items"][0]["side"] == "provider"


OVER = {
    "permission": [
        {
            "action": "use",
            "constraint": [{"leftOperand": "dateTime", "operator": "lteq", "rightOperand": "2001-01-01T00:00:00Z"}],
        }
    ]
}


async def test_a_template_is_filled_in_for_the_wire_profile_that_is_named(maker) -> None:
    values = {"customer": maker.did, "until": "2099-12-31T23:59:59Z"}
    terms = {"policy": None, "template": "footprint-to-customer", "parameters": values}
    asset = await maker.publish("cx", **terms, profile="catena-x-1.2")
    assert asset["offer"]["profile"] == "https://w3id.org/catenax/2025/9/policy/"
    assert "profile" not in (await maker.publish("plain", **terms))["offer"]
    for body, code in (
        (terms | {"template": "trial", "parameters": {"customer": maker.did}}, "policy-not-carried"),
        ({"policy": OVER}, "management-bad-policy"),
    ):
        asked = {"dataset": "urn:dataset:no", "file": "plain.json", **body, "profile": "catena-x-1.2"}
        status, error = await maker.call("POST", "/assets", asked)
        assert (status, error["code"]) == (400, code)


async def test_what_is_worth_a_look_in_terms_is_told_when_they_are_published(maker) -> None:
    asset = await maker.publish("over", policy=OVER)
    assert [(each["code"], each["path"]) for each in asset["warnings"]] == [("expired", "permission")]
    assert asset["warnings"][0]["text"] == "permission: what was permitted has run out"
    assert asset["warnings"][0]["text_ja"] == "permission: 許可の期間は終わっています"
    assert (await maker.get("/assets/urn%3Adataset%3Aover"))["warnings"] == asset["warnings"]
    status, made = await maker.call("PUT", "/contract-definitions/over", {"policy": OVER})
    assert (status, made["warnings"]) == (200, asset["warnings"])
    assert (await maker.publish("sound"))["warnings"] == []


async def test_bytes_that_are_no_text_come_in_base64_and_files_stay_with_the_connector(maker, buyer) -> None:
    await maker.publish("raw", b"\xff\x00\xfe", media_type="application/octet-stream")
    fetched = await buyer.post("/fetch", {"partner": maker.did, "dataset": "urn:dataset:raw"})
    assert base64.b64decode(fetched["base64"]) == b"\xff\x00\xfe"
    body = {"partner": maker.did, "dataset": "urn:dataset:raw", "file": "part 1.bin"}
    stored = await buyer.post("/fetch", body)
    place = buyer.connector.config.folder / "received" / "part 1.bin"
    assert stored["file"] == str(place)
    assert place.read_bytes() == b"\xff\x00\xfe"
    status, error = await buyer.call("POST", "/fetch", body)
    assert (status, error["code"]) == (409, "management-file-exists")


@pytest.mark.parametrize("name", ["../x", "a/b", ".hidden", "a\\b", "a\nb", " a", "x" * 300, "C:x", "/etc/passwd"])
async def test_a_file_name_that_could_lead_elsewhere_is_refused(maker, name) -> None:
    status, error = await maker.call("POST", "/fetch", {"partner": maker.did, "dataset": "x", "file": name})
    assert (status, error["code"]) == (400, "management-bad-name")


async def test_an_exported_agreement_is_verified_by_the_offline_check_and_an_altered_one_is_not(maker, buyer) -> None:
    await maker.publish("pcf")
    found = await buyer.post("/negotiations", {"partner": "maker", "dataset": "urn:dataset:pcf", "wait": 20})
    for side in (maker, buyer):
        bundle = await side.get(f"/export/agreement/{segment(found['agreement'])}")
        assert verify_bundle(bundle).outcome is Outcome.VERIFIED
        bundle["document"]["target"] = "urn:dataset:other"
        assert verify_bundle(bundle).outcome is Outcome.REFUSED


async def test_terms_from_a_template_name_partners_by_their_short_names(maker, buyer) -> None:
    status, error = await buyer.call("POST", "/assets", {"file": "nothing.json", "template": "footprint-to-customer"})
    assert (status, error["code"]) == (400, "data-source-unusable")
    await buyer.publish("mine")
    body = {
        "dataset": "urn:dataset:t",
        "file": "mine.json",
        "template": "footprint-to-customer",
        "parameters": {"customer": "maker", "until": "2999-01-01T00:00:00Z"},
        "visible_to": ["maker", maker.did],
    }
    asset = await buyer.post("/assets", body)
    assert asset["offer"]["assignee"] == maker.did
    assert asset["visible_to"] == [maker.did]
    fetched = await maker.post("/fetch", {"partner": buyer.did, "dataset": "urn:dataset:t"})
    assert fetched["text"] == '{"x": 1}'


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "management-one-source"),
        ({"file": "a", "document": "b"}, "management-one-source"),
        ({"document": "sha-256:0"}, "data-source-unusable"),
        ({"file": "../../etc/passwd"}, "data-source-unusable"),
        ({"file": "ok.json"}, "management-one-policy"),
        ({"file": "ok.json", "policy": TERMS, "template": "footprint-to-customer"}, "management-one-policy"),
        ({"file": "ok.json", "template": "nothing"}, "template-unknown"),
        ({"file": "ok.json", "template": "footprint-to-customer"}, "policy-template-parameter"),
        ({"file": "ok.json", "policy": {"permission": [{"action": "use", "surprise": 1}]}}, "management-bad-policy"),
        ({"file": "ok.json", "policy": TERMS, "filee": "x"}, "management-bad-body"),
        ({"file": 3}, "management-bad-body"),
    ],
)
async def test_a_publication_that_does_not_fit_is_refused_and_nothing_is_offered(maker, body, code) -> None:
    files = maker.connector.config.folder / "files"
    files.mkdir()
    (files / "ok.json").write_text("{}")
    before = await maker.get("/assets")
    status, error = await maker.call("POST", "/assets", body)
    assert (status, error["code"]) == (400, code)
    assert await maker.get("/assets") == before


async def test_what_is_withdrawn_is_not_shown_any_more(maker, buyer) -> None:
    await maker.publish("pcf")
    status, asset = await maker.call("DELETE", f"/assets/{segment('urn:dataset:pcf')}")
    assert (status, asset["withdrawn"]) == (200, True)
    shown = await buyer.post("/catalog", {"partner": "maker"})
    assert "urn:dataset:pcf" not in {item["id"] for item in shown["items"]}
    status, error = await buyer.call("POST", "/fetch", {"partner": "maker", "dataset": "urn:dataset:pcf"})
    assert (status, error["code"], error["fault"]) == (404, "catalog-unknown-dataset", "peer")


async def test_a_dataset_is_not_published_under_a_bare_word(maker) -> None:
    (maker.connector.config.folder / "files").mkdir()
    (maker.connector.config.folder / "files" / "x.json").write_bytes(b"{}")
    body = {"dataset": "pcf 2026", "file": "x.json", "policy": TERMS}
    status, error = await maker.call("POST", "/assets", body)
    assert (status, error["code"], error["fault"]) == (400, "catalog-dataset-no-iri", "configuration")
    assert "pcf 2026" in error["message"]


async def test_one_negotiation_tells_what_stands_in_the_way_of_our_message(maker, buyer) -> None:
    await maker.publish("pcf")
    # Their catalog is asked once more and answered; then they are gone.
    participant = buyer.connector.participant
    partner = await participant.ports.directory.find("maker")
    shown = await participant.catalogs.look(partner, "urn:dataset:pcf")
    await maker.connector.__aexit__(None, None, None)
    pid = await participant.negotiations.open(partner, shown.id, as_document(shown.offers[0], shown.id))
    found = await buyer.get(f"/negotiations/{segment(pid)}", wait=0.2)
    assert (found["final"], found["state"]) == (False, "INITIAL")
    assert found["trouble"].startswith("line-unreachable")


async def test_terms_that_do_not_permit_us_end_as_a_policys_no(maker, buyer) -> None:
    await maker.publish("old", policy=FORBIDDING)
    status, error = await buyer.call("POST", "/negotiations", {"partner": "maker", "dataset": "urn:dataset:old"})
    assert (status, error["code"], error["fault"]) == (403, "policy-refused", "policy")
    assert (await buyer.get("/negotiations"))["items"] == []


async def test_a_negotiation_that_is_over_cannot_be_ended_again(maker, buyer) -> None:
    await maker.publish("pcf")
    found = await buyer.post("/negotiations", {"partner": "maker", "dataset": "urn:dataset:pcf", "wait": 20})
    path = f"/negotiations/{segment(found['id'])}"
    status, error = await buyer.call("POST", f"{path}/terminate", {"reason": "no"})
    assert (status, error["fault"]) == (409, "local")
    assert (await buyer.get(path))["state"] == "FINALIZED"


async def test_lists_come_in_pages_that_miss_and_repeat_nothing(maker) -> None:
    names = {f"urn:dataset:{index:02}" for index in range(7)}
    for name in names:
        await maker.publish(name.rsplit(":", 1)[1])
    seen: list[str] = []
    after = ""
    pages = 0
    while after is not None:
        page = await maker.get("/assets", limit=3, after=after)
        seen += [item["id"] for item in page["items"]]
        after = page["next"]
        pages += 1
    assert seen == sorted([*names, f"{maker.did}#request-box"])
    assert pages == 3


async def test_lists_are_narrowed_by_partner_state_and_dataset(maker, buyer) -> None:
    for name in ("a", "b"):
        await maker.publish(name)
        await buyer.post("/fetch", {"partner": "maker", "dataset": f"urn:dataset:{name}"})
    found = await buyer.get("/negotiations", partner="maker", state="FINALIZED")
    assert {item["dataset"] for item in found["items"]} == {"urn:dataset:a", "urn:dataset:b"}
    assert (await buyer.get("/negotiations", state="REQUESTED"))["items"] == []
    assert (await buyer.get("/negotiations", partner="did:web:nobody.example"))["items"] == []
    only = await buyer.get("/agreements", dataset="urn:dataset:b")
    assert [item["dataset"] for item in only["items"]] == ["urn:dataset:b"]


@pytest.mark.parametrize(
    "path",
    [
        "/assets/x",
        "/negotiations/x",
        "/agreements/x",
        "/transfers/x",
        "/requests/x",
        "/parts/x",
        "/parts/x/footprint",
        "/documents/x",
        "/export/agreement/x",
        "/export/record/x",
    ],
)
async def test_what_is_not_there_is_not_found(maker, path) -> None:
    status, error = await maker.call("GET", path)
    assert (status, error["fault"]) == (404, "local")
    assert error["code"] in {"record-unknown", "request-unknown", "part-unknown"}


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/assets?limit=0", "limit"),
        ("/assets?limit=x", "limit"),
        ("/assets?limit=501", "limit"),
        ("/assets?afterr=x", "afterr"),
        ("/requests?direction=up", "direction"),
        ("/requests/x?wait=61", "wait"),
        ("/about?x=1", "x"),
    ],
)
async def test_a_query_that_does_not_fit_is_told_by_name(maker, path, word) -> None:
    status, error = await maker.call("GET", path)
    assert (status, error["code"]) == (400, "management-bad-query")
    assert word in error["message"]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"{", "json-broken"),
        (b"[]", "json-broken"),
        (b'{"partner": "a", "partner": "b"}', "json-broken"),
        (b"\xff", "json-broken"),
        (b"[" * 100_000, "json-too-deep"),
        (b'{"partner": 1}', "management-bad-body"),
        (b"{}", "management-bad-body"),
        (b'{"partner": "a", "x": 1}', "management-bad-body"),
    ],
)
async def test_a_broken_body_is_a_typed_error(maker, raw, code) -> None:
    url = maker.connector.management_url + "/v1/catalog"
    headers = {"authorization": f"Bearer {maker.connector.management_token}", "content-type": "application/json"}
    async with maker.session.post(url, data=raw, headers=headers) as answer:
        assert (answer.status, (await answer.json())["code"]) == (400, code)


async def test_errors_are_in_japanese_for_who_asks_for_it(maker) -> None:
    status, _, raw = await maker.raw("GET", "/v1/parts/x", headers={"accept-language": "ja-JP"})
    assert status == 404
    assert "部品x" in raw.decode()


async def test_a_partner_that_is_not_there_is_the_partners_fault(buyer) -> None:
    status, error = await buyer.call("POST", "/catalog", {"partner": "did:web:127.0.0.1%3A1"})
    assert (status, error["fault"]) == (503, "peer")
    status, error = await buyer.call("POST", "/catalog", {"partner": "nobody"})
    assert (status, error["code"]) == (404, "partner-unknown")


@pytest.mark.parametrize("partner", ["did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", "did:web:a..example"])
async def test_a_partner_that_cannot_be_one_is_the_fault_of_who_names_it(buyer, partner) -> None:
    status, error = await buyer.call("POST", "/negotiations", {"partner": partner, "dataset": "urn:dataset:1"})
    assert (status, error["code"], error["fault"]) == (404, "partner-unknown", "configuration")
    assert partner in error["message"]


async def test_a_dataset_of_ours_that_is_not_there_is_our_own_affair(maker, buyer) -> None:
    body = {"partner": "maker", "dataset": "urn:dataset:nothing"}
    status, error = await buyer.call("POST", "/negotiations/offers", body)
    assert (status, error["code"], error["fault"]) == (404, "management-unknown-dataset", "local")
    assert "/v1/assets" in error["hint"]
    status, error = await buyer.call("DELETE", "/assets/urn%3Adataset%3Anothing")
    assert (status, error["fault"]) == (404, "local")


@pytest.mark.parametrize("kind", ["negotiations", "agreements", "transfers", "documents", "assets"])
async def test_who_asks_for_what_is_not_there_is_told_where_to_look(buyer, kind) -> None:
    status, error = await buyer.call("GET", f"/{kind}/urn%3Anothing")
    assert (status, error["code"]) == (404, "record-unknown")
    assert f"GET /v1/{kind} of" in error["hint"]
    assert (await buyer.get(f"/{kind}"))["next"] is None


async def test_who_mistypes_a_partner_is_told_the_name_that_is_meant(buyer) -> None:
    status, error = await buyer.call("POST", "/catalog", {"partner": "makr"})
    assert (status, error["code"]) == (404, "partner-unknown")
    assert "did you mean maker?" in error["message"]
    assert "started again" in error["hint"]
    assert "maker" in (await buyer.get("/about"))["partners"].values()
