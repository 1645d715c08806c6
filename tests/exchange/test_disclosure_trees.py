"""Five tiers of real participants: the collector's screen of METI's slide, made by consents and nothing else."""

from __future__ import annotations

import asyncio
import inspect
from datetime import timedelta

import pytest
from chains import DUE, FOOTPRINT, part

from renkei.battery.disclosure.supply_tree import Sight
from renkei.exchange.answer.box_messages import SignedDisclosure
from renkei.kernel import jcs
from renkei.kernel.problems import PeerError
from renkei.kernel.values import replace
from renkei.trust.artefacts import Artefact

# who buys what of whom, from the bottom up: C and D deliver to A, G to B, E and X to C, A and B to the collector
CHAIN = {
    "e": (),
    "x": (),
    "d": (),
    "g": (),
    "c": (("E-PART", "e", "1"), ("X-PART", "x", "1")),
    "a": (("C-PART", "c", "1"), ("D-PART", "d", "1")),
    "b": (("G-PART", "g", "1"),),
    "collector": (("A-PART", "a", "1"), ("B-PART", "b", "1")),
}
CUSTOMER = {component[0].lower(): buyer for buyer, bought in CHAIN.items() for component, _, _ in bought}
OWN = {"e": "15", "x": "2", "d": "3", "g": "4", "c": "5", "a": "40", "b": "10", "collector": "1"}


async def chain(dataspace):
    members = {name: await dataspace.join(name) for name in CHAIN}
    for name, member in members.items():
        await member.participant.parts.register(part(f"{name.upper()}-PART", OWN[name], *CHAIN[name]))
    return members


async def tell_all(dataspace, members, names="exdgcab") -> None:
    for name in names:
        trees = members[name].participant.supply_trees
        await trees.tell(f"{name.upper()}-PART", members[CUSTOMER[name]].did)
        await dataspace.settle()


def until(dataspace, days: int = 30):
    return dataspace.clock.now() + timedelta(days=days)


async def screen(members) -> dict[str, tuple[str, int]]:
    cells = await members["collector"].participant.supply_trees.screen("COLLECTOR-PART")
    names = {member.did: name for name, member in members.items()}
    shown = {}
    for cell in cells:
        shown[names.get(cell.company, f"{cell.company} {len(shown)}")] = (cell.shown, cell.tier)
    assert len(shown) == len(cells)
    return shown


async def name(dataspace, members, *names: str) -> None:
    for each in names:
        await members[each].participant.supply_trees.name(
            f"{each.upper()}-PART", members[CUSTOMER[each]].did, members["collector"].did, until(dataspace)
        )
    await dataspace.settle()


async def test_the_collectors_screen_follows_consents_tier_by_tier(dataspace) -> None:
    members = await chain(dataspace)
    for supplier in ("a", "b"):  # own figures only, so that the screen shows the slide's: nobody below is asked
        alone = part(f"{supplier.upper()}-PART", OWN[supplier])
        await members[supplier].participant.parts.register(alone)
        await members["collector"].request(supplier, f"{supplier.upper()}-PART", [FOOTPRINT], DUE)
    await dataspace.settle()
    for supplier in ("a", "b"):
        await members[supplier].participant.parts.register(
            part(f"{supplier.upper()}-PART", OWN[supplier], *CHAIN[supplier], automatic=False)
        )
    assert await screen(members) == {"a": ("40", 1), "b": ("10", 1)}

    await tell_all(dataspace, members)
    assert list((await screen(members)).values()).count(("**", 3)) == 2
    assert len(await screen(members)) == 7

    await name(dataspace, members, "c", "d", "g", "e")
    await members["collector"].request("e", "E-PART", [FOOTPRINT], DUE)
    await dataspace.settle()
    found = await screen(members)
    hidden = next(key for key in found if key.startswith("**"))
    assert found == {
        "a": ("40", 1),
        "b": ("10", 1),
        "c": ("**", 2),
        "d": ("**", 2),
        "g": ("**", 2),
        "e": ("15", 3),
        hidden: ("**", 3),
    }

    # the tiers between have seen neither E's name nor its value
    for between in ("a", "collector"):
        told = [row.body for row in await members[between].store.find("document", state="SupplyTree", limit=100)]
        assert told
        assert not any(members["e"].did.encode() in body or b"E-PART" in body for body in told)
    assert await members["a"].store.find("document", peer=members["e"].did, limit=10) == []

    # E takes its consent back: its name stays, its value goes
    (consent,) = await members["e"].participant.consents.listed(incoming=True)
    await members["e"].participant.consents.withdraw(consent.consent, "enough")
    await dataspace.settle()
    assert (await screen(members))["e"] == ("**", 3)
    dataspace.clock.advance(timedelta(days=31))
    cells = await members["collector"].participant.supply_trees.screen("COLLECTOR-PART")
    assert {cell.sight for cell in cells if cell.tier > 1} == {Sight.NOTHING}


