"""Other systems' forms of footprints, over the management API."""

from __future__ import annotations

import json
from decimal import Decimal

from renkei.exchange.records.requests import DocumentRecord
from renkei.kernel import strict_json
from renkei.store.port import Changes

SUPPLIER = "did:web:supplier.example"
TRACE = "d9a38406-cae2-4679-b052-15a75f5531f6"
DETAILS = {"traceId": TRACE, "companyName": "S", "companyIds": ["urn:x:s"], "created": "2026-01-01T00:00:00Z"}
GIVEN = {"part": "CELL", "period.start": "2025-01-01", "period.end": "2025-12-31"}


def element(kind: str, emission: float) -> dict[str, object]:
    return {
        "cfpId": "d9a38406-cae2-4679-b052-15a75f5531f5",
        "traceId": TRACE,
        "cfpType": kind,
        "ghgEmission": emission,
        "ghgDeclaredUnit": "kgCO2e/kilogram",
        "dqrType": "preProcessing" if kind.startswith("pre") else "mainProcessing",
        "dqrValue": {"TeR": 1, "GeR": 2, "TiR": 2.5},
    }


DOCUMENT = [
    element("preProduction", 3.1),
    element("mainProduction", 20),
    element("preComponent", 0),
    element("mainComponent", 0.00001),
]


async def test_the_formats_are_listed_with_what_they_cannot_say(maker) -> None:
    listed = (await maker.get("/formats"))["items"]
    assert {each["id"] for each in listed} >= {"ouranos-cfp", "pact-3", "catena-x-pcf-9", "idta-02035-3"}
    assert all(each["notes"]["ja"] for each in listed)


async def test_a_document_is_judged(maker) -> None:
    status, verdict = await maker.call("POST", "/formats/ouranos-cfp/check", {"document": DOCUMENT})
    assert (status, verdict) == (200, {"valid": True, "findings": []})
    _, verdict = await maker.call("POST", "/formats/ouranos-cfp/check", {"document": DOCUMENT[:3]})
    assert (verdict["valid"], verdict["findings"][0]["rule"]) == (False, "missing")
    status, error = await maker.call("POST", "/formats/edifact/check", {"document": DOCUMENT})
    assert (status, error["code"]) == (404, "formats-unknown")


async def test_a_partners_document_is_taken_in_and_given_out_again_with_its_losses(maker) -> None:
    body = {"document": DOCUMENT, "partner": SUPPLIER, "given": GIVEN, "keep": True}
    status, took = await maker.call("POST", "/formats/ouranos-cfp/read", body)
    assert status == 200, took
    assert (took["record"]["total"], took["record"]["company"]) == ("23.10001", SUPPLIER)
    row = await maker.connector.participant.ports.store.load(DocumentRecord.kind, took["kept"])
    assert DocumentRecord.of(row).signed is False
    asked = {"document": took["kept"], "details": DETAILS}
    status, written = await maker.call("POST", "/formats/ouranos-cfp/write", asked)
    assert status == 200, written
    assert strict_json.loads(written["text"].encode()) == json.loads(json.dumps(DOCUMENT), parse_float=Decimal)
    assert "part" in {loss["leaf"] for loss in written["losses"]}


async def test_what_is_only_read_is_not_kept(maker) -> None:
    body = {"document": DOCUMENT, "partner": SUPPLIER, "given": GIVEN}
    _, took = await maker.call("POST", "/formats/ouranos-cfp/read", body)
    assert took["kept"] is None
    assert (await maker.get("/documents"))["items"] == []


async def test_our_own_records_are_not_taken_in(maker) -> None:
    body = {"document": DOCUMENT, "partner": maker.did, "given": GIVEN, "keep": True}
    status, error = await maker.call("POST", "/formats/ouranos-cfp/read", body)
    assert (status, error["code"]) == (409, "formats-other-speaker")


async def test_what_a_partner_has_signed_is_not_put_back_by_a_document_without_signature(maker) -> None:
    body = {"document": DOCUMENT, "partner": SUPPLIER, "given": GIVEN}
    _, took = await maker.call("POST", "/formats/ouranos-cfp/read", body)
    signed = DocumentRecord(
        id="signed",
        partner=SUPPLIER,
        part="CELL",
        document_type="FootprintRecord",
        document=took["record"],
        signed=True,
        created=maker.connector.participant.ports.clock.now(),
    )
    await maker.connector.participant.ports.store.commit(Changes(records=(signed.row(),)))
    status, error = await maker.call("POST", "/formats/ouranos-cfp/read", body | {"keep": True})
    assert (status, error["code"]) == (409, "formats-signed-is-newer")
    newer = body | {"keep": True, "given": GIVEN | {"version": "2"}}
    status, took = await maker.call("POST", "/formats/ouranos-cfp/read", newer)
    assert (status, took["record"]["version"]) == (200, 2)
    assert (await maker.call("POST", "/formats/ouranos-cfp/read", newer))[1]["kept"] == took["kept"]
