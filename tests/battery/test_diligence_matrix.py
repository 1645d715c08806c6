"""Four companies: the car maker A buys packs of B, B cathodes of C, C cobalt of D. Every figure is worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from battery_samples import line

from renkei.battery import Bom, DiligenceStatement, DueDiligenceRecord, Status, Unit, roll_up_diligence
from renkei.battery.diligence.alert import Alert, AlertKind, newest_alerts
from renkei.battery.diligence.facilities import demand_opening
from renkei.battery.diligence.matrix import ANNEX_X, FOUNDING_NINE, matrix_of
from renkei.kernel import jcs
from renkei.kernel.problems import ConfigurationError, PeerError, RenkeiError

MINERALS = ("cobalt", "natural_graphite", "lithium", "nickel")
STEPS = ("1", "2", "3", "4", "5")
A, B, C, D = "did:web:car.example", "did:web:pack.example", "did:web:cathode.example", "did:web:refiner.example"
NAMES = ("pack.example", "cathode.example", "refiner.example", "Kokkola", "CID009999", "a person of ours")
SALT = "s" * 22
SMELTER = {
    "role": "refiner",
    "name": "Kokkola",
    "country": "FI",
    "scheme": "RMAP",
    "schemeId": "CID009999",
    "status": "conformant",
    "expires": "2026-12-31",
    "salt": SALT,
}
DIGEST = jcs.digest(
    jcs.canonical({"facility": {name: value for name, value in SMELTER.items() if name != "salt"}, "salt": SALT})
)


def mineral(name: str, status: str, amount: str, **more) -> dict:
    covered = "0" if status == "unknown" else "1"
    steps = dict.fromkeys(STEPS, status)
    return {
        "mineral": name,
        "status": status,
        "covered": covered,
        "amount": amount,
        "steps": steps,
        "risks": [],
        "evidence": [],
    } | more


def said(company: str, part: str, *minerals: dict, expected=(), **more) -> dict:
    listed = {each["mineral"] for each in minerals}
    return {
        "@type": "DiligenceStatement",
        "part": part,
        "company": company,
        "declaredUnit": "kilogram",
        "declaredUnitAmount": "1",
        "period": {"start": "2026-01-01", "end": "2026-12-31"},
        "minerals": list(minerals),
        "absent": [name for name in MINERALS if name not in listed],
        "expected": list(expected),
    } | more


AUDIT = {
    "step": "4",
    "kind": "scheme",
    "reference": "audit report",
    "scheme": "RMAP",
    "risk": "child_labour",
    "issued": "2025-12-31",
    "expires": "2026-12-31",
    "reviewer": "a person of ours",
    "reviewed": "2026-01-15",
}
OF_D = said(D, "cobalt", mineral("cobalt", "met", "1", evidence=[AUDIT], facilities=[SMELTER]))
OPEN_STEP = {"1": "met", "2": "met", "3": "met", "4": "unknown", "5": "met"}
LAW = [
    "air",
    "water",
    "soil",
    "biodiversity",
    "hazardous_substances",
    "noise_vibration",
    "plant_safety",
    "energy_use",
    "waste_residues",
    "human_health",
    "occupational_health_safety",
    "child_labour",
    "forced_labour",
    "discrimination",
    "trade_union_freedom",
    "human_rights",
    "community_indigenous",
]


def risks(**other: str) -> list[dict]:
    """Every risk of the law dealt with, but for those that are named."""
    return [{"category": risk, "status": other.get(risk, "met")} for risk in LAW]


OF_C = said(
    C,
    "cathode",
    mineral(
        "cobalt",
        "unknown",
        "0.1",
        steps=OPEN_STEP,
        risks=risks(),
        matrix=[{"risk": "air", "steps": {"1": {"status": "met"}}}],
    ),
    mineral("nickel", "not-met", "2", steps=dict.fromkeys(STEPS, "met"), risks=risks(water="not-met")),
)
OF_B = said(B, "pack", mineral("natural_graphite", "unknown", "4"))
OF_A = said(A, "car", grievance="https://car.example/grievance")


def published(codes, statement: dict, *bought: tuple[str, str, str], received=(), **how):
    read = DiligenceStatement.from_json(statement, codes)
    lines = [
        line(read.part.id, component, amount, supplier=supplier, unit=Unit.KILOGRAM)
        for component, supplier, amount in bought
    ]
    calculation = roll_up_diligence(read.part.id, [read], Bom(tuple(lines)), received, codes, **how)
    record = calculation.publish(f"urn:uuid:{read.part.id}")
    assert DueDiligenceRecord.from_json(record.to_json(), codes) == record, "what is published can be read"
    return calculation, record


def chain(codes, of_d=OF_D, *, silent=False, **how):
    """A's calculation. ``silent``: D never answers."""
    _, of_refiner = published(codes, of_d, **how)
    below = () if silent else (of_refiner,)
    _, of_cathode = published(codes, OF_C, ("cobalt", D, "0.3"), received=below)
    _, of_pack = published(codes, OF_B, ("cathode", C, "2"), received=[of_cathode])
    return published(codes, OF_A, ("pack", B, "5"), received=[of_pack])


