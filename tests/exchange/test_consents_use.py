"""Consents: asked for, given, demanded before anything leaves, withdrawn and expired, with the same story on both sides."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from chains import DILIGENCE, DUE, FOOTPRINT, part, received, state_of
from conversations import UNKNOWN, contents, data_token, pulled, refusal, started, state, transfer_request

from renkei.exchange.catalog.catalogs import Publication
from renkei.exchange.catalog.purposes import CARBON_FOOTPRINT, DUE_DILIGENCE
from renkei.exchange.records.assets import Source, SourceKind
from renkei.kernel.problems import ConfigurationError, LocalError, PeerError, PolicyError, RenkeiError
from renkei.policy.model import RENKEI, Atomic, Operator, Policy, PolicyKind, Rule
from renkei.policy.operands import CONSENT
from renkei.protocol.messages import MessageKind
from renkei.store.port import Changes
from renkei.testing import MemberConfig

CELL = "urn:example:cell"
BENCHMARKING = RENKEI + "purpose/benchmarking"
TRAINING = RENKEI + "purpose/model-training"
VERIFICATION = RENKEI + "purpose/verification"
EVERY = MemberConfig(purposes=frozenset({CARBON_FOOTPRINT, DUE_DILIGENCE, BENCHMARKING, TRAINING, VERIFICATION}))


def terms(*purposes: str) -> Policy:
    named = Atomic("purpose", Operator.IS_ANY_OF, tuple(purposes))
    return Policy(id="urn:example:terms", kind=PolicyKind.SET, permission=(Rule("use", (named,)),))


async def offered(member, *purposes: str, content: bytes = b'{"kgCO2e": 7}', consent: bool = True, dataset: str = CELL):
    """A dataset of bytes, offered for these purposes."""
    await member.publish(dataset, content, policy=terms(*purposes))
    asset = await member.participant.catalogs.kept(dataset)
    publication = Publication(dataset=dataset, policy=terms(*purposes), source=asset.source, consent=consent)
    return await member.participant.catalogs.publish(publication)


async def granted(space, maker, buyer, *purposes: str, dataset: str = CELL, **grant) -> str:
    asked = await buyer.participant.consents.ask(maker.did, purposes, dataset=dataset, wish="for our passport")
    await space.settle()
    await maker.participant.consents.grant(asked.consent, **grant)
    await space.settle()
    return asked.consent


async def states(consent: str, *members) -> list[str]:
    found = [await member.participant.consents.find(consent) for member in members]
    return [
        record.standing(member.participant.ports.clock.now()).value
        for record, member in zip(found, members, strict=True)
    ]


async def history(member, kind: str, record_id: str) -> list[str]:
    return [event.type for event in await member.store.events(kind=kind, record_id=record_id, limit=1000)]


async def two(dataspace):
    return await dataspace.join("maker", EVERY), await dataspace.join("buyer", EVERY)


async def test_a_consent_is_asked_for_and_given_and_both_sides_keep_the_wish(dataspace) -> None:
    maker, buyer = await two(dataspace)
    await offered(maker, CARBON_FOOTPRINT)
    consent = await granted(dataspace, maker, buyer, "cx.pcf.base:1", by="Ms Sato")
    assert await states(consent, maker, buyer) == ["granted", "granted"]
    for member in (maker, buyer):
        record = await member.participant.consents.find(consent)
        assert (record.wish.text, record.wish.purposes) == ("for our passport", ("cx.pcf.base:1",))
        assert (record.dataset, record.purposes, record.purpose_class.value) == (CELL, (CARBON_FOOTPRINT,), "primary")
        assert record.valid_until == dataspace.clock.now() + timedelta(days=365)
    assert (await maker.participant.consents.find(consent)).by == "Ms Sato"
    assert await history(maker, "consent", f"in:{consent}") == ["asked by partner", "granted", "delivered"]
    assert await history(buyer, "consent", f"out:{consent}") == ["asked", "delivered", "granted by partner"]
    assert [(await contents(member))["outbox"] for member in dataspace] == [[], []]


async def test_no_transfer_starts_without_a_consent_and_its_name_stands_in_both_histories(dataspace) -> None:
    maker, buyer = await two(dataspace)
    await offered(maker, CARBON_FOOTPRINT)
    with pytest.raises(PeerError, match="consent-missing"):
        await buyer.fetch("maker", CELL)
    consent = await granted(dataspace, maker, buyer, CARBON_FOOTPRINT)
    fetched = await buyer.fetch("maker", CELL)
    assert fetched.received.body == b'{"kgCO2e": 7}'
    theirs = (await buyer.participant.transfers.kept(fetched.transfer)).partner_pid
    assert f"under consent {consent}" in await history(buyer, "transfer", fetched.transfer)
    assert f"under consent {consent}" in await history(maker, "transfer", theirs)
    assert f"carries transfer {theirs}" in await history(maker, "consent", f"in:{consent}")


async def test_an_answer_to_a_request_is_a_consent_for_exactly_that(dataspace) -> None:
    maker, buyer = await two(dataspace)
    await maker.participant.parts.register(part("CELL", "12.5"))
    asked = await buyer.request("maker", "CELL", [FOOTPRINT, DILIGENCE], DUE, "for the passport")
    await dataspace.settle()
    assert [await state_of(member, asked.request) for member in (buyer, maker)] == ["answered", "answered"]
    request = await maker.participant.requests.find(asked.request)
    assert set(request.consents) == {"footprint", "due-diligence"}
    assert (await buyer.participant.requests.find(asked.request)).consents == request.consents
    (footprint,) = await received(buyer, maker)
    leaves = {"/total", "/stages/distribution", "/period/start", "/declaredUnit", "/company"}
    for member in (maker, buyer):
        record = await member.participant.consents.find(request.consents["footprint"])
        assert (record.state.value, record.purposes, record.request) == ("granted", (CARBON_FOOTPRINT,), asked.request)
        assert (record.wish.text, record.dataset) == ("for the passport", request.answers["footprint"])
        assert leaves < set(record.fields)
        assert "/plant" not in record.fields, "no more than the record holds"
    ours = await maker.participant.consents.find(request.consents["footprint"])
    asset = await maker.participant.catalogs.kept(request.answers["footprint"])
    assert (ours.by, ours.partner, ours.valid_until) == ("automatic", buyer.did, asset.until)
    assert footprint["part"] == "CELL"


async def test_an_answer_by_hand_is_the_operators_consent(dataspace) -> None:
    maker, buyer = await two(dataspace)
    await maker.participant.parts.register(part("CELL", "12.5", automatic=False))
    asked = await buyer.request("maker", "CELL", [FOOTPRINT], DUE)
    await dataspace.settle()
    await maker.participant.requests.answer(asked.request)
    consent = (await maker.participant.requests.find(asked.request)).consents["footprint"]
    assert (await maker.participant.consents.find(consent)).by == "operator"


# --- primary and secondary ------------------------------------------------------------------------


async def test_a_primary_consent_never_satisfies_a_secondary_use(dataspace) -> None:
    maker, buyer = await two(dataspace)
    await offered(maker, BENCHMARKING, consent=False)
    await granted(dataspace, maker, buyer, CARBON_FOOTPRINT)
    with pytest.raises(PeerError, match="consent-missing"):
        await buyer.fetch("maker", CELL)
    with pytest.raises(PolicyError, match="consent-missing"):
        await maker.participant.consents.demand(CELL, buyer.did, {BENCHMARKING})
    consent = await granted(dataspace, maker, buyer, BENCHMARKING)
    assert (await buyer.fetch("maker", CELL)).received.body == b'{"kgCO2e": 7}'
    assert await maker.participant.consents.demand(CELL, buyer.did, {BENCHMARKING}) == (consent,)


async def test_a_secondary_consent_never_satisfies_a_primary_use(dataspace) -> None:
    maker, buyer = await two(dataspace)
    await offered(maker, CARBON_FOOTPRINT)
    await granted(dataspace, maker, buyer, BENCHMARKING)
    with pytest.raises(PeerError, match="consent-missing"):
        await buyer.fetch("maker", CELL)


async def test_an_agreement_for_both_needs_both(dataspace) -> None:
    maker, buyer = await two(dataspace)
    await offered(maker, CARBON_FOOTPRINT, BENCHMARKING)
    primary = await granted(dataspace, maker, buyer, CARBON_FOOTPRINT)
    with pytest.raises(PeerError, match="consent-missing"):
        await buyer.fetch("maker", CELL)
    with pytest.raises(PolicyError, match=r"consent-missing.*benchmarking"):
        await maker.participant.consents.demand(CELL, buyer.did, {CARBON_FOOTPRINT, BENCHMARKING})
    secondary = await granted(dataspace, maker, buyer, BENCHMARKING)
    fetched = await buyer.fetch("maker", CELL)
    assert set((await buyer.participant.transfers.kept(fetched.transfer)).consents) == {primary, secondary}


async def test_what_needs_no_consent_moves_without_one(dataspace) -> None:
    maker, buyer = await two(dataspace)
    await offered(maker, CARBON_FOOTPRINT, consent=False)
    fetched = await buyer.fetch("maker", CELL)
    assert (await buyer.participant.transfers.kept(fetched.transfer)).consents == ()


MIXED = {
    "two classes": ((CARBON_FOOTPRINT, BENCHMARKING), "consent-secondary-apart"),
    "an unknown one": (("urn:example:purpose",), "consent-purpose-unknown"),
    "none": ((), "request-malformed"),
    "too many": (tuple(f"urn:example:{n}" for n in range(21)), "request-malformed"),
    "half a character": (("\ud800",), "request-malformed"),
}


@pytest.mark.parametrize(("purposes", "code"), MIXED.values(), ids=MIXED)
async def test_purposes_that_no_consent_can_hold_are_refused_on_asking(dataspace, purposes, code) -> None:
    maker, buyer = await two(dataspace)
    with pytest.raises((PeerError, ConfigurationError), match=code):
        await buyer.participant.consents.ask(maker.did, purposes, dataset=CELL)
    assert await buyer.participant.consents.listed(incoming=False) == []


async def test_secondary_purposes_are_not_asked_for_with_a_data_request(dataspace) -> None:
    maker, buyer = await two(dataspace)
    for purposes in ((BENCHMARKING,), (CARBON_FOOTPRINT, BENCHMARKING)):
        with pytest.raises(PeerError, match="consent-secondary-apart"):
            await buyer.participant.requests.ask(maker.did, "CELL", [FOOTPRINT], DUE, purposes=purposes)
    partner = dataspace.partner("stranger")
    body = {"@type": "Request", "@id": UNKNOWN, "request": "urn:uuid:1", "part": "CELL", "kinds": ["footprint"]}
    answered = await posted(partner, maker, dataspace, {**body, "due": DUE, "purposes": [BENCHMARKING]})
    assert refusal(answered) == (400, "consent-secondary-apart")
    assert await maker.participant.requests.listed(incoming=True) == []


async def test_a_request_that_did_not_ask_for_what_is_offered_waits_for_a_person(dataspace) -> None:
    maker, buyer = await two(dataspace)
    await maker.participant.parts.register(part("CELL", "7"))
    asked = await buyer.participant.requests.ask(maker.did, "CELL", [FOOTPRINT], DUE, purposes=[VERIFICATION])
    await dataspace.settle()
    (request,) = await maker.participant.requests.listed(incoming=True)
    assert request.reason.startswith("consent-not-wished: ")
    assert not request.state.final
    assert await maker.participant.consents.listed(incoming=True) == []
    wider = await buyer.participant.requests.ask(
        maker.did, "CELL", [FOOTPRINT], DUE, purposes=[VERIFICATION, "cx.pcf.base:1"]
    )
    await dataspace.settle()
    assert [await state_of(buyer, one.request) for one in (asked, wider)] == ["open", "answered"]
    consent = (await maker.participant.requests.find(wider.request)).consents["footprint"]
    record = await buyer.participant.consents.find(consent)
    assert (record.purposes, record.wish.purposes) == ((CARBON_FOOTPRINT,), (VERIFICATION, "cx.pcf.base:1"))


# --- the minimum ----------------------------------------------------------------------------------


async def test_a_stored_record_is_not_published_for_a_purpose_that_does_not_need_its_fields(dataspace) -> None:
    maker = await dataspace.join("maker")
    unit = {"name": "grid", "stage": "mainProductProduction", "amount": "1", "unit": "kilowatt-hour"}
    factor = {
        "name": "mix",
        "value": "0.4",
        "unit": "kgCO2e/kilowatt-hour",
        "source": "AIB",
        "version": "2025",
        "licence": "open",
    }
    cell = part("CELL", "7")
    used = {**unit, "factor": factor}
    await maker.participant.parts.register(part("CELL", "7", inventory={**cell.inventory, "secondary": [used]}))
    record = await maker.participant.parts.record(await maker.participant.parts.known("CELL"), FOOTPRINT)
    source = Source(kind=SourceKind.DOCUMENT, place=record.id)
    offer = Publication(dataset=CELL, policy=terms(BENCHMARKING), source=source, document=record)
    with pytest.raises(ConfigurationError, match=r"consent-field-beyond-purpose.*/secondary/\*/licence"):
        await maker.participant.catalogs.publish(offer)
    assert await maker.participant.catalogs.kept(CELL) is None


async def test_a_record_is_drawn_without_the_fields_that_its_purpose_does_not_need(dataspace, monkeypatch) -> None:
    maker, buyer = await two(dataspace)
    battery = maker.participant.parts._battery
    purpose = battery.purposes.purposes[CARBON_FOOTPRINT]
    fields = {"FootprintRecord": tuple(path for path in purpose.fields["FootprintRecord"] if path != "/plant")}
    lesser = replace(battery.purposes, purposes={CARBON_FOOTPRINT: replace(purpose, fields=fields)})
    monkeypatch.setattr(maker.participant.parts, "_battery", replace(battery, purposes=lesser))
    cell = part("CELL", "7")
    await maker.participant.parts.register(part("CELL", "7", inventory={**cell.inventory, "plant": "Himeji"}))
    await buyer.request("maker", "CELL", [FOOTPRINT], DUE)
    await dataspace.settle()
    (record,) = await received(buyer, maker)
    assert "plant" not in record
    assert record["total"] == "7"


async def test_what_is_to_need_consent_names_purposes_that_can_be_consented_to(dataspace) -> None:
    maker = await dataspace.join("maker")
    await maker.publish(CELL)
    source = (await maker.participant.catalogs.kept(CELL)).source
    anything = Policy(id="urn:example:terms", kind=PolicyKind.SET, permission=(Rule("use"),))
    for policy in (anything, terms("urn:example:purpose"), terms(CARBON_FOOTPRINT, "urn:example:purpose")):
        with pytest.raises(ConfigurationError, match="consent-without-purpose"):
            await maker.participant.catalogs.publish(
                Publication(dataset=CELL, policy=policy, source=source, consent=True)
            )


async def test_a_dataset_that_holds_more_than_was_consented_to_is_not_covered(dataspace) -> None:
    maker, buyer = await two(dataspace)
    await maker.participant.parts.register(part("CELL", "7"))
    cell = await maker.participant.parts.known("CELL")
    record = await maker.participant.parts.record(cell, FOOTPRINT)
    await maker.store.commit(Changes(records=(record.row(),)))
    source = Source(kind=SourceKind.DOCUMENT, place=record.id)
    await maker.participant.catalogs.publish(
        Publication(dataset=CELL, policy=terms(VERIFICATION), source=source, consent=True)
    )
    await granted(dataspace, maker, buyer, VERIFICATION, fields=["/total", "/part"])
    with pytest.raises(PeerError, match="consent-missing"):
        await buyer.fetch("maker", CELL)
    await granted(dataspace, maker, buyer, VERIFICATION)
    assert (await buyer.fetch("maker", CELL)).record is not None


async def test_a_consent_about_a_part_covers_every_record_of_it_of_that_kind(dataspace) -> None:
    maker, buyer = await two(dataspace)
    await maker.participant.parts.register(part("CELL", "7"))
    asked = await buyer.participant.consents.ask(maker.did, [VERIFICATION], part="CELL", kind=FOOTPRINT)
    await dataspace.settle()
    await maker.participant.consents.grant(asked.consent)
    cell = await maker.participant.parts.known("CELL")
    for kind, dataset in ((FOOTPRINT, CELL), (DILIGENCE, "urn:example:diligence")):
        record = await maker.participant.parts.record(cell, kind, [VERIFICATION])
        await maker.store.commit(Changes(records=(record.row(),)))
        source = Source(kind=SourceKind.DOCUMENT, place=record.id)
        await maker.participant.catalogs.publish(
            Publication(dataset=dataset, policy=terms(VERIFICATION), source=source, consent=True)
        )
    assert await maker.participant.consents.demand(CELL, buyer.did, {VERIFICATION}) == (asked.consent,)
    with pytest.raises(PolicyError, match="consent-missing"):
        await maker.participant.consents.demand("urn:example:diligence", buyer.did, {VERIFICATION})


# --- deciding -------------------------------------------------------------------------------------


async def test_less_than_the_wish_can_be_granted_and_never_more(dataspace) -> None:
    maker, buyer = await two(dataspace)
    await offered(maker, CARBON_FOOTPRINT, VERIFICATION)
    now, consents = dataspace.clock.now(), maker.participant.consents
    asked = await buyer.participant.consents.ask(
        maker.did, [CARBON_FOOTPRINT, VERIFICATION], dataset=CELL, until=now + timedelta(days=10)
    )
    await dataspace.settle()
    for beyond in (
        {"purposes": [DUE_DILIGENCE]},
        {"until": now + timedelta(days=11)},
        {"until": now},
    ):
        with pytest.raises(LocalError, match="consent-beyond-wish"):
            await consents.grant(asked.consent, **beyond)
    await consents.grant(asked.consent, purposes=[VERIFICATION], until=now + timedelta(days=2), reason="for the audit")
    await dataspace.settle()
    record = await buyer.participant.consents.find(asked.consent)
    assert (record.purposes, record.valid_until) == ((VERIFICATION,), now + timedelta(days=2))
    assert record.reason == "for the audit"
    assert record.wish.purposes == (CARBON_FOOTPRINT, VERIFICATION)
    with pytest.raises(LocalError, match="consent-closed"):
        await consents.grant(asked.consent)


async def test_a_refusal_tells_its_reason_on_both_sides(dataspace) -> None:
    maker, buyer = await two(dataspace)
    asked = await buyer.participant.consents.ask(maker.did, [TRAINING], dataset=CELL)
    await dataspace.settle()
    await maker.participant.consents.refuse(asked.consent, "no models from our figures")
    await dataspace.settle()
    for member in (maker, buyer):
        record = await member.participant.consents.find(asked.consent)
        assert (record.state.value, record.reason) == ("refused", "no models from our figures")
    with pytest.raises(LocalError, match="consent-closed"):
        await maker.participant.consents.withdraw(asked.consent, "once more")


async def test_a_consent_about_what_we_do_not_offer_is_not_granted(dataspace) -> None:
    maker, buyer = await two(dataspace)
    asked = await buyer.participant.consents.ask(maker.did, [CARBON_FOOTPRINT], dataset="urn:example:other")
    await dataspace.settle()
    with pytest.raises(PeerError, match="catalog-unknown-dataset"):
        await maker.participant.consents.grant(asked.consent)


async def test_who_cannot_be_reached_has_not_consented(dataspace) -> None:
    buyer = await dataspace.join("buyer", EVERY)
    asked = await buyer.participant.consents.ask("did:web:nobody.example", [CARBON_FOOTPRINT], dataset=CELL)
    await dataspace.rest(timedelta(days=30))
    record = await buyer.participant.consents.find(asked.consent)
    assert record.state.value == "refused"
    assert record.reason.startswith("delivery-given-up: ")


# --- partners that try --------------------------------------------------------------------------


async def posted(partner, member, space, body: dict):
    """A message into a member's box, under an agreement of its own."""
    partner.pid = partner.ids.new()
    _, token = await started(partner, member, space, f"{member.did}#request-box")
    raw = json.dumps(body).encode()
    answered = await partner.line.send("POST", member.origin + "/data", headers={"authorization": token}, body=raw)
    await space.settle()
    return answered


