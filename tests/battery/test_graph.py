"""Big graphs: the roll-up of compiled parts, its update, and loops, against plain rationals on random graphs."""

from __future__ import annotations

import itertools
import random
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renkei.battery import Quality, Stage
from renkei.battery.footprint.figures import Addend, Figures
from renkei.battery.footprint.graph import Graph, Use
from renkei.kernel.problems import RenkeiError

STRAIGHT = {stage: stage for stage in Stage}
UPSTREAM = STRAIGHT | {Stage.PRODUCTION: Stage.RAW_MATERIAL, Stage.DISTRIBUTION: Stage.RAW_MATERIAL}
TURNED = dict(zip(Stage, [*list(Stage)[1:], Stage.RAW_MATERIAL], strict=True))
EMPTY = Figures.of([])

law = settings(max_examples=25, deadline=None)


def rationals(low: int, high: int) -> st.SearchStrategy[Fraction]:
    return st.builds(Fraction, st.integers(low, high), st.sampled_from([1, 3, 7, 10, 1000]))


ratings = rationals(1, 5).map(lambda figure: min(max(figure, Fraction(1)), Fraction(5)))
qualities = st.none() | st.builds(Quality, ratings, ratings, ratings)
addends = st.builds(
    Addend, st.sampled_from(Stage), rationals(-900, 900), st.sampled_from([0, 37, 100]).map(Fraction), qualities,
    st.booleans(),
)  # fmt: skip
maps = st.sampled_from([STRAIGHT, UPSTREAM, TURNED])


def plain(emission: str, stage: Stage = Stage.PRODUCTION, primary: int = 100) -> Figures:
    return Figures.of([Addend(stage, Fraction(emission), Fraction(primary), None, own=True)])


@contextmanager
def refused(code: str):
    with pytest.raises(RenkeiError) as caught:
        yield
    assert caught.value.code == code


@st.composite
def graphs(draw, cycles: bool = False, most: int = 6):
    """Parts with addends, and uses; amounts are small enough that no cycle needs more of itself than it makes."""
    size = draw(st.integers(1, most))
    own = {f"p{i}": draw(st.lists(addends, max_size=3)) for i in range(size)}
    uses = []
    for i in range(size):
        others = range(size) if cycles else range(i + 1, size)
        for j in draw(st.lists(st.sampled_from(others), max_size=3)) if others else []:
            times = draw(rationals(0, 30))
            uses.append(Use(f"p{i}", f"p{j}", times / 100 if cycles else times, draw(maps)))
    return own, uses


def by_series(own, uses):
    """The definition, read backwards: what a part adds, times how often it goes into each other part, stage by stage.

    Only for graphs without cycles. Nothing is shared with the code under test but the addends.
    """

    def of(part: str) -> list[tuple[Addend, Fraction]]:
        found = [(addend, Fraction(1)) for addend in own[part]]
        for use in uses:
            if use.part == part:
                found += [
                    (replace(a, stage=use.stage_map[a.stage]), times * use.times) for a, times in of(use.component)
                ]
        return found

    return {part: of(part) for part in own}


def expected(addends: list[tuple[Addend, Fraction]]):
    stages = {s: sum((a.emission * t for a, t in addends if a.stage is s), Fraction(0)) for s in Stage}
    own = {s: sum((a.emission * t for a, t in addends if a.stage is s and a.own), Fraction(0)) for s in Stage}
    weights = [(abs(a.emission) * t, a) for a, t in addends]
    weight = sum((w for w, _ in weights), Fraction(0))
    primary = sum((w * a.primary_data_share for w, a in weights), Fraction(0)) / weight if weight else None
    if not weight or any(w and a.quality is None for w, a in weights):
        return stages, own, primary, None
    rows = [(w, a.quality.figures()) for w, a in weights if a.quality is not None]
    return stages, own, primary, tuple(sum((w * row[i] for w, row in rows), Fraction(0)) / weight for i in range(3))


def compiled(own, uses) -> Graph:
    return Graph.compile({part: Figures.of(listed) for part, listed in own.items()}, uses)


