"""Views of a passport: one battery, three viewers, three sets of fields, one commitment; and what it said on a day."""

from __future__ import annotations

from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from passport_samples import LISTS, day, entry, passport, sheet

from renkei.battery.commitments import Opening
from renkei.battery.passport.points import Level
from renkei.battery.passport.sheet import Sheet
from renkei.battery.passport.view import Passport, Viewer, check_view
from renkei.kernel import jcs
from renkei.kernel.problems import RenkeiError

LATER = day("2028-06-01")
ANYBODY = Viewer()
RECYCLER = Viewer(roles=frozenset({"recycler"}), purposes=frozenset({"recycling"}))
BODY = Viewer(roles=frozenset({"notified-body"}), purposes=frozenset({"conformity-assessment"}))


def points(view: dict) -> dict[str, dict]:
    return {one["id"]: one for one in view["points"]}


def test_three_viewers_see_three_sets_of_fields_of_one_passport() -> None:
    views = [passport().view(viewer, LATER) for viewer in (ANYBODY, RECYCLER, BODY)]
    # Annex XIII: 44 points are public; point 2 has 5 and point 4 has 21; point 3 has one.
    assert [(len(view["points"]), len(view["withheld"])) for view in views] == [(44, 27), (70, 1), (45, 26)]
    assert {view["commitment"] for view in views} == {views[0]["commitment"]}
    assert len({frozenset(points(view)) for view in views}) == 3
    assert "conformityTestReports" in points(views[2])
    assert "conformityTestReports" not in points(views[1])
    assert "detailedComposition" not in points(views[2])
    for view in views:
        check_view(view, LISTS.points)
        text = jcs.canonical(view).decode()
        assert ("NMC 622" in text, "report 7" in text) == (
            "interest" in view["classes"],
            "authorities" in view["classes"],
        )


def test_each_point_says_how_far_it_has_come() -> None:
    found = points(passport().view(RECYCLER, LATER))
    assert {name: found[name]["status"] for name in FOUND} == FOUND
    assert found["weight"] == {
        "number": 10,
        "id": "weight",
        "level": "model",
        "access": "public",
        "status": "filled",
        "value": "412.5",
        "since": "2027-02-18T00:00:00Z",
        "unit": "kilogram",
    }
    assert found["carbonFootprintDeclaration"]["waits"]["en"].startswith("the format waits")
    assert [one["met"] for one in found["recycledCobalt"]["against"]] == [True, False, False, False]
    assert passport().counts(LATER) == {
        "filled": 9,
        "pending-law": 4,
        "not-to-be-filled": 7,
        "missing-upstream": 11,
        "missing": 31,
        "not-provided": 9,
    }


FOUND = {
    "passportIdentifier": "filled",
    "batteryCategory": "filled",
    "manufacturerName": "missing",
    "manufacturerContact": "not-provided",
    "nominalVoltage": "missing-upstream",  # a supplier was asked
    "chemistry": "missing-upstream",  # the cell maker knows
    "materialComposition": "not-to-be-filled",
    "carbonFootprintDeclaration": "pending-law",
    "remainingCapacity": "not-to-be-filled",  # of an electric vehicle's battery
    "stateOfCertifiedEnergy": "filled",
    "warrantyPeriod": "not-provided",
}


@pytest.mark.parametrize(
    ("moment", "energy", "status"),
    [
        ("2027-02-17", None, "missing"),
        ("2027-02-18", "98", "filled"),
        ("2028-02-29", "98", "filled"),
        ("2028-03-01", "91.5", "filled"),
        # What was entered in 2029 of the year 2027 changes nothing of what the passport said before, or says now.
        ("2028-12-31", "91.5", "filled"),
        ("2030-01-01", "91.5", "filled"),
    ],
)
def test_as_of_a_day_it_says_what_it_said_that_day(moment, energy, status) -> None:
    found = points(passport().view(RECYCLER, day(moment)))["stateOfCertifiedEnergy"]
    assert (found.get("value"), found["status"]) == (energy, status)


def test_a_correction_entered_later_counts_from_then_on() -> None:
    corrected = sheet(
        Level.ITEM, entry("cycleCount", "100", "2027-03-01"), entry("cycleCount", "90", "2027-03-01", "2027-05-01")
    )
    assert corrected.at("cycleCount", day("2027-04-01")).value == "100"
    assert corrected.at("cycleCount", day("2027-05-01")).value == "90"


def test_terms_are_shown_by_their_sensitivity() -> None:
    held = passport()
    consented = Viewer(roles=RECYCLER.roles, purposes=RECYCLER.purposes, consented=frozenset({"residualValue"}))
    seen = [[term["id"] for term in held.view(viewer, LATER)["terms"]] for viewer in (ANYBODY, RECYCLER, consented)]
    # The price of a part never leaves, whoever asks; what is not shown is not even counted.
    assert seen == [
        ["vehicleModel"],
        ["cobaltContent", "vehicleModel"],
        ["residualValue", "cobaltContent", "vehicleModel"],
    ]
    insistent = Viewer(consented=frozenset(LISTS.terms.terms))
    assert "pricePerPart" not in jcs.canonical(held.view(insistent, LATER)).decode()