def asking(**changes) -> dict:
    request = {"@type": "ConsentRequest", "@id": UNKNOWN, "consent": "urn:uuid:1", "dataset": CELL}
    return {name: value for name, value in {**request, "purposes": [CARBON_FOOTPRINT], **changes}.items() if value}


def deciding(consent: str, decision: str = "granted", **changes) -> dict:
    made = {"@type": "ConsentDecision", "@id": UNKNOWN, "consent": consent, "decision": decision}
    return {**made, "purposes": [CARBON_FOOTPRINT], "until": "2027-01-01T00:00:00Z", **changes}


async def test_a_partner_cannot_decide_about_its_own_consent(dataspace) -> None:
    maker = await dataspace.join("maker", EVERY)
    await offered(maker, CARBON_FOOTPRINT)
    partner = dataspace.partner("stranger")
    assert (await posted(partner, maker, dataspace, asking())).status == 200
    for decision in ("granted", "refused", "withdrawn"):
        answered = await posted(partner, maker, dataspace, deciding("urn:uuid:1", decision))
        assert refusal(answered) == (404, "consent-unknown")
    assert await states("urn:uuid:1", maker) == ["asked"]


async def test_a_partner_neither_sees_nor_decides_about_anothers_consent(dataspace) -> None:
    maker, buyer = await two(dataspace)
    await offered(maker, CARBON_FOOTPRINT)
    asked = await buyer.participant.consents.ask(maker.did, [CARBON_FOOTPRINT], dataset=CELL)
    await dataspace.settle()
    partner = dataspace.partner("stranger")
    there = await posted(partner, buyer, dataspace, deciding(asked.consent))
    absent = await posted(partner, buyer, dataspace, deciding("urn:uuid:nothing"))
    assert refusal(there) == refusal(absent) == (404, "consent-unknown")
    assert await states(asked.consent, buyer, maker) == ["asked", "asked"]
    await maker.participant.consents.grant(asked.consent)
    with pytest.raises(PolicyError, match="consent-missing"):
        await maker.participant.consents.demand(CELL, partner.did, {CARBON_FOOTPRINT})


