"""``renkei formats``: list, check and convert, without a daemon."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from renkei.cli.program import run
from renkei.kernel import strict_json
from renkei.policy.model import SIGNATURE
from renkei.trust.artefacts import Artefact
from renkei.trust.verification import evidence

RAW, MAIN = "rawMaterialAcquisitionAndPreProcessing", "mainProductProduction"
RECORD = {
    "@type": "FootprintRecord",
    "id": "urn:uuid:5a1f2d0c-8f7e-4a3b-9c2d-1e0f9a8b7c6d",
    "version": 1,
    "part": "cell-1",
    "company": "did:web:cells.example",
    "declaredUnit": "gram",
    "declaredUnitAmount": "500",
    "unit": "kgCO2e",
    "stages": {RAW: "1.000001", MAIN: "2", "distribution": "0", "endOfLifeAndRecycling": "0"},
    "total": "3.000001",
    "period": {"start": "2025-01-01", "end": "2025-12-31"},
    "secondary": [],
    "gaps": [],
    "ruleSet": "urn:x:rules",
    "rounding": {"digits": 34, "counting": "significant"},
}
DETAILS = {
    "@type": "ProductDetails",
    "traceId": "d9a38406-cae2-4679-b052-15a75f5531f6",
    "companyName": "Cells",
    "companyIds": ["urn:x:cells"],
    "created": "2026-01-01T00:00:00Z",
}


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    record, details = tmp_path / "record.json", tmp_path / "details.json"
    record.write_text(json.dumps(RECORD))
    details.write_text(json.dumps(DETAILS))
    return str(record), str(details)


def told(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict]:
    code = run(["formats", *words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_the_formats_are_listed_in_both_languages(capsys) -> None:
    code, listed = told(capsys, "list")
    assert code == 0
    assert {each["id"] for each in listed["items"]} >= {"ouranos-cfp", "pact-3", "catena-x-pcf-9"}
    assert run(["formats", "list", "--lang", "ja"]) == 0
    assert "製品フットプリント" in capsys.readouterr().out


def test_a_record_is_converted_only_with_the_leeway_that_it_needs(capsys, files) -> None:
    record, details = files
    words = ("convert", record, "--to", "ouranos-cfp", "--details", details)
    assert told(capsys, *words)[1]["error"]["code"] == "formats-unit-not-there"
    assert told(capsys, *words, "--rescale")[1]["error"]["code"] == "formats-out-of-range"
    code, converted = told(capsys, *words, "--rescale", "--round")
    assert code == 0
    document = strict_json.loads(converted["text"].encode())
    assert [each["ghgEmission"] for each in document] == [Decimal("2.00001"), 4, 0, 0]
    assert {loss["change"] for loss in converted["reports"][0]["losses"]} >= {"rescaled", "rounded", "dropped"}


def test_what_was_converted_is_read_back_from_its_file(capsys, files, tmp_path) -> None:
    record, details = files
    there, back = str(tmp_path / "pact.json"), str(tmp_path / "back.json")
    assert (
        told(capsys, "convert", record, "--to", "pact-3", "--details", details, "--rescale", "--output", there)[0] == 0
    )
    assert told(capsys, "check", there)[1] == {"valid": True, "format": "pact-3", "findings": []}
    code, _ = told(
        capsys, "convert", there, "--to", "renkei", "--set", "company=did:web:cells.example", "--output", back
    )
    assert code == 0
    again = json.loads(Path(back).read_text("utf-8"))
    assert (again["record"]["total"], again["record"]["declaredUnitAmount"]) == ("3.000001", "0.5")
    assert again["details"]["companyName"] == "Cells"
    assert told(capsys, "convert", back, "--to", "catena-x-pcf-9")[0] == 0


def test_a_record_is_converted_as_it_was_exported(capsys, files, tmp_path) -> None:
    record, details = files
    signed = RECORD | {SIGNATURE: "ey..x"}
    exported = tmp_path / "exported.json"
    exported.write_text(json.dumps(evidence(Artefact.RECORD, signed, {}, datetime(2026, 11, 22, tzinfo=UTC))))
    words = ("--to", "pact-3", "--details", details, "--rescale")
    code, converted = told(capsys, "convert", str(exported), *words)
    assert code == 0, converted
    assert converted["text"] == told(capsys, "convert", record, *words)[1]["text"]


def test_losses_are_told_to_people_beside_the_document(capsys, files) -> None:
    record, details = files
    assert run(["formats", "convert", record, "--to", "pact-3", "--details", details, "--rescale", "--lang", "ja"]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out)["specVersion"] == "3.0.0"
    assert "別の単位で数えました" in shown.err


def test_a_document_that_is_not_valid_has_an_exit_code_of_its_own(capsys, tmp_path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"ProductCarbonFootprints": [{"PcfCalculationMethods": "ISO 14067"}]}')
    code, verdict = told(capsys, "check", str(bad))
    assert (code, verdict["valid"], verdict["format"]) == (9, False, "idta-02035-3")
    assert run(["formats", "check", str(bad)]) == 9
    assert "/ProductCarbonFootprints/0/PcfCalculationMethods" in capsys.readouterr().out


def test_an_official_schema_of_the_users_judges_any_document(capsys, tmp_path) -> None:
    schema, document = tmp_path / "schema.json", tmp_path / "document.json"
    schema.write_text('{"$schema": "http://json-schema.org/draft-04/schema", "required": ["a"]}')
    document.write_text('{"b": 1}')
    code, verdict = told(capsys, "check", str(document), "--schema", str(schema))
    assert (code, verdict["valid"], verdict["schema"][0]["keyword"]) == (9, False, "required")
    assert told(capsys, "check", str(document))[1]["error"]["code"] == "formats-not-recognised"


@pytest.mark.parametrize("text", ["", "{", "[1,", "\ufeff{}"])
def test_a_file_that_is_no_document_is_an_error_of_ours(capsys, tmp_path, text) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text(text, "utf-8")
    code, shown = told(capsys, "convert", str(broken), "--to", "pact-3")
    assert (code, shown["error"]["fault"]) == (3, "configuration")
