"""The leakage estimator: each way of working something out is found, and what cannot be worked out is not."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from battery_samples import inventory, line, own, record
from hypothesis import given
from hypothesis import strategies as st

from renkei.battery import Bom, FootprintRecord, Quality, Rounding, RuleSet, Stage, Stages, roll_up
from renkei.battery.disclosure.leakage import Advice, Figure, Finding, Knowledge, Way, findings
from renkei.battery.disclosure.release_rules import ReleaseCalendar, ReleaseRules, Told, demand_release, due_time
from renkei.battery.disclosure.releases import Release, Share, shares_of
from renkei.battery.disclosure.row_space import Equation, RowSpace
from renkei.battery.footprint.coarse_ratings import coarsened
from renkei.battery.units import Counting
from renkei.kernel.problems import ConfigurationError, LocalError, PolicyError

F = Fraction
EXACT = (F(0),) * 5
A, B, C, D = "did:web:a.example", "did:web:b.example", "did:web:c.example", "did:web:d.example"


def share(company: str, *stages: int, amount: int = 1, component: str = "x", ratings: tuple[int, ...] = ()) -> Share:
    figures = tuple(map(F, (*stages, *(0,) * (4 - len(stages)))))
    return Share(company=company, component=component, amount=F(amount), stages=figures, ratings=tuple(map(F, ratings)))


def release(*shares: Share, own_: int = 0, errors: tuple[Fraction, ...] = EXACT, **more: object) -> Release:
    return Release(shares=shares, own=(F(own_), F(0), F(0), F(0)), errors=errors, **more)  # type: ignore[arg-type]


def said(found: list[Finding]) -> list[tuple[Way, Figure, str, Fraction]]:
    return [(f.way, f.figure, f.company, f.value) for f in found]


def test_one_supplier_is_the_total_less_our_own() -> None:
    found = findings([release(share(A, 70), own_=30)])
    assert said(found) == [(Way.SINGLE, Figure.SHARE, A, F(70))]
    assert found[0].advice == (Advice.MERGE, Advice.QUANTISE)


def test_of_two_suppliers_only_what_changes_shows() -> None:
    before, after = release(share(A, 70), share(B, 40)), release(share(A, 60), share(B, 40))
    assert findings([before]) == []
    assert said(findings([before, after])) == [(Way.DELTA, Figure.CHANGE, A, F(-10))]


def test_two_changes_at_once_hide_each_other() -> None:
    before, after = release(share(A, 70), share(B, 40)), release(share(A, 60), share(B, 45))
    assert findings([before, after]) == []


def test_a_value_that_comes_back_shows_what_changed_meanwhile() -> None:
    """A and B move together, then both go back while C moves alone against the first release."""
    story = [
        release(share(A, 70), share(B, 40), share(C, 10)),
        release(share(A, 60), share(B, 45), share(C, 10)),
        release(share(A, 70), share(B, 40), share(C, 12)),
    ]
    assert said(findings(story)) == [(Way.DELTA, Figure.CHANGE, C, F(2))]


def test_stages_tell_suppliers_apart() -> None:
    found = findings([release(share(A, 70), share(B, 0, 40))])
    assert said(found) == [(Way.SPLIT, Figure.SHARE, A, F(70)), (Way.SPLIT, Figure.SHARE, B, F(40))]


def test_our_own_figures_hide_suppliers_only_while_nobody_knows_them() -> None:
    both = release(share(A, 70), own_=30)
    assert findings([both], Knowledge(own=False)) == []
    told_apart = release(share(A, 70), own_=30, split=True)
    assert said(findings([told_apart], Knowledge(own=False))) == [(Way.SPLIT, Figure.SHARE, A, F(70))]


def test_ratings_are_one_more_equation() -> None:
    """60 × 80 + 40 × 20 = 100 × 56: with both ratings known, total and mean fix both shares."""
    mixed = release(share(A, 60, ratings=(80,)), share(B, 40, ratings=(20,)), ratings=((F(56), F(0)),))
    assert {(f.way, f.value) for f in findings([mixed])} == {(Way.RATINGS, F(60)), (Way.RATINGS, F(40))}
    coarse = release(share(A, 60, ratings=(80,)), share(B, 40, ratings=(20,)), ratings=((F(60), F(5)),))
    assert findings([coarse]) == [] or all(f.error for f in findings([coarse]))
    unstated = release(share(A, 60), share(B, 40, ratings=(20,)), ratings=((F(56), F(0)),))
    assert findings([unstated]) == []


def test_a_supplier_whose_figures_the_customer_has_shows_its_amount() -> None:
    """The customer buys A's part itself: from the change of the total it learns how much of it is in ours."""
    before, after = release(share(A, 140, amount=2), share(B, 40)), release(share(A, 120, amount=2), share(B, 40))
    found = findings([before, after], Knowledge(values=frozenset({(A, "x")})))
    assert (Figure.AMOUNT, A, F(2)) in {(f.figure, f.company, f.value) for f in found}
    assert (Figure.SHARE, B, F(40)) in {(f.figure, f.company, f.value) for f in found}


