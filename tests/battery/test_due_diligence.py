from __future__ import annotations

import copy
import json
from fractions import Fraction

import pytest
from battery_samples import US, d, line, supplier_of

from renkei.battery import (
    Bom,
    DiligenceStatement,
    DueDiligenceRecord,
    Gap,
    Status,
    Unit,
    roll_up_diligence,
)
from renkei.battery.diligence.record import worst
from renkei.kernel.problems import ConfigurationError, PeerError, RenkeiError

MINERALS = ("cobalt", "natural_graphite", "lithium", "nickel")
STEPS = ("1", "2", "3", "4", "5")
CODES = "urn:renkei:codes:due-diligence:eu-2023-1542"


def entry(mineral: str, status: str = "met", amount: str | None = None, **changes: object) -> dict[str, object]:
    members: dict[str, object] = {
        "mineral": mineral,
        "steps": dict.fromkeys(STEPS, status),
        "risks": [],
        "evidence": [],
        "status": status,
        "covered": "0" if status == "unknown" else "1",
    }
    if amount is not None:
        members["amount"] = amount
    return members | changes


def document(name: str, *entries: dict[str, object], absent=None, **changes: object) -> dict[str, object]:
    """A record in which every mineral that is not listed is declared absent, unless said otherwise."""
    listed = {one["mineral"] for one in entries}
    return {
        "@type": "DueDiligenceRecord",
        "id": f"urn:uuid:{name}",
        "version": 1,
        "part": name,
        "company": supplier_of(name),
        "declaredUnit": "kilogram",
        "declaredUnitAmount": "1",
        "period": {"start": "2025-01-01", "end": "2026-12-31"},
        "minerals": list(entries),
        "absent": [m for m in MINERALS if m not in listed] if absent is None else absent,
        "gaps": [],
        "codeList": CODES,
    } | changes


def statement(name: str, *entries: dict[str, object], absent=None, expected=(), **changes: object) -> dict[str, object]:
    members = document(name, *entries, absent=absent) | {"@type": "DiligenceStatement", "company": US}
    for member in ("id", "version", "gaps", "codeList"):
        del members[member]
    return members | {"expected": list(expected)} | changes


def kg(parent: str, component: str, amount: str = "1", **rest):
    return line(parent, component, amount, unit=Unit.KILOGRAM, **rest)


def calculate(codes, lines, received, *statements):
    own = [DiligenceStatement.from_json(one, codes) for one in statements or (statement("p"),)]
    records = [DueDiligenceRecord.from_json(one, codes) for one in received]
    return roll_up_diligence(own[0].part.id, own, Bom(tuple(lines)), records, codes)


def statuses(found, codes) -> dict[str, Status | None]:
    published = DueDiligenceRecord.from_json(found.publish("urn:1").to_json(), codes)
    return {mineral: published.status(mineral) for mineral in MINERALS}


FULL = document(
    "cathode",
    entry(
        "cobalt",
        "met",
        "0.0838",
        compound="CoSO4.7H2O",
        originCountries=["CD", "FI"],
        risks=[{"category": "child_labour", "status": "met"}],
        evidence=[{"step": "4", "kind": "scheme", "reference": "an audit", "digest": "sha-256:" + "0" * 64}],
    ),
    entry("nickel", "not-met"),
    entry("lithium", "unknown"),
    version=2,
    supersedes="urn:uuid:0",
    plant="urn:site:1",
    gaps=[{"part": "**", "company": "**", "count": 1}],
)


def test_a_record_is_written_as_it_was_read(codes):
    read = DueDiligenceRecord.from_json(FULL, codes)
    shown = [one | {"matrix": [], "expires": {}, "schemes": [], "facilities": []} for one in FULL["minerals"]]
    assert read.to_json() == FULL | {"minerals": shown, "alerts": []}
    assert [read.status(mineral) for mineral in MINERALS] == [Status.MET, None, Status.UNKNOWN, Status.NOT_MET]


def test_a_mineral_that_is_not_mentioned_is_unknown(codes):
    read = DueDiligenceRecord.from_json(document("q", absent=["nickel"]), codes)
    assert [read.status(m) for m in MINERALS] == [Status.UNKNOWN, Status.UNKNOWN, Status.UNKNOWN, None]