MALFORMED = {
    "about nothing": {"dataset": ""},
    "about two things": {"part": "CELL", "kind": "footprint"},
    "about a part of no kind": {"dataset": "", "part": "CELL"},
    "until no instant": {"until": "tomorrow"},
    "until a day without a zone": {"until": "2027-01-01T00:00:00"},
    "until the past": {"until": "2020-01-01T00:00:00Z"},
    "until the end of time": {"until": "9999-12-31T23:59:59-14:00"},
    "for nothing": {"purposes": []},
    "for what is no purpose": {"purposes": [5]},
    "a control character": {"dataset": "urn:a\x00b"},
    "a word too many": {"grant": True},
    "a wish without end": {"wish": "x" * 4001},
}


@pytest.mark.parametrize("changes", MALFORMED.values(), ids=MALFORMED)
async def test_a_consent_request_that_is_not_understood_leaves_nothing(dataspace, changes) -> None:
    maker = await dataspace.join("maker", EVERY)
    body = {**asking(), **changes}
    answered = await posted(dataspace.partner("stranger"), maker, dataspace, {k: v for k, v in body.items() if v != ""})
    assert refusal(answered) == (400, "request-malformed")
    assert await maker.participant.consents.listed(incoming=True) == []


async def test_the_same_bytes_twice_are_one_consent_and_the_same_name_in_other_words_is_refused(dataspace) -> None:
    maker = await dataspace.join("maker", EVERY)
    partner = dataspace.partner("stranger")
    for _ in range(2):
        assert (await posted(partner, maker, dataspace, asking())).status == 200
    assert len(await maker.participant.consents.listed(incoming=True)) == 1
    answered = await posted(partner, maker, dataspace, asking(wish="now with a wish"))
    assert refusal(answered) == (400, "request-malformed")


