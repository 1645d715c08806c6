"""Why we decide as we do, told to ourselves; and what of it a partner reads when it is refused."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from conversations import contract_request, said, shown_offer

from renkei.exchange.catalog.catalogs import Publication
from renkei.exchange.explaining import Inquiry
from renkei.exchange.partner.register import Registration
from renkei.exchange.records.assets import Source, SourceKind
from renkei.kernel.problems import RenkeiError
from renkei.policy.admission import AdmissionRules
from renkei.policy.deciding.decision import Outcome
from renkei.policy.model import Atomic, Operator, Policy, PolicyKind, Rule
from renkei.policy.operands import GROUP, MEMBERSHIP, PURPOSE
from renkei.policy.terms import ODRL
from renkei.policy.world import Phase
from renkei.protocol.messages import MessageKind
from renkei.testing import ANYONE, MemberConfig
from renkei.testing.member import did_of_name

CELL, SECRET, OLD = "urn:example:cell", "urn:example:secret", "urn:example:old"


def terms(*constraints, **members) -> Policy:
    return Policy(id="urn:t", kind=PolicyKind.SET, permission=(Rule(action="use", constraint=constraints),), **members)


MEMBERS = Atomic(left=MEMBERSHIP, operator=Operator.EQ, right="active")
TIER = Atomic(left=GROUP, operator=Operator.IS_ANY_OF, right=("urn:group:tier1",))
FOR_FOOTPRINTS = Atomic(left=PURPOSE, operator=Operator.EQ, right="cx.pcf.base:1")
REGISTER = {did_of_name("buyer"): Registration(attributes={"groups": ("urn:group:other",), "membership": ("active",)})}


@pytest.fixture
async def maker(dataspace):
    return await dataspace.join("maker", MemberConfig(register=REGISTER))


@pytest.fixture
async def buyer(dataspace):
    return await dataspace.join("buyer")


def explaining(member):
    return member.participant.explaining


async def test_a_dataset_is_explained_by_its_id_and_by_that_of_its_offer(maker, buyer):
    asset = await maker.publish(CELL, policy=terms(MEMBERS, TIER))
    for subject in (CELL, asset.offer["@id"]):
        told = await explaining(maker).explain(subject, buyer.did)
        assert told.decision.outcome is Outcome.DENY
        assert [fix.text() for fix in told.fixes] == [
            (
                "the provider must see to it that the group of partners that the asking party belongs to "
                f"({GROUP}) is one of urn:group:tier1"
            )
        ]
    supposed = await explaining(maker).explain(CELL, buyer.did, Inquiry(facts={"groups": ["urn:group:tier1"]}))
    assert supposed.decision.permits
    assert [reason.source for reason in supposed.decision.reasons if reason.atom] == ["configuration", "supposed"]


async def test_a_consumer_is_told_that_its_provider_counts_the_uses(maker, buyer, dataspace):
    twice = Atomic(left=ODRL + "count", operator=Operator.LTEQ, right="2")
    await maker.publish(CELL, policy=terms(twice))
    agreement = (await dataspace.run(buyer.fetch("maker", CELL))).agreement
    theirs = await explaining(maker).explain(agreement)
    assert "found 2, so true [uses counted here]" in "\n".join(theirs.lines())
    ours = "\n".join((await explaining(buyer).explain(agreement)).lines())
    assert "[taken as the first use: the provider counts them]" in ours


async def test_what_is_supposed_goes_before_what_is_known(maker, buyer):
    ends = Atomic(left=ODRL + "dateTime", operator=Operator.LT, right="2030-01-01T00:00:00Z")
    await maker.publish(CELL, policy=terms(FOR_FOOTPRINTS, ends))
    ask = explaining(maker).explain
    assert (await ask(CELL, buyer.did)).decision.permits
    assert (await ask(CELL, buyer.did, Inquiry(purposes=frozenset({"urn:x"})))).decision.refuses
    later = maker.participant.ports.clock.now() + timedelta(days=9999)
    over = await ask(CELL, buyer.did, Inquiry(at=later))
    assert over.decision.refuses
    assert over.fixes[0].possible  # today there is still time
    assert (await ask(CELL, buyer.did, Inquiry(action=ODRL + "sell"))).decision.refuses
    assert (await ask(CELL, buyer.did, Inquiry(phase=Phase.CATALOG))).decision.outcome is Outcome.DEFER


async def test_an_agreement_is_explained_for_its_consumer_on_both_sides(maker, buyer, dataspace):
    await maker.publish(CELL, policy=terms(MEMBERS))
    with pytest.raises(RenkeiError):
        await buyer.negotiate("maker", CELL)
    await maker.publish(CELL, policy=ANYONE)
    agreement = await buyer.negotiate("maker", CELL)
    for member in (maker, buyer):
        told = await explaining(member).explain(agreement.id)
        assert told.decision.permits
        assert told.decision.request.party == buyer.did
        assert told.decision.request.phase is Phase.ACCESS
    other = await explaining(maker).explain(agreement.id, "did:web:other", Inquiry(purposes=frozenset({"urn:x"})))
    assert other.decision.refuses
    assert other.decision.request.purposes == {"urn:x"}


async def test_a_negotiation_is_explained_by_what_is_on_the_table(maker, dataspace):
    await maker.publish(CELL, policy=terms(TIER))
    partner = dataspace.partner("asker")
    answered = await partner.send(
        maker, "/negotiations/request", contract_request(partner, await shown_offer(partner, maker))
    )
    told = await explaining(maker).explain(said(answered)["providerPid"])
    assert told.decision.refuses
    assert told.decision.request.party == partner.did


async def test_what_is_not_there_or_asked_by_nobody_is_told_as_such(maker):
    await maker.publish(CELL)
    with pytest.raises(RenkeiError, match="explain-nobody-asks"):
        await explaining(maker).explain(CELL)
    with pytest.raises(RenkeiError, match="explain-unknown-subject"):
        await explaining(maker).explain("urn:nothing", "did:web:x")
    with pytest.raises(RenkeiError, match="policy-unknown-attribute"):
        await explaining(maker).explain(CELL, "did:web:x", Inquiry(facts={"colour": ["red"]}))


async def test_what_a_partner_would_see_is_what_it_is_shown(maker, buyer, dataspace):
    """The outlook against the catalog that the partner really gets, for each dataset."""
    soon = (maker.participant.ports.clock.now() + timedelta(days=1)).isoformat().replace("+00:00", "Z")
    ending = Atomic(left=ODRL + "dateTime", operator=Operator.LT, right=soon)
    await maker.publish(CELL, policy=terms(MEMBERS))
    await maker.publish(SECRET, visible_to=("did:web:someone",))
    await maker.publish(OLD, policy=terms(ending))
    await dataspace.advance(timedelta(days=2))
    outlook = await explaining(maker).what_if(buyer.did)
    shown = {dataset.id for dataset in await buyer.catalog("maker")}
    own = [sight for sight in outlook.sights if sight.dataset in {CELL, SECRET, OLD}]
    assert {sight.dataset for sight in own if sight.visible} == shown & {CELL, SECRET, OLD} == {CELL}
    assert {sight.dataset: (sight.over, sight.access is None) for sight in own} == {
        CELL: (False, True),
        SECRET: (False, False),
        OLD: (True, True),
    }
    (hidden,) = [sight for sight in own if sight.dataset == SECRET]
    assert hidden.access.decision.refuses
    text = "\n".join(outlook.lines())
    assert f"✓ {CELL}" in text
    assert f"✗ {SECRET}" in text
    assert "hidden: its terms have run out for everybody" in text
    assert "did:web:someone" in text
    shown_json = outlook.as_json("ja")
    assert json.loads(json.dumps(shown_json)) == shown_json
    assert shown_json["admitted"] is True
    assert "非表示" in "\n".join(shown_json["text"])


async def test_an_outlook_comes_in_pages_for_a_day_and_facts_that_are_supposed(maker, buyer):
    access = terms(TIER)
    for number in range(5):
        source = Source(kind=SourceKind.CALLABLE, place="cell")
        publication = Publication(dataset=f"urn:example:{number}", policy=ANYONE, source=source, access=access)
        await maker.participant.catalogs.publish(publication)
    outlook = await explaining(maker).what_if(buyer.did, limit=2)
    seen = [sight.dataset for sight in outlook.sights]
    while outlook.next is not None:
        outlook = await explaining(maker).what_if(buyer.did, after=outlook.next, limit=2)
        seen += [sight.dataset for sight in outlook.sights]
    assert [name for name in seen if name.startswith("urn:example")] == [f"urn:example:{n}" for n in range(5)]
    supposed = Inquiry(facts={"groups": ["urn:group:tier1"]})
    for inquiry, visible in ((Inquiry(), False), (supposed, True)):
        told = await explaining(maker).what_if(buyer.did, inquiry)
        assert {sight.visible for sight in told.sights if sight.dataset.startswith("urn:example")} == {visible}


async def test_who_is_not_admitted_is_told_so_to_us(dataspace):
    maker = await dataspace.join("maker", MemberConfig(admission=AdmissionRules(connectors=("did:web:friend",))))
    outlook = await explaining(maker).what_if("did:web:stranger")
    assert outlook.barred.code == "partner-not-admitted"
    assert outlook.as_json()["admitted"] is False
    _, barred, after, *_ = outlook.lines()
    assert barred.startswith("✗ ")
    assert after == "It sees nothing of what follows; once admitted it would:"


async def test_a_refused_partner_reads_no_word_of_our_groups(maker, buyer, dataspace):
    """The offer is tied to a group of ours; the termination says that something is not met, and nothing of it."""
    await maker.publish(CELL, policy=terms(TIER, FOR_FOOTPRINTS))
    partner = dataspace.partner("asker")
    request = contract_request(partner, await shown_offer(partner, maker))
    answered = await partner.send(maker, "/negotiations/request", request)
    await dataspace.settle()
    ended = partner.messages(MessageKind.NEGOTIATION_TERMINATION)[-1]
    assert (ended["code"], said(answered)["state"]) == ("policy-refused", "REQUESTED")
    text = json.dumps(ended)
    assert "a condition that the other side decides by its own records is not met" in text
    for secret in (GROUP, "urn:group:tier1", "urn:group:other", "configuration"):
        assert secret not in text


async def test_a_provider_whose_offer_is_refused_reads_the_terms_and_nothing_of_what_we_declare(maker, dataspace):
    await dataspace.join("buyer", MemberConfig(purposes=frozenset({"urn:ours"})))
    await maker.publish(CELL)
    both = {"leftOperand": "purpose", "operator": "isAnyOf", "rightOperand": ["urn:theirs", "urn:ours"]}
    narrow = {"leftOperand": "purpose", "operator": "eq", "rightOperand": "urn:theirs"}
    offer = {"@type": "Offer", "permission": [{"action": "use", "constraint": [both, narrow]}]}
    buyer = await maker.participant.ports.directory.find("buyer")
    pid = await maker.participant.negotiations.offer(buyer, CELL, offer)
    await dataspace.settle()
    failure = (await maker.participant.negotiations.kept(pid)).failure
    assert failure.code == "policy-refused"
    reason = str(failure.reason)
    assert "permission[0].constraint[1]: the declared purpose (purpose) is urn:theirs: false [constraint]" in reason
    assert "urn:ours" not in reason
