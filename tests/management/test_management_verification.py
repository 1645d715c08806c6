"""Statements, declarations and passports over the management API; every answer is held against the served schema."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from urllib.parse import urlencode

import pytest
from management_site import once, segment, start

BOM = "parent,component,supplier,amount,unit,yield,stages\n"
INVENTORY = {
    "@type": "FootprintInventory",
    "declaredUnit": "piece",
    "declaredUnitAmount": "1",
    "plant": "plant-1",
    "period": {"start": "2025-01-01", "end": "2025-12-31"},
    "own": [{"name": "plant", "stage": "mainProductProduction", "kgCO2e": "2400"}],
    "secondary": [],
}
FACTS = {
    "@type": "DeclarationFacts",
    "part": "PACK",
    "model": "RK-50",
    "manufacturer": {"name": "Pack Co.", "address": "1-1 Naraha"},
    "plant": {"id": "plant-1", "address": "Naraha, Japan"},
    "serviceLife": {"category": "M1", "years": "8"},
    "capacity": {"value": "50", "unit": "kilowatt-hour-capacity"},
    "conformityDeclaration": "DoC-1",
    "study": "https://pack.example/study",
}
OPINION = {
    "scope": "all stages",
    "standard": "ISO 14064-3:2019",
    "assurance": "limited",
    "valid_until": "2999-01-01T00:00:00Z",
}


async def fetched(maker, buyer) -> str:
    """The buyer holds a record of the maker's PACK; the record's id."""
    part = {"bom": BOM, "inventory": INVENTORY}
    status, answer = await maker.call("PUT", "/parts/PACK", part)
    assert status == 200, answer
    body = {"partner": "maker", "part": "PACK", "kinds": ["footprint"], "due": "2998-12-31"}
    asked = await buyer.post("/requests", body)
    place = f"/requests/{segment(asked['request'])}"
    found = await once(lambda: buyer.get(place), lambda found: found["request"]["state"] == "answered")
    return found["request"]["received"]["footprint"]


async def verdict(site, record: str, wanted: str) -> dict:
    place = f"/documents/{segment(record)}/verification"
    return await once(lambda: site.get(place), lambda found: found["status"] == wanted)


async def test_a_statement_is_issued_shown_exported_and_withdrawn(maker, buyer, tmp_path) -> None:
    record = await fetched(maker, buyer)
    assert (await verdict(maker, record, "unverified"))["statements"] == []
    role = {"facts": {"roles": {"values": ["verifier"]}}}
    assert (await maker.call("PUT", f"/partners/{segment(buyer.did)}/facts", role))[0] == 200
    findings = [{"severity": "minor", "text": "a meter", "resolved": True}]
    made = await buyer.post("/statements", {**OPINION, "record": record, "findings": findings})
    assert (made["kind"], made["subject"], made["standing"]) == ("footprint-record", record, "holds")
    (shown,) = (await verdict(maker, record, "verified"))["statements"]
    assert (shown["issuer"], shown["assurance"]) == (buyer.did, "limited")
    tree = await maker.get("/parts/PACK/footprint")
    assert tree["verification"]["status"] == "verified"
    assert [one["verification"]["status"] for one in tree["contributions"]] == ["unverified"]
    path = f"/statements/{segment(made['statement'])}"
    exported = await buyer.get(f"/export/statement/{segment(made['statement'])}")
    assert {"record", "statements", "withdrawals", "did_documents"} < exported.keys()
    async with AsyncExitStack() as stack:
        auditor = await start(stack, tmp_path / "auditor")
        taken = await auditor.post("/statements/received", {"document": exported["statements"][0]})
        assert taken["issuer"] == buyer.did
        gone = await buyer.post(f"{path}/withdraw", {"reason": "a meter was read twice"})
        assert (gone["standing"], gone["reason"]) == ("withdrawn", "a meter was read twice")
        await verdict(maker, record, "withdrawn")
        later = await buyer.get(f"/export/statement/{segment(made['statement'])}")
        after = await auditor.post("/statements/received", {"document": later["withdrawals"][0]})
        assert after["standing"] == "withdrawn"
    (listed,) = (await maker.get("/statements", subject=record))["items"]
    assert listed["statement"] == made["statement"]
    assert (await maker.get("/statements", issuer=maker.did))["items"] == []


async def test_what_cannot_be_stated_is_refused(maker, buyer) -> None:
    company = {"kind": "company", "name": maker.did}
    cases = [
        ("POST", "/statements", OPINION, 400, "management-bad-body"),
        ("POST", "/statements", {**OPINION, "record": "sha-256:0"}, 404, "record-unknown"),
        (
            "POST",
            "/statements",
            {**OPINION, "subject": company, "evidence": ["x"]},
            400,
            "battery-input-field-malformed",
        ),
        ("POST", "/statements", {**OPINION, "subject": company}, 400, "battery-input-inconsistent"),
        ("POST", "/statements/received", {"document": {}}, 400, "battery-record-field-missing"),
        ("GET", "/statements/x", None, 404, "statement-unknown"),
        ("POST", "/statements/x/withdraw", {"reason": "y"}, 404, "statement-unknown"),
    ]
    for method, path, body, status, code in cases:
        found, error = await maker.call(method, path, body)
        assert (found, error["code"]) == (status, code), path
    made = await buyer.post("/statements", {**OPINION, "subject": company})
    assert made["given"] == []
    path = f"/statements/{segment(made['statement'])}/share"
    found, error = await buyer.call("POST", path, {"partner": "maker"})
    assert (found, error["code"]) == (409, "statement-not-told")


async def test_a_declaration_is_made_listed_and_printed(maker) -> None:
    await maker.call("PUT", "/parts/PACK", {"bom": BOM, "inventory": INVENTORY})
    forms = await maker.get("/declarations/forms")
    assert {form["name"] for form in forms["items"]} == {"eu-2023-1542-article-7", "meti-footprint-report"}
    lacking = {name: value for name, value in FACTS.items() if name != "study"}
    status, error = await maker.call("POST", "/declarations", {"facts": lacking})
    assert (status, error["code"]) == (409, "declaration-incomplete")
    assert "study" in error["message"]
    draft = await maker.post("/declarations", {"facts": lacking, "draft": True})
    assert (draft["draft"], draft["missing"]) == (True, ["study"])
    made = await maker.post("/declarations", {"facts": FACTS})
    assert (made["number"], made["verification"]) == (1, "unverified")
    footprint = next(one for one in made["document"]["items"] if one["id"] == "footprint")
    assert footprint["value"] == "0.1"
    assert [one["draft"] for one in (await maker.get("/declarations", part="PACK"))["items"]] == [False, True]
    assert (await maker.get(f"/documents/{segment(made['record'])}"))["declared"] == [made["declaration"]]
    assert await maker.get(f"/declarations/{segment(made['declaration'])}") == made
    status, headers, raw = await maker.raw("GET", f"/v1/declarations/{segment(made['declaration'])}/page?language=ja")
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "カーボンフットプリント宣言" in raw.decode()
    assert "下書き" not in raw.decode()


PASSPORT, MODEL = "urn:battery:sn-1", "urn:model:rk-60"


@pytest.fixture
async def passport(maker):
    path = f"/passports/{segment(PASSPORT)}"
    for name, body in ((MODEL, {"category": "ev"}), (PASSPORT, {"category": "ev", "model": MODEL})):
        status, answer = await maker.call("PUT", f"/passports/{segment(name)}", body)
        assert status == 201, answer
    values = {"weight": "412.5", "conformityDeclaration": {"reference": "DoC-1"}, "hazardousSubstances": ["HF"]}
    await maker.post(f"/passports/{segment(MODEL)}/values", {"values": values})
    await maker.post(f"{path}/values", {"values": {"stateOfCertifiedEnergy": "98"}, "since": "2026-01-01T00:00:00Z"})
    return path


async def test_a_passport_is_seen_by_role_and_purpose(maker, passport) -> None:
    assert len((await maker.get("/passports/points"))["items"]) == 71
    assert len((await maker.get("/passports/terms"))["items"]) == 43
    public = await maker.get(f"{passport}/view")
    recycler = await maker.get(f"{passport}/view", role="recycler", purpose="recycling")
    body = await maker.get(f"{passport}/view", role="notified-body", purpose="conformity-assessment")
    assert [len(view["points"]) for view in (public, recycler, body)] == [44, 70, 45]
    before = await maker.get(f"{passport}/view", role="recycler", purpose="recycling", as_of="2020-01-01T00:00:00Z")
    assert {one["status"] for one in before["points"] if one["number"] == 61} == {"missing"}
    status = await maker.get(f"{passport}/status")
    assert (sum(status.values()), status["filled"]) == (71, 7)
    sheets = (await maker.get("/passports", model=MODEL))["items"]
    assert [one["passport"] for one in sheets] == [PASSPORT]
    assert "salt" not in json.dumps(await maker.get(passport))


@pytest.mark.parametrize(
    ("asked", "named", "known"),
    [
        ({"role": "reycler"}, "role reycler", "recycler"),
        ({"role": "recycler,other", "purpose": "recycling"}, "role other", "notified-body"),
        ({"role": "recycler", "purpose": "recyling"}, "purpose recyling", "recycling"),
    ],
)
async def test_a_role_or_purpose_that_opens_nothing_is_refused_with_those_that_do(
    maker, passport, asked, named, known
) -> None:
    status, error = await maker.call("GET", f"{passport}/view?{urlencode(asked)}")
    assert (status, error["code"]) == (400, "passport-viewer-unknown")
    assert named in error["message"]
    assert known in error["hint"].removeprefix("Use one of: ").rstrip(".").split(", ")
    iri = "https://w3id.org/renkei/v1/purpose/recycling"
    assert "individual" in (await maker.get(f"{passport}/view", role="recycler", purpose=iri))["classes"]


async def test_a_passport_is_offered_like_any_dataset(maker, buyer, passport) -> None:
    terms = {"permission": [{"action": "use"}]}
    offered = {"dataset": "urn:dataset:passport", "passport": PASSPORT, "policy": terms}
    await maker.post("/assets", offered)
    fetched = await buyer.post("/fetch", {"partner": "maker", "dataset": "urn:dataset:passport"})
    view = json.loads(fetched["text"])
    assert (view["classes"], len(view["withheld"])) == (["public"], 27)
    for body, code in (
        ({**offered, "passport": "urn:none"}, "passport-unknown"),
        ({**offered, "file": "x.json"}, "management-one-source"),
    ):
        _, error = await maker.call("POST", "/assets", body)
        assert error["code"] == code
