"""Release rules in an agreement, kept by the provider's connector: at the request, at updates, and in the log."""

from __future__ import annotations

from datetime import timedelta

import pytest
from chains import DUE, FOOTPRINT, part, received, state_of

from renkei.exchange.agreement.release_terms import release_rules_of
from renkei.exchange.records.disclosures import DisclosureWay
from renkei.exchange.records.parts import PartRecord
from renkei.kernel.problems import ConfigurationError, PolicyError
from renkei.policy.operands import STANDARD
from renkei.policy.read import read_agreement, read_offer

SUPPLIERS = ("c", "d", "e", "f")
WINDOWS = "footprint-in-windows"


def module(names=SUPPLIERS, **changes) -> PartRecord:
    return part("MODULE", "30", *((f"{name.upper()}-PART", name, "2") for name in names), terms=WINDOWS, **changes)


async def chain(dataspace, names=SUPPLIERS, own: str = "10"):
    """Suppliers deliver to b, b to a; each supplier has answered."""
    suppliers = {name: await dataspace.join(name) for name in names}
    b, a = await dataspace.join("b"), await dataspace.join("a")
    for name, member in suppliers.items():
        await member.participant.parts.register(part(f"{name.upper()}-PART", own))
    await b.participant.parts.register(module(names))
    return suppliers, b, a


async def settled(dataspace, **time) -> None:
    """Until nothing is left to do within the next minute."""
    if time:
        dataspace.clock.advance(timedelta(**time))
    for _ in range(6):
        await dataspace.settle()
        dataspace.clock.advance(timedelta(seconds=5))
    await dataspace.settle()


async def totals(member, partner) -> list[str]:
    return [document["total"] for document in await received(member, partner)]


async def test_both_sides_see_the_rules_in_the_agreement_and_the_first_record_goes_out(dataspace) -> None:
    _, b, a = await chain(dataspace)
    asked = await a.request("b", "MODULE", [FOOTPRINT], DUE)
    await settled(dataspace)
    assert await state_of(a, asked.request) == "answered"
    assert await totals(a, b) == ["110"]
    for member, partner in ((a, b), (b, a)):
        agreements = [
            read_agreement(agreement.document)
            for agreement in await _agreements(member, partner)
            if "request-box" not in agreement.dataset
        ]
        rules = [release_rules_of(each, STANDARD) for each in agreements]
        assert [(each.contributors, each.changes, each.calendar.months) for each in rules] == [(3, 3, 3)]
    (document,) = await received(a, b)
    assert document["primaryDataShare"] == "100"


async def _agreements(member, partner):
    from renkei.exchange.records.processes import AgreementRecord

    rows = await member.store.find("agreement", peer=partner.did, limit=100)
    return [AgreementRecord.of(row) for row in rows]


async def test_with_two_suppliers_nothing_goes_out_and_the_reason_is_told(dataspace) -> None:
    _, b, a = await chain(dataspace, ("c", "d"))
    await a.request("b", "MODULE", [FOOTPRINT], DUE)
    await settled(dataspace)
    assert await totals(a, b) == []
    (incoming,) = await b.participant.requests.listed(incoming=True)
    assert incoming.reason.startswith("disclosure-too-few-contributors")
    with pytest.raises(PolicyError) as caught:
        await b.participant.requests.answer(incoming.request)
    assert caught.value.code == "disclosure-too-few-contributors"


async def test_one_suppliers_change_waits_for_others_and_for_the_window(dataspace) -> None:
    """70 to 60 upstream does not show as -20; three together, at the beginning of the next quarter, do as a sum."""
    suppliers, b, a = await chain(dataspace)
    await a.request("b", "MODULE", [FOOTPRINT], DUE)
    await settled(dataspace)
    for name, own in (("c", "9"), ("d", "8.5")):
        await suppliers[name].participant.parts.register(part(f"{name.upper()}-PART", own))
        await settled(dataspace)
    assert (await b.participant.parts.footprint(await b.participant.parts.known("MODULE"))).total == 105
    assert await totals(a, b) == ["110"]
    again = await a.request("b", "MODULE", [FOOTPRINT], DUE)  # asking again is no way round
    await settled(dataspace)
    assert await state_of(a, again.request) == "answered"
    assert await totals(a, b) == ["110"]
    held = await b.participant.requests.find(again.request)
    assert held.reason.startswith(("disclosure-not-yet", "disclosure-too-few-contributors"))
    await suppliers["e"].participant.parts.register(part("E-PART", "7"))
    await settled(dataspace)
    assert await totals(a, b) == ["110"]  # the window is closed
    await settled(dataspace, days=42)  # the clock of the tests starts in November: the next quarter has begun
    assert await totals(a, b) == ["110", "99"]
    ways = [look.disclosure.way for look in await b.participant.disclosures.listed(partner=a.did, part="MODULE")]
    assert ways == [DisclosureWay.UPDATE, DisclosureWay.ANSWER, DisclosureWay.ANSWER]