async def test_a_partner_may_have_so_many_consents_open_and_no_more(dataspace) -> None:
    maker = await dataspace.join("maker", EVERY)
    partner = dataspace.partner("stranger")
    _, token = await started(partner, maker, dataspace, f"{maker.did}#request-box")
    answers = []
    for number in range(101):
        body = json.dumps(asking(**{"@id": f"urn:uuid:m{number}", "consent": f"urn:uuid:c{number}"})).encode()
        answers.append(
            await partner.line.send("POST", maker.origin + "/data", headers={"authorization": token}, body=body)
        )
    assert [answered.status for answered in answers] == [200] * 100 + [409]
    assert refusal(answers[-1])[1] == "consent-too-many"


async def test_a_provider_that_grants_what_was_not_asked_for_is_not_believed(dataspace) -> None:
    buyer = await dataspace.join("buyer", EVERY)
    partner = dataspace.partner("stranger")
    asked = await buyer.participant.consents.ask(partner.did, [CARBON_FOOTPRINT], dataset=CELL)
    for purposes in ([BENCHMARKING], [], [CARBON_FOOTPRINT, VERIFICATION]):
        answered = await posted(partner, buyer, dataspace, deciding(asked.consent, purposes=purposes))
        assert refusal(answered) == (400, "request-malformed")
    assert await states(asked.consent, buyer) == ["asked"]
    assert (await posted(partner, buyer, dataspace, deciding(asked.consent))).status == 200
    assert await states(asked.consent, buyer) == ["granted"]
    again = await posted(partner, buyer, dataspace, deciding(asked.consent, "refused"))
    assert refusal(again) == (409, "consent-closed")