def seen(figures: Figures):
    quality = figures.quality
    return (
        dict(figures.stages.items()),
        dict(figures.own.items()),
        figures.primary_data_share,
        None if quality is None else quality.figures(),
    )


@law
@given(graphs())
def test_every_figure_is_the_sum_over_all_ways_into_the_part(graph):
    own, uses = graph
    found = compiled(own, uses).roll_up()
    for part, listed in by_series(own, uses).items():
        assert seen(found[part]) == expected(listed)


@law
@given(graphs(cycles=True))
def test_with_cycles_figures_satisfy_their_equations(graph):
    own, uses = graph
    found = compiled(own, uses).roll_up()
    for part, listed in own.items():
        begun = Figures.of(listed)
        stages, plants = dict(begun.stages.items()), dict(begun.own.items())
        weight = begun.weight
        primary = begun.weight * (begun.primary_data_share or 0)
        for use in uses:
            if use.part == part:
                other = found[use.component]
                for stage in Stage:
                    stages[use.stage_map[stage]] += use.times * other.stages[stage]
                    plants[use.stage_map[stage]] += use.times * other.own[stage]
                weight += use.times * other.weight
                primary += use.times * other.weight * (other.primary_data_share or 0)
        assert (dict(found[part].stages.items()), dict(found[part].own.items())) == (stages, plants)
        assert found[part].weight == weight
        assert found[part].weight * (found[part].primary_data_share or 0) == primary


@law
@given(graphs(cycles=True), st.data())
def test_an_update_gives_bit_for_bit_what_calculating_all_again_gives(graph, data):
    own, uses = graph
    before = compiled(own, uses).roll_up()
    after = before
    for _ in range(3):  # an update of an update of an update
        changes = {
            part: data.draw(st.lists(addends, max_size=3)) for part in data.draw(st.sets(st.sampled_from(list(own))))
        }
        own = own | changes
        after = after.updated({part: Figures.of(listed) for part, listed in changes.items()})
        again = compiled(own, uses).roll_up()
        for part in own:
            mine, theirs = after[part], again[part]
            assert [n * theirs.denominator for n in mine.numerators] == [
                n * mine.denominator for n in theirs.numerators
            ]


@law
@given(graphs(cycles=True), st.randoms(use_true_random=False))
def test_order_of_parts_and_uses_does_not_matter(graph, chance: random.Random):
    own, uses = graph
    found = compiled(own, uses).roll_up()
    parts = list(own)
    chance.shuffle(parts)
    chance.shuffle(uses)
    again = compiled({part: own[part] for part in parts}, uses).roll_up()
    assert {part: seen(again[part]) for part in own} == {part: seen(found[part]) for part in own}


@law
@given(graphs(cycles=True), st.integers(-9, 9))
def test_figures_are_linear_in_emissions(graph, factor):
    own, uses = graph
    found = compiled(own, uses).roll_up()
    scaled = {p: [replace(a, emission=a.emission * factor) for a in listed] for p, listed in own.items()}
    again = compiled(scaled, uses).roll_up()
    for part in own:
        assert again[part].total == found[part].total * factor
        assert again[part].weight == found[part].weight * abs(factor)


@law
@given(graphs(cycles=True, most=4))  # split, that is a loop of eight parts with four times the uses
def test_splitting_every_use_over_two_equal_suppliers_changes_nothing(graph):
    own, uses = graph
    twins = own | {f"{part}'": listed for part, listed in own.items()}
    split = []
    for use in uses:
        half = use._replace(times=use.times / 2)
        for user in (use.part, f"{use.part}'"):
            split += [half._replace(part=user), half._replace(part=user, component=f"{use.component}'")]
    found, again = compiled(own, uses).roll_up(), compiled(twins, split).roll_up()
    assert {part: seen(again[part]) for part in own} == {part: seen(found[part]) for part in own}


