"""Several parts at once: all of them or none, whichever comes first."""

from __future__ import annotations

import pytest
from chains import part

from renkei.kernel.problems import ConfigurationError
from renkei.kernel.values import replace
from renkei.store.port import Changes


async def test_parts_that_name_each_other_are_registered_together(dataspace) -> None:
    maker = await dataspace.join("maker")
    pack = part("PACK", "5", bom="parent,component,amount,unit,stages\nPACK,MODULE,2,piece,component\n")
    await maker.participant.parts.register_all([pack, part("MODULE", "3")])
    assert (await maker.participant.parts.footprint(await maker.participant.parts.known("PACK"))).total == 11


async def test_one_bad_part_keeps_all_of_them_out(dataspace) -> None:
    maker = await dataspace.join("maker")
    bad = part("MODULE", "3", inventory={"@type": "FootprintInventory", "own": "nothing"})
    with pytest.raises(ConfigurationError, match="battery-input"):
        await maker.participant.parts.register_all([part("PACK", "5"), bad])
    assert await maker.participant.parts.kept("PACK") is None


async def test_a_circle_among_new_parts_is_found(dataspace) -> None:
    maker = await dataspace.join("maker")
    header = "parent,component,amount,unit,stages\n"
    first = part("A", "1", bom=header + "A,B,1,piece,component\n")
    second = part("B", "1", bom=header + "B,A,1,piece,component\n")
    with pytest.raises(ConfigurationError, match="part-in-itself"):
        await maker.participant.parts.register_all([first, second])
    assert await maker.participant.parts.listed() == []


async def test_two_new_parts_do_not_share_a_name_in_one_plant(dataspace) -> None:
    maker = await dataspace.join("maker")
    twins = [replace(part(each, "1"), name=name, plant="Osaka") for each, name in (("A", "Cell"), ("B", "cell"))]
    with pytest.raises(ConfigurationError, match="part-not-unique"):
        await maker.participant.parts.register_all(twins)


async def test_a_dry_run_finds_the_same_faults_and_keeps_nothing(dataspace) -> None:
    maker = await dataspace.join("maker")
    found = await maker.participant.parts.register_all([part("A", "1")], dry_run=True)
    assert [each.id for each in found] == ["A"]
    assert await maker.participant.parts.listed() == []
    with pytest.raises(ConfigurationError, match="battery-bom-csv-broken"):
        await maker.participant.parts.register_all([part("A", "1", bom="x")], dry_run=True)


async def test_a_store_that_fails_keeps_all_of_them_out(dataspace, monkeypatch) -> None:
    maker = await dataspace.join("maker")
    seen: list[Changes] = []
    commit = maker.store.commit

    async def counted(changes: Changes) -> None:
        seen.append(changes)
        await commit(changes)

    monkeypatch.setattr(maker.store, "commit", counted)
    await maker.participant.parts.register_all([part("A", "1"), part("B", "2"), part("C", "3")])
    assert [sum(row.kind == "part" for row in changes.records) for changes in seen] == [3]
