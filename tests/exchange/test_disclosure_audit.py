"""An auditor, offline: what was revealed belongs to the record, is all of it, and gives its figures; or says why not."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from renkei.battery import Bom, FootprintRecord, Gap, Inventory, RuleSet
from renkei.battery.commitments import Commitment, commit
from renkei.battery.footprint.coarse_ratings import coarsened
from renkei.battery.footprint.inputs import CalculationInputs
from renkei.battery.footprint.record import Provenance
from renkei.exchange.disclosure.audit import Finding, audit, reveal
from renkei.kernel import jcs, strict_json
from renkei.kernel.values import replace
from renkei.policy.model import SIGNATURE
from renkei.trust.artefacts import Artefact, attach, prepare
from renkei.trust.did import build_document, key_id
from renkei.trust.keys import KeyPurpose, PrivateKey
from renkei.trust.verification import evidence

MAKER = "did:web:maker.example"
SUPPLIER = "did:web:supplier.example"
KEY = PrivateKey(ec.derive_private_key(1234, ec.SECP256R1()))
NOW = datetime(2026, 11, 22, tzinfo=UTC)
SECRET = bytes(range(32))
PERIOD = {"start": "2025-01-01", "end": "2025-12-31"}
RULES = Path(__file__).resolve().parents[2] / "vocab" / "battery" / "rules" / "eu-battery-cfb-2024-draft.json"
PART = {"part": "module", "company": MAKER, "declaredUnit": "piece", "declaredUnitAmount": "1"}


def inputs() -> CalculationInputs:
    """30 of our own and 2 of a supplier's 70: 170."""
    own = {"name": "line", "stage": "mainProductProduction", "kgCO2e": "30"}
    inventory = {"@type": "FootprintInventory", **PART, "period": PERIOD, "own": [own], "secondary": []}
    stages = {
        "rawMaterialAcquisitionAndPreProcessing": "0",
        "mainProductProduction": "70",
        "distribution": "0",
        "endOfLifeAndRecycling": "0",
    }
    received = {
        "@type": "FootprintRecord",
        "id": "urn:uuid:cell-1",
        "version": 1,
        **PART,
        "part": "cell",
        "company": SUPPLIER,
        "unit": "kgCO2e",
        "stages": stages,
        "total": "70",
        "primaryDataShare": "83",
        "period": PERIOD,
        "secondary": [],
        "gaps": [],
        "ruleSet": "urn:test:rules",
        "rounding": {"digits": 34, "counting": "significant"},
    }
    bom = Bom.from_csv(f"parent,component,supplier,amount,unit,stages\nmodule,cell,{SUPPLIER},2,piece,component\n")
    return CalculationInputs.of(
        "module",
        [Inventory.from_json(inventory)],
        bom,
        [FootprintRecord.from_json(received)],
        RuleSet.from_json(strict_json.loads(RULES.read_bytes())),
    )


def committed(made_of: CalculationInputs) -> Commitment:
    return commit({leaf.name: leaf.value for leaf in made_of.leaves()}, SECRET)


def published(made_of: CalculationInputs, **changes: object) -> FootprintRecord:
    provenance = Provenance(jcs.sha256(made_of.rules.to_json()), made_of.engine, committed(made_of).root)
    record = made_of.perform().publish("urn:uuid:module-1", provenance=provenance)
    return replace(record, **changes)  # type: ignore[arg-type]


def signed(record: FootprintRecord, key: PrivateKey = KEY) -> dict[str, object]:
    document = record.to_json()
    wanted = prepare(document, Artefact.RECORD, key_id(MAKER, key.public))
    document = attach(document, SIGNATURE, wanted.jws(key.sign(wanted.signing_input)))
    did_document = build_document(MAKER, {KeyPurpose.ASSERTION: [KEY.public]})
    return evidence(Artefact.RECORD, document, {MAKER: did_document}, NOW)


def revealed(names: list[str] | None = None, record: FootprintRecord | None = None) -> dict[str, object]:
    made_of = inputs()
    file = reveal(signed(record or published(made_of)), committed(made_of).open(names))
    decoded = strict_json.loads(json.dumps(file).encode(), strict_json.DOCUMENT)
    assert isinstance(decoded, dict)
    return decoded


def test_all_inputs_prove_the_total() -> None:
    found = audit(revealed())
    assert [step.ok for step in found.steps] == [True] * 7, found.as_json()
    assert found.finding is Finding.PROVED
    assert found.steps[-1].detail == "170 kgCO2e"


def test_some_inputs_prove_themselves_and_not_the_total() -> None:
    found = audit(revealed(["/received/0"]))
    assert [step.ok for step in found.steps] == [True] * 4 + [None] * 3
    assert found.finding is Finding.PARTIAL
    shown = found.as_json("ja")["revealed"]
    assert isinstance(shown, dict)
    assert list(shown) == ["/received/0"]
    assert shown["/received/0"]["total"] == "70"
    assert 'kgCO2e": "30' not in json.dumps(revealed(["/received/0"]))  # our own figure stays ours


def test_every_named_input_without_the_fillers_is_no_proof_that_there_are_no_others() -> None:
    names = [leaf.name for leaf in inputs().leaves()]
    assert audit(revealed(names)).finding is Finding.PARTIAL


@pytest.mark.parametrize("change", ["coarse", "without ratings", "with the split"])
def test_a_record_told_in_coarse_steps_or_in_part_is_proved_too(change: str) -> None:
    made_of, whole = inputs(), published(inputs())
    record = {
        "coarse": coarsened(whole),
        "without ratings": replace(whole, primary_data_share=None),
        "with the split": made_of.perform().publish(whole.id, provenance=whole.calculation, split=True),
    }[change]
    if change == "coarse":
        assert record.primary_data_share != whole.primary_data_share
    assert audit(revealed(record=record)).finding is Finding.PROVED


