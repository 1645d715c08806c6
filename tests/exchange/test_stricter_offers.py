"""Terms that are not ours to the letter: stricter ones are agreed by themselves, others refused with a use that shows it."""

from __future__ import annotations

import pytest
from conversations import CELL

from renkei.exchange.ports import Approvals
from renkei.exchange.records.processes import DecisionState
from renkei.policy.model import TEMPLATE, Atomic, Operator, Policy, PolicyKind, Rule
from renkei.protocol.negotiation import NegotiationState
from renkei.testing import MemberConfig

_S = NegotiationState
ODRL = "http://www.w3.org/ns/odrl/2/"
CX = "https://w3id.org/catenax/2025/9/policy/"
MAKER = "did:web:maker.example"


def until(instant: str) -> dict:
    return {
        "leftOperand": ODRL + "dateTime",
        "operator": "lteq",
        "rightOperand": {"@value": instant, "@type": "http://www.w3.org/2001/XMLSchema#dateTime"},
    }


def term(left: str, right: str) -> dict:
    return {"leftOperand": left, "operator": "eq", "rightOperand": right}


END = Atomic(ODRL + "dateTime", Operator.LTEQ, "2027-06-30T00:00:00Z")
UNTIL_SUMMER = Policy(id="urn:t", kind=PolicyKind.SET, permission=(Rule("use", constraint=(END,)),))
SPRING, SUMMER, AUTUMN = "2027-03-31T00:00:00Z", "2027-06-30T00:00:00Z", "2027-09-30T00:00:00Z"
DELETE = {"action": ODRL + "delete"}


def use(*constraints: dict, **members) -> dict:
    return {"permission": [{"action": "use", "constraint": list(constraints), **members}]}


class Waits:
    """A rule book that leaves everything to the test."""

    async def negotiation(self, record, facts):
        return None

    async def transfer(self, record, facts):
        return None


WAITING = MemberConfig(decisions=lambda ports, catalogs: Waits())


async def kept(member, pid):
    return await member.participant.negotiations.kept(pid)


def changed(offer: dict, members: dict) -> dict:
    """The offer with other terms; the rest stands as it was shown, so that we are seen to keep what is signed."""
    return offer | members


async def asked(dataspace, terms: dict, config: MemberConfig | None = None):
    """A buyer has asked a maker, whose terms end in summer, for other terms: both, and the maker's record."""
    maker = await dataspace.join("maker", config or MemberConfig())
    buyer = await dataspace.join("buyer")
    asset = await maker.publish(CELL, policy=UNTIL_SUMMER)
    partner = await buyer.participant.ports.directory.find("maker")
    pid = await buyer.participant.negotiations.open(partner, CELL, changed(asset.offer, terms))
    await dataspace.settle()
    return maker, buyer, await kept(maker, (await kept(buyer, pid)).partner_pid)


STRICTER = {
    "an earlier end": use(until(SPRING)),
    "a duty more": use(until(SUMMER), duty=[DELETE]),
    "a prohibition more": use(until(SUMMER)) | {"prohibition": [{"action": ODRL + "distribute"}]},
    "the same said twice": use(until(SUMMER), until(AUTUMN)),
    "an obligation of the one who asks": use(until(SUMMER)) | {"obligation": [DELETE]},
}


@pytest.mark.parametrize("terms", STRICTER.values(), ids=STRICTER)
async def test_a_request_for_stricter_terms_is_agreed_by_itself_and_to_the_letter(dataspace, terms) -> None:
    maker, buyer, theirs = await asked(dataspace, terms)
    assert theirs.state is _S.FINALIZED
    for member in (maker, buyer):
        agreement = await member.participant.agreements.kept(theirs.agreement)
        assert agreement.final
        assert {name: agreement.document[name] for name in terms} == terms


NOT_STRICTER = {
    "a later end": (use(until(AUTUMN)), "looser", "2027-06-30 00:00:00.000001 UTC"),
    "no end": ({"permission": [{"action": "use"}]}, "looser", "2027-06-30 00:00:00.000001 UTC"),
    "another use": (use(until(SPRING)) | {"permission": [{"action": ODRL + "sell"}]}, "each permit", "sell"),
    "an obligation of ours": (
        use(until(SUMMER)) | {"obligation": [DELETE | {"assignee": MAKER}]},
        "looser",
        "delete was done",
    ),
    "a term that only binds": (use(until(SUMMER), term(CX + "Warranty", "cx.warranty.none:1")), "cannot be told", ""),
    "a duty more, whose consequence is ours": (
        use(until(SUMMER), duty=[DELETE | {ODRL + "consequence": [DELETE | {"assignee": MAKER}]}]),
        "cannot be told",
        "",
    ),
    "an obligation of the one who asks, whose consequence is ours": (
        use(until(SUMMER)) | {"obligation": [DELETE | {ODRL + "consequence": [DELETE | {"assignee": MAKER}]}]},
        "cannot be told",
        "",
    ),
    "a remedy where nobody looks for one": (
        use(until(SPRING), **{ODRL + "remedy": [DELETE | {"assignee": MAKER}]}),
        "cannot be told",
        "",
    ),
    "a text of theirs in our name": (use(until(SUMMER)) | {TEMPLATE: "sha-256:1"}, "the same", ""),
    "a text of theirs in our name, and an earlier end": (use(until(SPRING)) | {TEMPLATE: "sha-256:1"}, "stricter", ""),
    "a member nobody knows": (use(until(SPRING), **{"urn:strange:member": "x"}), "cannot be told", ""),
}