async def test_a_grant_that_its_withdrawal_has_overtaken_changes_nothing(dataspace) -> None:
    buyer = await dataspace.join("buyer", EVERY)
    partner = dataspace.partner("stranger")
    asked = await buyer.participant.consents.ask(partner.did, [CARBON_FOOTPRINT], dataset=CELL)
    for decision in ("withdrawn", "granted"):
        assert (await posted(partner, buyer, dataspace, deciding(asked.consent, decision))).status == 200
        assert await states(asked.consent, buyer) == ["withdrawn"]


# --- the end --------------------------------------------------------------------------------------


async def running(dataspace, maker, **how):
    """A partner that was given consent, with a running transfer under it: the consent, our pid, the token."""
    partner = dataspace.partner("stranger")
    assert (await posted(partner, maker, dataspace, asking())).status == 200
    await maker.participant.consents.grant("urn:uuid:1", **how)
    partner.pid = partner.ids.new()
    pid, token = await started(partner, maker, dataspace)
    assert (await pulled(partner, maker, token))[0] == 200
    return partner, pid, token


async def test_a_withdrawal_suspends_what_it_carried_and_nothing_starts_again(dataspace) -> None:
    maker = await dataspace.join("maker", EVERY)
    await offered(maker, CARBON_FOOTPRINT)
    partner, pid, token = await running(dataspace, maker)
    await maker.participant.consents.withdraw("urn:uuid:1", "we were sold", by="Ms Sato")
    assert refusal(await partner.line.send("GET", maker.origin + "/data", headers={"authorization": token})) == (
        403,
        "consent-withdrawn",
    ), "the token is dead before anybody else has heard of it"
    await dataspace.settle()
    assert await state(partner, maker, "transfers", pid) == "SUSPENDED"
    assert partner.messages(MessageKind.TRANSFER_SUSPENSION)[-1]["code"] == "consent-withdrawn"
    assert (await pulled(partner, maker, token))[0] == 401
    with pytest.raises(PolicyError, match="consent-withdrawn"):
        await maker.participant.transfers.resume(pid)
    agreement = (await maker.participant.transfers.kept(pid)).agreement
    partner.pid = partner.ids.new()
    answered = await partner.send(maker, "/transfers/request", transfer_request(partner, agreement))
    assert refusal(answered) == (403, "consent-withdrawn")
    record = await maker.participant.consents.find("urn:uuid:1")
    assert (record.state.value, record.by, record.reason) == ("withdrawn", "Ms Sato", "we were sold")


