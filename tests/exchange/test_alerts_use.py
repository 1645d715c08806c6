"""Alerts about due diligence: raised at one end of the chain, they reach the other in one round of notices per tier."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from chains import DILIGENCE, DUE, part, received

from renkei.battery import Status
from renkei.exchange.diligence.alerts import Flag
from renkei.exchange.records.notices import NoticeKind
from renkei.kernel.problems import RenkeiError
from renkei.testing import MemberConfig

CHAIN = {"d": ("D", ()), "c": ("C", (("D", "d"),)), "b": ("B", (("C", "c"),)), "a": ("A", (("B", "b"),))}
STEPS = dict.fromkeys("12345", "met")
UNIT = {"declaredUnit": "piece", "declaredUnitAmount": "1"}
FACILITY = {"role": "refiner", "name": "Refinery of D", "scheme": "RMAP", "status": "conformant"}


def cobalt(**more) -> dict:
    entry = {"mineral": "cobalt", "steps": STEPS, "risks": [], "evidence": [], "status": "met", "covered": "1"}
    return {
        "@type": "DiligenceStatement",
        **UNIT,
        "period": {"start": "2025-01-01", "end": "2028-12-31"},
        "minerals": [entry | {"amount": "1"} | more],
        "absent": ["lithium", "natural_graphite", "nickel"],
        "expected": [],
    }


def nothing() -> dict:
    return cobalt() | {"minerals": [], "absent": ["cobalt", "lithium", "natural_graphite", "nickel"]}


async def build(space, statement=None, **config):
    """Four companies, each with the due diligence of its supplier; ``oem`` asks A."""
    members = {name: await space.join(name, MemberConfig(**config)) for name in [*CHAIN, "oem"]}
    for name, (item, bought) in CHAIN.items():
        said = (statement or cobalt(facilities=[FACILITY])) if name == "d" else nothing()
        lines = [(component, supplier, "1") for component, supplier in bought]
        await members[name].participant.parts.register(part(item, "1", *lines, due_diligence=said))
    asked = await members["oem"].request("a", "A", [DILIGENCE], DUE)
    await space.rest()
    assert (await members["oem"].participant.requests.find(asked.request)).state.value == "answered"
    return members


async def status_at(member, item: str) -> Status | None:
    parts = member.participant.parts
    calculation = await parts.due_diligence(await parts.known(item))
    entry = next((entry for entry in calculation.minerals if entry.mineral == "cobalt"), None)
    return None if entry is None else entry.status


async def alerts_at(member) -> list[tuple[str, str, bool]]:
    return sorted((one.origin.value, one.part, one.stands) for one in await member.participant.alerts.listed())


async def heard(member) -> list[dict]:
    return [one.document for one in await member.participant.notices.listed(incoming=True, about=NoticeKind.ALERT)]


NAMED = "urn:renkei:alert:sha-256:368a693d784c7d1957ec748148a5de1e1f2e97f1f6360c69b0cfcf6471bbbf07"  # by SHA-256 of "the secret"
FLAG = Flag(part="D", mineral="cobalt", risks=("child_labour",), summary="found on a visit")


async def test_a_red_flag_at_the_refiner_reaches_the_buyer_in_one_round_and_names_nobody(dataspace) -> None:
    members = await build(dataspace)
    assert await status_at(members["a"], "A") is Status.MET
    raised = await members["d"].participant.alerts.raise_flag(FLAG)
    assert raised.told == 1
    await dataspace.rest()
    assert await alerts_at(members["b"]) == [("reached", "B", True), ("told", "C", True)]
    assert [await status_at(members[name], item) for name, item in (("c", "C"), ("b", "B"), ("a", "A"))] == [
        Status.NOT_MET
    ] * 3
    (told,) = await heard(members["oem"])
    assert (told["sender"], told["subject"], told["cause"]) == (members["a"].did, "A", "red-flag")
    assert told["content"]["id"] == raised.alert_id
    text = json.dumps(told)
    assert [name for name in "dcb" if members[name].did in text] == []
    records = await received(members["oem"], members["a"], "DueDiligenceRecord")
    assert [record["minerals"][0]["status"] for record in records] == ["met", "not-met"], "restated by itself"
    assert records[-1]["alerts"][0]["id"] == raised.alert_id
    assert [name for name in "dcb" if members[name].did in json.dumps(records)] == []


async def test_one_round_is_enough_whatever_the_records_do(dataspace) -> None:
    """Each company has passed it on before any of them has restated a record."""
    members = await build(dataspace)
    await members["d"].participant.alerts.raise_flag(FLAG)
    await dataspace.settle()
    assert len(await heard(members["oem"])) == 1


async def test_what_was_taken_back_is_good_again_down_the_chain(dataspace) -> None:
    members = await build(dataspace)
    raised = await members["d"].participant.alerts.raise_flag(FLAG)
    await dataspace.rest()
    (cleared,) = await members["d"].participant.alerts.clear(raised.alert_id)
    assert (cleared.revision, cleared.stands) == (2, False)
    await dataspace.rest()
    assert await status_at(members["a"], "A") is Status.MET
    records = await received(members["oem"], members["a"], "DueDiligenceRecord")
    assert records[-1]["minerals"][0]["status"] == "met"
    assert len(records) > 2
    assert records[-1]["alerts"] == []
    with pytest.raises(RenkeiError) as caught:
        await members["d"].participant.alerts.clear(raised.alert_id)
    assert caught.value.code == "diligence-alert-unknown"


async def test_only_who_raised_it_takes_it_back(dataspace) -> None:
    members = await build(dataspace)
    raised = await members["d"].participant.alerts.raise_flag(FLAG)
    await dataspace.rest()
    with pytest.raises(RenkeiError) as caught:
        await members["b"].participant.alerts.clear(raised.alert_id)
    assert caught.value.code == "diligence-alert-unknown"


async def test_an_audit_that_has_run_out_is_found_by_the_clock_and_told(dataspace) -> None:
    last = (dataspace.clock.now() + timedelta(days=3)).date().isoformat()
    members = await build(dataspace, cobalt(facilities=[FACILITY | {"expires": last}]))
    assert await status_at(members["a"], "A") is Status.MET
    await dataspace.advance(timedelta(days=4))
    await dataspace.rest()
    assert await alerts_at(members["d"]) == [("expired", "D", True)]
    (told,) = await heard(members["oem"])
    assert (told["cause"], told["content"]["step"]) == ("audit-expired", "4")
    assert await status_at(members["a"], "A") is Status.UNKNOWN
    renewed = (dataspace.clock.now() + timedelta(days=400)).date().isoformat()
    again = cobalt(facilities=[FACILITY | {"expires": renewed}])
    await members["d"].participant.parts.register(part("D", "1", due_diligence=again))
    await dataspace.rest()
    assert await alerts_at(members["d"]) == [("expired", "D", False)]
    assert await status_at(members["a"], "A") is Status.MET


async def test_what_is_said_to_run_out_on_the_last_day_there_is_never_does(dataspace) -> None:
    member = await dataspace.join("d")
    for expires in ("9999-12-31", "9999-12-30"):
        facilities = [FACILITY | {"expires": expires}]
        await member.participant.parts.register(part("D", "1", due_diligence=cobalt(facilities=facilities)))
        await dataspace.rest()
    assert await alerts_at(member) == []


async def test_a_partner_that_was_away_hears_when_it_is_back(dataspace) -> None:
    members = await build(dataspace)
    await members["b"].stop()
    await members["d"].participant.alerts.raise_flag(FLAG)
    await dataspace.rest()
    assert await heard(members["oem"]) == []
    await members["b"].start()
    await dataspace.rest(timedelta(days=1))
    assert len(await heard(members["oem"])) == 1


async def test_an_alert_ends_in_a_chain_that_forks_and_joins(dataspace) -> None:
    """A buys C and D itself, beside B which is made of C: three ways, one notice to the customer."""
    members = await build(dataspace)
    wide = part("A", "1", ("B", "b", "1"), ("C", "c", "1"), ("D", "d", "1"), due_diligence=nothing())
    await members["a"].participant.parts.register(wide)
    for supplier, item in (("c", "C"), ("d", "D")):
        await members["a"].request(supplier, item, [DILIGENCE], DUE)
        await dataspace.rest()
    await members["d"].participant.alerts.raise_flag(FLAG)
    await dataspace.rest()
    assert len(await heard(members["oem"])) == 1
    assert [entry for entry in await alerts_at(members["a"]) if entry[0] == "told"] == [
        ("told", "B", True),
        ("told", "C", True),
        ("told", "D", True),
    ]


async def test_alerts_come_late_twice_or_in_another_order(dataspace) -> None:
    """The taking back comes first: what it took back changes nothing any more."""
    members = await build(dataspace)
    b = members["b"].participant
    (agreement,) = await b.alerts._customers(await b.parts.known("B"))
    alert = {"@type": "DiligenceAlert", "id": NAMED, "mineral": "cobalt", "raised": "2026-11-22"}
    cleared = {"revision": 2, "kind": "cleared", "opening": "the secret"}
    for said in (cleared, {"revision": 1, "kind": "red-flag"}, cleared):
        await b.notices.tell(NoticeKind.ALERT, agreement, "B", alert | said)
        await dataspace.rest()
    assert await alerts_at(members["a"]) == [("reached", "A", False), ("told", "B", False)]
    assert await status_at(members["a"], "A") is Status.MET


async def test_a_supplier_does_not_take_back_what_we_raised_ourselves(dataspace) -> None:
    """Whoever was told of an alert knows its name, but not the secret that takes it back."""
    members = await build(dataspace)
    raised = await members["a"].participant.alerts.raise_flag(Flag(part="A", mineral="cobalt"))
    b = members["b"].participant
    (agreement,) = await b.alerts._customers(await b.parts.known("B"))
    alert = {"@type": "DiligenceAlert", "mineral": "cobalt", "raised": "2026-11-22", "kind": "cleared", "revision": 9}
    for said in ({}, {"opening": "a guess"}):
        await b.notices.tell(NoticeKind.ALERT, agreement, "B", alert | {"id": raised.alert_id} | said)
    await dataspace.rest()
    assert await alerts_at(members["a"]) == [("raised", "A", True)]
    assert [told["content"]["kind"] for told in await heard(members["oem"])] == ["red-flag"]
    assert await status_at(members["a"], "A") is Status.NOT_MET
    (cleared,) = await members["a"].participant.alerts.clear(raised.alert_id)
    assert cleared.revision == 2


async def test_a_supplier_does_not_take_back_what_another_has_raised(dataspace) -> None:
    """B and C both pass on what D has raised; B alone says that it is over."""
    members = await build(dataspace)
    raised = await members["d"].participant.alerts.raise_flag(FLAG)
    await dataspace.rest()
    b = members["b"].participant
    (agreement,) = await b.alerts._customers(await b.parts.known("B"))
    alert = {"@type": "DiligenceAlert", "mineral": "cobalt", "raised": "2026-11-22", "kind": "cleared", "revision": 99}
    await b.notices.tell(NoticeKind.ALERT, agreement, "B", alert | {"id": raised.alert_id, "opening": "a guess"})
    await dataspace.rest()
    assert all(stands for _, _, stands in await alerts_at(members["a"]))
    assert [told["content"]["kind"] for told in await heard(members["oem"])] == ["red-flag"]
    await members["d"].participant.alerts.clear(raised.alert_id)
    await dataspace.rest()
    assert not any(stands for _, _, stands in await alerts_at(members["a"]))


@pytest.mark.parametrize(
    ("subject", "change"),
    [
        ("B", {"mineral": "gold"}),
        ("B", {"company": "d"}),
        ("OTHER", {}),
        ("B", {"risks": ["x"]}),
        ("B", {"revision": 101}),
    ],
)
async def test_what_is_no_alert_or_about_nothing_we_have_is_refused(dataspace, subject, change) -> None:
    members = await build(dataspace)
    b = members["b"].participant
    (agreement,) = await b.alerts._customers(await b.parts.known("B"))
    alert = {
        "@type": "DiligenceAlert",
        "id": "urn:1",
        "revision": 1,
        "kind": "red-flag",
        "mineral": "cobalt",
        "raised": "2026-11-22",
    }
    await b.notices.tell(NoticeKind.ALERT, agreement, subject, alert | change)
    await dataspace.rest()
    (sent,) = await b.notices.listed(incoming=False, about=NoticeKind.ALERT)
    assert sent.state.value == "failed"
    assert "diligence-alert-malformed" in sent.reason
    assert await alerts_at(members["a"]) == []


@pytest.mark.parametrize("change", [{"mineral": "gold"}, {"risks": ("bad_luck",)}, {"step": "9"}])
async def test_a_flag_with_a_code_nobody_knows_is_refused_here(dataspace, change) -> None:
    member = await dataspace.join("d")
    await member.participant.parts.register(part("D", "1", due_diligence=cobalt()))
    with pytest.raises(RenkeiError) as caught:
        await member.participant.alerts.raise_flag(Flag(**({"part": "D", "mineral": "cobalt"} | change)))
    assert caught.value.code.startswith("battery-input-")


async def test_a_flag_on_a_part_we_do_not_make_is_refused(dataspace) -> None:
    member = await dataspace.join("d")
    with pytest.raises(RenkeiError) as caught:
        await member.participant.alerts.raise_flag(FLAG)
    assert caught.value.code == "part-unknown"


async def test_salts_stay_while_a_facility_is_the_same(dataspace) -> None:
    member = await dataspace.join("d")
    parts = member.participant.parts

    async def digests() -> list[str]:
        record = await parts.record(await parts.known("D"), DILIGENCE)
        return record.document["minerals"][0]["facilities"]

    await parts.register(part("D", "1", due_diligence=cobalt(facilities=[FACILITY])))
    before = await digests()
    other = FACILITY | {"name": "Another"}
    await parts.register(part("D", "1", due_diligence=cobalt(facilities=[other, FACILITY])))
    after = await digests()
    assert len(after) == 2
    assert set(before) < set(after)