def test_a_supplier_whose_amount_the_customer_knows_shows_its_figure() -> None:
    found = findings([release(share(A, 140, amount=2))], Knowledge(amounts=frozenset({(A, "x")})))
    assert said(found) == [(Way.SINGLE, Figure.VALUE, A, F(70))]
    known = Knowledge(amounts=frozenset({(A, "x")}), values=frozenset({(A, "x")}))
    assert findings([release(share(A, 140, amount=2))], known) == []


def test_nine_tenths_of_all_that_is_bought_are_nearly_a_figure() -> None:
    found = findings([release(share(A, 95), share(B, 3), share(C, 2))])
    assert said(found) == [(Way.DOMINANT, Figure.SHARE, A, F(95))]
    assert found[0].error == F(5)
    assert findings([release(share(A, 80), share(B, 10), share(C, 10))]) == []


def test_rounding_that_leaves_a_tenth_open_hides_a_change() -> None:
    fine = (F(0),) * 4 + (F(1, 2),)
    coarse = (F(0),) * 4 + (F(10),)

    def steps(errors: tuple[Fraction, ...]) -> list[Finding]:
        shares = (share(B, 40), share(C, 30))
        both = [release(share(A, 70), *shares, errors=errors), release(share(A, 50), *shares, errors=errors)]
        return [f for f in findings(both) if f.way is Way.DELTA]

    assert [(f.value, f.error) for f in steps(fine)] == [(F(-20), F(1))]
    assert steps(coarse) == []


def test_a_credit_is_a_share_like_others() -> None:
    assert said(findings([release(share(A, -20), own_=30)])) == [(Way.SINGLE, Figure.SHARE, A, F(-20))]


def test_a_finding_is_told_in_plain_figures() -> None:
    (found,) = findings([release(share(A, 70), own_=30)])
    assert found.to_json() == {
        "way": "single-supplier",
        "figure": "share",
        "company": A,
        "component": "x",
        "release": 0,
        "value": "70",
        "error": "0",
        "advice": ["merge", "quantise"],
        "step": "14",
    }


def test_shares_go_through_what_we_make_ourselves(rules: RuleSet) -> None:
    """2 modules in a pack, 3 of A in each with a tenth lost, 1 of B in the pack itself."""
    bom = Bom(
        (
            line("pack", "module", "2", bought=False),
            line("module", "a", "3", process_yield="0.9"),
            line("pack", "b", "1"),
            line("pack", "silent", "4"),
        )
    )
    inventories = [inventory("pack", own("5")), inventory("module", own("7"))]
    received = [record("a", "9"), record("b", "11", primary=None)]
    found = shares_of("pack", inventories, bom, received, rules)
    assert [(s.component, s.amount, s.total, s.ratings) for s in found] == [
        ("a", F(20, 3), F(60), (F(100),)),
        ("b", F(1), F(11), ()),
    ]
    whole = roll_up("pack", inventories, bom, received, rules)
    published = whole.publish("urn:uuid:1")
    kept = Release.of(published, whole.stages, found)
    assert sum(kept.own) == 5 + 2 * 7
    assert Release.from_json(kept.to_json()) == kept


# --- the elimination -----------------------------------------------------------------------------


@given(
    st.lists(st.lists(st.integers(-3, 3), min_size=5, max_size=5), min_size=1, max_size=5),
    st.lists(st.integers(-3, 3), min_size=5, max_size=5),
)
def test_sums_of_equations_are_determined_and_all_else_is_not(rows: list[list[int]], weights: list[int]) -> None:
    space = RowSpace([Equation({k: F(v) for k, v in enumerate(row)}, F(1)) for row in rows])
    combined = {k: F(sum(w * row[k] for w, row in zip(weights, rows, strict=False))) for k in range(5)}
    assert space.error_of(combined) is not None
    # an unknown is determined exactly if no solution of the homogeneous system moves it: by another elimination
    for k in range(5):
        assert (space.error_of({k: F(1)}) is not None) == (
            _rank(rows) == _rank([*rows, [int(j == k) for j in range(5)]])
        )