def _leaf(file: dict[str, object], name: str) -> dict[str, object]:
    leaves = file["opening"]["leaves"]  # type: ignore[index]
    found = next(leaf for leaf in leaves if leaf.get("leaf") == name)
    assert isinstance(found, dict)
    return found


def _change_amount(file: dict[str, object]) -> None:
    _leaf(file, "/bom/0")["value"]["amount"] = "1"  # type: ignore[index]


def _change_own(file: dict[str, object]) -> None:
    _leaf(file, "/inventories/0/own/0")["value"]["kgCO2e"] = "3"  # type: ignore[index]


def _drop_filler(file: dict[str, object]) -> None:
    leaves = file["opening"]["leaves"]  # type: ignore[index]
    leaves.remove(next(leaf for leaf in leaves if "filler" in leaf))


def _change_total(file: dict[str, object]) -> None:
    file["evidence"]["document"]["total"] = "160"  # type: ignore[index]


def _unsign(file: dict[str, object]) -> None:
    del file["evidence"]["document"][SIGNATURE]  # type: ignore[index]


def _change_type(file: dict[str, object]) -> None:
    file["type"] = "renkei-evidence"


def _other_artefact(file: dict[str, object]) -> None:
    file["evidence"]["artefact"] = "offer"  # type: ignore[index]


def _no_opening(file: dict[str, object]) -> None:
    file["opening"] = None


@pytest.mark.parametrize(
    ("tamper", "step"),
    [
        (_change_type, 1),
        (_other_artefact, 1),
        (_change_total, 1),
        (_unsign, 2),
        (_no_opening, 4),
        (_change_amount, 4),
        (_change_own, 4),
        (_drop_filler, 4),
    ],
)
def test_what_was_tampered_with_ends_at_its_step(tamper: Callable[[dict[str, object]], None], step: int) -> None:
    file = deepcopy(revealed())
    tamper(file)
    found = audit(file)
    assert found.finding is Finding.REFUSED
    assert [each.ok for each in found.steps] == [True] * (step - 1) + [False]
    assert found.as_json()["revealed"] == {}


def _of_other_inputs(record: FootprintRecord) -> FootprintRecord:
    """A company that signs 160 but commits to inputs that give 170."""
    stages = replace(record.stages, production=record.stages.production - 10)
    return replace(record, stages=stages, total=record.total - 10)


def _of_a_gap_that_is_not_there(record: FootprintRecord) -> FootprintRecord:
    return replace(record, gaps=(Gap("**", "**"),))


def _of_no_inputs(record: FootprintRecord) -> FootprintRecord:
    return replace(record, calculation=None)


def _of_another_engine(record: FootprintRecord) -> FootprintRecord:
    assert record.calculation is not None
    return replace(record, calculation=replace(record.calculation, engine="renkei-footprint-0"))


def _of_other_rules(record: FootprintRecord) -> FootprintRecord:
    assert record.calculation is not None
    return replace(record, calculation=replace(record.calculation, rule_set="sha-256:" + "0" * 64))


def _of_other_commitment(record: FootprintRecord) -> FootprintRecord:
    assert record.calculation is not None
    return replace(record, calculation=replace(record.calculation, inputs="sha-256:" + "0" * 64))


@pytest.mark.parametrize(
    ("lie", "step"),
    [
        (_of_no_inputs, 3),
        (_of_other_commitment, 4),
        (_of_another_engine, 6),
        (_of_other_rules, 6),
        (_of_other_inputs, 7),
        (_of_a_gap_that_is_not_there, 7),
    ],
)
def test_what_was_signed_against_better_knowledge_is_found(
    lie: Callable[[FootprintRecord], FootprintRecord], step: int
) -> None:
    found = audit(revealed(record=lie(published(inputs()))))
    assert found.finding is Finding.REFUSED
    assert [each.ok for each in found.steps] == [True] * (step - 1) + [False], found.as_json()
    assert found.steps[-1].detail.startswith("disclosure-")


def test_another_key_is_not_the_companys() -> None:
    other = PrivateKey(ec.derive_private_key(99, ec.SECP256R1()))
    file = reveal(signed(published(inputs()), other), committed(inputs()).open())
    assert [step.ok for step in audit(file).steps] == [True, False]


def test_a_total_without_a_supplier_that_has_not_answered_is_not_proved_by_leaving_out_the_gap() -> None:
    made_of = replace(inputs(), received=())
    honest = published(made_of)
    assert (honest.total, len(honest.gaps)) == (30, 1)
    found = [
        audit(reveal(signed(record), committed(made_of).open(None))) for record in (honest, replace(honest, gaps=()))
    ]
    assert [each.finding for each in found] == [Finding.PROVED, Finding.REFUSED]
    assert "gaps is [] in the record" in found[1].steps[-1].detail


@pytest.mark.parametrize("junk", [None, [], 7, {}, {"type": "renkei-reveal"}])
def test_junk_is_refused_at_once(junk: object) -> None:
    found = audit(junk)
    assert found.finding is Finding.REFUSED
    assert [step.number for step in found.steps] == [1]


def test_an_audit_needs_no_network_code() -> None:
    code = (
        "import sys; from renkei.exchange.disclosure.audit import audit; audit(None);"
        "print(*sorted({'aiohttp', 'asyncio', 'sqlite3', 'socket'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