async def test_a_tree_that_grows_below_is_told_again_above_and_then_comes_to_rest(dataspace) -> None:
    members = await chain(dataspace)
    await tell_all(dataspace, members, "cab")  # before anybody below has told anything
    assert len(await screen(members)) == 7
    await tell_all(dataspace, members, "dgex")
    found = await members["collector"].participant.supply_trees.screen("COLLECTOR-PART")
    assert len(found) == 7
    await name(dataspace, members, "e")
    assert (await screen(members))["e"] == ("**", 3)
    log = await members["a"].participant.disclosures.listed(partner=members["collector"].did)
    assert len(log) >= 2
    assert {look.disclosure.way.value for look in log} == {"tree"}


async def test_nobody_can_say_to_stand_where_another_does(dataspace) -> None:
    members = await chain(dataspace)
    await tell_all(dataspace, members)
    thief, collector = members["x"].participant, members["collector"].participant
    naming = await members["e"].participant.supply_trees.name(
        "E-PART", members["c"].did, members["collector"].did, until(dataspace)
    )
    await dataspace.settle()
    (row,) = await members["collector"].store.find("document", state="NodeNaming", limit=10)
    from renkei.exchange.records.requests import DocumentRecord

    stolen = DocumentRecord.of(row).document
    assert naming.record == stolen["id"]
    cases = {
        "another's signed naming": stolen,
        "another's node": {**stolen, "company": members["x"].did},
        "unsigned": {name: value for name, value in stolen.items() if not name.startswith("https:")},
    }
    for document in cases.values():
        with pytest.raises(Exception) as caught:
            await collector.supply_trees.checked(
                members["x"].did, SignedDisclosure(id=thief.ports.ids.new(), document=document)
            )
        code = getattr(caught.value, "code", "")
        assert code in {
            "trust-wrong-signer",
            "disclosure-tree-broken",
            "negotiation-unsigned",
            "trust-jws-signature",
        } or (code.startswith("trust-"))
    with pytest.raises(PeerError) as refused:  # E's own, but made out to the collector and not to A
        await members["a"].participant.supply_trees.checked(
            members["e"].did, SignedDisclosure(id=thief.ports.ids.new(), document=stolen)
        )
    assert refused.value.code == "disclosure-not-taken"
    assert jcs.sha256(stolen)


async def test_companies_that_supply_each_other_tell_trees_to_an_end(dataspace) -> None:
    left, right = await dataspace.join("left"), await dataspace.join("right")
    await left.participant.parts.register(part("L", "1", ("R", "right", "0.1")))
    await right.participant.parts.register(part("R", "1", ("L", "left", "0.1")))
    await left.participant.supply_trees.tell("L", right.did)
    await right.participant.supply_trees.tell("R", left.did)
    await dataspace.settle()
    for member in (left, right):
        assert len(await member.participant.disclosures.listed()) <= 3
    cells = await left.participant.supply_trees.screen("L")
    assert 1 <= len(cells) <= 3


class Halting:
    """A store as a database is one: whoever reads or writes lets others go on meanwhile."""

    def __init__(self, store) -> None:
        self._store = store

    def __getattr__(self, name: str):
        found = getattr(self._store, name)
        if not inspect.iscoroutinefunction(found):
            return found

        async def halting(*arguments, **named):
            await asyncio.sleep(0)
            answer = await found(*arguments, **named)
            await asyncio.sleep(0)
            return answer

        return halting


async def test_trees_that_are_told_at_once_lose_nobody(dataspace) -> None:
    members = await chain(dataspace)
    for member in members.values():
        ports = member.participant.supply_trees._ports
        halting = Halting(ports.store)
        member.participant.supply_trees._ports = replace(ports, store=halting)
        member.participant.supply_trees._steps._store = halting
    await asyncio.gather(
        *(
            members[name].participant.supply_trees.tell(f"{name.upper()}-PART", members[CUSTOMER[name]].did)
            for name in CUSTOMER
        )
    )
    await dataspace.settle()
    await name(dataspace, members, "c", "d", "g", "e", "x")
    assert set(await screen(members)) == {"a", "b", "c", "d", "g", "e", "x"}


async def test_of_a_supplier_that_tells_its_tree_again_and_again_the_last_is_kept(dataspace) -> None:
    members = await chain(dataspace)
    supplier, maker = members["e"].participant, members["c"].participant
    taken = []
    for version in (1, 5, 3, 4):
        tree = await supplier.supply_trees._tree(
            await supplier.parts.known("E-PART"), maker.ports.identity.participant, {}, version
        )
        signed = await supplier.supply_trees._signatures.sign(tree.to_json(), Artefact.RECORD)
        record = await maker.supply_trees.checked(
            members["e"].did, SignedDisclosure(id=supplier.ports.ids.new(), document=signed)
        )
        changes = await maker.supply_trees.take(record)
        taken.append(len(changes.records))
        await members["c"].store.commit(changes)
    assert taken == [1, 1, 0, 0]
    (row,) = await members["c"].store.find("document", state="SupplyTree", limit=10)
    assert b'"version":5' in row.body