async def test_a_new_consent_lets_a_suspended_transfer_go_on(dataspace) -> None:
    maker = await dataspace.join("maker", EVERY)
    await offered(maker, CARBON_FOOTPRINT)
    partner, pid, _ = await running(dataspace, maker)
    await maker.participant.consents.withdraw("urn:uuid:1", "a mistake")
    await dataspace.settle()
    anew = asking(**{"@id": "urn:uuid:another", "consent": "urn:uuid:2"})
    kept, partner.pid = partner.pid, ""
    assert (await posted(partner, maker, dataspace, anew)).status == 200
    partner.pid = kept
    await maker.participant.consents.grant("urn:uuid:2")
    await maker.participant.transfers.resume(pid)
    await dataspace.settle()
    assert (await pulled(partner, maker, data_token(partner)))[0] == 200
    assert (await maker.participant.transfers.kept(pid)).consents == ("urn:uuid:2",)


async def test_a_withdrawal_breaks_a_running_stream_off(dataspace) -> None:
    maker = await dataspace.join("maker", EVERY)
    await offered(maker, CARBON_FOOTPRINT)
    pieces: list[bytes] = []

    async def stream():
        yield b"first"
        await maker.participant.consents.withdraw("urn:uuid:1", "enough")
        dataspace.clock.advance(2)
        yield b"second"

    partner, pid, token = await running(dataspace, maker)
    maker._contents[CELL] = stream
    code = ""
    try:
        async with partner.line.stream("GET", maker.origin + "/data", headers={"authorization": token}) as answered:
            pieces += [piece async for piece in answered.pieces()]
    except RenkeiError as error:
        code = error.code
    assert (code, b"second" in b"".join(pieces)) == ("line-unreachable", False), "cut off"
    pulls = [what for what in await history(maker, "transfer", pid) if what.startswith("pull")]
    assert pulls == ["pulled", "pull cut"]