def test_a_sees_all_180_cells_of_four_companies_and_no_supplier(codes):
    calculation, record = chain(codes)
    for source in (calculation, record):
        matrix = matrix_of(source, codes)
        assert len(matrix.cells) == 4 * 9 * 5
        # Of cobalt all but the audits, of nickel all but water; graphite is unknown, lithium is in no part.
        counts = [matrix.count(status) for status in (Status.MET, Status.UNKNOWN, Status.NOT_MET, None)]
        assert counts == [36 + 40, 9 + 45, 5, 45]
    text = jcs.canonical(record.to_json()).decode()
    text += jcs.canonical(matrix_of(record, codes).to_json()).decode()
    assert [name for name in NAMES if name in text] == []


def test_the_share_that_is_known_is_exact(codes):
    """Of a kilogram of cathode, 0.3 kg cobalt come from D (audited), 0.1 kg from sources whose audit C does not know."""
    calculation, record = chain(codes)
    cell = matrix_of(record, codes).cells["cobalt", "air", "4"]
    assert (cell.status, cell.covered) == (Status.UNKNOWN, Fraction(3, 4))
    cell = matrix_of(calculation, codes).cells["cobalt", "air", "1"]
    assert (cell.status, cell.covered) == (Status.MET, 1)
    audit = matrix_of(record, codes, ANNEX_X).cells["cobalt", "child_labour", "4"]
    assert (audit.status, audit.covered, audit.evidence) == (Status.UNKNOWN, Fraction(3, 4), 1)
    assert (audit.expires, audit.schemes, audit.reviewed) == (date(2026, 12, 31), ("RMAP",), date(2026, 1, 15))
    entry = next(each for each in record.minerals if each.mineral == "cobalt")
    assert (entry.amount, entry.covered) == (Decimal(4), Decimal("0.75"))
    assert (entry.expires, entry.schemes) == ({"4": date(2026, 12, 31)}, ("RMAP",))
    assert record.grievance == "https://car.example/grievance"


def test_a_supplier_that_never_answers_stays_unknown_with_its_share(codes):
    _, record = chain(codes, silent=True)
    expected = said(
        C,
        "cathode",
        *OF_C["minerals"],
        expected=[{"component": "cobalt", "minerals": [{"mineral": "cobalt", "amount": "0.3"}]}],
    )
    _, of_cathode = published(codes, expected, ("cobalt", D, "0.3"))
    cell = matrix_of(of_cathode, codes).cells["cobalt", "air", "1"]
    assert (cell.status, cell.covered) == (Status.UNKNOWN, Fraction(1, 4))
    assert matrix_of(record, codes).cells["lithium", "air", "1"].status is Status.UNKNOWN, (
        "D may have brought any mineral"
    )
    assert sum(gap.count for gap in record.gaps) == 1
    assert not any(cell is None for cell in matrix_of(record, codes).cells.values())


