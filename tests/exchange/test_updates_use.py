"""Values that are restated travel from company to company, each told by its own supplier alone, until all is current."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from chains import DUE, FOOTPRINT, part, received

from renkei.battery.versions import ChangeCause
from renkei.exchange.answer.box_messages import SignedNotice, box_of, write_box_message
from renkei.exchange.ports import UpdateRules
from renkei.exchange.records.notices import NoticeKind
from renkei.kernel.values import replace
from renkei.store.port import Changes
from renkei.testing import MemberConfig
from renkei.trust.artefacts import Artefact, verify
from renkei.trust.did import read_document

# The slide of METI's battery platform shows only 70 ⇒ 60, 100 ⇒ 90, 180 ⇒ 160 and 460 ⇒ 450. Two graphs that give these
# figures; both are our reconstruction.
CHAIN = {
    "a": ("A", "70", ()),
    "b": ("B", "30", (("A", "a", "1"),)),
    "c": ("C", "-20", (("B", "b", "2"),)),
    "d": ("D", "370", (("C", "c", "0.5"),)),
}
DIAMOND = {
    "a": ("A", "70", ()),
    "b": ("B", "30", (("A", "a", "1"),)),
    "c": ("C", "10", (("A", "a", "1"), ("B", "b", "1"))),
    "d": ("D", "360", (("B", "b", "1"),)),
}
UPDATING = {"restate", "offer-successor", "notice-box", "refresh", "box", "transfer", "negotiation"}
BEFORE = {"a": 70, "b": 100, "c": 180, "d": 460}
AFTER = {"a": 60, "b": 90, "c": 160, "d": 450}


async def build(space, graph, **config):
    """The companies of a graph, with the request of a customer ``oem`` for the last part answered."""
    members = {name: await space.join(name, MemberConfig(**config)) for name in [*graph, "oem"]}
    for name, (item, own, bought) in graph.items():
        await members[name].participant.parts.register(part(item, own, *bought))
    return members


async def asked(space, buyer, supplier, item) -> None:
    record = await buyer.request(supplier, item, [FOOTPRINT], DUE)
    await space.rest()
    assert (await buyer.participant.requests.find(record.request)).state.value == "answered"


async def total(member, item) -> Fraction:
    parts = member.participant.parts
    calculation = await parts.footprint(await parts.known(item))
    assert calculation.gaps == ()
    return calculation.total


async def totals(members, graph) -> dict[str, Fraction]:
    return {name: await total(members[name], item) for name, (item, _, _) in graph.items()}


async def restate(member, item, own, *bought, cause=None) -> None:
    await member.participant.parts.register(part(item, own, *bought), cause)


async def own_records(member, item) -> list[dict]:
    return await received(member, member)


async def notices(member, *, incoming: bool = True) -> list:
    return await member.participant.notices.listed(incoming=incoming, about=NoticeKind.RESTATED)


async def copies(member) -> list[tuple[str, str]]:
    return [(copy.state.value, copy.reason.partition(":")[0]) for copy in await member.participant.successors.listed()]


async def still(members) -> None:
    """No outbox holds anything but the ends of consents and the days of reminders."""
    for member in members.values():
        assert [row for row in await member.store.deliveries() if row.task in UPDATING] == [], member.name


@pytest.mark.parametrize("graph", [CHAIN, DIAMOND], ids=["chain", "diamond"])
async def test_the_slide_of_the_ministry_slides_by_itself(dataspace, graph) -> None:
    members = await build(dataspace, graph)
    for supplier, item in (("d", "D"), ("c", "C")):
        await asked(dataspace, members["oem"], supplier, item)
    assert await totals(members, graph) == BEFORE
    await restate(members["a"], "A", "60", cause=ChangeCause.ENERGY_MIX)
    await dataspace.rest()
    assert await totals(members, graph) == AFTER
    oem = members["oem"]
    assert [record["total"] for record in await received(oem, members["d"])] == ["460", "450"]
    came = [record["total"] for record in await received(oem, members["c"])]
    # Where a change comes by two ways, the shorter one may be told first; what it says then is true of that moment.
    assert (came[0], came[-1]) == ("180", "160")
    assert len(came) <= 3


async def test_each_company_hears_of_its_own_suppliers_alone(dataspace) -> None:
    members = await build(dataspace, CHAIN)
    await asked(dataspace, members["oem"], "d", "D")
    await restate(members["a"], "A", "60")
    await dataspace.rest()
    for name, supplier in (("b", "a"), ("c", "b"), ("d", "c"), ("oem", "d")):
        heard = await notices(members[name])
        assert {notice.partner for notice in heard} == {members[supplier].did}
        assert len(heard) == 1
        said = heard[0].document
        told = {key: said["content"][key] for key in ("version", "kind", "part")}
        assert told == {"version": 2, "kind": "footprint", "part": supplier.upper()}
        assert "60" not in str({**said["content"], "record": "", "supersedes": "", "hash": "", "dataset": ""})
        assert (await agreement(members[name], said["agreement"])).dataset == said["content"]["dataset"]
    assert await notices(members["a"]) == []


async def agreement(member, name):
    return await member.participant.agreements.kept(name)


async def test_a_new_version_follows_the_old_one_with_its_cause_and_the_old_one_stays(dataspace) -> None:
    members = await build(dataspace, CHAIN)
    await asked(dataspace, members["oem"], "d", "D")
    frozen = {name: await received(members[name], members[name]) for name in CHAIN}
    await restate(members["a"], "A", "60", cause=ChangeCause.ENERGY_MIX)
    await dataspace.rest()
    for name, cause in (("a", "energy-mix"), ("b", "supplier-update"), ("c", "supplier-update")):
        member = members[name]
        first, second = await received(member, member)
        assert [first] == frozen[name]
        assert (second["supersedes"], second["version"], second["cause"]) == (first["id"], 2, cause)
        for record in (first, second):
            signer = read_document(member.keys.document(), member.did)
            assert verify(record, Artefact.RECORD, signer, expected_signer=member.did)
    assert [record["version"] for record in await received(members["oem"], members["d"])] == [1, 2]


async def test_nothing_is_told_where_nothing_that_is_stated_has_changed(dataspace) -> None:
    members = await build(dataspace, CHAIN)
    await asked(dataspace, members["oem"], "d", "D")
    await restate(members["a"], "A", "70")  # the same once more
    renamed = part("A", "70")
    renamed.inventory["own"][0]["name"] = "another name of the line"
    await members["a"].participant.parts.register(renamed)
    await dataspace.rest()
    assert await notices(members["b"]) == []
    assert len(await received(members["a"], members["a"])) == 1
    assert await copies(members["a"]) == [("current", "")]


async def test_changes_within_the_window_are_told_at_once(dataspace) -> None:
    members = await build(dataspace, CHAIN, updates=UpdateRules(window=60))
    await asked(dataspace, members["oem"], "d", "D")
    for own in ("69", "68", "60"):
        await restate(members["a"], "A", own)
        await dataspace.advance(10)
    assert await notices(members["b"]) == []
    await dataspace.rest()
    assert len(await notices(members["b"])) == 1
    assert await totals(members, CHAIN) == AFTER


async def test_a_changed_component_of_our_own_restates_what_it_goes_into(dataspace) -> None:
    maker, oem = await dataspace.join("maker"), await dataspace.join("oem")
    parts = maker.participant.parts
    await parts.register(part("CELL", "5"))
    await parts.register(part("PACK", "1", ("CELL", "maker", "10")))
    await asked(dataspace, oem, "maker", "PACK")
    await restate(maker, "CELL", "4")
    await dataspace.rest()
    assert [record["total"] for record in await received(oem, maker)] == ["51", "41"]
    assert (await received(oem, maker))[-1]["cause"] == "own-figures"


async def test_a_supplier_that_is_changed_in_the_bill_of_materials_is_told_as_such(dataspace) -> None:
    members = await build(dataspace, CHAIN)
    await asked(dataspace, members["oem"], "d", "D")
    await restate(members["b"], "B", "30", ("A", "a", "0.5"))
    await dataspace.rest()
    assert (await received(members["c"], members["b"]))[-1]["cause"] == "bill-of-materials"
    assert await total(members["d"], "D") == Fraction(425)


async def test_another_rule_set_is_a_cause_of_its_own(dataspace) -> None:
    maker, oem = await dataspace.join("maker"), await dataspace.join("oem")
    await maker.participant.parts.register(part("CELL", "5.123456"))
    await asked(dataspace, oem, "maker", "CELL")
    await maker.participant.parts.register(part("CELL", "5.123456", rules="ouranos-1"))
    await dataspace.rest()
    newest = (await received(oem, maker))[-1]
    # Ouranos gives five decimals, and rounds up.
    assert (newest["version"], newest["total"], newest["cause"]) == (2, "5.12346", "method")


# --- partners that are away, repeats, disorder -----------------------------------------------------


@pytest.mark.parametrize("away", ["b", "c", "d", "oem"])
async def test_a_company_that_is_switched_off_catches_up(dataspace, away) -> None:
    members = await build(dataspace, CHAIN)
    await asked(dataspace, members["oem"], "d", "D")
    await members[away].stop()
    await restate(members["a"], "A", "65")
    await dataspace.advance(timedelta(hours=1))
    await restate(members["a"], "A", "60")
    await dataspace.advance(timedelta(hours=1))
    await members[away].start()
    await dataspace.rest(timedelta(days=1))
    assert await totals(members, CHAIN) == AFTER
    assert (await received(members["oem"], members["d"]))[-1]["total"] == "450"
    await still(members)


async def test_everybody_may_be_restarted_at_any_moment(dataspace) -> None:
    members = await build(dataspace, CHAIN)
    await asked(dataspace, members["oem"], "d", "D")
    await restate(members["a"], "A", "60")
    for _ in range(12):
        for member in members.values():
            await member.stop()
            await member.start()
        dataspace.clock.advance(1)
        for member in members.values():
            await member.participant.courier.look()
    await dataspace.rest()
    assert await totals(members, CHAIN) == AFTER
    await still(members)


async def test_a_notice_that_is_repeated_or_late_changes_nothing(dataspace) -> None:
    members = await build(dataspace, CHAIN)
    a, b = members["a"], members["b"]
    await asked(dataspace, members["oem"], "d", "D")
    for own in ("65", "60"):
        await restate(a, "A", own)
        await dataspace.rest()
    old, new = sorted(await notices(a, incoming=False), key=lambda notice: notice.content["version"])
    count = len(await received(b, a))
    directory = a.participant.ports.directory
    for told in (new, old, old, new):
        body = write_box_message(SignedNotice(id=told.notice, notice=told.document)) + b" "  # not the stored answer
        await dataspace.run(a.participant.fetching.push(await directory.find(b.did), box_of(b.did), body))
    await dataspace.rest()
    assert len(await received(b, a)) == count
    assert await totals(members, CHAIN) == AFTER


async def test_notices_that_overtake_each_other_lead_to_the_newest_version(dataspace) -> None:
    """The first notice is put off while its company is away; the second one is there before it."""
    members = await build(dataspace, CHAIN)
    a, b = members["a"], members["b"]
    await asked(dataspace, members["oem"], "d", "D")
    await b.stop()
    await restate(a, "A", "65")
    await dataspace.advance(timedelta(hours=1))
    (first,) = [row for row in await a.store.deliveries() if row.task == "notice-box"]
    late = dataspace.clock.now() + timedelta(hours=5)
    await a.store.commit(Changes(deliveries=(replace(first, due=late),)))
    await restate(a, "A", "60")
    await b.start()
    await dataspace.advance(timedelta(hours=2))
    await dataspace.rest(timedelta(minutes=30))
    assert [notice.content["version"] for notice in await notices(b)] == [3]
    await dataspace.advance(timedelta(hours=4))
    await dataspace.rest()
    assert sorted(notice.content["version"] for notice in await notices(b)) == [2, 3]
    assert {notice.state.value for notice in await notices(b)} == {"done"}
    assert [record["total"] for record in await received(b, a)] == ["70", "60"]
    assert await totals(members, CHAIN) == AFTER
