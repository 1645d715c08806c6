"""Declarations that are kept: frozen, superseded by what is declared next, and the record behind them marked."""

from __future__ import annotations

import pytest
from chains import part

from renkei.exchange.records.requests import BY_HAND, DocumentRecord
from renkei.exchange.request.by_hand import ToldPart
from renkei.kernel.problems import RenkeiError
from renkei.trust.artefacts import Artefact, unsigned
from renkei.trust.verification import evidence, verify_bundle

MINE = BY_HAND + "lithium-mine"
FACTS = {
    "@type": "DeclarationFacts",
    "part": "PACK",
    "model": "RK-50",
    "batteryCategory": "ev",
    "manufacturer": {"name": "Pack Co.", "address": "1-1 Naraha"},
    "plant": {"id": "plant-1", "address": "Naraha, Japan"},
    "serviceLife": {"category": "M1", "years": "8"},
    "capacity": {"value": "50", "unit": "kilowatt-hour-capacity"},
    "conformityDeclaration": "DoC-1",
    "study": "https://pack.example/study",
}


@pytest.fixture
async def maker(dataspace):
    member = await dataspace.join("maker")
    await member.participant.parts.register(part("PACK", "2400"))
    return member


def figure(record, name: str) -> str:
    return next(item["value"] for item in record.document["items"] if item["id"] == name)


async def records(member) -> dict[str, DocumentRecord]:
    rows = await member.store.find("document", peer=member.did)
    return {row.id: DocumentRecord.of(row) for row in rows}


async def test_a_declaration_is_signed_and_marks_the_record_that_it_is_made_from(maker) -> None:
    made = await maker.participant.declarations.declare(FACTS)
    assert (made.draft, made.number, figure(made, "footprint")) == (False, 1, "0.1")
    kept = (await records(maker))[made.record]
    assert kept.declared == (made.id,)
    assert made.document["record"] == {"id": kept.document["id"], "hash": kept.id, "version": 1}
    file = evidence(Artefact.DECLARATION, made.document, made.did_documents, made.created.replace(microsecond=0))
    assert verify_bundle(file).ok
    tampered = {**file, "document": {**made.document, "model": "RK-60"}}
    assert not verify_bundle(tampered).ok


async def test_the_same_again_is_the_same_declaration(maker) -> None:
    declarations = maker.participant.declarations
    first = await declarations.declare(FACTS)
    again = await declarations.declare(FACTS)
    assert (again.id, len(await declarations.listed("PACK"))) == (first.id, 1)


async def test_a_restated_record_makes_a_successor_and_leaves_what_was_declared(maker) -> None:
    declarations = maker.participant.declarations
    first = await declarations.declare(FACTS)
    await maker.participant.parts.register(part("PACK", "1200"))
    second = await declarations.declare(FACTS)
    assert (second.number, second.document["supersedes"], figure(second, "footprint")) == (2, first.id, "0.05")
    after = await declarations.known(first.id)
    assert (after.document, after.successor) == (first.document, second.id)
    kept = await records(maker)
    assert (kept[first.record].declared, kept[second.record].declared) == ((first.id,), (second.id,))
    assert kept[second.record].document["supersedes"] == kept[first.record].document["id"]
    assert unsigned(kept[first.record].document)["total"] == "2400"


@pytest.mark.parametrize("draft", [False, True])
async def test_how_what_is_declared_was_calculated_is_kept(maker, draft) -> None:
    made = await maker.participant.declarations.declare(FACTS, draft=draft)
    found = await maker.participant.calculations.recalculated(made.document["record"]["id"])
    assert (found.reproduced, str(found.calculation.total)) == (True, "2400")
    await maker.participant.declarations.declare(FACTS)  # of the record that is stored now
    assert len(await records(maker)) == 1


async def test_a_declaration_says_what_of_it_suppliers_told_and_did_not_sign(maker) -> None:
    await maker.participant.parts.register(part("PACK", "1600", ("ORE", MINE, "2")))
    said = part("ORE", "400")
    await maker.participant.by_hand.taken(
        MINE, ToldPart(id="ORE", inventory=said.inventory, bom=None, file="sha-256:" + "0" * 64)
    )
    made = await maker.participant.declarations.declare(FACTS)
    (footprint,) = [item for item in made.document["items"] if item["id"] == "footprint"]
    assert footprint["value"] == "0.1"  # 1600 + 2 x 400 = 2400, of which a third is told
    assert footprint["evidence"][1] == {"kind": "unsigned-records", "name": maker.did, "percent": "33.33"}


async def test_another_plant_or_form_has_declarations_of_its_own(maker) -> None:
    declarations = maker.participant.declarations
    first = await declarations.declare(FACTS)
    elsewhere = await declarations.declare({**FACTS, "plant": {"id": "plant-2", "address": "Nagoya, Japan"}})
    assert (elsewhere.number, elsewhere.document.get("supersedes")) == (1, None)
    draft = await declarations.declare(FACTS, "meti-footprint-report", draft=True)
    assert draft.document["missing"] == ["contact", "plant"]
    assert (await declarations.known(first.id)).successor == ""
    assert [one.draft for one in await declarations.listed("PACK", drafts=False)] == [False, False]


async def test_what_lacks_something_is_refused_and_nothing_is_stored(maker) -> None:
    lacking = {name: value for name, value in FACTS.items() if name != "study"}
    with pytest.raises(RenkeiError) as caught:
        await maker.participant.declarations.declare(lacking)
    assert (caught.value.code, caught.value.values["missing"]) == ("declaration-incomplete", "study")
    assert await records(maker) == {}
    draft = await maker.participant.declarations.declare(lacking, draft=True)
    page = await maker.participant.declarations.page(draft.id, "ja")
    assert "下書き" in page
    assert [one.declared for one in (await records(maker)).values()] == [()]


@pytest.mark.parametrize(
    ("facts", "form", "code"),
    [
        ({}, "tax-return", "declaration-form-unknown"),
        ({"part": "WHEEL"}, "eu-2023-1542-article-7", "part-unknown"),
        ({"serviceLife": {"category": "Z", "years": "8"}}, "eu-2023-1542-article-7", "battery-rule-unknown"),
    ],
)
async def test_what_there_is_not_is_refused(maker, facts, form, code) -> None:
    with pytest.raises(RenkeiError) as caught:
        await maker.participant.declarations.declare({**FACTS, **facts}, form)
    assert caught.value.code == code
    with pytest.raises(RenkeiError) as caught:
        await maker.participant.declarations.known("urn:uuid:none")
    assert caught.value.code == "declaration-unknown"