def test_a_group_of_risks_is_known_where_all_of_it_is(codes):
    """A quarter lacks an answer on noise, another quarter on energy: of the group a half is known, and not three quarters."""
    met = dict.fromkeys(STEPS, "met")
    noise, energy = risks(noise_vibration="unknown"), risks(energy_use="unknown")
    first = said(C, "p", mineral("cobalt", "unknown", "1", steps=met, risks=noise, matrix=[row("noise_vibration")]))
    second = said(D, "q", mineral("cobalt", "unknown", "1", steps=met, risks=energy, matrix=[row("energy_use")]))
    third = said(B, "r", mineral("cobalt", "met", "2"))
    records = [published(codes, statement)[1] for statement in (first, second, third)]
    bought = [("p", C, "1"), ("q", D, "1"), ("r", B, "1")]
    _, record = published(codes, OF_A, *bought, received=records)
    cells = matrix_of(record, codes, ANNEX_X).cells
    assert cells["cobalt", "energy_use", "1"].covered == Fraction(3, 4)
    assert cells["cobalt", "noise_vibration", "1"].covered == Fraction(3, 4)
    assert matrix_of(record, codes).cells["cobalt", "founding.human_health", "1"].covered == Fraction(1, 2)


def row(unknown: str) -> dict:
    return {"risk": unknown, "steps": {step: {"status": "unknown"} for step in STEPS}}


def test_what_has_run_out_is_not_known_any_more(codes):
    _, before = published(codes, OF_D, as_of=date(2026, 12, 31))
    _, after = published(codes, OF_D, as_of=date(2027, 1, 1))
    assert before.status("cobalt") is Status.MET
    assert after.status("cobalt") is Status.UNKNOWN
    assert after.minerals[0].covered == 0
    assert after.minerals[0].steps["3"] is Status.MET
    cells = matrix_of(after, codes, ANNEX_X).cells
    assert cells["cobalt", "child_labour", "4"].status is Status.UNKNOWN
    assert cells["cobalt", "child_labour", "3"].status is Status.MET


FLAG = Alert(
    id="urn:uuid:flag",
    revision=1,
    kind=AlertKind.RED_FLAG,
    mineral="cobalt",
    raised=date(2026, 11, 22),
    risks=("child_labour",),
)


def test_a_red_flag_marks_every_record_on_its_way(codes):
    _, record = chain(codes, alerts={("cobalt", D): [FLAG]})
    assert record.status("cobalt") is Status.NOT_MET
    cells = matrix_of(record, codes).cells
    assert {cells["cobalt", "founding.labour_rights", step].status for step in STEPS} == {Status.NOT_MET}
    assert cells["cobalt", "water", "1"].status is Status.MET
    assert record.alerts == (FLAG,)
    assert DueDiligenceRecord.from_json(record.to_json(), codes).alerts == (FLAG,)


def test_an_alert_that_came_by_notice_counts_before_the_next_record_does(codes):
    _, of_refiner = published(codes, OF_D)
    told = {("cobalt", D): [FLAG]}
    calculation, _ = published(codes, OF_C, ("cobalt", D, "0.3"), received=[of_refiner], alerts=told)
    assert matrix_of(calculation, codes, ANNEX_X).cells["cobalt", "child_labour", "2"].status is Status.NOT_MET
    cleared = Alert(id=FLAG.id, revision=2, kind=AlertKind.CLEARED, mineral="cobalt", raised=date(2026, 11, 23))
    told = {("cobalt", D): [cleared, FLAG]}
    calculation, record = published(codes, OF_C, ("cobalt", D, "0.3"), received=[of_refiner], alerts=told)
    assert matrix_of(calculation, codes, ANNEX_X).cells["cobalt", "child_labour", "2"].status is Status.MET
    assert record.alerts == ()


def test_an_alert_on_a_mineral_that_was_denied_makes_it_present(codes):
    _, of_refiner = published(codes, OF_D)
    flag = Alert(id="urn:1", revision=1, kind=AlertKind.AUDIT_EXPIRED, mineral="lithium", raised=date(2026, 1, 1))
    _, record = published(codes, OF_C, ("cobalt", D, "0.3"), received=[of_refiner], alerts={("cobalt", D): [flag]})
    assert record.status("lithium") is Status.UNKNOWN


def test_alerts_stand_in_their_last_revision(codes):
    later = Alert(id=FLAG.id, revision=3, kind=AlertKind.COMPLAINT, mineral="cobalt", raised=FLAG.raised)
    gone = Alert(id="urn:2", revision=2, kind=AlertKind.CLEARED, mineral="cobalt", raised=FLAG.raised)
    early = Alert(id="urn:2", revision=1, kind=AlertKind.RED_FLAG, mineral="cobalt", raised=FLAG.raised)
    assert newest_alerts([later, FLAG, gone, early]) == (later,)


