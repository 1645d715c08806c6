"""Verification statements: what is taken, what is refused and where, and what is said of a record with or without."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.battery.verification.standing import (
    Standing,
    Stated,
    Verdict,
    Verifiable,
    share_of,
    verification,
)
from renkei.battery.verification.statement import Statement, SubjectKind, Withdrawal
from renkei.kernel import jcs
from renkei.kernel.problems import RenkeiError

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
HASH = "sha-256:" + "ab" * 32
OTHER = "sha-256:" + "cd" * 32
MAKER = "did:web:maker.example"
VERIFIER = "did:web:verifier.example"
SAMPLE = {
    "@type": "VerificationStatement",
    "id": "urn:uuid:7d9f7b0a-3c8f-4c4e-9a55-0d1f3f3f0001",
    "issuer": VERIFIER,
    "issued": "2026-11-20T09:00:00Z",
    "validFrom": "2026-11-20T00:00:00Z",
    "validUntil": "2027-11-20T00:00:00Z",
    "subject": {"kind": "footprint-record", "name": "urn:uuid:r1", "company": MAKER, "hash": HASH},
    "scope": "cradle to gate, plant Fukushima, 2025",
    "standard": "ISO 14064-3:2019",
    "assurance": "reasonable",
    "conclusion": "unmodified",
    "findings": [{"severity": "minor", "text": "meter 4 was not calibrated", "resolved": True}],
    "evidence": [OTHER],
    "reference": "https://verifier.example/reports/17",
}
RECORD = Verifiable(kind=SubjectKind.FOOTPRINT, hash=HASH, company=MAKER, procedure="rules-1", engine="renkei 0.6")


def sample(**changed: object) -> dict:
    return {**deepcopy(SAMPLE), **changed}


def subject(**changed: object) -> dict:
    return {**SAMPLE["subject"], **changed}


def stated(withdrawn: datetime | None = None, *, recognised: bool = True, **changed: object) -> Stated:
    read, name = Statement.from_json(sample(**changed)), jcs.sha256(sample(**changed))
    return Stated(statement=read, hash=name, withdrawn=withdrawn, recognised=recognised)


def test_what_was_read_is_written_back_to_the_byte() -> None:
    assert jcs.canonical(Statement.from_json(SAMPLE).to_json()) == jcs.canonical(SAMPLE)


@pytest.mark.parametrize(
    ("changed", "code", "at"),
    [
        ({"assurance": "absolute"}, "battery-record-field-malformed", "/assurance"),
        ({"conclusion": "fine"}, "battery-record-field-malformed", "/conclusion"),
        ({"stamp": "x"}, "battery-record-field-unknown", "/"),
        ({"scope": " "}, "battery-record-field-malformed", "/scope"),
        ({"evidence": ["sha-256:ab"]}, "battery-record-field-malformed", "/evidence/0"),
        ({"validUntil": "2026-11-20T00:00:00Z"}, "battery-record-inconsistent", "/validUntil"),
        ({"validUntil": "2027-11-20"}, "battery-record-field-malformed", "/validUntil"),
        ({"issuer": MAKER}, "battery-record-inconsistent", "/issuer"),
        ({"subject": {"kind": "company", "name": VERIFIER}}, "battery-record-inconsistent", "/issuer"),
        (
            {"subject": {"kind": "footprint-record", "name": "r", "company": MAKER}},
            "battery-record-field-missing",
            "/subject",
        ),
        (
            {"subject": {"kind": "due-diligence-record", "name": "r", "hash": HASH}},
            "battery-record-field-malformed",
            "/subject/company",
        ),
        (
            {"subject": {"kind": "company", "name": "did:web:a.example", "company": MAKER}},
            "battery-record-inconsistent",
            "/subject/company",
        ),
        (
            {"findings": [{"severity": "major", "text": "double counting", "resolved": False}]},
            "battery-record-inconsistent",
            "/conclusion",
        ),
        (
            {"findings": [{"severity": "major", "text": "double counting", "resolved": "no"}]},
            "battery-record-field-malformed",
            "/findings/0/resolved",
        ),
    ],
)
def test_what_does_not_hold_is_refused_with_its_place(changed, code, at) -> None:
    with pytest.raises(RenkeiError) as caught:
        Statement.from_json(sample(**changed))
    assert (caught.value.code, caught.value.values["at"]) == (code, at)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*SAMPLE, "kind"]), inner),
        max_leaves=12,
    )
)
def test_nothing_but_typed_errors_comes_of_any_value(value) -> None:
    for read in (Statement.from_json, Withdrawal.from_json):
        for whole in (value, {**SAMPLE, **value} if isinstance(value, dict) else value):
            code = ""
            try:
                read(whole)
            except RenkeiError as error:
                code = error.code
            assert code == "" or code.startswith("battery-record-")


@pytest.mark.parametrize(
    ("made", "verdict", "standing"),
    [
        ({}, Verdict.VERIFIED, Standing.HOLDS),
        ({"conclusion": "modified"}, Verdict.VERIFIED, Standing.HOLDS),
        ({"conclusion": "adverse"}, Verdict.DENIED, Standing.HOLDS),
        ({"conclusion": "disclaimed"}, Verdict.DENIED, Standing.HOLDS),
        ({"validUntil": "2026-11-22T09:30:00Z"}, Verdict.EXPIRED, Standing.EXPIRED),
        ({"validUntil": "2026-11-22T09:30:00.000001Z"}, Verdict.VERIFIED, Standing.HOLDS),
        ({"validFrom": "2026-11-22T09:30:00.000001Z"}, Verdict.UNVERIFIED, Standing.NOT_YET),
        ({"withdrawn": NOW}, Verdict.WITHDRAWN, Standing.WITHDRAWN),
        # A record that follows has another hash; another company cannot borrow a statement.
        ({"subject": subject(hash=OTHER)}, Verdict.UNVERIFIED, None),
        ({"subject": subject(company="did:web:thief.example")}, Verdict.UNVERIFIED, None),
        ({"subject": subject(kind="due-diligence-record")}, Verdict.UNVERIFIED, None),
        # What stands behind a figure is shown, but makes no figure verified.
        ({"subject": {"kind": "company", "name": MAKER}}, Verdict.UNVERIFIED, Standing.HOLDS),
        ({"subject": {"kind": "calculation-procedure", "name": "rules-1"}}, Verdict.UNVERIFIED, Standing.HOLDS),
        ({"subject": {"kind": "engine", "name": "renkei 0.6"}}, Verdict.UNVERIFIED, Standing.HOLDS),
        ({"subject": {"kind": "engine", "name": "renkei 0.7"}}, Verdict.UNVERIFIED, None),
    ],
)
def test_a_record_stands_as_the_statements_about_it_say(made, verdict, standing) -> None:
    found = verification(RECORD, [stated(**made)], NOW)
    assert found.verdict is verdict
    assert [one.standing(NOW) for one in found.stated] == ([] if standing is None else [standing])
    assert found.to_json()["status"] == verdict.value


def test_without_any_statement_it_is_said_to_be_unverified() -> None:
    assert verification(RECORD, [], NOW).to_json() == {"status": "unverified", "statements": []}


@pytest.mark.parametrize(
    ("made", "verdict"),
    [
        ({}, "unknown-verifier"),
        ({"conclusion": "adverse"}, "unknown-verifier"),
        ({"withdrawn": NOW}, "unverified"),
        ({"validUntil": "2026-11-22T09:30:00Z"}, "unverified"),
        ({"validFrom": "2026-11-22T09:30:00.000001Z"}, "unverified"),
        ({"subject": {"kind": "company", "name": MAKER}}, "unverified"),
    ],
)
def test_whoever_is_no_verifier_to_us_verifies_and_denies_nothing(made, verdict) -> None:
    strange = stated(recognised=False, **made)
    assert verification(RECORD, [strange], NOW).to_json()["status"] == verdict
    known = stated(issuer="did:web:second.example", issued="2026-11-20T09:00:00Z")
    both = verification(RECORD, [strange, known], NOW)
    assert (both.verdict, both.stated) == (Verdict.VERIFIED, (known, strange))


def test_a_denial_that_holds_goes_before_every_confirmation() -> None:
    newer = stated(issued="2026-11-21T09:00:00Z")
    denial = stated(conclusion="adverse", issuer="did:web:second.example")
    assert verification(RECORD, [newer, denial], NOW).verdict is Verdict.DENIED
    over = NOW + timedelta(days=3650)
    assert verification(RECORD, [newer, denial], over).verdict is Verdict.EXPIRED


def test_what_is_shown_names_verifier_level_and_end() -> None:
    (shown,) = verification(RECORD, [stated()], NOW).to_json()["statements"]
    assert shown == {
        "statement": jcs.sha256(SAMPLE),
        "issuer": VERIFIER,
        "recognised": True,
        "kind": "footprint-record",
        "scope": SAMPLE["scope"],
        "standard": "ISO 14064-3:2019",
        "assurance": "reasonable",
        "conclusion": "unmodified",
        "openFindings": 0,
        "validUntil": "2027-11-20T00:00:00Z",
        "standing": "holds",
    }


def test_as_a_credential_it_loses_nothing() -> None:
    claims = Statement.from_json(SAMPLE).credential()
    inner = claims["credentialSubject"]
    assert claims["type"] == ["VerifiableCredential", "VerificationStatement"]
    # Everything that the statement says stands either at the top or about its subject.
    told = {**claims, **inner, "id": claims["id"]}
    flat = {name: value for name, value in SAMPLE.items() if name not in {"@type", "subject"}} | SAMPLE["subject"]
    assert {name: told[name] for name in flat} == flat
    assert inner["id"] == "urn:uuid:r1"


def test_the_verified_share_weighs_by_size_whatever_its_sign() -> None:
    # 6 of 8 kg in absolute figures: a credit of 2 that was verified counts as 2.
    assert share_of([(Fraction(4), True), (Fraction(-2), True), (Fraction(2), False)]) == 75
    assert share_of([]) is None
    assert share_of([(Fraction(0), True)]) is None
