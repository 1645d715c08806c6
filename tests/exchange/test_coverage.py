"""A use is permitted only if every purpose is covered by a live consent of that purpose's class."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.exchange.catalog.purposes import PurposeClass
from renkei.exchange.consent.coverage import Use, covering
from renkei.exchange.records.consents import ConsentRecord, ConsentState, about_dataset, about_part
from renkei.exchange.records.requests import RequestKind
from renkei.kernel.problems import PolicyError
from renkei.node import shipped
from renkei.policy.model import RENKEI

LISTED = shipped()[0].purposes
KNOWN = sorted(LISTED.purposes)
UNKNOWN = "urn:example:purpose"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
US, OTHER, CELL = "did:web:buyer.example", "did:web:other.example", "urn:example:cell"
FIELDS = ("/total", "/part")
PRIMARY, SECONDARY = RENKEI + "purpose/carbon-footprint", RENKEI + "purpose/benchmarking"


def consent(**changes) -> ConsentRecord:
    members = {
        "id": "in:urn:uuid:1",
        "consent": "urn:uuid:1",
        "incoming": True,
        "partner": US,
        "dataset": CELL,
        "purposes": (PRIMARY,),
        "purpose_class": PurposeClass.PRIMARY,
        "state": ConsentState.GRANTED,
        "valid_from": NOW,
        "valid_until": NOW + timedelta(days=1),
        "created": NOW,
    }
    return ConsentRecord(**{**members, **changes})


def use(*purposes: str, **changes) -> Use:
    return replace(Use(dataset=CELL, partner=US, purposes=frozenset(purposes)), **changes)


def test_a_live_consent_for_this_covers_this() -> None:
    assert covering(use(PRIMARY), [consent()], LISTED, NOW) == [consent()]
    assert covering(use("cx.pcf.base:1"), [consent()], LISTED, NOW) == [consent()]


@pytest.mark.parametrize(
    ("named", "held", "covered"),
    [
        ("/gaps/*/count", "/gaps/*/estimated", True),
        ("/version", "/cause", True),
        ("/secondary/*/value", "/secondary/*/region", True),
        ("/rounding/digits", "/rounding/mode", True),
        ("/rounding/digits", "/gaps/*/estimated", False),
        ("/version", "/own/distribution", False),
    ],
)
def test_what_only_qualifies_a_field_goes_with_it(named, held, covered) -> None:
    wanted = use(PRIMARY, fields=(named, held))
    if covered:
        assert covering(wanted, [consent(fields=(named,))], LISTED, NOW)
        return
    with pytest.raises(PolicyError, match="consent-missing"):
        covering(wanted, [consent(fields=(named,))], LISTED, NOW)


NOT_COVERED = {
    "no purpose": (use(), consent(), "consent-missing"),
    "another purpose": (use(RENKEI + "purpose/verification"), consent(), "consent-missing"),
    "a purpose that nobody knows": (use(UNKNOWN), consent(purposes=(UNKNOWN,)), "consent-missing"),
    "one purpose of two": (use(PRIMARY, RENKEI + "purpose/verification"), consent(), "consent-missing"),
    "another recipient": (use(PRIMARY, partner=OTHER), consent(), "consent-missing"),
    "another dataset": (use(PRIMARY, dataset="urn:example:other"), consent(), "consent-missing"),
    "what a partner granted to us": (use(PRIMARY), consent(incoming=False), "consent-missing"),
    "a primary consent that names a secondary purpose": (
        use(SECONDARY),
        consent(purposes=(SECONDARY,)),
        "consent-missing",
    ),
    "a secondary consent that names a primary purpose": (
        use(PRIMARY),
        consent(purpose_class=PurposeClass.SECONDARY),
        "consent-missing",
    ),
    "more fields": (use(PRIMARY, fields=FIELDS), consent(fields=("/total",)), "consent-missing"),
    "fields of which nothing was said": (use(PRIMARY, fields=FIELDS), consent(), "consent-missing"),
    "asked only": (use(PRIMARY), consent(state=ConsentState.ASKED), "consent-missing"),
    "refused": (use(PRIMARY), consent(state=ConsentState.REFUSED), "consent-missing"),
    "withdrawn": (use(PRIMARY), consent(state=ConsentState.WITHDRAWN), "consent-withdrawn"),
    "not begun": (use(PRIMARY), consent(valid_from=NOW + timedelta(seconds=1)), "consent-missing"),
    "at its very end": (use(PRIMARY), consent(valid_until=NOW), "consent-expired"),
    "expired as kept": (use(PRIMARY), consent(state=ConsentState.EXPIRED), "consent-expired"),
    "of another part": (
        use(PRIMARY, subjects=frozenset({about_dataset(CELL), about_part("PACK", RequestKind.FOOTPRINT)})),
        consent(dataset="", part="CELL", record_kind=RequestKind.FOOTPRINT),
        "consent-missing",
    ),
}


@pytest.mark.parametrize(("asked", "given_one", "code"), NOT_COVERED.values(), ids=NOT_COVERED)
def test_what_is_not_covered_is_refused(asked, given_one, code) -> None:
    with pytest.raises(PolicyError) as caught:
        covering(asked, [given_one], LISTED, NOW)
    assert caught.value.code == code


def test_a_part_named_like_a_dataset_is_not_taken_for_it() -> None:
    part = consent(dataset="", part=CELL, record_kind=RequestKind.FOOTPRINT)
    dataset = consent(dataset=about_part(CELL, RequestKind.FOOTPRINT))
    about = use(PRIMARY, subjects=frozenset({about_part(CELL, RequestKind.FOOTPRINT)}))
    assert covering(about, [part, dataset], LISTED, NOW) == [part]


def test_a_withdrawn_consent_hides_no_live_one() -> None:
    withdrawn = consent(id="in:urn:uuid:0", state=ConsentState.WITHDRAWN)
    assert covering(use(PRIMARY), [withdrawn, consent()], LISTED, NOW) == [consent()]


purposes = st.frozensets(st.sampled_from([*KNOWN, UNKNOWN]), max_size=4)
consents = st.lists(
    st.builds(
        consent,
        id=st.integers(0, 9).map(lambda n: f"in:{n}"),
        incoming=st.booleans(),
        partner=st.sampled_from([US, US, US, OTHER]),
        dataset=st.sampled_from([CELL, CELL, CELL, "urn:example:other"]),
        purposes=purposes.map(lambda named: tuple(sorted(named))),
        purpose_class=st.sampled_from(PurposeClass),
        fields=st.sampled_from([(), FIELDS, ("/total",)]),
        state=st.sampled_from([*ConsentState, ConsentState.GRANTED, ConsentState.GRANTED]),
        valid_from=st.sampled_from([None, NOW - timedelta(days=1), NOW, NOW + timedelta(days=1)]),
        valid_until=st.sampled_from([None, NOW, NOW + timedelta(days=1)]),
    ),
    max_size=8,
)


@given(purposes, consents, st.sampled_from([(), FIELDS]))
def test_a_yes_means_that_every_purpose_has_a_live_consent_of_its_class(wanted, kept, fields) -> None:
    def covers(one: ConsentRecord, purpose: str) -> bool:
        begun = one.valid_from is not None and one.valid_from <= NOW
        over = one.valid_until is not None and one.valid_until <= NOW
        mine = (one.incoming, one.partner, one.dataset, one.state) == (True, US, CELL, ConsentState.GRANTED)
        fit = purpose in LISTED.purposes and LISTED.purposes[purpose].purpose_class is one.purpose_class
        return mine and begun and not over and fit and purpose in one.purposes and set(fields) <= set(one.fields)

    everything = bool(wanted) and all(any(covers(one, purpose) for one in kept) for purpose in wanted)
    try:
        found = covering(use(*wanted, fields=fields), kept, LISTED, NOW)
    except PolicyError:
        assert not everything
    else:
        assert everything
        assert all(any(covers(one, purpose) for one in found) for purpose in wanted)


@given(purposes, consents, st.integers(0, 7))
def test_taking_a_consent_back_never_permits_more(wanted, kept, which) -> None:
    fewer = [replace(one, state=ConsentState.WITHDRAWN) if n == which else one for n, one in enumerate(kept)]

    def permitted(consents) -> bool:
        try:
            return bool(covering(use(*wanted), consents, LISTED, NOW))
        except PolicyError:
            return False

    assert permitted(kept) or not permitted(fewer)
