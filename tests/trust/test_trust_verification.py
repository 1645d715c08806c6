from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trust_actors import ATTACKER, CAR_MAKER, CELL_MAKER, NOW

from renkei.kernel import strict_json
from renkei.policy.model import COUNTERSIGNATURE, SIGNATURE
from renkei.trust.artefacts import Artefact, attach, prepare
from renkei.trust.verification import Outcome, evidence, verify_bundle

AGREEMENT = {
    "@id": "urn:uuid:e8dc8655",
    "@type": "Agreement",
    "assigner": CELL_MAKER.did,
    "assignee": CAR_MAKER.did,
    "target": "urn:uuid:3dd1add4",
    "timestamp": "2026-11-22T09:30:00Z",
    "permission": [{"action": "use"}],
}
RECORD = {"@type": "FootprintRecord", "company": CELL_MAKER.did, "total": "18.9"}
OFFER = {"@id": "urn:uuid:1", "@type": "Offer", "assigner": CELL_MAKER.did, "permission": []}


def signed(document, artefact, actor, member=SIGNATURE):
    wanted = prepare(document, artefact, actor.assertion_kid)
    return attach(document, member, wanted.jws(actor.assertion_key.sign(wanted.signing_input)))


def agreement_file(**changes):
    both = signed(signed(AGREEMENT, Artefact.AGREEMENT, CELL_MAKER), Artefact.AGREEMENT, CAR_MAKER, COUNTERSIGNATURE)
    snapshots = {actor.did: actor.raw_document for actor in (CELL_MAKER, CAR_MAKER)}
    return {**evidence(Artefact.AGREEMENT, both, snapshots, NOW), **changes}


def record_file(document=RECORD, actor=CELL_MAKER, artefact=Artefact.RECORD):
    return evidence(artefact, signed(document, artefact, actor), {actor.did: actor.raw_document}, NOW)


def results(bundle):
    return [step.ok for step in verify_bundle(bundle).steps]


def test_a_fully_signed_agreement_is_verified_in_six_numbered_steps():
    verdict = verify_bundle(json.loads(json.dumps(agreement_file())))
    assert [(step.number, step.ok) for step in verdict.steps] == [(n, True) for n in range(1, 7)]
    assert (verdict.outcome, verdict.ok) == (Outcome.VERIFIED, True)
    assert verdict.steps[4].detail == CELL_MAKER.assertion_kid
    assert verdict.steps[5].detail == CAR_MAKER.assertion_kid


@pytest.mark.parametrize(
    "bundle",
    [
        record_file(),
        record_file({"issuer": CELL_MAKER.did}),
        record_file({"issuer": CELL_MAKER.did, "company": CELL_MAKER.did}),
        record_file(OFFER, artefact=Artefact.OFFER),
    ],
)
def test_a_signed_record_or_offer_is_verified_in_five(bundle):
    verdict = verify_bundle(bundle)
    assert [(step.number, step.ok) for step in verdict.steps] == [(n, True) for n in range(1, 6)]
    assert verdict.ok


def test_the_verdict_says_that_the_did_documents_are_snapshots():
    verdict = verify_bundle(record_file())
    assert "snapshots taken at signing" in verdict.statement
    assert "写し" in verdict.statement_ja
    assert CELL_MAKER.did + " sha-256:" in verdict.steps[3].detail


def test_a_verdict_is_shown_in_two_languages():
    english, japanese = (verify_bundle(agreement_file(type="x")).as_json(language) for language in ("en", "ja"))
    assert english["outcome"] == japanese["outcome"] == "refused"
    assert english["steps"][0]["detail"].startswith("trust-evidence-malformed: This is not an exported")
    assert "エクスポート" in japanese["steps"][0]["detail"]
    json.dumps(english)


@pytest.mark.parametrize(
    ("strip", "expected"),
    [
        ([COUNTERSIGNATURE], [True, True, True, True, True, None]),
        ([SIGNATURE], [True, True, True, True, None, True]),
        ([SIGNATURE, COUNTERSIGNATURE], [True, True, True, True, None, None]),
    ],
)
def test_a_stripped_signature_is_never_called_verified(strip, expected):
    bundle = agreement_file()
    bundle["document"] = {name: value for name, value in bundle["document"].items() if name not in strip}
    verdict = verify_bundle(bundle)
    assert [step.ok for step in verdict.steps] == expected
    assert (verdict.outcome, verdict.ok) == (Outcome.UNSIGNED, False)


def test_a_partner_that_does_not_sign_needs_neither_a_did_nor_a_document():
    document = {**AGREEMENT, "assignee": "BPNL00000000000A"}
    bundle = evidence(
        Artefact.AGREEMENT,
        signed(document, Artefact.AGREEMENT, CELL_MAKER),
        {CELL_MAKER.did: CELL_MAKER.raw_document},
        NOW,
    )
    assert results(bundle) == [True, True, True, True, True, None]


def test_one_wrong_signature_outweighs_an_absent_one():
    bundle = agreement_file()
    del bundle["document"][COUNTERSIGNATURE]
    bundle["document"]["target"] = "urn:uuid:other"
    assert verify_bundle(bundle).outcome is Outcome.REFUSED


def _document(**changes):
    return lambda b: b["document"].update(changes)