@pytest.mark.parametrize(("terms", "relation", "shown"), NOT_STRICTER.values(), ids=NOT_STRICTER)
async def test_a_request_for_other_terms_is_refused_with_a_use_that_tells_the_two_apart(
    dataspace, terms, relation, shown
) -> None:
    maker, buyer, theirs = await asked(dataspace, terms)
    assert (theirs.state, theirs.failure.code) == (_S.TERMINATED, "negotiation-offer-differs")
    told = str((await kept(buyer, theirs.partner_pid)).failure.reason)
    assert relation in told
    assert shown in told
    assert await maker.store.count("agreement") == 0


async def test_where_a_person_decides_it_decides_about_terms_that_are_not_stricter(dataspace) -> None:
    careful = MemberConfig(approvals=Approvals(assets=frozenset({CELL}), within=3600.0))
    terms = use(until(SUMMER), term(CX + "Warranty", "cx.warranty.none:1"))
    maker, _, theirs = await asked(dataspace, terms, careful)
    decision = await maker.participant.negotiations.decision(theirs.id)
    assert (decision.state, decision.why) == (DecisionState.OPEN, "negotiation-offer-differs")


async def test_a_template_named_otherwise_is_another_offer(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    named = Policy(
        id="urn:t", kind=PolicyKind.SET, permission=UNTIL_SUMMER.permission, extensions={TEMPLATE: "sha-256:0"}
    )
    asset = await maker.publish(CELL, policy=named)
    partner = await buyer.participant.ports.directory.find("maker")
    terms = use(until(SPRING)) | {TEMPLATE: "sha-256:1"}
    pid = await buyer.participant.negotiations.open(partner, CELL, changed(asset.offer, terms))
    await dataspace.settle()
    assert (await kept(buyer, pid)).failure.code == "negotiation-offer-differs"


async def countered(dataspace, terms: dict):
    """A buyer has asked for use until summer; the maker has answered with other terms: the buyer and its record."""
    maker, buyer = await dataspace.join("maker", WAITING), await dataspace.join("buyer")
    asset = await maker.publish(CELL, policy=UNTIL_SUMMER)
    partner = await buyer.participant.ports.directory.find("maker")
    pid = await buyer.participant.negotiations.open(partner, CELL, asset.offer)
    await dataspace.settle()
    theirs = (await kept(buyer, pid)).partner_pid
    await maker.participant.negotiations.counter(theirs, changed(asset.offer, terms))
    await dataspace.settle()
    return buyer, await kept(buyer, pid)


MORE = {
    "a later end": use(until(AUTUMN)),
    "no end": {"permission": [{"action": "use"}]},
    "more uses": {"permission": [*use(until(SUMMER))["permission"], {"action": ODRL + "sell"}]},
    "an obligation of the provider": use(until(SUMMER)) | {"obligation": [DELETE | {"assignee": MAKER}]},
}


@pytest.mark.parametrize("terms", MORE.values(), ids=MORE)
async def test_an_offer_of_all_that_was_asked_for_and_more_is_accepted_by_itself(dataspace, terms) -> None:
    _, record = await countered(dataspace, terms)
    assert record.state is _S.ACCEPTED


LESS = {
    "an earlier end": use(until(SPRING)),
    "a duty more": use(until(AUTUMN), duty=[DELETE]),
    "an obligation more": use(until(AUTUMN)) | {"obligation": [DELETE]},
    "a prohibition more": use(until(AUTUMN)) | {"prohibition": [{"action": ODRL + "distribute"}]},
    "one more use, with a duty": {
        "permission": [*use(until(SUMMER))["permission"], {"action": ODRL + "sell", "duty": [DELETE]}]
    },
    "an obligation of the provider, whose consequence is ours": use(until(SUMMER))
    | {"obligation": [DELETE | {"assignee": MAKER, ODRL + "consequence": [DELETE]}]},
    "a text of the provider's": use(until(AUTUMN)) | {TEMPLATE: "sha-256:1"},
    "a term that only binds": use(until(AUTUMN), term(CX + "Warranty", "cx.warranty.none:1")),
}


@pytest.mark.parametrize("terms", LESS.values(), ids=LESS)
async def test_an_offer_that_takes_anything_away_waits_for_a_person(dataspace, terms) -> None:
    buyer, record = await countered(dataspace, terms)
    assert (record.state, bool(record.asking)) == (_S.OFFERED, True)
    assert (await buyer.participant.negotiations.decision(record.id)).why == "offer-not-asked-for"
