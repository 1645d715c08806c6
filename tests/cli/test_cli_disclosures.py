"""``disclosure …`` and ``audit``: what is asked for, what is shown, and a file that is checked without a daemon."""

from __future__ import annotations

import json

import pytest

from renkei.exchange.records.calculations import rows_of
from renkei.exchange.records.parts import PartRecord
from renkei.store.port import Changes

PREVIEW = {
    "partner": "did:web:buyer.example",
    "partner_name": "buyer",
    "part": "CELL",
    "kind": "footprint",
    "template": "sha-256:0",
    "purposes": ["https://w3id.org/renkei/v1/purpose/carbon-footprint"],
    "rules": {"contributors": 3, "changes": 1, "months": 0, "days": 0},
    "shown": [{"path": "/total", "value": "18.9", "purposes": ["https://w3id.org/renkei/v1/purpose/carbon-footprint"]}],
    "withheld": [{"what": "bill-of-materials", "count": 4, "why": "input"}],
    "held": {"code": "disclosure-not-yet", "fault": "policy", "message": "not before April", "hint": "wait"},
    "findings": [
        {
            "way": "single-supplier",
            "figure": "share",
            "company": "did:web:c.example",
            "component": "foil",
            "release": 0,
            "value": "70",
            "error": "0",
            "advice": ["merge", "quantise"],
            "step": "14",
        }
    ],
    "unjudged": None,
    "below_open": 1,
    "below_total": 4,
}
LINE = {
    "partner": "did:web:buyer.example",
    "partner_name": "buyer",
    "part": "CELL",
    "way": "answer",
    "dataset": "urn:d",
    "document": "sha-256:1",
    "record": "urn:uuid:r",
    "document_type": "FootprintRecord",
    "fields": ["/total", "/part"],
    "purposes": [],
    "at": "2026-11-22T09:00:00Z",
    "seen": ["2026-11-22T09:05:00Z"],
}


@pytest.mark.parametrize(
    ("words", "query"),
    [
        (("urn:uuid:r",), "?request=urn%3Auuid%3Ar"),
        (("CELL", "--to", "buyer"), "?part=CELL&to=buyer&kind=footprint"),
    ],
)
def test_a_preview_shows_fields_reasons_and_warnings(run, scripted, words, query) -> None:
    scripted.says(200, {"items": [PREVIEW], "next": None})
    shown = run("disclosure", "preview", *words, "--lang", "en", *scripted.options).out
    ((method, path, _, _),) = scripted.asked
    assert (method, path) == ("GET", f"/v1/disclosures/preview{query}")
    wanted = (
        "/total",
        "18.9",
        "carbon-footprint",
        "stays: 4 lines of the bill of materials",
        "not before April",
        "1 of 4 requests",
    )
    assert [
        word for word in (*wanted, "can be worked out: share of foil", "merge, quantise") if word not in shown
    ] == []


def test_a_preview_speaks_japanese(run, scripted) -> None:
    scripted.says(200, {"items": [{**PREVIEW, "findings": [], "held": None}], "next": None})
    shown = run("disclosure", "preview", "R", "--lang", "ja", *scripted.options).out
    assert "非開示: 部品表の行 4件" in shown
    assert "推定できることはありません" in shown


def test_the_log_says_who_saw_what_when(run, scripted) -> None:
    scripted.says(200, {"items": [LINE], "next": None})
    shown = run("disclosure", "log", "--partner", "buyer", *scripted.options).out
    assert [
        word for word in ("buyer", "CELL", "answer", "urn:uuid:r", "2", "2026-11-22T09:05:00Z") if word not in shown
    ] == []
    ((_, path, _, _),) = scripted.asked
    assert path == "/v1/disclosures?partner=buyer"


def test_inputs_are_named_and_written_for_an_auditor(run, scripted, tmp_path) -> None:
    scripted.says(200, {"leaves": ["", "/bom/0"]})
    assert "'/bom/0'" in run("disclosure", "leaves", "urn:uuid:r", *scripted.options).out
    scripted.says(200, {"file": {"type": "renkei-reveal"}, "hands_on": ["did:web:c.example"]})
    out = tmp_path / "reveal.json"
    ended = run(
        *("disclosure", "reveal", "urn:uuid:r", "--leaf", "/bom/0", "--to", "auditor", "--out", str(out)),
        *scripted.options,
    )
    assert json.loads(out.read_text()) == {"type": "renkei-reveal"}
    assert "did:web:c.example" in ended.out
    body = scripted.asked[-1][3]
    assert json.loads(body) == {"record": "urn:uuid:r", "to": "auditor", "leaves": ["/bom/0"]}


@pytest.mark.parametrize("content", [b"{}", b"not json", b'{"type": "renkei-reveal"}'])
def test_a_file_that_proves_nothing_is_refused(run, tmp_path, content) -> None:
    file = tmp_path / "file.json"
    file.write_bytes(content)
    ended = run("audit", str(file), "--json")
    assert ended.code == 7
    assert ended.json["outcome"] == "refused"
    assert ended.json["steps"][0]["ok"] is False


def test_a_file_that_is_not_there_is_said(run, tmp_path) -> None:
    ended = run("audit", str(tmp_path / "none.json"), "--json")
    assert ended.json["error"]["code"] == "cli-file-unreadable"


async def test_a_file_that_a_company_revealed_is_proved_without_a_daemon(run, tmp_path) -> None:
    from renkei.exchange.records.disclosures import DisclosureWay
    from renkei.exchange.records.requests import RequestKind
    from renkei.testing import InMemoryDataspace

    async with InMemoryDataspace() as space:
        maker = await space.join("maker")
        unit = {"declaredUnit": "piece", "declaredUnitAmount": "1"}
        own = [{"name": "kiln", "stage": "mainProductProduction", "kgCO2e": "18.9"}]
        inventory = {
            "@type": "FootprintInventory",
            **unit,
            "period": {"start": "2025-01-01", "end": "2025-12-31"},
            "own": own,
            "secondary": [],
        }
        parts, kept = maker.participant.parts, PartRecord(id="CELL", inventory=inventory)
        await parts.register(kept)
        drawn = await parts.record(await parts.known("CELL"), RequestKind.FOOTPRINT)
        await maker.store.commit(Changes(records=rows_of(drawn)))
        revealed = await maker.participant.disclosures.reveal(str(drawn.document["id"]), None, "")
        (look,) = await maker.participant.disclosures.listed()
        assert look.disclosure.way is DisclosureWay.REVEAL
    file = tmp_path / "reveal.json"
    file.write_text(json.dumps(revealed.file))
    ended = run("audit", str(file), "--lang", "en")
    assert ended.code == 0
    assert "proved: the total is made of exactly these inputs" in ended.out
    file.write_text(json.dumps(revealed.file).replace('"kgCO2e": "18.9"', '"kgCO2e": "17.9"'))
    assert run("audit", str(file), "--json").json["outcome"] == "refused"