async def test_a_consent_ends_in_time_and_what_it_carried_is_suspended(dataspace) -> None:
    maker = await dataspace.join("maker", EVERY)
    await offered(maker, CARBON_FOOTPRINT)
    until = dataspace.clock.now() + timedelta(seconds=100)
    partner, pid, token = await running(dataspace, maker, until=until)
    await dataspace.advance(99)
    assert (await pulled(partner, maker, token))[0] == 200
    await dataspace.advance(1)
    assert await state(partner, maker, "transfers", pid) == "SUSPENDED"
    assert partner.messages(MessageKind.TRANSFER_SUSPENSION)[-1]["code"] == "consent-expired"
    assert (await history(maker, "consent", "in:urn:uuid:1"))[-1] == "expired"
    with pytest.raises(PolicyError, match="consent-expired"):
        await maker.participant.consents.demand(CELL, partner.did, {CARBON_FOOTPRINT})
    with pytest.raises(LocalError, match=r"consent-closed.*expired"):
        await maker.participant.consents.withdraw("urn:uuid:1", "too late")
    assert "consent-end" not in [row.task for row in await maker.store.deliveries()]


async def test_a_consent_that_ends_is_over_for_both_sides_at_its_instant(dataspace) -> None:
    maker, buyer = await two(dataspace)
    await offered(maker, CARBON_FOOTPRINT)
    until = dataspace.clock.now() + timedelta(seconds=100)
    consent = await granted(dataspace, maker, buyer, CARBON_FOOTPRINT, until=until)
    dataspace.clock.advance(100)
    assert await states(consent, maker, buyer) == ["expired", "expired"]
    with pytest.raises(PolicyError, match="consent-expired"):
        await maker.participant.consents.demand(CELL, buyer.did, {CARBON_FOOTPRINT})