@given(st.sampled_from(sorted(LISTS.terms.terms)))
def test_field_policy_works_on_every_term(term) -> None:
    known = LISTS.terms.terms[term]
    value = "7" if known.unit else "said"
    held = Passport(item=sheet(Level.ITEM, entry(term, value)), model=sheet(Level.MODEL), lists=LISTS, secret=b"k" * 32)
    consented = Viewer(roles=RECYCLER.roles, purposes=RECYCLER.purposes, consented=frozenset({term}))
    seen = [bool(held.view(viewer, LATER)["terms"]) for viewer in (ANYBODY, RECYCLER, consented)]
    assert (
        seen
        == {
            "public": [True, True, True],
            "partner": [False, True, True],
            "consent": [False, False, True],
            "internal": [False, False, False],
        }[known.sensitivity.value]
    )


def test_the_salt_of_an_opened_value_opens_no_later_one() -> None:
    held = passport()
    salts = []
    for moment in (LATER, day("2028-06-02")):
        opening = Opening.from_json(held.view(RECYCLER, moment)["opening"])
        salts.append({leaf.salt for leaf in opening.leaves.values()})
    assert not salts[0] & salts[1]


def change(path: str, value: object):
    def done(view: dict) -> None:
        *way, last = path.split("/")
        place = view
        for step in way:
            place = place[int(step)] if isinstance(place, list) else place[step]
        if isinstance(place, list):
            place[int(last)] = value
        else:
            place[last] = value

    return done


@pytest.mark.parametrize(
    "tamper",
    [
        change("points/9/value", "411"),
        change("points/9/status", "missing"),
        change("points/9/since", "2027-02-19T00:00:00Z"),
        change("points/9/number", 11),
        change("points/9/access", "interest"),
        change("commitment", "sha-256:" + "00" * 32),
        change("classes", ["public"]),
        change("classes", None),
        change("@type", "Passport"),
        change("terms/0/value", "1"),
        change("opening", {}),
        change("opening/leaves/0/salt", "0" * 64),
        change("withheld", []),
        change("withheld", [{"id": "weight"}, {"id": "weight"}]),
        lambda view: view["points"].pop(9),
        lambda view: view["terms"].pop(),
        lambda view: view["points"].append({**view["points"][0], "id": "extra"}),
        lambda view: view["withheld"].append({"number": 10, "id": "weight", "access": "public"}),
    ],
)
def test_a_view_that_was_changed_does_not_hold(tamper) -> None:
    view = deepcopy(passport().view(RECYCLER, LATER))
    check_view(view, LISTS.points)
    tamper(view)
    with pytest.raises(RenkeiError) as caught:
        check_view(view, LISTS.points)
    assert caught.value.code == "passport-view-broken"


@pytest.mark.parametrize(
    ("level", "point", "value", "code"),
    [
        (Level.MODEL, "colour", "red", "passport-point-unknown"),
        (Level.MODEL, "batteryStatus", "original", "passport-wrong-sheet"),
        (Level.ITEM, "weight", "400", "passport-wrong-sheet"),
        (Level.MODEL, "materialComposition", "all", "passport-point-not-filled"),
        (Level.ITEM, "remainingCapacity", "90", "passport-point-not-filled"),
        (Level.ITEM, "batteryStatus", "old", "battery-input-field-malformed"),
        (Level.MODEL, "weight", 400, "battery-input-number-not-text"),
        (Level.MODEL, "weight", "heavy", "battery-input-field-malformed"),
        (Level.MODEL, "recycledCobalt", "101", "battery-input-out-of-range"),
        (Level.MODEL, "idleTemperatureRange", {"low": "60", "high": "-20"}, "battery-input-inconsistent"),
        (Level.MODEL, "conformityDeclaration", {"digest": "sha-256:" + "0" * 64}, "battery-input-field-missing"),
        (Level.MODEL, "conformityDeclaration", "report 7", "battery-input-field-malformed"),
        (Level.ITEM, "manufacturingMonth", "2027-13", "battery-input-field-malformed"),
        (Level.MODEL, "hazardousSubstances", ["lead", "lead"], "battery-input-field-malformed"),
        (Level.MODEL, "cobaltContent", "much", "battery-input-field-malformed"),
    ],
)
def test_what_does_not_fit_a_point_is_not_entered(level, point, value, code) -> None:
    with pytest.raises(RenkeiError) as caught:
        sheet(level, entry(point, value))
    assert caught.value.code == code


def test_sheets_are_kept_and_read_back_whole() -> None:
    held = passport()
    for one in (held.item, held.model):
        assert Sheet.from_json(one.to_json(), LISTS.points, LISTS.terms) == one
    stray = {**held.model.to_json(), "model": "urn:x"}
    with pytest.raises(RenkeiError) as caught:
        Sheet.from_json(stray, LISTS.points, LISTS.terms)
    assert caught.value.code == "battery-input-inconsistent"
    with pytest.raises(RenkeiError):
        Passport(item=held.model, model=held.model, lists=LISTS, secret=b"")