@law
@given(graphs(cycles=True))
def test_stages_sum_to_the_total_and_shares_stay_in_range(graph):
    own, uses = graph
    found = compiled(own, uses).roll_up()
    for part in own:
        figures = found[part]
        assert figures.total == sum(figure for _, figure in figures.stages.items())
        assert figures.primary_data_share is None or 0 <= figures.primary_data_share <= 100
        assert figures.quality is None or all(1 <= figure <= 5 for figure in figures.quality.figures())


def test_two_parts_that_need_each_other():
    """battery.md W9: X = 5 + 0.1 Y, Y = 3 + 0.2 X."""
    uses = [Use("X", "Y", Fraction("0.1"), STRAIGHT), Use("Y", "X", Fraction("0.2"), STRAIGHT)]
    found = Graph.compile({"X": plain("5"), "Y": plain("3")}, uses).roll_up()
    assert (found["X"].total, found["Y"].total) == (Fraction(265, 49), Fraction(200, 49))


def test_scrap_that_a_part_takes_back_itself():
    """p = 6 + 0.25 p."""
    found = Graph.compile({"p": plain("6")}, [Use("p", "p", Fraction("0.25"), UPSTREAM)]).roll_up()
    assert found["p"].total == 8
    assert dict(found["p"].stages.items())[Stage.PRODUCTION] == 6


@pytest.mark.parametrize("times", ["1", "1.5"])
def test_parts_that_need_more_of_themselves_than_there_is_are_refused(times):
    uses = [Use("p", "q", Fraction(times), STRAIGHT), Use("q", "p", Fraction(1), STRAIGHT)]
    with refused("battery-cycle-unphysical"):
        Graph.compile({"p": plain("1"), "q": EMPTY}, uses)


@pytest.mark.parametrize("use", [Use("p", "?", Fraction(1), STRAIGHT), Use("?", "p", Fraction(1), STRAIGHT)])
def test_a_use_of_a_part_that_is_not_there_is_refused(use):
    with refused("battery-part-unknown"):
        Graph.compile({"p": EMPTY}, [use])


def test_a_part_that_is_not_there_has_no_figures_and_no_change():
    found = Graph.compile({"p": EMPTY}, []).roll_up()
    with refused("battery-part-unknown"):
        _ = found["q"]
    with refused("battery-part-unknown"):
        found.updated({"q": EMPTY})


@pytest.mark.parametrize("changed", ["70.00000000000000000000000000000001", "7e40", "-1e30"])
def test_a_change_that_needs_more_digits_than_there_were_is_not_rounded(changed):
    graph = Graph.compile({"p": EMPTY, "q": plain("1.5")}, [Use("p", "q", Fraction("0.3"), STRAIGHT)])
    assert graph.roll_up().updated({"q": plain(changed)})["p"].total == Fraction("0.3") * Fraction(changed)


@pytest.mark.parametrize(("decimals", "anew"), [(9, True), (34, False)])
def test_room_for_the_digits_of_later_changes_saves_compiling_anew(decimals, anew):
    uses = [Use("p", "q", Fraction("0.3"), STRAIGHT)]
    before = Graph.compile({"p": EMPTY, "q": plain("1.5")}, uses, decimals).roll_up()
    after = before.updated({"q": plain("1.2345678901234567890123456789012")})
    assert (after.graph.scales is not before.graph.scales) == anew
    assert after["p"].total == Fraction("0.3") * Fraction("1.2345678901234567890123456789012")


def test_an_update_leaves_what_was_there_before():
    before = Graph.compile({"p": EMPTY, "q": plain("1.5")}, [Use("p", "q", Fraction(2), STRAIGHT)]).roll_up()
    after = before.updated({"q": plain("2.5")})
    assert (before["p"].total, after["p"].total) == (3, 5)
    assert before.graph.own["q"].total == Fraction("1.5")


def test_a_chain_far_deeper_than_any_stack():
    parts = [f"p{i}" for i in range(5000)]
    uses = [Use(a, b, Fraction(1), STRAIGHT) for a, b in itertools.pairwise(parts)]
    found = Graph.compile({part: plain("0.5") for part in parts}, uses).roll_up()
    assert found["p0"].total == 2500