DAMAGE = [
    ("figure altered", record_file, _document(total="18.8"), 5, "trust-jws-signature"),
    ("issuer swapped", record_file, _document(company=ATTACKER.did), 4, "trust-evidence-malformed"),
    ("two issuers", record_file, _document(issuer=ATTACKER.did), 3, "trust-evidence-malformed"),
    ("issuer no DID", record_file, _document(company="Cell Ltd"), 3, "trust-evidence-malformed"),
    ("issuer no text", record_file, _document(company=[CELL_MAKER.did]), 3, "trust-evidence-malformed"),
    ("issuer absent", record_file, lambda b: b["document"].pop("company"), 3, "trust-evidence-malformed"),
    ("kind swapped", record_file, lambda b: b.update(artefact="offer"), 3, "trust-evidence-malformed"),
    ("stray countersignature", record_file, _document(**{COUNTERSIGNATURE: "x"}), 2, "trust-evidence-malformed"),
    ("decimal in it", record_file, _document(total=Decimal("18.9")), 2, "trust-not-signable"),
    ("signature no text", record_file, _document(**{SIGNATURE: None}), 5, "trust-jws-malformed"),
    ("snapshot absent", record_file, lambda b: b["did_documents"].clear(), 4, "trust-evidence-malformed"),
    (
        "snapshot of another",
        record_file,
        lambda b: b["did_documents"].update({CELL_MAKER.did: ATTACKER.raw_document}),
        4,
        "trust-document-refused",
    ),
    (
        "snapshot no object",
        record_file,
        lambda b: b["did_documents"].update({CELL_MAKER.did: 5}),
        4,
        "trust-document-refused",
    ),
    (
        "snapshot without the purpose",
        record_file,
        lambda b: b["did_documents"][CELL_MAKER.did].pop("assertionMethod"),
        5,
        "trust-key-purpose",
    ),
    ("type", record_file, lambda b: b.update(type="evidence"), 1, "trust-evidence-malformed"),
    ("unknown kind", record_file, lambda b: b.update(artefact="receipt"), 1, "trust-evidence-malformed"),
    ("kind no text", record_file, lambda b: b.update(artefact=["record"]), 1, "trust-evidence-malformed"),
    ("no document", record_file, lambda b: b.pop("document"), 1, "trust-evidence-malformed"),
    ("one member more", record_file, lambda b: b.update(note="x"), 1, "trust-evidence-malformed"),
    ("document a list", record_file, lambda b: b.update(document=[]), 1, "trust-evidence-malformed"),
    ("snapshots a list", record_file, lambda b: b.update(did_documents=[]), 1, "trust-evidence-malformed"),
    ("no instant", record_file, lambda b: b.update(exported="yesterday"), 1, "instant-malformed"),
    ("instant no text", record_file, lambda b: b.update(exported=5), 1, "trust-evidence-malformed"),
    ("terms altered", agreement_file, _document(permission=[]), 5, "trust-jws-signature"),
    (
        "sides swapped",
        agreement_file,
        _document(assigner=CAR_MAKER.did, assignee=CELL_MAKER.did),
        5,
        "trust-wrong-signer",
    ),
    ("with itself", agreement_file, _document(assignee=CELL_MAKER.did), 3, "trust-evidence-malformed"),
    (
        "signatures swapped",
        agreement_file,
        lambda b: b["document"].update(
            {SIGNATURE: b["document"][COUNTERSIGNATURE], COUNTERSIGNATURE: b["document"][SIGNATURE]}
        ),
        5,
        "trust-wrong-signer",
    ),
    (
        "an offer's signature",
        agreement_file,
        lambda b: b["document"].update({SIGNATURE: signed(AGREEMENT, Artefact.OFFER, CELL_MAKER)[SIGNATURE]}),
        5,
        "trust-jws-type",
    ),
]


@pytest.mark.parametrize(
    ("make", "damage", "number", "code"), [row[1:] for row in DAMAGE], ids=[row[0] for row in DAMAGE]
)
def test_each_damage_fails_at_its_step_with_its_reason(make, damage, number, code):
    bundle = make()
    damage(bundle)
    verdict = verify_bundle(bundle)
    first = next(step for step in verdict.steps if not step.ok)
    assert (first.number, first.ok) == (number, False)
    assert first.detail.startswith(code + ":")
    assert verdict.outcome is Outcome.REFUSED
    assert number >= 5 or len(verdict.steps) == number


@pytest.mark.parametrize("decoded", [None, [], "x", 5, {}, {"type": "renkei-evidence"}])
def test_any_other_file_is_refused_at_the_first_step(decoded):
    assert results(decoded) == [False]


WIRE = json.dumps(agreement_file()["document"]).encode()


@given(st.integers(0, len(WIRE) - 1), st.integers(32, 126))
def test_one_changed_byte_of_an_exported_document_is_never_verified(position, byte):
    changed = WIRE[:position] + bytes([byte]) + WIRE[position + 1 :]
    try:
        document = strict_json.loads_object(changed)
    except Exception:
        return
    bundle = agreement_file()
    if document != bundle["document"]:
        assert not verify_bundle({**bundle, "document": document}).ok


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(["type", "artefact", "document", "did_documents", "exported"]), JSON)
def test_any_json_in_any_place_gives_a_verdict_and_never_raises(member, value):
    verdict = verify_bundle(agreement_file(**{member: value}))
    assert not verdict.ok
    assert [step.number for step in verdict.steps] == list(range(1, len(verdict.steps) + 1))


def test_the_offline_verifier_loads_no_network_code():
    program = (
        "import sys, renkei.trust.verification;"
        "print([m for m in ('socket', 'ssl', 'asyncio', 'aiohttp', 'sqlite3', 'http.client') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