def test_a_step_that_is_not_mentioned_is_unknown(codes):
    one = entry("cobalt", "unknown", steps={"1": "met", "2": "met"})
    read = DueDiligenceRecord.from_json(document("q", one), codes)
    assert [status.value for status in read.minerals[0].steps.values()] == ["met", "met", *["unknown"] * 3]


def test_the_worst_status_wins_and_nothing_asked_is_unknown():
    assert worst([Status.MET, Status.MET]) is Status.MET
    assert worst([Status.MET, Status.UNKNOWN]) is Status.UNKNOWN
    assert worst([Status.UNKNOWN, Status.NOT_MET, Status.MET]) is Status.NOT_MET
    assert worst([]) is Status.UNKNOWN


def changed(path: str, value: object) -> dict[str, object]:
    result = copy.deepcopy(FULL)
    *way, last = path.split("/")
    target = result
    for step in way:
        target = target[int(step) if isinstance(target, list) else step]
    if value is ...:
        del target[last]
    else:
        target[last] = value
    return result


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("colour", "red", "field-unknown"),
        ("minerals/0/purity", "1", "field-unknown"),
        ("minerals/0/steps/6", "met", "field-unknown"),
        ("minerals/0/risks/0/note", "x", "field-unknown"),
        ("absent", ..., "field-missing"),
        ("minerals/0/status", ..., "field-missing"),
        ("minerals/0/steps", ..., "field-missing"),
        ("minerals/0/evidence/0/reference", ..., "field-missing"),
        ("codeList", "urn:other", "field-malformed"),
        ("minerals/0/mineral", "gold", "field-malformed"),
        ("minerals/0/status", "fine", "field-malformed"),
        ("minerals/0/steps/1", "done", "field-malformed"),
        ("minerals/0/risks/0/category", "bad_luck", "field-malformed"),
        ("minerals/0/evidence/0/step", "6", "field-malformed"),
        ("minerals/0/evidence/0/kind", "hearsay", "field-malformed"),
        ("minerals/0/evidence/0/digest", "sha-256:00", "field-malformed"),
        ("minerals/0/originCountries", ["Finland"], "field-malformed"),
        ("minerals/0/originCountries", ["FI", "FI"], "field-malformed"),
        ("minerals/0/originCountries", "FI", "field-malformed"),
        ("absent", ["gold"], "field-malformed"),
        ("absent", [["nickel"]], "field-malformed"),
        ("minerals/0/amount", 0.0838, "number-not-text"),
        ("minerals/0/amount", "0", "out-of-range"),
        ("minerals/0/covered", "1.1", "out-of-range"),
        ("minerals/0/covered", "0.9", "inconsistent"),
        ("minerals/0/covered", ..., "inconsistent"),
        ("minerals/2/covered", "1", "inconsistent"),
        ("minerals/0/status", "not-met", "inconsistent"),
        ("minerals/1/status", "met", "inconsistent"),
        ("minerals/2/status", "met", "inconsistent"),
        ("minerals/0/risks/0/status", "unknown", "inconsistent"),
        ("minerals/1/mineral", "cobalt", "inconsistent"),
        ("absent", ["natural_graphite", "cobalt"], "inconsistent"),
        ("supersedes", "urn:uuid:cathode", "inconsistent"),
    ],
)
def test_a_bad_record_is_refused(codes, path, value, code):
    with pytest.raises(PeerError) as caught:
        DueDiligenceRecord.from_json(changed(path, value), codes)
    assert caught.value.code == f"battery-record-{code}"


def test_a_risk_category_stands_once(codes):
    twice = [{"category": "water", "status": "met"}, {"category": "water", "status": "met"}]
    with pytest.raises(PeerError) as caught:
        DueDiligenceRecord.from_json(changed("minerals/0/risks", twice), codes)
    assert caught.value.code == "battery-record-inconsistent"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("met", "met", Status.MET),
        ("met", "unknown", Status.UNKNOWN),
        ("unknown", "unknown", Status.UNKNOWN),
        ("met", "not-met", Status.NOT_MET),
        ("unknown", "not-met", Status.NOT_MET),
    ],
)
def test_the_worst_supplier_decides(codes, one, other, expected):
    received = [document("a", entry("cobalt", one)), document("b", entry("cobalt", other))]
    found = calculate(codes, [kg("p", "a"), kg("p", "b")], received)
    assert statuses(found, codes) == {"cobalt": expected, "natural_graphite": None, "lithium": None, "nickel": None}