async def test_the_same_record_is_given_again_whenever_it_is_asked_for(dataspace) -> None:
    _, b, a = await chain(dataspace)
    for _ in range(2):
        asked = await a.request("b", "MODULE", [FOOTPRINT], DUE)
        await settled(dataspace)
        assert await state_of(a, asked.request) == "answered"
        assert (await b.participant.requests.find(asked.request)).reason == ""
    assert await totals(a, b) == ["110"]


async def test_the_log_tells_who_was_shown_what_and_when_it_was_fetched(dataspace) -> None:
    _, b, a = await chain(dataspace)
    began = dataspace.clock.now()
    await a.request("b", "MODULE", [FOOTPRINT], DUE)
    await settled(dataspace)
    (look,) = await b.participant.disclosures.listed(partner=a.did)
    assert (look.disclosure.part, look.disclosure.way) == ("MODULE", DisclosureWay.ANSWER)
    assert {"/total", "/primaryDataShare", "/company"} <= set(look.disclosure.fields)
    assert look.disclosure.purposes
    assert look.seen
    assert all(began <= at <= dataspace.clock.now() for at in look.seen)
    assert await a.participant.disclosures.listed() == []


async def test_a_preview_shows_every_field_why_and_what_stays_and_sends_nothing(dataspace) -> None:
    _, b, a = await chain(dataspace, ("c",))
    b_module = part("MODULE", "30", ("C-PART", "c", "2"), automatic=False)
    await b.participant.parts.register(b_module)
    asked = await a.request("b", "MODULE", [FOOTPRINT], DUE)
    await settled(dataspace)
    await b.participant.requests.prepare(asked.request)
    b_outbox = len(await b.store.deliveries(limit=1000))
    (seen,) = await b.participant.previews.of("MODULE", [FOOTPRINT], a.did)
    assert len(await b.store.deliveries(limit=1000)) == b_outbox
    assert await b.participant.disclosures.listed() == []
    shown = {one.path: one for one in seen.shown}
    assert shown["/company"].value == b.did
    assert all(one.purposes for one in seen.shown)
    assert {one.what for one in seen.withheld} >= {
        "supplier-names",
        "own-figures",
        "bill-of-materials",
        "contributions",
    }
    assert seen.held is None


async def test_a_preview_warns_of_what_a_single_suppliers_total_tells(dataspace) -> None:
    _, b, a = await chain(dataspace, ("c",))
    await b.participant.parts.register(part("MODULE", "30", ("C-PART", "c", "2")))
    await a.request("b", "MODULE", [FOOTPRINT], DUE)
    await settled(dataspace)
    (seen,) = await b.participant.previews.of("MODULE", [FOOTPRINT], a.did)
    (finding,) = seen.findings
    assert (finding.way.value, finding.component, finding.value) == ("single-supplier", "C-PART", 20)
    other = await dataspace.join("other")
    await b.participant.parts.register(module(("c",)))
    (seen,) = await b.participant.previews.of("MODULE", [FOOTPRINT], other.did)
    assert seen.held is not None
    assert seen.held.code == "disclosure-too-few-contributors"


R = "https://w3id.org/renkei/v1/"


def offer(*constraint: object) -> dict[str, object]:
    return {"@type": "Offer", "@id": "urn:1", "permission": [{"action": "use", "constraint": list(constraint)}]}


def least(name: str, value: str) -> dict[str, str]:
    return {"leftOperand": R + name, "operator": "gteq", "rightOperand": value}


@pytest.mark.parametrize(
    ("constraint", "rules"),
    [
        ([least("releaseChanges", "1")], (1, 1, 0, 0)),
        ([least("minimumContributors", "3")], (3, 1, 0, 0)),
        ([least("minimumContributors", "3"), least("minimumContributors", "5")], (5, 1, 0, 0)),
        ([{"and": [least("releaseInterval", "P1Y"), least("releaseChanges", "4")]}], (1, 4, 12, 0)),
        ([least("releaseInterval", "P2W")], (1, 1, 0, 14)),
    ],
)
def test_the_strictest_of_what_binds_counts(constraint, rules) -> None:
    found = release_rules_of(read_offer(offer(*constraint), in_catalog=True), STANDARD)
    assert (found.contributors, found.changes, found.calendar.months, found.calendar.days) == rules


@pytest.mark.parametrize(
    "constraint",
    [
        [{"or": [least("minimumContributors", "3"), least("releaseChanges", "4")]}],
        [least("minimumContributors", "many")],
        [least("releaseInterval", "P5M")],
        [least("releaseInterval", "PT5H")],
        [{"leftOperand": R + "releaseChanges", "operator": "lteq", "rightOperand": "3"}],
    ],
)
def test_rules_that_nobody_could_keep_are_refused(constraint) -> None:
    with pytest.raises(ConfigurationError) as caught:
        release_rules_of(read_offer(offer(*constraint), in_catalog=True), STANDARD)
    assert caught.value.code == "disclosure-rules-unreadable"