async def test_a_withdrawal_is_carried_on_after_a_restart(dataspace) -> None:
    maker = await dataspace.join("maker", EVERY)
    await offered(maker, CARBON_FOOTPRINT)
    partner, pid, token = await running(dataspace, maker)
    consents = maker.participant.consents
    consents._steps.release = lambda rows: None
    consents._steps._courier.release = lambda rows: None
    await consents.withdraw("urn:uuid:1", "and then the power went")
    assert await state(partner, maker, "transfers", pid) == "STARTED"
    await maker.stop()
    await maker.start()
    await dataspace.settle()
    assert await state(partner, maker, "transfers", pid) == "SUSPENDED"
    assert (await pulled(partner, maker, token))[0] == 401


async def test_the_other_side_hears_of_a_withdrawal(dataspace) -> None:
    maker, buyer = await two(dataspace)
    await offered(maker, CARBON_FOOTPRINT)
    consent = await granted(dataspace, maker, buyer, CARBON_FOOTPRINT)
    await buyer.fetch("maker", CELL)
    await maker.participant.consents.withdraw(consent, "we were sold")
    await dataspace.settle()
    assert await states(consent, maker, buyer) == ["withdrawn", "withdrawn"]
    assert (await buyer.participant.consents.find(consent)).reason == "we were sold"
    with pytest.raises(PeerError, match="consent-withdrawn"):
        await buyer.fetch("maker", CELL)
    assert [await member.store.deliveries() for member in dataspace] == [[], []]


# --- for the policy engine ------------------------------------------------------------------------


async def test_the_policy_engine_is_told_which_classes_are_covered_and_until_when(dataspace) -> None:
    maker, buyer = await two(dataspace)
    await offered(maker, CARBON_FOOTPRINT, BENCHMARKING)
    consents, both = maker.participant.consents, {CARBON_FOOTPRINT, BENCHMARKING}
    assert await consents.facts(CELL, buyer.did, both) == {}
    until = dataspace.clock.now() + timedelta(days=3)
    primary = await granted(dataspace, maker, buyer, CARBON_FOOTPRINT, until=until)
    (fact,) = (await consents.facts(CELL, buyer.did, both)).values()
    assert (fact.values, fact.source, fact.expires_at) == ({"primary"}, primary, until)
    secondary = await granted(dataspace, maker, buyer, BENCHMARKING)
    (fact,) = (await consents.facts(CELL, buyer.did, both)).values()
    assert (fact.values, set(fact.source.split()), fact.expires_at) == (
        {"primary", "secondary"},
        {primary, secondary},
        until,
    )


async def test_a_policy_may_ask_for_consent_where_the_dataset_does_not(dataspace) -> None:
    maker, buyer = await two(dataspace)
    permission = Rule(
        "use",
        (Atomic("purpose", Operator.EQ, CARBON_FOOTPRINT), Atomic(CONSENT, Operator.EQ, "primary")),
    )
    await maker.publish(CELL, policy=Policy(id="urn:example:terms", kind=PolicyKind.SET, permission=(permission,)))
    agreement = await buyer.negotiate("maker", CELL)
    with pytest.raises(PeerError, match="consent-missing"):
        await buyer.fetch("maker", CELL)
    consent = await granted(dataspace, maker, buyer, CARBON_FOOTPRINT)
    fetched = await buyer.fetch("maker", CELL)
    again = await buyer.fetch("maker", CELL)
    assert (fetched.agreement == again.agreement, agreement.dataset) == (True, CELL)
    assert (await buyer.participant.transfers.kept(fetched.transfer)).consents == (consent,)
    await maker.participant.consents.withdraw(consent, "no more")
    await dataspace.settle()
    with pytest.raises(PeerError, match="consent-withdrawn"):
        await buyer.fetch("maker", CELL)
