"""Verification statements between real participants: they travel with the total, expire, are withdrawn, and are checked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from chains import DILIGENCE, DUE, FOOTPRINT, part, received, state_of

from renkei.battery.verification.statement import Assurance, Conclusion, Subject, SubjectKind
from renkei.exchange.records.notices import NoticeKind
from renkei.exchange.records.partners import Statement
from renkei.exchange.records.processes import AgreementRecord
from renkei.exchange.records.requests import DocumentRecord
from renkei.exchange.verification import statements as room
from renkei.exchange.verification.checking import check_file, verification_file
from renkei.exchange.verification.statements import Opinion
from renkei.kernel.problems import RenkeiError
from renkei.trust.artefacts import Artefact, content_hash, sign
from renkei.trust.verification import evidence, verify_bundle


def opinion(space, **changed) -> Opinion:
    now = space.clock.now()
    made = {
        "scope": "plant Fukushima, 2025",
        "standard": "ISO 14064-3:2019",
        "assurance": Assurance.LIMITED,
        "conclusion": Conclusion.UNMODIFIED,
        "valid_from": now,
        "valid_until": now + timedelta(days=365),
    }
    return Opinion(**{**made, **changed})


async def record_of(member, partner) -> DocumentRecord:
    rows = await member.store.find("document", peer=partner.did, state="FootprintRecord")
    return max(map(DocumentRecord.of, rows), key=lambda one: one.document["version"])


async def answered(space, asker, supplier: str, name: str) -> str:
    asked = await asker.request(supplier, name, [FOOTPRINT], DUE)
    await space.rest()
    assert await state_of(asker, asked.request) == "answered"
    return asked.request


async def verdict(member, partner) -> str:
    return (await member.participant.statements.of(await record_of(member, partner))).verdict.value


async def recognising(member, verifier, until=None) -> None:
    await member.participant.register.state(verifier.did, {"roles": Statement(values=("verifier",), until=until)})


@pytest.fixture
async def chain(dataspace):
    """``maker`` makes CELL; ``verifier`` has fetched its record under an agreement, ``buyer`` makes PACK of it."""
    maker, buyer, verifier = [await dataspace.join(name) for name in ("maker", "buyer", "verifier")]
    await maker.participant.parts.register(part("CELL", "12"))
    await buyer.participant.parts.register(part("PACK", "3", ("CELL", maker.did, "1")))
    for member in (maker, buyer, verifier):
        await recognising(member, verifier)
    await answered(dataspace, verifier, "maker", "CELL")
    return maker, buyer, verifier


async def issued(space, verifier, maker, **changed):
    statements = verifier.participant.statements
    subject = await statements.subject_of((await record_of(verifier, maker)).id)
    made = await statements.issue(subject, opinion(space, **changed))
    await space.rest()
    return made


async def test_a_statement_goes_to_its_company_and_on_to_who_has_the_record(dataspace, chain) -> None:
    maker, buyer, verifier = chain
    await answered(dataspace, buyer, "maker", "CELL")
    assert [await verdict(member, maker) for member in (maker, buyer)] == ["unverified", "unverified"]
    made = await issued(dataspace, verifier, maker)
    assert [await verdict(member, maker) for member in (maker, buyer)] == ["verified", "verified"]
    told = await buyer.participant.notices.listed(incoming=True, about=NoticeKind.STATEMENT)
    assert [(one.partner, one.subject, one.state.value) for one in told] == [(maker.did, made.id, "done")]
    # The verifier has the record, too, and made the statement itself: nobody tells it of its own words.
    assert await verifier.participant.notices.listed(incoming=True) == []


async def test_a_statement_goes_with_an_answer_that_comes_after_it(dataspace, chain) -> None:
    maker, buyer, verifier = chain
    await issued(dataspace, verifier, maker)
    assert await verdict(maker, maker) == "verified"
    await answered(dataspace, buyer, "maker", "CELL")
    assert await verdict(buyer, maker) == "verified"
    assert await buyer.participant.notices.listed(incoming=True) == []


async def test_the_tree_says_of_each_component_whether_it_was_verified(dataspace, chain) -> None:
    maker, buyer, verifier = chain
    await answered(dataspace, buyer, "maker", "CELL")
    trees, pack = buyer.participant.trees, await buyer.participant.parts.known("PACK")
    before = await trees.footprint(pack)
    assert [one["verification"]["status"] for one in before["contributions"]] == ["unverified", "unverified"]
    assert (before["verification"]["status"], before["verifiedShare"]) == ("unverified", "0")
    await issued(dataspace, verifier, maker)
    after = await trees.footprint(pack)
    found = {one["name"]: one["verification"]["status"] for one in after["contributions"]}
    assert found == {"plant": "unverified", "CELL": "verified"}
    assert after["verifiedShare"] == "80"  # 12 of 15 kg
    (shown,) = next(one for one in after["contributions"] if one["name"] == "CELL")["verification"]["statements"]
    assert (shown["issuer"], shown["assurance"], shown["standing"]) == (verifier.did, "limited", "holds")


async def test_who_is_no_verifier_to_us_is_shown_as_such(dataspace, chain) -> None:
    maker, buyer, _ = chain
    stranger = await dataspace.join("stranger")
    await answered(dataspace, stranger, "maker", "CELL")
    await answered(dataspace, buyer, "maker", "CELL")
    await issued(dataspace, stranger, maker)

    async def shown() -> tuple[str, list[bool], object]:
        stands = await buyer.participant.statements.of(await record_of(buyer, maker))
        tree = await buyer.participant.trees.footprint(await buyer.participant.parts.known("PACK"))
        return stands.verdict.value, [one.recognised for one in stands.stated], tree["verifiedShare"]

    assert await shown() == ("unknown-verifier", [False], "0")
    await recognising(buyer, stranger, until=dataspace.clock.now() + timedelta(days=1))
    assert await shown() == ("verified", [True], "80")
    dataspace.clock.advance(timedelta(days=2).total_seconds())
    assert await shown() == ("unknown-verifier", [False], "0")


async def test_a_statement_on_a_restated_record_reaches_those_who_were_given_it(dataspace, chain) -> None:
    maker, buyer, verifier = chain
    await answered(dataspace, buyer, "maker", "CELL")
    await issued(dataspace, verifier, maker)
    await maker.participant.parts.register(part("CELL", "13"))
    for _ in range(3):
        dataspace.clock.advance(60)
        await dataspace.rest()
    assert [(await record_of(member, maker)).document["version"] for member in (buyer, verifier)] == [2, 2]
    assert await verdict(buyer, maker) == "unverified"
    await issued(dataspace, verifier, maker)
    assert await verdict(buyer, maker) == "verified"


async def test_a_new_version_is_unverified_until_somebody_states_otherwise(dataspace, chain) -> None:
    maker, buyer, verifier = chain
    await answered(dataspace, buyer, "maker", "CELL")
    await issued(dataspace, verifier, maker)
    await maker.participant.parts.register(part("CELL", "13"))
    await answered(dataspace, buyer, "maker", "CELL")
    assert (await record_of(buyer, maker)).document["version"] == 2
    assert await verdict(buyer, maker) == "unverified"


async def test_a_statement_expires_by_itself(dataspace, chain) -> None:
    maker, buyer, verifier = chain
    await answered(dataspace, buyer, "maker", "CELL")
    await issued(dataspace, verifier, maker, valid_until=dataspace.clock.now() + timedelta(days=2))
    assert await verdict(buyer, maker) == "verified"
    dataspace.clock.advance(timedelta(days=3).total_seconds())
    assert await verdict(buyer, maker) == "expired"


async def test_a_withdrawal_reaches_everybody_who_was_given_the_statement(dataspace, chain) -> None:
    maker, buyer, verifier = chain
    await answered(dataspace, buyer, "maker", "CELL")
    made = await issued(dataspace, verifier, maker)
    first = await verifier.participant.statements.withdraw(made.id, "a meter was read twice")
    assert (await verifier.participant.statements.withdraw(made.id, "again")).document == first.document
    await dataspace.rest()
    assert [await verdict(member, maker) for member in chain] == ["withdrawn"] * 3
    # It goes with no further answer.
    late = await dataspace.join("late")
    await answered(dataspace, late, "maker", "CELL")
    assert await verdict(late, maker) == "unverified"


async def test_a_withdrawal_reaches_who_got_the_statement_with_an_answer(dataspace, chain) -> None:
    maker, buyer, verifier = chain
    made = await issued(dataspace, verifier, maker)
    await answered(dataspace, buyer, "maker", "CELL")
    await verifier.participant.statements.withdraw(made.id, "a meter was read twice")
    await dataspace.rest()
    assert await verdict(buyer, maker) == "withdrawn"


async def test_who_is_away_hears_of_it_when_it_is_back(dataspace, chain) -> None:
    maker, buyer, verifier = chain
    await answered(dataspace, buyer, "maker", "CELL")
    await buyer.stop()
    made = await issued(dataspace, verifier, maker)
    await verifier.participant.statements.withdraw(made.id, "a meter was read twice")
    await dataspace.rest()
    await buyer.start()
    for _ in range(6):
        dataspace.clock.advance(3600)
        await dataspace.rest()
    assert await verdict(buyer, maker) == "withdrawn"


async def test_only_its_verifier_withdraws_a_statement(dataspace, chain) -> None:
    maker, buyer, verifier = chain
    await answered(dataspace, buyer, "maker", "CELL")
    made = await issued(dataspace, verifier, maker)
    with pytest.raises(RenkeiError) as caught:
        await maker.participant.statements.withdraw(made.id, "we do not like it")
    assert caught.value.code == "statement-not-ours"
    forged = {
        "@type": "StatementWithdrawal",
        "id": "urn:uuid:w",
        "issuer": maker.did,
        "statement": made.id,
        "at": "2026-11-22T09:30:00Z",
        "reason": "x",
    }
    signed = await sign(forged, Artefact.STATEMENT, maker.keys.assertion_signer)
    await buyer.participant.statements.take_withdrawal(signed)
    assert await verdict(buyer, maker) == "verified"


def changed(document: dict, **members) -> dict:
    return {**document, **members}


async def test_what_is_wrong_with_a_statement_is_said_and_nothing_is_kept(dataspace, chain) -> None:
    maker, buyer, verifier = chain
    await answered(dataspace, buyer, "maker", "CELL")
    made = await issued(dataspace, verifier, maker)
    plain = {name: value for name, value in made.document.items() if not name.startswith("https:")}
    by_maker = await sign(changed(plain, id="urn:uuid:x"), Artefact.STATEMENT, maker.keys.assertion_signer)
    as_record = await sign(changed(plain, id="urn:uuid:x"), Artefact.RECORD, verifier.keys.assertion_signer)
    cases = [
        (changed(made.document, scope="everything"), "", "trust-jws-signature"),
        (plain, "", "negotiation-unsigned"),
        (by_maker, "", "trust-wrong-signer"),
        (as_record, "", "trust-jws-type"),
        (changed(made.document, assurance="absolute"), "", "battery-record-field-malformed"),
        (made.document, "did:web:stranger.example", "statement-refused"),
    ]
    late = await dataspace.join("late")
    for document, bringer, code in cases:
        with pytest.raises(RenkeiError) as caught:
            await late.participant.statements.take(document, bringer)
        assert caught.value.code == code
    assert await late.store.find("statement") == []


async def test_a_notice_with_a_broken_statement_ends_with_its_reason(dataspace, chain) -> None:
    maker, buyer, _ = chain
    request = await answered(dataspace, buyer, "maker", "CELL")
    dataset = (await maker.participant.requests.find(request)).answers["footprint"]
    (row,) = await maker.store.find("agreement", ref=dataset)
    notices = maker.participant.notices
    for content in ({"statement": {"@type": "VerificationStatement"}}, {"withdrawal": {"@type": "?"}}):
        await notices.tell(NoticeKind.STATEMENT, AgreementRecord.of(row), "x", content)
        await dataspace.rest()
    told = await buyer.participant.notices.listed(incoming=True)
    assert {(one.state.value, one.reason.partition(":")[0]) for one in told} == {
        ("failed", "battery-record-field-malformed"),
        ("failed", "battery-record-field-missing"),
    }
    await notices.tell(NoticeKind.STATEMENT, AgreementRecord.of(row), "x", {"nothing": "here"})
    await dataspace.rest()
    (ours,) = [one for one in await notices.listed(incoming=False) if one.content == {"nothing": "here"}]
    assert (ours.state.value, "statement-refused" in ours.reason) == ("failed", True)


async def test_a_statement_on_a_company_is_shown_and_verifies_no_figure(dataspace, chain) -> None:
    maker, buyer, verifier = chain
    company = Subject(kind=SubjectKind.COMPANY, name=maker.did, company=maker.did)
    await verifier.participant.statements.issue(company, opinion(dataspace))
    await dataspace.rest()
    await answered(dataspace, buyer, "maker", "CELL")
    found = await buyer.participant.statements.of(await record_of(buyer, maker))
    assert (found.verdict.value, [one.statement.subject.kind for one in found.stated]) == (
        "unverified",
        [SubjectKind.COMPANY],
    )


async def test_nobody_states_anything_of_itself(dataspace, chain) -> None:
    maker, _, _ = chain
    company = Subject(kind=SubjectKind.COMPANY, name=maker.did, company=maker.did)
    with pytest.raises(RenkeiError) as caught:
        await maker.participant.statements.issue(company, opinion(dataspace))
    assert caught.value.code == "battery-input-inconsistent"


async def test_a_due_diligence_record_is_verified_as_a_footprint_is(dataspace, chain) -> None:
    maker, _, verifier = chain
    asked = await verifier.request("maker", "CELL", [DILIGENCE], DUE)
    await dataspace.rest()
    assert await state_of(verifier, asked.request) == "answered"
    (row,) = await verifier.store.find("document", peer=maker.did, state="DueDiligenceRecord")
    statements = verifier.participant.statements
    subject = await statements.subject_of(row.id)
    assert subject.kind is SubjectKind.DUE_DILIGENCE
    await statements.issue(subject, opinion(dataspace))
    await dataspace.rest()
    found = [await member.participant.statements.of(DocumentRecord.of(row)) for member in (verifier, maker)]
    assert [one.verdict.value for one in found] == ["verified", "verified"]
    assert await verdict(maker, maker) == "unverified"  # its footprint is another record


async def test_a_partner_cannot_bring_statements_without_end(dataspace, chain, monkeypatch) -> None:
    maker, buyer, verifier = chain
    monkeypatch.setattr(room, "MOST_ABOUT", 2)
    company = Subject(kind=SubjectKind.COMPANY, name=maker.did, company=maker.did)
    made = [await verifier.participant.statements.issue(company, opinion(dataspace)) for _ in range(3)]
    statements = buyer.participant.statements
    for one in made[:2]:
        await statements.take(one.document, maker.did)
    with pytest.raises(RenkeiError) as caught:
        await statements.take(made[2].document, maker.did)
    assert caught.value.code == "statement-refused"
    await statements.take(made[1].document, maker.did)
    await statements.take(made[2].document)  # our own operator may


# --- offline ---------------------------------------------------------------------------------------


async def file_of(space, chain, *, withdrawn: bool = False, **how) -> dict:
    maker, buyer, verifier = chain
    await answered(space, buyer, "maker", "CELL")
    made = await issued(space, verifier, maker, **how)
    statements = buyer.participant.statements
    withdrawals = []
    if withdrawn:
        await verifier.participant.statements.withdraw(made.id, "a meter was read twice")
        await space.rest()
        found = await statements.withdrawal_of(await statements.known(made.id))
        withdrawals.append(found.document)
    (document,) = await received(buyer, maker)
    snapshots = {member.did: member.keys.document() for member in chain}
    return verification_file(document, [made.document], withdrawals, snapshots, space.clock.now())


def failed(file: object, now) -> int | None:
    """The number of the step that fails."""
    steps = check_file(file, now).steps
    assert [step.number for step in steps] == list(range(1, len(steps) + 1))
    return next((step.number for step in steps if not step.ok), None)


async def test_a_file_of_statements_is_checked_offline(dataspace, chain) -> None:
    file, now = await file_of(dataspace, chain), dataspace.clock.now()
    assert failed(file, now) is None
    bare = verification_file(None, file["statements"], [], file["did_documents"], now)
    assert failed(bare, now) == 5
    evidenced = evidence(Artefact.STATEMENT, file["statements"][0], file["did_documents"], now)
    assert verify_bundle(evidenced).ok


async def test_each_thing_that_must_hold_of_a_file_is_looked_at(dataspace, chain) -> None:
    file, now = await file_of(dataspace, chain), dataspace.clock.now()
    record, statement = file["record"], file["statements"][0]
    nobody = {did: one for did, one in file["did_documents"].items() if did != chain[2].did}
    other = await sign(
        changed({k: v for k, v in record.items() if not k.startswith("https:")}, id="urn:uuid:other"),
        Artefact.RECORD,
        chain[0].keys.assertion_signer,
    )
    assert content_hash(other) != content_hash(record)
    cases = {
        "no object": ([], 1),
        "another type": (changed(file, type="renkei-evidence"), 1),
        "one member more": (changed(file, more=1), 1),
        "no statement": (changed(file, statements=[]), 1),
        "no documents": (changed(file, did_documents=[]), 1),
        "a changed record": (changed(file, record=changed(record, total="1")), 2),
        "a changed statement": (changed(file, statements=[changed(statement, scope="all")]), 4),
        "a broken statement": (changed(file, statements=[changed(statement, scope="")]), 3),
        "no key of the verifier": (changed(file, did_documents=nobody), 4),
        "another record": (changed(file, record=other), 5),
    }
    assert {name: failed(one, now) for name, (one, _) in cases.items()} == {
        name: step for name, (_, step) in cases.items()
    }
    assert failed(file, now + timedelta(days=366)) == 6
    assert failed(file, now - timedelta(days=1)) == 6


async def test_a_file_tells_of_a_withdrawal(dataspace, chain) -> None:
    assert failed(await file_of(dataspace, chain, withdrawn=True), dataspace.clock.now()) == 7


async def test_a_file_with_an_adverse_statement_confirms_nothing(dataspace, chain) -> None:
    assert failed(await file_of(dataspace, chain, conclusion=Conclusion.ADVERSE), dataspace.clock.now()) == 8