def test_coverage_is_weighted_by_mass(codes):
    """3 kg of a at 0.1 kg known, 0.5 kg of b at 0.2 kg unknown: 0.3 of 0.4 kg."""
    received = [document("a", entry("cobalt", "met", "0.1")), document("b", entry("cobalt", "unknown", "0.2"))]
    found = calculate(codes, [kg("p", "a", "3"), kg("p", "b", "0.5")], received)
    cobalt = found.minerals[0]
    assert (cobalt.amount, cobalt.covered) == (Fraction("0.4"), Fraction("0.75"))
    published = found.publish("urn:1").minerals[0]
    assert (published.amount, published.covered) == (d("0.4"), d("0.75"))


def test_without_masses_coverage_is_not_made_up(codes):
    received = [document("a", entry("cobalt", "met")), document("b", entry("cobalt", "unknown", "0.2"))]
    found = calculate(codes, [kg("p", "a"), kg("p", "b")], received)
    assert (found.minerals[0].amount, found.minerals[0].covered) == (None, None)
    assert statuses(found, codes)["cobalt"] is Status.UNKNOWN


def test_nearly_whole_coverage_does_not_read_as_whole(codes):
    tiny = "0." + "0" * 40 + "1"
    received = [document("a", entry("cobalt", "met", "1")), document("b", entry("cobalt", "unknown", tiny))]
    found = calculate(codes, [kg("p", "a"), kg("p", "b")], received)
    assert found.minerals[0].covered < 1
    assert found.publish("urn:1").minerals[0].covered is None
    assert statuses(found, codes)["cobalt"] is Status.UNKNOWN


def test_coverage_passes_through_tiers(codes):
    """A supplier whose cobalt is half unknown, next to as much that is known: three quarters."""
    half = entry("cobalt", "unknown", "1", covered="0.5")
    received = [document("a", half), document("b", entry("cobalt", "met", "1"))]
    assert calculate(codes, [kg("p", "a"), kg("p", "b")], received).minerals[0].covered == Fraction("0.75")


def test_a_supplier_without_an_answer_leaves_every_mineral_unknown_and_a_named_gap(codes):
    found = calculate(codes, [kg("p", "a"), kg("p", "b")], [document("a", entry("cobalt"))])
    assert statuses(found, codes) == dict.fromkeys(MINERALS, Status.UNKNOWN)
    assert found.gaps == (Gap("b", supplier_of("b"), 1),)
    assert found.publish("urn:1").gaps == (Gap("**", "**", 1),)


def test_where_the_content_is_known_only_that_is_unknown(codes):
    expected = [{"component": "b", "minerals": [{"mineral": "cobalt", "amount": "0.3"}]}]
    found = calculate(
        codes,
        [kg("p", "a"), kg("p", "b")],
        [document("a", entry("cobalt", "met", "0.1"))],
        statement("p", expected=expected),
    )
    assert statuses(found, codes) == {
        "cobalt": Status.UNKNOWN,
        "natural_graphite": None,
        "lithium": None,
        "nickel": None,
    }
    assert found.minerals[0].covered == Fraction(1, 4)
    assert found.gaps == (Gap("b", supplier_of("b"), 1),)


def test_a_record_that_denies_what_must_be_there_is_not_believed(codes):
    expected = [{"component": "a", "minerals": [{"mineral": "lithium"}]}]
    found = calculate(codes, [kg("p", "a")], [document("a")], statement("p", expected=expected))
    assert statuses(found, codes)["lithium"] is Status.UNKNOWN


def test_silence_of_a_supplier_on_one_mineral_is_unknown(codes):
    silent = document("a", entry("cobalt"), absent=["nickel", "lithium"])
    found = calculate(codes, [kg("p", "a")], [silent])
    assert statuses(found, codes)["natural_graphite"] is Status.UNKNOWN
    assert statuses(found, codes)["cobalt"] is Status.MET


def test_our_own_silence_is_unknown_too(codes):
    found = calculate(codes, [], [], statement("p", entry("nickel"), absent=["cobalt", "lithium"]))
    assert statuses(found, codes) == {
        "cobalt": None,
        "natural_graphite": Status.UNKNOWN,
        "lithium": None,
        "nickel": Status.MET,
    }


