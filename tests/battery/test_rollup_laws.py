"""Laws that hold for every bill of materials: checked on random graphs, with cycles and without."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from battery_samples import d, inventory, line, own, record, supplier_of, use
from hypothesis import given, settings
from hypothesis import strategies as st

from renkei.battery import (
    Bom,
    Counting,
    FootprintRecord,
    OwnEmission,
    Quality,
    Quantity,
    Rounding,
    RuleSet,
    Stage,
    Unit,
    roll_up,
    roll_up_all,
)
from renkei.battery.footprint.cycles import groups_in_order, solve
from renkei.battery.footprint.rules import RuleStatus

STRAIGHT = {stage: stage for stage in Stage}
UPSTREAM = STRAIGHT | {Stage.PRODUCTION: Stage.RAW_MATERIAL, Stage.DISTRIBUTION: Stage.RAW_MATERIAL}
RULES = RuleSet(
    id="urn:test:rules",
    as_of=inventory("p").period.start,
    status=RuleStatus.DRAFT,
    sources=(),
    publication=Rounding(34),
    stage_maps={"component": UPSTREAM, "assembly": STRAIGHT},
    equivalent_cycles={"M1": d(60)},
)

law = settings(max_examples=20, deadline=None)


def decimals(low: int, high: int, digits: int) -> st.SearchStrategy[Decimal]:
    return st.integers(low * 10**digits, high * 10**digits).map(lambda n: Decimal(n).scaleb(-digits))


figures = decimals(-50, 50, 4)
amounts = decimals(0, 20, 4).filter(bool)
ratings = decimals(1, 5, 1)
qualities = st.builds(Quality, ratings, ratings, ratings)
maps = st.sampled_from(["component", "assembly"])
own_emissions = st.builds(OwnEmission, st.just("plant"), st.sampled_from(Stage), figures, qualities)


@st.composite
def houses(draw):
    """Up to six parts of ours over up to four bought components; lines only point to later parts: no cycles."""
    ours = draw(st.integers(1, 6))
    stock = [
        inventory(f"p{i}", *draw(st.lists(own_emissions, max_size=3)), amount=str(draw(amounts))) for i in range(ours)
    ]
    received = [
        replace(
            record(f"q{i}", str(draw(figures)), amount=str(draw(amounts)), stage=draw(st.sampled_from(Stage))),
            primary_data_share=draw(decimals(0, 100, 2)),
            quality=draw(qualities),
        )
        for i in range(draw(st.integers(0, 4)))
    ]
    lines = []
    for i in range(ours):
        for j in draw(st.lists(st.integers(i + 1, ours - 1), max_size=3)) if i + 1 < ours else []:
            lines.append(line(f"p{i}", f"p{j}", str(draw(amounts)), bought=False, stages=draw(maps)))
        for q in draw(st.lists(st.sampled_from(received), max_size=3)) if received else []:
            lines.append(line(f"p{i}", q.part, str(draw(amounts)), stages=draw(maps)))
    return stock, lines, received


def totals(stock, lines, received):
    found = roll_up_all(stock, Bom(tuple(lines)), received, RULES)
    return {name: (c.stages, c.primary_data_share, c.quality) for name, c in found.items()}


@law
@given(houses())
def test_stages_sum_to_the_total_and_contributions_to_the_stages(house):
    stock, lines, received = house
    for found in roll_up_all(stock, Bom(tuple(lines)), received, RULES).values():
        assert found.total == sum(Fraction(figure) for _, figure in found.stages.items())
        for stage, figure in found.stages.items():
            assert figure == sum(c.emission for c in found.contributions if c.stage is stage)


@law
@given(houses())
def test_primary_share_and_quality_stay_in_their_ranges(house):
    stock, lines, received = house
    for found in roll_up_all(stock, Bom(tuple(lines)), received, RULES).values():
        assert found.primary_data_share is None or 0 <= found.primary_data_share <= 100
        assert found.quality is None or all(1 <= figure <= 5 for figure in found.quality.figures())


@law
@given(houses(), st.randoms(use_true_random=False))
def test_order_does_not_matter(house, chance: random.Random):
    stock, lines, received = house
    expected = totals(stock, lines, received)
    for some in (stock, lines, received):
        chance.shuffle(some)
    assert totals(stock, lines, received) == expected


@law
@given(houses(), st.integers(-7, 7))
def test_emissions_are_linear(house, factor):
    """All own and received emissions times a factor: all results times that factor."""
    stock, lines, received = house
    before = roll_up_all(stock, Bom(tuple(lines)), received, RULES)
    bigger = [replace(i, own=tuple(replace(e, emission=e.emission * factor) for e in i.own)) for i in stock]
    records = [record_times(r, factor) for r in received]
    for name, found in roll_up_all(bigger, Bom(tuple(lines)), records, RULES).items():
        assert found.total == before[name].total * factor


def record_times(one: FootprintRecord, factor: int) -> FootprintRecord:
    stages = replace(
        one.stages,
        raw_material=one.stages.raw_material * factor,
        production=one.stages.production * factor,
        distribution=one.stages.distribution * factor,
        end_of_life=one.stages.end_of_life * factor,
    )
    return replace(one, stages=stages, total=one.total * factor)


@law
@given(houses(), figures)
def test_emissions_add(house, extra):
    """One more emission in p0 moves p0 by just that, and nothing else."""
    stock, lines, received = house
    before = totals_only(stock, lines, received)
    more = [replace(stock[0], own=(*stock[0].own, own(str(extra)))), *stock[1:]]
    expected = before | {"p0": before["p0"] + Fraction(extra)}
    assert totals_only(more, lines, received) == expected


def totals_only(stock, lines, received):
    return {name: c.total for name, c in roll_up_all(stock, Bom(tuple(lines)), received, RULES).items()}


@law
@given(figures, amounts, amounts)
def test_a_unit_and_its_amount_scale_together(total, declared, amount):
    """The same electrode declared and used in grams, kilograms or tonnes."""
    found = {
        roll_up(
            "p",
            [inventory("p")],
            Bom((line("p", "q", str(amount * used), unit=unit),)),
            [record("q", str(total), amount=str(declared * size), unit=other)],
            RULES,
        ).stages
        for unit, used in ((Unit.GRAM, 1000), (Unit.KILOGRAM, 1), (Unit.TONNE, d("0.001")))
        for other, size in ((Unit.GRAM, 1000), (Unit.KILOGRAM, 1), (Unit.TONNE, d("0.001")))
    }
    assert len(found) == 1


@law
@given(houses())
def test_a_record_for_a_larger_amount_says_the_same(house):
    stock, lines, received = house
    larger = [
        replace(r, declared=Quantity(r.declared.value * 7, r.declared.unit), stages=record_times(r, 7).stages)
        for r in received
    ]
    assert totals(stock, lines, larger) == totals(stock, lines, received)


@law
@given(houses())
def test_splitting_a_line_over_two_equal_suppliers_changes_nothing(house):
    stock, lines, received = house
    twins = [replace(r, id=r.id + "'", company=supplier_of(r.part + "-twin")) for r in received]
    split = []
    for one in lines:
        half = replace(one, amount=Quantity(one.amount.value / 2, one.amount.unit))
        split += [half, half if one.supplier is None else replace(half, supplier=supplier_of(one.component + "-twin"))]
    assert totals(stock, split, received + twins) == totals(stock, lines, received)


@law
@given(houses(), figures)
def test_an_update_of_a_supplier_moves_the_part_by_its_amount(house, new):
    """delta[p] = a[p,q] × delta, exactly, for a part that uses q directly."""
    stock, lines, _ = house
    lines = [*lines, line("p0", "fresh", "3.5")]
    before = totals_only(stock, lines, [record("fresh", "10")])
    after = totals_only(stock, lines, [record("fresh", str(new))])
    assert after["p0"] - before["p0"] == Fraction("3.5") * (Fraction(new) - 10)


@law
@given(houses())
def test_a_published_record_is_accepted_by_the_strict_reader(house):
    stock, lines, received = house
    for rounding in (Rounding(34), Rounding(3), Rounding(2, Counting.DECIMAL_PLACES)):
        rules = replace(RULES, publication=rounding)
        for name, found in roll_up_all(stock, Bom(tuple(lines)), received, rules).items():
            published = found.publish(f"urn:{name}")
            assert FootprintRecord.from_json(published.to_json()) == published


@law
@given(st.lists(st.lists(decimals(0, 1, 2).map(Fraction), min_size=3, max_size=3), min_size=3, max_size=3), figures)
def test_solutions_of_cycles_satisfy_their_equations(matrix, constant):
    constants = [[Fraction(constant)], [Fraction(1)], [Fraction(0)]]
    solved = solve(matrix, constants)
    if solved is None:
        # then x = c + A x has no solution that is not negative for c = 1: the row sums cannot all be below 1
        assert max(sum(row) for row in matrix) >= 1
    else:
        for i, row in enumerate(matrix):
            assert solved[i][0] == constants[i][0] + sum(a * x[0] for a, x in zip(row, solved, strict=True))


@law
@given(st.dictionaries(st.sampled_from("abcdefgh"), st.lists(st.sampled_from("abcdefgh"), max_size=4)))
def test_groups_are_cycles_and_come_after_their_inputs(edges):
    groups = list(groups_in_order(edges))
    assert sorted(part for group in groups for part in group) == sorted(edges)
    reach = {part: reachable(part, edges) for part in edges}
    for i, group in enumerate(groups):
        for part in group:
            assert {other for other in edges if other in reach[part] and part in reach[other]} | {part} == set(group)
            later = {other for after in groups[i + 1 :] for other in after}
            assert not reach[part] & later


def reachable(part, edges):
    seen, waiting = set(), list(edges[part])
    while waiting:
        other = waiting.pop()
        if other in edges and other not in seen:
            seen.add(other)
            waiting += edges[other]
    return seen


def test_a_use_is_its_amount_times_its_factor():
    assert use("2.5", "4").emission() == 10