def _rank(rows: list[list[int]]) -> int:
    left, rank = [list(map(F, row)) for row in rows], 0
    for column in range(5):
        found = next((row for row in left if row[column]), None)
        if found is None:
            continue
        left.remove(found)
        left = [[a - row[column] / found[column] * b for a, b in zip(row, found, strict=True)] for row in left]
        rank += 1
    return rank


def test_errors_add_up_along_the_sum() -> None:
    space = RowSpace([Equation({"x": F(1), "y": F(1)}, F(1, 2)), Equation({"y": F(1)}, F(1, 4))])
    assert space.error_of({"x": F(1)}) == F(3, 4)
    assert space.error_of({"x": F(2)}) == F(3, 2)
    assert space.error_of({"z": F(1)}) is None
    assert space.error_of({}) == 0


def test_work_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("renkei.battery.disclosure.row_space.MOST_WORK", 1_000)
    with pytest.raises(LocalError) as caught:
        RowSpace([Equation({k: F(k * k + i, k + i + 1) for k in range(40)}) for i in range(40)])
    assert caught.value.code == "disclosure-too-much-to-judge"


def test_very_many_shares_are_refused_rather_than_judged_halfway() -> None:
    silent = (share(f"did:web:s{i}.example") for i in range(5_999))  # they count; judging figures of them takes long
    many = release(share(A, 70), share(B, 40), *silent)
    assert findings([many]) == []
    with pytest.raises(LocalError) as caught:
        findings([many, many])
    assert caught.value.code == "disclosure-too-much-to-judge"


def test_of_a_long_history_the_latest_releases_are_looked_at() -> None:
    old = [release(share(A, 70), share(B, 40)), release(share(A, 60), share(B, 40))]
    same = release(share(A, 50), share(B, 30))
    assert len(findings(old)) == 1
    assert findings([*old, *[same] * 24]) == []


# --- the rules -----------------------------------------------------------------------------------

NOON = datetime(2026, 2, 14, 12, tzinfo=UTC)
RULE = ReleaseRules(contributors=3, changes=3, calendar=ReleaseCalendar(months=3))
FIRST = Told(NOON, release(share(A, 70), share(B, 40), share(C, 10), share(D, 5)))
LATER = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("calendar", "last", "opens"),
    [
        (ReleaseCalendar(months=3), "2026-02-14T12:00", "2026-04-01T00:00"),
        (ReleaseCalendar(months=3), "2026-04-01T00:00", "2026-07-01T00:00"),
        (ReleaseCalendar(months=3), "2026-12-31T23:59", "2027-01-01T00:00"),
        (ReleaseCalendar(months=1), "2026-01-31T00:00", "2026-02-01T00:00"),
        (ReleaseCalendar(months=12), "2026-06-01T00:00", "2027-01-01T00:00"),
        (ReleaseCalendar(days=7), "2026-11-22T11:00", "2026-11-23T00:00"),
        (ReleaseCalendar(days=7), "2026-11-23T00:00", "2026-11-30T00:00"),
        (ReleaseCalendar(), "2026-11-22T11:00", "2026-11-22T11:00"),
    ],
)
def test_windows_open_at_fixed_points_of_the_calendar(calendar: ReleaseCalendar, last: str, opens: str) -> None:
    at = datetime.fromisoformat(last).replace(tzinfo=UTC)
    assert calendar.opens_after(at) == datetime.fromisoformat(opens).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "wrong", [{"months": 5}, {"months": -1}, {"days": -7}, {"months": 1, "days": 1}, {"months": 13}]
)
def test_a_calendar_that_fits_no_year_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        ReleaseCalendar(**wrong)
    assert caught.value.code == "disclosure-rules-unreadable"


def test_what_waits_goes_out_when_the_window_opens() -> None:
    assert due_time(RULE, None, NOON) == NOON
    assert due_time(RULE, NOON, NOON) == LATER
    assert due_time(RULE, datetime(2025, 11, 1, tzinfo=UTC), NOON) == NOON
    assert due_time(ReleaseRules(), NOON, NOON) == NOON


