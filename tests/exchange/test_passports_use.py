"""Passports between real participants: three partners pull one dataset and get three views, each by role and purpose."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from renkei.battery.passport.points import Category
from renkei.battery.passport.view import Viewer, check_view
from renkei.exchange.partner.register import Registration
from renkei.kernel.problems import RenkeiError
from renkei.policy.model import RENKEI, Atomic, Operator, Policy, PolicyKind, Rule
from renkei.policy.operands import ROLE
from renkei.testing import MemberConfig
from renkei.trust.artefacts import Artefact
from renkei.trust.verification import evidence, verify_bundle

RECYCLING, CONFORMITY = RENKEI + "purpose/recycling", RENKEI + "purpose/conformity-assessment"
ROLES = {"recycler": "recycler", "body": "notified-body", "public": "citizen"}
REGISTER = {name: Registration(attributes={"roles": (role,)}) for name, role in ROLES.items()}
BATTERY, MODEL = "urn:battery:sn-1", "urn:model:rk-60"


def terms(*purposes: str, roles: tuple[str, ...] = ()) -> Policy:
    wanted = [Atomic("purpose", Operator.IS_ANY_OF, purposes)] if purposes else []
    if roles:
        wanted.append(Atomic(ROLE, Operator.IS_ANY_OF, roles))
    return Policy(id="urn:terms", kind=PolicyKind.SET, permission=(Rule("use", tuple(wanted)),))


@pytest.fixture
async def maker(dataspace):
    member = await dataspace.join("maker", MemberConfig(register=REGISTER))
    passports = member.participant.passports
    await passports.open(MODEL, Category.EV, awaited={"recycledCobalt": "did:web:cell.example"})
    await passports.open(BATTERY, Category.EV, model=MODEL)
    await passports.enter(MODEL, [("weight", "412.5"), ("detailedComposition", ["NMC 622"])])
    await passports.enter(MODEL, [("conformityTestReports", {"reference": "report 7"})])
    await passports.enter(BATTERY, [("stateOfCertifiedEnergy", "98")])
    return member


async def pulled(dataspace, maker, name: str, dataset: str, *purposes: str) -> dict:
    member = await dataspace.join(name, MemberConfig(purposes=frozenset(purposes), register=REGISTER))
    fetched = await member.fetch("maker", dataset)
    return json.loads(fetched.received.body)


async def test_each_partner_gets_the_view_of_its_role_and_its_agreed_purpose(dataspace, maker) -> None:
    passports = maker.participant.passports
    await passports.offer(BATTERY, "urn:passport:recycling", terms(RECYCLING))
    await passports.offer(BATTERY, "urn:passport:conformity", terms(CONFORMITY))
    seen = {
        ("recycler", RECYCLING): await pulled(dataspace, maker, "recycler", "urn:passport:recycling", RECYCLING),
        ("body", CONFORMITY): await pulled(dataspace, maker, "body", "urn:passport:conformity", CONFORMITY),
        ("public", RECYCLING): await pulled(dataspace, maker, "public", "urn:passport:recycling", RECYCLING),
    }
    # A body that has agreed on recycling alone is no recycler.
    seen["body", RECYCLING] = await other(dataspace, "body", "urn:passport:recycling")
    assert {who: (len(view["points"]), view["classes"]) for who, view in seen.items()} == {
        ("recycler", RECYCLING): (70, ["public", "interest", "individual"]),
        ("body", CONFORMITY): (45, ["public", "authorities"]),
        ("public", RECYCLING): (44, ["public"]),
        ("body", RECYCLING): (44, ["public"]),
    }
    for view in seen.values():
        check_view(view, passports.lists.points)
        file = evidence(Artefact.PASSPORT, view, {maker.did: maker.keys.document()}, dataspace.clock.now())
        assert verify_bundle(file).ok
    assert "report 7" not in json.dumps(seen["recycler", RECYCLING])
    assert "NMC 622" not in json.dumps(seen["body", CONFORMITY])


async def other(dataspace, name: str, dataset: str) -> dict:
    member = next(one for one in dataspace if one.name == name)
    await member.stop()
    member.config = MemberConfig(purposes=frozenset({RECYCLING, CONFORMITY}))
    await member.start()
    return json.loads((await member.fetch("maker", dataset)).received.body)


async def test_who_may_have_the_dataset_at_all_is_the_policys_affair(dataspace, maker) -> None:
    passports = maker.participant.passports
    await passports.offer(BATTERY, "urn:passport:closed", terms(RECYCLING, roles=("recycler",)))
    view = await pulled(dataspace, maker, "recycler", "urn:passport:closed", RECYCLING)
    assert "interest" in view["classes"]
    citizen = await dataspace.join("public", MemberConfig(purposes=frozenset({RECYCLING})))
    with pytest.raises(RenkeiError):
        await citizen.fetch("maker", "urn:passport:closed")


async def test_a_later_pull_shows_what_was_entered_since(dataspace, maker) -> None:
    passports = maker.participant.passports
    await passports.offer(BATTERY, "urn:passport:recycling", terms(RECYCLING))
    recycler = await dataspace.join("recycler", MemberConfig(purposes=frozenset({RECYCLING})))
    views = [json.loads((await recycler.fetch("maker", "urn:passport:recycling")).received.body)]
    dataspace.clock.advance(timedelta(days=1).total_seconds())
    await passports.enter(BATTERY, [("stateOfCertifiedEnergy", "91.5")])
    views.append(json.loads((await recycler.fetch("maker", "urn:passport:recycling")).received.body))
    energy = [next(one["value"] for one in view["points"] if one["number"] == 61) for view in views]
    assert energy == ["98", "91.5"]
    assert views[0]["commitment"] != views[1]["commitment"]


async def test_as_of_a_day_the_operator_sees_what_it_said_that_day(dataspace, maker) -> None:
    passports = maker.participant.passports
    before = dataspace.clock.now()
    dataspace.clock.advance(timedelta(days=30).total_seconds())
    await passports.enter(BATTERY, [("stateOfCertifiedEnergy", "80")], start=before - timedelta(days=5))
    viewer = Viewer(roles=frozenset({"recycler"}), purposes=frozenset({"recycling"}))
    for moment, energy in ((before, "98"), (dataspace.clock.now(), "98")):
        view = await passports.view(BATTERY, viewer, moment)
        assert next(one["value"] for one in view["points"] if one["number"] == 61) == energy
    counts = await passports.counts(BATTERY)
    assert (counts["filled"], sum(counts.values())) == (7, 71)


async def test_the_way_to_a_passport_is_held(dataspace, maker) -> None:
    passports = maker.participant.passports
    cases = [
        (passports.open(MODEL, Category.EV), "passport-exists"),
        (passports.open("urn:battery:sn-2", Category.EV, model="urn:model:none"), "passport-unknown"),
        (passports.open("urn:battery:sn-2", Category.EV, model=BATTERY), "passport-unknown"),
        (passports.open("urn:m", Category.EV, awaited={"colour": "did:web:x.example"}), "passport-point-unknown"),
        (passports.enter("urn:battery:none", [("weight", "1")]), "passport-unknown"),
        (passports.enter(BATTERY, [("weight", "1")]), "passport-wrong-sheet"),
        (passports.view(MODEL, Viewer()), "passport-unknown"),
        (passports.offer("urn:none", "urn:passport:x", terms()), "passport-unknown"),
    ]
    for asked, code in cases:
        with pytest.raises(RenkeiError) as caught:
            await asked
        assert caught.value.code == code
    assert [one.id for one in await passports.listed()] == [BATTERY, MODEL]
    assert [one.id for one in await passports.listed(MODEL)] == [BATTERY]
    stored = await maker.store.load("passport", BATTERY)
    salt = json.loads(stored.body)["salt"]
    assert salt not in json.dumps(await passports.view(BATTERY, Viewer()))
