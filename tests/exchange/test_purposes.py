"""The list of purposes: what each is, which fields it needs, and that nothing beyond them is left in a record."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from chains import DILIGENCE, FOOTPRINT, part
from hypothesis import given
from hypothesis import strategies as st

from renkei.battery import DueDiligenceRecord, FootprintRecord
from renkei.exchange.catalog.purposes import CARBON_FOOTPRINT, DUE_DILIGENCE, PurposeClass, PurposeList
from renkei.kernel.problems import ConfigurationError, PeerError
from renkei.node import PURPOSE_LIST, PURPOSES, shipped
from renkei.policy.model import RENKEI
from renkei.resources import Kind, resource_bytes
from renkei.trust.artefacts import unsigned

LISTED = shipped()[0].purposes
CODES = shipped()[0].codes
SECONDARY = {RENKEI + "purpose/" + name for name in ("benchmarking", "analytics", "resale", "model-training")}
RECORD = {
    "@type": "FootprintRecord",
    "id": "urn:uuid:1",
    "version": 2,
    "part": "CELL",
    "company": "did:web:maker.example",
    "plant": "Himeji",
    "declaredUnit": "piece",
    "declaredUnitAmount": "1",
    "unit": "kgCO2e",
    "stages": {
        "rawMaterialAcquisitionAndPreProcessing": "1",
        "mainProductProduction": "1",
        "distribution": "0",
        "endOfLifeAndRecycling": "0",
    },
    "total": "2",
    "primaryDataShare": "80",
    "quality": {"TeR": "1", "GeR": "2", "TiR": "1"},
    "period": {"start": "2025-01-01", "end": "2025-12-31"},
    "validity": {"start": "2026-01-01", "end": "2026-12-31"},
    "own": {
        "rawMaterialAcquisitionAndPreProcessing": "1",
        "mainProductProduction": "0",
        "distribution": "0",
        "endOfLifeAndRecycling": "0",
    },
    "secondary": [
        {
            "name": "mix",
            "value": "1",
            "unit": "kgCO2e/kilogram",
            "source": "a",
            "version": "1",
            "licence": "b",
            "region": "JP",
            "year": 2025,
        }
    ],
    "withheldFactors": 1,
    "gaps": [{"part": "**", "company": "**", "count": 1, "estimated": True}],
    "ruleSet": "urn:example:rules",
    "rounding": {"digits": 34, "counting": "significant", "mode": "up"},
    "supersedes": "urn:uuid:0",
    "cause": "correction",
    "calculation": {"ruleSet": "sha-256:0", "engine": "an-engine", "inputs": "sha-256:1"},
}
DILIGENCE_RECORD = {
    "@type": "DueDiligenceRecord",
    "id": "urn:uuid:1",
    "version": 2,
    "part": "CELL",
    "company": "did:web:maker.example",
    "plant": "Himeji",
    "declaredUnit": "piece",
    "declaredUnitAmount": "1",
    "period": {"start": "2025-01-01", "end": "2025-12-31"},
    "minerals": [
        {
            "mineral": "cobalt",
            "compound": "CoSO4",
            "amount": "0.1",
            "originCountries": ["CD"],
            "steps": dict.fromkeys("12345", "met"),
            "risks": [{"category": "air", "status": "met"}],
            "evidence": [
                {
                    "step": "4",
                    "kind": "scheme",
                    "reference": "RMI",
                    "digest": "sha-256:" + "0" * 64,
                    "risk": "air",
                    "scheme": "RMAP",
                    "issued": "2025-01-01",
                    "expires": "2026-01-01",
                    "reviewed": "2025-01-02",
                }
            ],
            "status": "met",
            "covered": "1",
            "matrix": [
                {
                    "risk": "air",
                    "steps": {
                        "4": {
                            "status": "met",
                            "covered": "1",
                            "expires": "2026-01-01",
                            "schemes": ["RMAP"],
                            "evidence": 1,
                            "reviewed": "2025-01-02",
                        }
                    },
                }
            ],
            "expires": {"4": "2026-01-01"},
            "schemes": ["RMAP"],
            "facilities": ["sha-256:" + "0" * 64],
        }
    ],
    "absent": ["lithium"],
    "gaps": [{"part": "**", "company": "**", "count": 1}],
    "codeList": CODES.id,
    "supersedes": "urn:uuid:0",
    "grievance": "https://maker.example/grievance",
    "alerts": [
        {
            "@type": "DiligenceAlert",
            "id": "urn:uuid:9",
            "revision": 1,
            "kind": "audit-expired",
            "mineral": "nickel",
            "risks": ["air"],
            "step": "4",
            "raised": "2025-11-22",
            "summary": "The audit has run out",
        }
    ],
}


def test_the_shipped_list_knows_who_is_primary_and_who_is_secondary() -> None:
    found = {name: purpose.purpose_class for name, purpose in LISTED.purposes.items()}
    assert {name for name, value in found.items() if value is PurposeClass.SECONDARY} == SECONDARY
    assert {name for name, value in found.items() if value is PurposeClass.PRIMARY} == {
        CARBON_FOOTPRINT,
        DUE_DILIGENCE,
        RENKEI + "purpose/verification",
    }
    assert all(purpose.title.en and purpose.title.ja for purpose in LISTED.purposes.values())
    assert LISTED.sources


def test_what_a_connector_uses_data_for_by_itself_can_all_be_consented_to_and_is_primary() -> None:
    assert LISTED.class_of(PURPOSES) is PurposeClass.PRIMARY
    assert LISTED.canonical({"cx.pcf.base:1"}) == {CARBON_FOOTPRINT}


@pytest.mark.parametrize(
    ("record", "purpose"), [(RECORD, CARBON_FOOTPRINT), (DILIGENCE_RECORD, DUE_DILIGENCE)], ids=["cfp", "dd"]
)
def test_the_purposes_of_a_request_need_every_field_of_their_record_and_none_of_the_other(record, purpose) -> None:
    assert LISTED.reduced(record, [purpose]) == record
    assert LISTED.reduced(record, [RENKEI + "purpose/verification"]) == record
    other = DUE_DILIGENCE if purpose == CARBON_FOOTPRINT else CARBON_FOOTPRINT
    assert LISTED.reduced(record, [other]) == {}
    read = FootprintRecord.from_json(record) if record is RECORD else DueDiligenceRecord.from_json(record, CODES)
    assert read.to_json() == record, "the sample is a record indeed"


def test_the_sample_records_hold_every_field_that_the_list_names() -> None:
    for record, purpose in ((RECORD, CARBON_FOOTPRINT), (DILIGENCE_RECORD, DUE_DILIGENCE)):
        named = LISTED.purposes[purpose].fields[record["@type"]]
        assert set(LISTED.fields(record, [purpose], "it")) == set(named), "no path is misspelled"


def test_benchmarking_sees_neither_the_plant_nor_the_sources_of_the_figures() -> None:
    left = LISTED.reduced(RECORD, [RENKEI + "purpose/benchmarking"])
    kept_back = {"plant", "secondary", "withheldFactors", "own", "supersedes", "cause", "calculation"}
    assert RECORD.keys() - left.keys() == kept_back
    with pytest.raises(ConfigurationError) as caught:
        LISTED.fields(RECORD, [RENKEI + "purpose/benchmarking"], "urn:example:cell")
    assert caught.value.code == "consent-field-beyond-purpose"
    assert "/plant, /secondary/*/licence" in caught.value.message()
    bare = {**{name: value for name, value in RECORD.items() if name in left}, "secondary": []}
    assert FootprintRecord.from_json(bare).total == 2
    assert "/secondary" in LISTED.fields(bare, [RENKEI + "purpose/benchmarking"], "it")


@pytest.mark.parametrize("purpose", ["resale", "model-training"])
def test_some_secondary_uses_need_no_field_of_our_records(purpose) -> None:
    assert LISTED.reduced(RECORD, [RENKEI + "purpose/" + purpose]) == {}


async def test_the_records_that_are_drawn_today_hold_no_field_beyond_their_purpose(dataspace) -> None:
    maker = await dataspace.join("maker")
    await maker.participant.parts.register(part("CELL", "7", ("ORE", "miner", "2")))
    cell = await maker.participant.parts.known("CELL")
    for kind, purpose in ((FOOTPRINT, CARBON_FOOTPRINT), (DILIGENCE, DUE_DILIGENCE)):
        document = unsigned((await maker.participant.parts.record(cell, kind)).document)
        assert LISTED.reduced(document, [purpose]) == document
        assert LISTED.fields(document, [purpose], "it")


# --- laws -----------------------------------------------------------------------------------------

names = st.sampled_from("abc~/*")
values = st.recursive(
    st.text("xyz", max_size=2) | st.integers(0, 3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=10,
)
documents = st.dictionaries(names, values, max_size=4)
paths = st.lists(st.lists(st.sampled_from(["a", "b", "c", "~0", "~1", "*"]), min_size=1, max_size=3), max_size=6)


def listing(chosen) -> PurposeList:
    purpose = LISTED.purposes[CARBON_FOOTPRINT]
    fields = {"": tuple("/" + "/".join(path) for path in chosen)}
    return replace(LISTED, purposes={CARBON_FOOTPRINT: replace(purpose, fields=fields)})


@given(documents, paths)
def test_what_is_left_of_a_record_holds_no_field_beyond_the_purpose(document, chosen) -> None:
    listed = listing(chosen)
    left = listed.reduced(document, [CARBON_FOOTPRINT])
    if left:
        listed.fields(left, [CARBON_FOOTPRINT], "it")
    assert listed.reduced(left, [CARBON_FOOTPRINT]) == left


@given(documents, paths)
def test_reducing_changes_no_value_and_shortens_no_array(document, chosen) -> None:
    def within(left, whole) -> bool:
        if isinstance(left, dict):
            return all(name in whole and within(inner, whole[name]) for name, inner in left.items())
        if isinstance(left, list):
            return len(left) == len(whole) and all(map(within, left, whole))
        return left == whole

    assert within(listing(chosen).reduced(document, [CARBON_FOOTPRINT]), document)


@given(documents, paths, paths)
def test_more_purposes_never_leave_less(document, some, more) -> None:
    few, many = (listing(chosen).reduced(document, [CARBON_FOOTPRINT]) for chosen in (some, [*some, *more]))
    assert few.keys() <= many.keys()


# --- a list that cannot be read -------------------------------------------------------------------


def written() -> dict:
    return json.loads(resource_bytes(Kind.VOCAB, PURPOSE_LIST))


BROKEN = {
    "another type": lambda it: it.update({"@type": "RuleSet"}),
    "no purposes": lambda it: it.pop("purposes"),
    "an unknown member": lambda it: it.update(more=1),
    "a third class": lambda it: it["purposes"][CARBON_FOOTPRINT].update({"class": "tertiary"}),
    "a title in one language": lambda it: it["purposes"][CARBON_FOOTPRINT]["title"].pop("ja"),
    "a field twice": lambda it: it["purposes"][CARBON_FOOTPRINT]["fields"]["FootprintRecord"].append("/total"),
}


@pytest.mark.parametrize("spoil", BROKEN.values(), ids=BROKEN)
def test_a_list_that_is_not_understood_is_refused(spoil) -> None:
    document = written()
    assert PurposeList.from_json(document) == LISTED
    spoil(document)
    with pytest.raises(ConfigurationError) as caught:
        PurposeList.from_json(document)
    assert caught.value.code.startswith("battery-input-")


def test_no_purpose_is_made_up() -> None:
    with pytest.raises(PeerError) as caught:
        LISTED.known("urn:example:purpose")
    assert caught.value.code == "consent-purpose-unknown"
    assert LISTED.canonical({"urn:example:purpose"}) == {"urn:example:purpose"}
    assert LISTED.secondary({"urn:example:purpose"}) == frozenset()