@pytest.mark.parametrize(
    ("new", "at", "code"),
    [
        (release(share(A, 71), share(B, 41), share(C, 11), share(D, 5)), LATER, ""),
        (release(share(A, 71), share(B, 41), share(C, 11), share(D, 5)), NOON, "disclosure-not-yet"),
        (release(share(A, 71), share(B, 41), share(C, 10), share(D, 5)), LATER, "disclosure-not-yet"),
        (
            release(share(A, 71), share(B, 41), share(C, 10), share(D, 5), own_=3),
            LATER,
            "disclosure-too-few-contributors",
        ),
        (release(share(A, 71), share(B, 41), share(C, 0, 11), share(D, 5)), LATER, "disclosure-too-few-contributors"),
        (release(share(A, 71), share(B, 41)), LATER, "disclosure-too-few-contributors"),
        (
            release(share(A, 71), share(A, 41, component="y"), share(C, 11), share(C, 9, component="z")),
            LATER,
            "disclosure-too-few-contributors",
        ),
        (release(own_=9), LATER, ""),
    ],
    ids=[
        "enough",
        "too early",
        "few changes",
        "two suppliers",
        "alone in a stage",
        "two left",
        "two, not four",
        "none",
    ],
)
def test_only_what_keeps_the_rule_is_told(new: Release, at: datetime, code: str) -> None:
    caught = ""
    try:
        demand_release(RULE, [FIRST], new, at, part="pack", partner="did:web:customer.example")
    except PolicyError as error:
        caught = error.code
    assert caught == code


def test_the_first_record_must_be_of_enough_suppliers_too() -> None:
    demand_release(RULE, [], FIRST.release, NOON, part="pack", partner="x")
    with pytest.raises(PolicyError) as caught:
        demand_release(RULE, [], release(share(A, 70), share(B, 40)), NOON, part="pack", partner="x")
    assert caught.value.code == "disclosure-too-few-contributors"
    demand_release(ReleaseRules(), [], release(share(A, 70)), NOON, part="pack", partner="x")


def test_what_only_several_releases_together_tell_is_held_back() -> None:
    """Each step moves three suppliers against each release before, and together they would still fix one change."""
    ratings = ((F(50), F(0)),)
    one = release(
        share(A, 10, ratings=(90,)), share(B, 10, ratings=(60,)), share(C, 20, ratings=(25,)), ratings=ratings
    )
    two = release(
        share(A, 10, ratings=(90,)), share(B, 10, ratings=(60,)), share(C, 20, ratings=(25,)), ratings=ratings * 3
    )
    rule = ReleaseRules(contributors=3)
    demand_release(rule, [], one, NOON, part="pack", partner="x")
    three = release(
        share(A, 10, ratings=(90, 1)),
        share(B, 10, ratings=(60, 2)),
        share(C, 20, ratings=(25, 4)),
        ratings=((F(50), F(0)), (F(11, 4), F(0))),
    )
    assert two.ratings != one.ratings
    with pytest.raises(PolicyError) as caught:
        demand_release(rule, [], three, NOON, part="pack", partner="x")
    assert caught.value.code == "disclosure-supplier-determined"


def test_the_stricter_of_two_rules_keeps_both() -> None:
    other = ReleaseRules(contributors=2, changes=5, calendar=ReleaseCalendar(days=7))
    assert RULE.strictest(other) == ReleaseRules(3, 5, ReleaseCalendar(months=3))
    assert other.strictest(RULE) == ReleaseRules(3, 5, ReleaseCalendar(months=3))


def test_coarse_ratings_stay_readable() -> None:
    fine = record("a", "9", primary="86.6", quality=Quality(Decimal("1.24"), Decimal("2.26"), Decimal("4.9")))
    coarse = coarsened(fine)
    assert coarse.primary_data_share == Decimal(90)
    assert coarse.quality == Quality(Decimal(1), Decimal("2.5"), Decimal(5))
    assert FootprintRecord.from_json(coarse.to_json()) == coarse
    plain = record("a", "9", primary=None)
    assert coarsened(plain) == plain


def test_errors_are_those_of_the_published_rounding() -> None:
    zero = Decimal(0)
    told = record("a", "9", rounding=Rounding(1, Counting.DECIMAL_PLACES), stages=Stages(zero, Decimal(9), zero, zero))
    exact = Stages(*(F(figure) for _, figure in told.stages.items()))
    assert Release.of(told, exact, []).errors == (F(1, 20),) * 5
    assert len(Stage) == 4
