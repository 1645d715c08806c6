"""The passport's lists: the 71 points as the Commission's guidance has them, the vocabulary, the grants, the minima."""

from __future__ import annotations

import json
from collections import Counter
from copy import deepcopy
from decimal import Decimal

import pytest
from passport_samples import LISTS, shipped

from renkei.battery.passport.points import Access, Applies, Category, DataPoints, Level
from renkei.battery.passport.recycled import against
from renkei.battery.passport.terms import Sensitivity, Terms
from renkei.kernel.problems import RenkeiError

POINTS = tuple(LISTS.points.points.values())
# Article 77(2) and Annex XIII: what the guidance calls legitimate interest is point 2 (static) and point 4 (dynamic).
TIERS = {
    ("public", "static"): Access.PUBLIC,
    ("legitimateInterest", "static"): Access.INTEREST,
    ("legitimateInterest", "dynamic"): Access.INDIVIDUAL,
    ("notifiedBodiesAndAuthorities", "static"): Access.AUTHORITIES,
}
STATUSES = {
    "mandatory": Applies.MANDATORY,
    "optional": Applies.OPTIONAL,
    "conditional": Applies.CONDITIONAL,
    "notToBeFilled": Applies.NOT_TO_BE_FILLED,
    "pending": Applies.PENDING_LAW,
}


def test_every_point_is_what_the_guidance_says(shared) -> None:
    file = shared / "data" / "openepcis-dpp-ready" / "ec-guidance-datapoints.json"
    guidance = json.loads(file.read_text("utf-8"))["dataPoints"]
    assert [point.number for point in POINTS] == [one["nr"] for one in guidance] == list(range(1, 72))
    for point, one in zip(POINTS, guidance, strict=True):
        assert point.access is TIERS[one["accessTier"], one["lifecycle"]], point.number
        for category in Category:
            assert point.applies[category] is STATUSES[one["applicability"][category.value]["status"]], point.number
        source = (one["source"] or "BR Annex XIII 1 (b)").removeprefix("BR ").replace(" ", "")
        assert point.source.replace(" ", "") == source, point.number


def test_for_an_electric_vehicle_51_points_are_mandatory() -> None:
    counted = Counter(point.applies[Category.EV].value for point in POINTS)
    assert counted == {
        "mandatory": 51,
        "conditional": 8,
        "optional": 1,
        "not-to-be-filled": 7,
        "pending-law": 4,
    }
    assert Counter(point.access.value for point in POINTS) == {
        "public": 44,
        "interest": 5,
        "individual": 21,
        "authorities": 1,
    }


def test_what_changes_over_a_life_belongs_to_the_battery_and_what_waits_says_for_what() -> None:
    assert {point.level for point in POINTS if point.access is Access.INDIVIDUAL} == {Level.ITEM}
    waiting = {point.number for point in POINTS if point.applies[Category.EV] is Applies.PENDING_LAW}
    assert waiting == {17, 18, 19, 44} == {point.number for point in POINTS if point.waits}


# 001, section 5.2, the table of items, in its order: each row has exactly one term.
ROWS = [
    "emissionIntensity",
    "thirdPartyFactorDatabase",
    "ownEmissionFactors",
    "activityRecords",
    "processForDiligence",
    "residualValue",
    "cobaltContent",
    "nickelContent",
    "lithiumContent",
    "materialRatioAndProcess",
    "dismantlerFacts",
    "remainingCapacityReuse",
    "remainingLifeReuse",
    "resistanceRiseRate",
    "capacityFadeRate",
    "yearlyResistance",
    "yearlyCapacity",
    "ruleUnit",
    "moduleDiagnosis",
    "formerReuse",
    "chargingTimeAndVoltage",
    "regionOfUse",
    "chargeCounts",
    "firstLifeCycles",
    "storageAfterFirstLife",
    "repairHistory",
    "amountsPerPart",
    "pricePerPart",
    "patentsTouched",
    "disclosureControl",
    "vehicleModel",
    "tradeFlow",
    "usageRecords",
    "processFacts",
    "packComponents",
    "firstLifeEnd",
    "safetyLimits",
    "origin",
    "visualCheck",
    "connectorShape",
    "safetyTests",
    "ul1974",
    "transportCertificates",
]


def test_every_row_of_the_table_of_items_has_one_term() -> None:
    assert list(LISTS.terms.terms) == ROWS
    assert set(ROWS).isdisjoint(LISTS.points.points)
    for term in LISTS.terms.terms.values():
        assert term.label.en.replace("…", "").isascii()
        assert not term.label.ja.isascii()
    assert {term.sensitivity for term in LISTS.terms.terms.values()} == set(Sensitivity)


@pytest.mark.parametrize(
    ("roles", "purposes", "opened"),
    [
        ([], [], {"public"}),
        (["recycler"], [], {"public"}),
        ([], ["recycling"], {"public"}),
        (["recycler"], ["marketing"], {"public"}),
        (["recycler"], ["repair"], {"public"}),
        (["recycler"], ["recycling"], {"public", "interest", "individual"}),
        (["recycler"], ["https://w3id.org/renkei/v1/purpose/dismantling"], {"public", "interest", "individual"}),
        (["recycler"], ["https://evil.example/purpose/recycling"], {"public"}),
        (["energy-aggregator"], ["energy-aggregation"], {"public", "individual"}),
        (["notified-body"], ["conformity-assessment"], {"public", "authorities"}),
        (["market-surveillance-authority"], ["market-surveillance"], {"public", "authorities"}),
        (["commission"], ["market-surveillance"], {"public", "interest", "individual", "authorities"}),
        (["repairer", "notified-body"], ["repair"], {"public", "interest", "individual"}),
    ],
)
def test_classes_open_by_role_and_purpose_together(roles, purposes, opened) -> None:
    assert {access.value for access in LISTS.access.classes(roles, purposes)} == opened


@pytest.mark.parametrize(
    ("point", "percent", "met"),
    [
        # Proposal of 2020: 12 % in 2030, 20 % in 2035; regulation: 16 % in 2031, 26 % in 2036.
        ("recycledCobalt", "12", [("2030-01-01", True), ("2035-01-01", False), ("2031", False), ("2036", False)]),
        ("recycledCobalt", "16", [("2030-01-01", True), ("2035-01-01", False), ("2031", True), ("2036", False)]),
        ("recycledLithium", "11.999", [("2030-01-01", True), ("2035-01-01", True), ("2031", True), ("2036", False)]),
        ("recycledNickel", "15", [("2030-01-01", True), ("2035-01-01", True), ("2031", True), ("2036", True)]),
        ("recycledLead", "84.99", [("2030-01-01", False), ("2035-01-01", False), ("2031", False), ("2036", False)]),
        ("renewableContent", "3", []),
    ],
)
def test_recycled_content_is_held_against_both_laws(point, percent, met) -> None:
    found = against(LISTS.rules, point, Decimal(percent))
    assert [one["met"] for one in found] == [said for _, said in met]
    for one, (start, _) in zip(found, met, strict=True):
        assert str(one["from"]).startswith(start)


def test_a_list_that_counts_wrongly_is_refused() -> None:
    broken = deepcopy(shipped("data-points"))
    broken["points"][3]["number"] = 5
    twice = deepcopy(shipped("terms"))
    twice["terms"][1]["id"] = twice["terms"][0]["id"]
    for read, value in ((DataPoints.from_json, broken), (Terms.from_json, twice)):
        with pytest.raises(RenkeiError) as caught:
            read(value)
        assert caught.value.code == "battery-input-inconsistent"
