"""Registering a part: every document must be about that part, and say only what can be calculated."""

from __future__ import annotations

import pytest
from chains import part

from renkei.kernel.problems import ConfigurationError

HEADER = "parent,component,supplier,amount,unit,yield,stages\n"
GOOD = "CELL,ORE,did:web:miner.example,2,piece,1,component\n"
CELL = part("CELL", "12")
SLIPS = {
    "an unknown stage map": (
        {"bom": HEADER + GOOD + "CELL,SALT,did:web:miner.example,2,piece,1,komponent\n"},
        "battery-input-field-malformed",
        ["bill of materials, line 3/stages", "komponent", "component", "assembly", "resale"],
    ),
    "a line of another part": (
        {"bom": HEADER + GOOD + "\nPACK,CELL,,96,piece,,assembly\n"},
        "battery-input-other-part",
        ["bill of materials, line 4/parent", "PACK", "CELL"],
    ),
    "itself from ourselves": (
        {"bom": HEADER + GOOD + "CELL,CELL,maker,1,piece,1,component\n"},
        "part-in-itself",
        ["bill of materials, line 3", "CELL"],
    ),
    "itself from nobody": ({"bom": HEADER + "CELL,CELL,,1,piece,1,component\n"}, "part-in-itself", ["line 2", "CELL"]),
    "an empty BOM": ({"bom": ""}, "battery-bom-csv-broken", ["Line 1", "header"]),
    "a blank BOM": ({"bom": " \n,,,\n"}, "battery-bom-csv-broken", ["Line 1", "header"]),
    "an inventory of another part": (
        {"inventory": {**CELL.inventory, "part": "PACK"}},
        "battery-input-other-part",
        ["inventory, /part", "PACK", "CELL"],
    ),
    "a slip in the inventory": (
        {"inventory": {**CELL.inventory, "own": [{"name": "x", "stage": "nowhere", "kgCO2e": "1"}]}},
        "battery-input-field-malformed",
        ["inventory, /own/0/stage", "nowhere"],
    ),
    "a due-diligence statement of another part": (
        {"due_diligence": {**CELL.due_diligence, "part": "PACK"}},
        "battery-input-other-part",
        ["due-diligence statement, /part", "PACK", "CELL"],
    ),
}


@pytest.mark.parametrize(("changes", "code", "said"), SLIPS.values(), ids=SLIPS)
async def test_a_part_is_not_registered_with_what_is_wrong_or_of_another_part(dataspace, changes, code, said) -> None:
    maker = await dataspace.join("maker")
    with pytest.raises(ConfigurationError) as caught:
        await maker.participant.parts.register(part("CELL", "12", **changes))
    assert caught.value.code == code
    assert [text for text in said if text not in caught.value.message()] == []
    assert await maker.participant.parts.listed() == []


@pytest.mark.parametrize("bom", [None, HEADER], ids=["no BOM", "only the header line"])
async def test_a_part_for_which_nothing_is_bought_has_no_gaps(dataspace, bom) -> None:
    maker = await dataspace.join("maker")
    kept = await maker.participant.parts.register(part("CELL", "12", bom=bom))
    assert kept.bom == bom
    calculation = await maker.participant.parts.footprint(kept)
    assert (calculation.total, calculation.gaps) == (12, ())


async def test_documents_may_name_the_part_they_are_of(dataspace) -> None:
    maker = await dataspace.join("maker")
    named = {"inventory": {**CELL.inventory, "part": "CELL"}, "bom": HEADER + GOOD}
    kept = await maker.participant.parts.register(part("CELL", "12", **named))
    assert (kept.inventory["part"], kept.inventory["company"]) == ("CELL", maker.did)