@pytest.mark.parametrize(
    "change",
    [
        {"mineral": "gold"},
        {"risks": ["bad_luck"]},
        {"step": "6"},
        {"kind": "pink-flag"},
        {"revision": 0},
        {"company": "someone"},
        {"@type": "Alert"},
        {"raised": "yesterday"},
    ],
)
def test_an_alert_is_read_strictly(codes, change):
    with pytest.raises(PeerError) as caught:
        Alert.from_json(FLAG.to_json() | change, codes)
    assert caught.value.code.startswith("battery-record-")


# --- facilities ----------------------------------------------------------------------------------


def digests(record) -> list[tuple[str, str]]:
    return [(entry.mineral, digest) for entry in record.minerals for digest in entry.facilities]


def test_a_facility_is_a_hash_up_to_the_top_and_opens_there(codes):
    _, record = chain(codes)
    assert digests(record) == [("cobalt", DIGEST)]
    own = DiligenceStatement.from_json(OF_D, codes).facilities["cobalt"][0]
    mineral_, facility = demand_opening(own.opening("cobalt"), digests(record), codes)
    assert (mineral_, facility.name, facility.scheme_id) == ("cobalt", "Kokkola", "CID009999")
    assert matrix_of(record, codes).facilities["cobalt"] == 1


@pytest.mark.parametrize(
    "change", [{"mineral": "nickel"}, {"salt": "t" * 22}, {"facility": {"role": "refiner", "name": "Kokkola"}}]
)
def test_another_opening_does_not_fit(codes, change):
    _, record = chain(codes)
    own = DiligenceStatement.from_json(OF_D, codes).facilities["cobalt"][0]
    with pytest.raises(PeerError) as caught:
        demand_opening(own.opening("cobalt") | change, digests(record), codes)
    assert caught.value.code == "diligence-opening-broken"


@pytest.mark.parametrize(
    "change", [{"salt": "short"}, {"status": "fine"}, {"country": "Finland"}, {"role": "shop"}, {"colour": "red"}]
)
def test_a_facility_is_read_strictly(codes, change):
    statement = said(D, "cobalt", mineral("cobalt", "met", "1", facilities=[SMELTER | change]))
    with pytest.raises(ConfigurationError):
        DiligenceStatement.from_json(statement, codes)


def test_names_of_facilities_are_no_part_of_a_record(codes):
    _, record = published(codes, OF_D)
    document = record.to_json()
    document["minerals"][0]["facilities"] = [SMELTER]
    with pytest.raises(PeerError):
        DueDiligenceRecord.from_json(document, codes)


# --- reading -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"risk": "bad_luck", "steps": {}},
        {"risk": "air", "steps": {"6": {"status": "met"}}},
        {"risk": "air", "steps": {"1": {"status": "fine"}}},
        {"risk": "air", "steps": {"1": {"status": "met", "covered": "0.5"}}},
        {"risk": "air", "steps": {"1": {"status": "unknown", "covered": "1"}}},
        {"risk": "air", "steps": {"1": {"status": "not-met"}}},
        {"risk": "air", "steps": {"1": {"status": "met", "who": "us"}}},
        {"risk": "air", "steps": {}, "who": "us"},
    ],
)
def test_a_matrix_is_read_strictly_and_hides_nothing_red_behind_green(codes, wrong):
    statement = said(D, "cobalt", mineral("cobalt", "met", "1", matrix=[wrong]))
    with pytest.raises(RenkeiError):
        DiligenceStatement.from_json(statement, codes)


def test_each_view_shows_each_code_of_the_law_once(codes):
    for view in (ANNEX_X, FOUNDING_NINE):
        shown = [code for row in codes.views[view] for code in codes.members_of(row)]
        assert sorted(shown) == sorted(codes.risks)
    assert len(codes.views[FOUNDING_NINE]) == 9
    assert len(codes.risks) == 15 + 2
    with pytest.raises(ConfigurationError) as caught:
        matrix_of(chain(codes)[1], codes, "rainbow")
    assert caught.value.code == "diligence-view-unknown"
