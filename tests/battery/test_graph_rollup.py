"""The big engine and the one that explains every contribution give the same figures, loops included."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from battery_samples import inventory, line, own, record, use
from hypothesis import given, settings
from hypothesis import strategies as st

from renkei.battery import Bom, Quality, Rounding, RuleSet, Stage, roll_up_all
from renkei.battery.footprint.figures import Addend, Figures
from renkei.battery.footprint.graph import Graph
from renkei.battery.footprint.graph import Use as Used
from renkei.battery.footprint.rules import RuleStatus

STRAIGHT = {stage: stage for stage in Stage}
UPSTREAM = STRAIGHT | {Stage.PRODUCTION: Stage.RAW_MATERIAL, Stage.DISTRIBUTION: Stage.RAW_MATERIAL}
RULES = RuleSet(
    id="urn:test:rules",
    as_of=date(2026, 1, 1),
    status=RuleStatus.DRAFT,
    sources=(),
    publication=Rounding(34),
    stage_maps={"component": UPSTREAM, "assembly": STRAIGHT},
    equivalent_cycles={},
)


def decimals(high: int, digits: int) -> st.SearchStrategy[Decimal]:
    return st.integers(1, high * 10**digits).map(lambda n: Decimal(n).scaleb(-digits))


amounts, ratings = decimals(3, 2), decimals(4, 1).map(lambda figure: 1 + figure)
qualities = st.builds(Quality, ratings, ratings, ratings)


@st.composite
def houses(draw):
    """Parts of ours that may need each other a little, over bought ones; no credits, so that nothing cancels."""
    stage = st.sampled_from(Stage)
    stock = [
        inventory(
            f"p{i}",
            *(own(str(draw(amounts)), draw(stage), quality=draw(qualities)) for _ in range(draw(st.integers(1, 2)))),
            *(replace(use(str(draw(amounts))), quality=draw(qualities)) for _ in range(draw(st.integers(0, 1)))),
            amount=str(draw(amounts)),
        )
        for i in range(draw(st.integers(1, 5)))
    ]
    received = [
        replace(
            record(f"q{i}", str(draw(amounts)), stage=draw(stage), quality=draw(qualities)),
            primary_data_share=draw(decimals(100, 1)),
        )
        for i in range(2)
    ]
    lines = []
    for i in range(len(stock)):
        for j in draw(st.sets(st.integers(0, len(stock) - 1))):
            amount = draw(amounts) if j > i else draw(amounts) / 10000
            lines.append(
                line(
                    f"p{i}", f"p{j}", str(amount), bought=False, stages=draw(st.sampled_from(["component", "assembly"]))
                )
            )
        for q in draw(st.sets(st.sampled_from(["q0", "q1"]))):
            lines.append(line(f"p{i}", q, str(draw(amounts)), process_yield="0.7"))
    return stock, lines, received


def compiled(stock, lines, received) -> Graph:
    def rated(quality):
        return None if quality is None else Quality(*map(Fraction, quality.figures()))

    figures = {
        each.part.id: Figures.of(
            Addend(e.stage, e.exact, Fraction(100 * e.measured), rated(e.quality), own=True)
            for e in each.emissions(RULES.methods)
        )
        for each in stock
    }
    figures |= {
        each.part: Figures.of(
            Addend(stage, Fraction(figure), Fraction(each.primary_data_share), rated(each.quality))
            for stage, figure in each.stages.items()
        )
        for each in received
    }
    declared = {each.part.id: each.part.declared for each in stock} | {each.part: each.declared for each in received}
    uses = [
        Used(each.parent, each.component, each.times(declared[each.component]), RULES.stage_map(each.stage_map))
        for each in lines
    ]
    return Graph.compile(figures, uses)


@settings(max_examples=25, deadline=None)
@given(houses())
def test_both_engines_agree(house):
    stock, lines, received = house
    big = compiled(stock, lines, received).roll_up()
    for part, small in roll_up_all(stock, Bom(tuple(lines)), received, RULES).items():
        found = big[part]
        assert (found.stages, found.own, found.total) == (small.stages, small.own, small.total)
        assert (found.primary_data_share, found.quality) == (small.primary_data_share, small.quality)