def test_open_answers_further_up_are_counted(codes):
    gap = [{"part": "**", "company": "**", "count": 3}]
    found = calculate(codes, [kg("p", "a")], [document("a", entry("cobalt"), gaps=gap)])
    assert found.gaps == (Gap("a", supplier_of("a"), 3),)


def test_an_expired_record_is_no_answer(codes):
    old = document("a", entry("cobalt"), period={"start": "2023-01-01", "end": "2024-12-31"})
    found = calculate(codes, [kg("p", "a")], [old])
    assert statuses(found, codes)["cobalt"] is Status.UNKNOWN
    assert found.gaps == (Gap("a", supplier_of("a"), 1),)


def test_the_earliest_expiry_holds(codes):
    soon = document("a", entry("cobalt"), period={"start": "2024-01-01", "end": "2025-06-30"})
    assert calculate(codes, [kg("p", "a")], [soon]).period.end.isoformat() == "2025-06-30"


def test_risks_are_merged_and_silence_is_good_only_where_all_was_met(codes):
    child = [{"category": "child_labour", "status": "met"}]
    water = [{"category": "water", "status": "not-met"}]
    received = [
        document("a", entry("cobalt", risks=child)),
        document("b", entry("cobalt", "not-met", steps=dict.fromkeys(STEPS, "met"), risks=water)),
        document("c", entry("cobalt")),
    ]
    cobalt = calculate(codes, [kg("p", name) for name in "abc"], received).minerals[0]
    assert cobalt.risks == {"child_labour": Status.UNKNOWN, "water": Status.NOT_MET}


def test_nothing_of_a_supplier_is_published(codes):
    secret = entry(
        "cobalt",
        originCountries=["CD"],
        evidence=[{"step": "4", "kind": "scheme", "reference": "secret audit"}],
    )
    found = calculate(codes, [kg("p", "secret-part")], [document("secret-part", secret)])
    public = json.dumps(found.publish("urn:1").to_json())
    assert "secret" not in public
    assert "originCountries" not in public
    assert found.publish("urn:1", with_origins=True).minerals[0].origins == ("CD",)
    assert "secret-part" in json.dumps(found.to_json())


def test_own_evidence_is_published(codes):
    mine = entry("cobalt", evidence=[{"step": "1", "kind": "self", "reference": "our policy"}])
    found = calculate(codes, [], [], statement("p", mine))
    assert found.publish("urn:1").minerals[0].evidence[0].reference == "our policy"


def test_own_components_are_followed(codes):
    inner = statement("q", entry("nickel", "unknown", "0.5"))
    found = calculate(codes, [kg("p", "q", "2", bought=False), kg("q", "ore")], [], statement("p"), inner)
    assert found.gaps == (Gap("ore", supplier_of("ore"), 1),)
    assert statuses(found, codes) == dict.fromkeys(MINERALS, Status.UNKNOWN)


def test_parts_that_contain_each_other_are_refused(codes):
    lines = [kg("p", "q", "0.1", bought=False), kg("q", "p", "0.1", bought=False)]
    with pytest.raises(RenkeiError) as caught:
        calculate(codes, lines, [], statement("p"), statement("q"))
    assert caught.value.code == "battery-cycle-not-traceable"


@pytest.mark.parametrize(
    ("expected", "code"),
    [
        ([{"component": "b", "minerals": [{"mineral": "gold"}]}], "field-malformed"),
        ([{"component": "b", "minerals": []}, {"component": "b", "minerals": []}], "inconsistent"),
        ([{"component": "b"}], "field-missing"),
        ([{"component": "b", "minerals": [{"mineral": "cobalt", "amount": 1}]}], "number-not-text"),
    ],
)
def test_a_bad_statement_is_the_operators_to_mend(codes, expected, code):
    with pytest.raises(ConfigurationError) as caught:
        DiligenceStatement.from_json(statement("p", expected=expected), codes)
    assert caught.value.code == f"battery-input-{code}"


def test_the_shipped_codes_are_those_of_annex_x(codes):
    assert tuple(codes.minerals) == MINERALS
    assert tuple(codes.steps) == STEPS
    assert len(codes.risks) == 17
    assert codes.risks["child_labour"].ja == "児童労働"
