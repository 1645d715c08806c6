"""The register of parts: found by name, plant and kind, page by page, each once; and what may not be registered."""

from __future__ import annotations

import pytest
from chains import part
from hypothesis import given, settings
from hypothesis import strategies as st

from renkei.exchange.parts.places import Places, Sought
from renkei.exchange.records.parts import PartPlace, PartRecord
from renkei.kernel.problems import ConfigurationError
from renkei.store.port import Changes, Increment
from renkei.testing import InMemoryDataspace

HEADER = "parent,component,supplier,amount,unit,yield,stages\n"


def named(number: str, name: str, plant: str = "", *, parent: bool = False, **how) -> PartRecord:
    bom = f"{HEADER}{number},screw,,1,piece,1,component\n" if parent else None
    return PartRecord(id=number, name=name, plant=plant, bom=bom, **how)


async def found(member, limit: int = 100, **sought) -> list[str]:
    """The ids of all pages."""
    ids, after = [], ""
    while True:
        page = await member.participant.parts.places.search(Sought(**sought), after=after, limit=limit)
        ids += [one.id for one in page.parts]
        if page.next is None:
            return ids
        assert len(page.parts) == limit
        after = page.next


async def test_parts_are_found_by_every_condition_in_the_order_of_their_names(dataspace) -> None:
    maker = await dataspace.join("maker")
    parts = [
        named("P3", "Cell", "Osaka", parent=True),
        named("P1", "cell can", "Osaka"),
        named("P4", "Anode", "Nagoya", parent=True),
        named("P2", "Cathode", "Osaka", parent=True),
        PartRecord(id="bolt"),
    ]
    for each in parts:
        await maker.participant.parts.register(each)
    assert await found(maker) == ["P4", "bolt", "P2", "P3", "P1"]
    assert await found(maker, name="ＣＥＬＬ") == ["P3", "P1"]
    assert await found(maker, plant="Osaka") == ["P2", "P3", "P1"]
    assert await found(maker, plant="Osaka", parent=True) == ["P2", "P3"]
    assert await found(maker, plant="Osaka", parent=True, name="ce") == ["P3"]
    assert await found(maker, parent=False) == ["bolt", "P1"]
    assert await found(maker, plant="") == ["bolt"]
    assert await found(maker, name="cells") == []


async def test_a_part_that_moves_is_found_where_it_is_now(dataspace) -> None:
    maker = await dataspace.join("maker")
    register = maker.participant.parts.register
    for name, plant in [("Cell", "Osaka"), ("Can", "Nagoya"), ("Cell", "Osaka")]:
        await register(named("P1", name, plant))
        assert await found(maker) == ["P1"]
        assert await found(maker, plant=plant, name=name) == ["P1"]
    assert await found(maker, plant="Nagoya") == []
    assert await found(maker, name="Can") == []


async def test_pages_stay_whole_while_parts_come_and_move(dataspace) -> None:
    maker = await dataspace.join("maker")
    for index in range(7):
        await maker.participant.parts.register(named(f"P{index}", f"name {index}"))
    search = maker.participant.parts.places.search
    first = await search(Sought(), limit=3)
    await maker.participant.parts.register(named("P0", "zulu"))
    await maker.participant.parts.register(named("new", "aaa"))
    second = await search(Sought(), after=first.next or "", limit=3)
    third = await search(Sought(), after=second.next or "", limit=3)
    ids = [one.id for page in (first, second, third) for one in page.parts]
    assert ids == ["P0", "P1", "P2", "P3", "P4", "P5", "P6", "P0"]
    assert third.next is None


async def test_ten_thousand_parts_are_searched_without_reading_them_all(dataspace) -> None:
    maker = await dataspace.join("maker")
    rows = []
    for index in range(10_001):
        one = named(f"P{index:05}", f"name {index:05}", f"plant {index % 50}", parent=index % 7 == 0)
        rows += [one.row(), *await Places(maker.participant.ports, None).moved(one, None)]
    await maker.store.commit(Changes(records=tuple(rows)))
    read: list[int] = []

    class Counting:
        """The store, counting the rows that it hands out."""

        def __getattr__(self, name):
            method = getattr(maker.store, name)

            async def counted(*given, **named):
                answer = await method(*given, **named)
                read.append(len(answer) if isinstance(answer, list) else 1)
                return answer

            return counted

    ports = type("P", (), {"store": Counting()})
    page = await Places(ports, None).search(Sought(plant="plant 7", parent=True), limit=10)
    assert [one.plant for one in page.parts] == ["plant 7"] * 10
    assert all(one.parent for one in page.parts)
    assert sum(read) <= 30
    assert len(await found(maker, limit=500)) == 10_001


async def test_two_parts_of_a_plant_have_not_the_same_name(dataspace) -> None:
    maker = await dataspace.join("maker")
    register = maker.participant.parts.register
    await register(named("P1", "Cell", "Osaka"))
    with pytest.raises(ConfigurationError, match="part-not-unique"):
        await register(named("P2", "cell", "Osaka"))
    await register(named("P2", "Cell", "Osaka", support="from line 2"))
    await register(named("P3", "Cell", "Nagoya"))
    await register(named("P1", "Cell", "Osaka", unit="piece"))
    await register(named("P1", "Old cell", "Osaka"))
    await register(named("P4", "Cell", "Osaka"))
    assert sorted(await found(maker)) == ["P1", "P2", "P3", "P4"]


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"name": "x" * 257}, "part-name-unfit"),
        ({"name": "a\x1fb"}, "part-name-unfit"),
        ({"plant": "a\nb"}, "part-name-unfit"),
        ({"support": "\ud800"}, "part-name-unfit"),
    ],
)
async def test_what_a_part_is_called_fits_in_a_line(dataspace, how, code) -> None:
    maker = await dataspace.join("maker")
    with pytest.raises(ConfigurationError, match=code):
        await maker.participant.parts.register(PartRecord(id="P1", **how))
    assert await found(maker) == []


async def test_a_terminated_part_has_nothing_bought_in_it(dataspace) -> None:
    maker = await dataspace.join("maker")
    register = maker.participant.parts.register
    bought = part("CELL", "1", ("foil", "did:web:foil.example", "1"))
    with pytest.raises(ConfigurationError, match="part-terminated") as caught:
        await register(PartRecord(id="CELL", bom=bought.bom, terminated=True))
    assert caught.value.values["component"] == "foil"
    made = bought.bom.replace("did:web:foil.example", "")
    assert (await register(PartRecord(id="CELL", bom=made, terminated=True))).terminated


def stated(unit: str) -> dict[str, object]:
    return {**part("CELL", "1").due_diligence, "declaredUnit": unit, "part": "CELL"}


@pytest.mark.parametrize(
    ("how", "per", "wanted"),
    [
        ({"unit": "piece"}, "kilogram", "piece"),
        ({"inventory": part("CELL", "1").inventory}, "kilogram", "piece"),
        ({"inventory": part("CELL", "1").inventory, "unit": "kilogram"}, "kilogram", "piece"),
        ({"unit": "kilowatt-hour"}, "kilowatt-hour-capacity", "kilowatt-hour"),
    ],
)
async def test_due_diligence_is_told_of_a_part_in_a_unit_of_its_kind(dataspace, how, per, wanted) -> None:
    maker = await dataspace.join("maker")
    with pytest.raises(ConfigurationError, match="part-other-unit") as caught:
        await maker.participant.parts.register(PartRecord(id="CELL", due_diligence=stated(per), **how))
    assert (caught.value.values["given"], caught.value.values["wanted"]) == (per, wanted)
    assert await found(maker) == []


@pytest.mark.parametrize(
    ("how", "per"),
    [
        ({"unit": "tonne"}, "kilogram"),
        ({"unit": "個"}, "kilogram"),
        ({}, "kilogram"),
        ({"unit": "kilogram", "inventory": part("CELL", "1").inventory}, "piece"),
    ],
)
async def test_due_diligence_in_a_unit_of_the_kind_of_the_parts_figures_is_registered(dataspace, how, per) -> None:
    maker = await dataspace.join("maker")
    await maker.participant.parts.register(PartRecord(id="CELL", due_diligence=stated(per), **how))
    assert await found(maker) == ["CELL"]


async def test_parts_of_an_older_release_get_their_place_at_the_next_start(dataspace) -> None:
    maker = await dataspace.join("maker")
    places = Places(maker.participant.ports, maker.participant.parts._steps)
    old = PartRecord(id="CELL", bom=HEADER)
    await maker.store.commit(Changes(records=(old.row(),), increments=(Increment(name="part-places", by=-1),)))
    assert await found(maker) == []
    await places.catch_up()
    await places.catch_up()
    assert await found(maker) == ["CELL"]


TEXT = st.text(st.sampled_from("aAｂ β-/ 12"), max_size=3)
STEP = st.tuples(st.sampled_from("PQRS"), TEXT, TEXT, st.booleans())


@settings(max_examples=40, deadline=None)
@given(st.lists(STEP, max_size=12), TEXT, st.none() | TEXT, st.none() | st.booleans())
async def test_a_search_finds_what_a_look_at_every_part_finds(steps, name, plant, parent) -> None:
    import unicodedata

    def plain(text: str) -> str:
        return unicodedata.normalize("NFKC", text).casefold()

    async with InMemoryDataspace() as space:
        maker = await space.join("maker")
        parts: dict[str, PartRecord] = {}
        for number, called, where, is_parent in steps:
            wanted = named(number, called, where, parent=is_parent)
            taken = {(plain(one.called), one.plant) for one in parts.values() if one.id != number}
            if (plain(wanted.called), where) in taken:
                with pytest.raises(ConfigurationError, match="part-not-unique"):
                    await maker.participant.parts.register(wanted)
            else:
                parts[number] = await maker.participant.parts.register(wanted)
        expected = {
            one.id
            for one in parts.values()
            if plain(one.called).startswith(plain(name)) and plant in (None, one.plant) and parent in (None, one.parent)
        }
        ids = await found(maker, limit=2, name=name, plant=plant, parent=parent)
        assert sorted(ids) == sorted(expected)
        assert [plain(parts[number].called) for number in ids] == sorted(plain(parts[number].called) for number in ids)
        assert await maker.store.count(PartPlace.kind) >= len(parts)
