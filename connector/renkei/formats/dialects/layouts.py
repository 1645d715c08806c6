"""How a dialect splits the life cycle, against our four stages with each one's own share.

- ``four``: the four stages of Regulation (EU) 2023/1542 Annex II(4) as they are, and a total.
- ``gate``: stages 1 and 2 are one figure (cradle to gate), distribution stands apart, the end of life nowhere
  (Catena-X PCF, PACT).
- ``own``: stages 1 and 2, each own and supplied, with a rating for each; nothing else (Ouranos).
- ``phases``: a list with one figure for each set of EN 15978 phases, and one for all of them (IDTA 02035-3).

``arrange`` makes what the dialect writes, ``compose`` puts together what was read; both tell what they change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final, cast

from renkei.battery.units import Counting, Mode, Rounding, render_figure
from renkei.formats.dialects.derivations import Derived
from renkei.formats.dialects.dialect_problems import NOT_READABLE, PERCENT_OR_KILOGRAM, TOTAL_DISAGREES
from renkei.formats.dialects.leaves import DISTRIBUTION, END, MAIN, OWN, RAW, STAGES, Leaves, figure, written
from renkei.formats.dialects.loss import Change, Log, Why

_TRIPLE: Final = ("quality.TeR", "quality.GeR", "quality.TiR")
_RATING: Final = Rounding(5, Counting.DECIMAL_PLACES, Mode.UP)  # Ouranos rounds the sixth decimal up (切り上げ)
_PHASE_OF: Final[Mapping[str, str]] = {
    "A1 - raw material supply (and upstream production)": RAW,
    "A3 - production": MAIN,
    "A4 - transport to final destination": DISTRIBUTION,
    "C3 - recycling, waste treatment": END,
}
_NEAR: Final[Mapping[str, str]] = {
    "A1-A3": MAIN,
    "A4-A5": DISTRIBUTION,
    "A5 - Installation": DISTRIBUTION,
    "C1 - reassembly": END,
    "C1-C4": END,
    "C2 - transport to recycler": END,
    "C2-C4": END,
    "C4 - landfill": END,
}
_MOST_DIGITS: Final = 34


# --- to write ------------------------------------------------------------------------------------


def arrange(layout: str, leaves: Leaves, log: Log) -> dict[str, Derived]:
    """The derived leaves of a layout. What they carry over counts as kept."""
    return _ARRANGE[layout](leaves, log)


def gate_of(layout: str, leaves: Leaves) -> Fraction | None:
    """Stages 1 and 2 together, for layouts that have it so."""
    return figure(leaves, RAW) + figure(leaves, MAIN) if layout == "gate" else None


def _total(leaves: Leaves, kept: tuple[str, ...], log: Log) -> None:
    """A total that is the sum of what is kept can be made again; any other is lost."""
    if figure(leaves, "total") != sum((figure(leaves, name) for name in kept), Fraction(0)):
        log.add(Change.DROPPED, Why.NO_PLACE, leaf="total", value=leaves["total"])


def _arrange_four(leaves: Leaves, log: Log) -> dict[str, Derived]:  # noqa: ARG001 - the shape of a layout
    return {}


def _arrange_gate(leaves: Leaves, log: Log) -> dict[str, Derived]:
    if figure(leaves, RAW):
        log.add(Change.DERIVED, Why.MERGED, leaf=RAW, value=leaves[RAW])
        log.add(Change.DERIVED, Why.MERGED, leaf=MAIN, value=leaves[MAIN])
    _total(leaves, (RAW, MAIN, DISTRIBUTION), log)
    gate = written(figure(leaves, RAW) + figure(leaves, MAIN))
    found = {"@gate": Derived(gate, (RAW, MAIN, "total"))}
    if figure(leaves, DISTRIBUTION):
        found["@distribution"] = Derived(leaves[DISTRIBUTION], (DISTRIBUTION,))
    return found


def _arrange_own(leaves: Leaves, log: Log) -> dict[str, Derived]:
    split = OWN[0] in leaves
    if not split:
        for name in OWN:
            log.add(Change.DEFAULTED, Why.ALL_OWN, leaf=name)
    _total(leaves, (RAW, MAIN), log)
    found = {"@nothing": Derived(None, tuple(name for name in OWN[2:] if not figure(leaves, name)))}
    for word, stage, own in (("pre", RAW, OWN[0]), ("main", MAIN, OWN[1])):
        ours = figure(leaves, own if split else stage)
        found[f"@{word}.own"] = Derived(written(ours), (stage, own, "total"))
        found[f"@{word}.supplied"] = Derived(written(figure(leaves, stage) - ours), (stage, "total"))
        rated = figure(leaves, stage) > 0
        for name in _TRIPLE:
            known = leaves.get(name) if rated else None
            found[f"@{word}.{name}"] = Derived("0" if known is None else known, (name,) if rated else ())
    return found


def _arrange_phases(leaves: Leaves, log: Log) -> dict[str, Derived]:  # noqa: ARG001 - as above
    everything = {"@value": leaves["total"], "@phases": list(_PHASE_OF)}
    each = [{"@value": leaves[stage], "@phases": [phase]} for phase, stage in _PHASE_OF.items()]
    return {"@entries": Derived([everything, *each], (*STAGES, "total"))}


_ARRANGE: Final[Mapping[str, Callable[[Leaves, Log], dict[str, Derived]]]] = {
    "four": _arrange_four,
    "gate": _arrange_gate,
    "own": _arrange_own,
    "phases": _arrange_phases,
}


# --- to read -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Read:
    """What was read from a document: the leaves, from where each came, and whether percentages may be reckoned out."""

    leaves: Leaves
    log: Log
    where: Mapping[str, str]
    rescale: bool


def compose(layout: str, read: Read) -> None:
    """Stages, own shares, ratings, total and rounding from what a document says.

    Raises PeerError ``formats-percent-or-kilogram``, ``formats-total-disagrees`` or ``formats-not-readable``.
    """
    _COMPOSE[layout](read)
    for stage in STAGES:
        read.leaves.setdefault(stage, "0")
    _settle_total(read)


def _compose_four(read: Read) -> None:
    leaves, log, where = read.leaves, read.log, read.where
    total = figure(leaves, "total")
    together = sum((figure(leaves, stage) for stage in STAGES), Fraction(0))
    if together == 100 and total != 100:
        if not read.rescale:
            raise PERCENT_OR_KILOGRAM(total=leaves.get("total", "?"))
        for stage in STAGES:
            share = written(figure(leaves, stage) * total / 100)
            log.add(Change.RESCALED, Why.PERCENT, leaf=stage, path=where.get(stage, ""), value=leaves[stage])
            leaves[stage] = share or "0"


def _compose_gate(read: Read) -> None:
    leaves, log = read.leaves, read.log
    if "@gate" not in leaves:  # official schemas allow the lists in which it stands to be empty
        raise NOT_READABLE(path="/", found="nothing", expected="a figure from cradle to gate")
    leaves[MAIN] = leaves.pop("@gate")
    if figure(leaves, MAIN):
        log.add(Change.DERIVED, Why.MERGED, leaf=RAW)
        log.add(Change.DERIVED, Why.MERGED, leaf=MAIN)
    if "@distribution" in leaves:
        leaves[DISTRIBUTION] = leaves.pop("@distribution")


def _compose_own(read: Read) -> None:
    leaves, log, where = read.leaves, read.log, read.where
    stages = {}
    for word, stage, own in (("pre", RAW, OWN[0]), ("main", MAIN, OWN[1])):
        for name in (f"@{word}.own", f"@{word}.supplied"):
            if name not in leaves:  # null is how Ouranos says that a figure is not disclosed: that is no zero
                raise NOT_READABLE(path="/", found="null", expected=f"a figure ({name.removeprefix('@')})")
        leaves[own] = leaves.pop(f"@{word}.own")
        stages[word] = figure(leaves, own) + figure(leaves, f"@{word}.supplied")
        leaves.pop(f"@{word}.supplied", None)
        leaves[stage] = written(stages[word]) or "0"
    leaves[OWN[2]] = leaves[OWN[3]] = "0"
    for name in _TRIPLE:
        rated = [(leaves.pop(f"@{word}.{name}", "0"), weight) for word, weight in stages.items()]
        weights = [(Fraction(str(rating)), weight) for rating, weight in rated if Fraction(str(rating)) > 0 and weight]
        if weights:
            mean = sum((r * w for r, w in weights), Fraction(0)) / sum((w for _, w in weights), Fraction(0))
            leaves[name] = render_figure(_RATING.apply(mean))
        if len({rating for rating, _ in weights}) > 1:
            log.add(Change.ROUNDED, Why.CALCULATED, leaf=name, path=where.get(f"@pre.{name}", ""), value=rated[0][0])
            log.add(Change.ROUNDED, Why.CALCULATED, leaf=name, path=where.get(f"@main.{name}", ""), value=rated[1][0])
        elif not weights and any(Fraction(str(rating)) for rating, _ in rated):
            log.add(Change.DROPPED, Why.DISAGREES, leaf=name, path=where.get(f"@pre.{name}", ""), value=rated[0][0])
    if not all(name in leaves for name in _TRIPLE):
        for name in _TRIPLE:
            if name in leaves:
                log.add(
                    Change.DROPPED, Why.NO_PLACE, leaf=name, path=where.get(f"@main.{name}", ""), value=leaves.pop(name)
                )


def _compose_phases(read: Read) -> None:
    leaves, log = read.leaves, read.log
    entries = cast("list[Leaves]", leaves.pop("@entries", []))
    sums: dict[str, Fraction] = {}
    totals: list[str] = []
    for entry in entries:
        phases, path = cast("list[str]", entry.get("@phases") or []), str(entry["@path"])
        stages = {_PHASE_OF.get(phase) or _NEAR.get(phase) for phase in phases}
        if len(stages) > 1 and None not in stages:
            totals.append(str(entry["@value"]))
            continue
        stage = stages.pop() if len(stages) == 1 else None
        if stage is None:
            log.add(Change.DROPPED, Why.NO_PLACE, path=path, value=phases)
            continue
        if phases != [next(phase for phase, of in _PHASE_OF.items() if of == stage)]:
            log.add(Change.DERIVED, Why.ELSEWHERE, leaf=stage, path=path, value=phases)
        sums[stage] = sums.get(stage, Fraction(0)) + figure(entry, "@value")
    leaves.update((stage, written(value) or "0") for stage, value in sums.items())
    if totals and sums:
        leaves["total"] = totals[0]
    elif totals:
        log.add(Change.DERIVED, Why.MERGED, leaf=MAIN, value=totals[0])
        leaves[MAIN] = totals[0]
    elif not sums:
        raise NOT_READABLE(path="/ProductCarbonFootprints", found="nothing", expected="a figure of a known phase")
    for entry in entries:
        if (
            "@value" in entry
            and str(entry["@value"]) not in totals[:1]
            and len(cast("list[str]", entry.get("@phases") or [])) > 1
        ):
            log.add(Change.DROPPED, Why.ONE_ONLY, path=str(entry["@path"]), value=entry["@value"])


_COMPOSE: Final[Mapping[str, Callable[[Read], None]]] = {
    "four": _compose_four,
    "gate": _compose_gate,
    "own": _compose_own,
    "phases": _compose_phases,
}


def _settle_total(read: Read) -> None:
    """The total and the rounding that make the figures a record: the total as close to the sum as that allows.

    A stated total that is another is no matter of rounding: a stage is missing, or a figure is wrong. It is replaced by
    the sum only with leave, and told.
    """
    leaves, log = read.leaves, read.log
    stages = [str(leaves[name]) for name in STAGES]
    figures = stages + [str(leaves[name]) for name in OWN if name in leaves]
    stated = leaves.get("total")
    rounding = None if stated is None else _rounding(stages, figures, str(stated))
    if rounding is None:
        together = sum((figure(leaves, stage) for stage in STAGES), Fraction(0))
        if stated is not None:
            if not read.rescale:
                raise TOTAL_DISAGREES(total=stated, sum=written(together) or "another figure")
            log.add(Change.DROPPED, Why.DISAGREES, leaf="total", path=read.where.get("total", ""), value=stated)
        leaves["total"] = render_figure(Rounding(_MOST_DIGITS).apply(together))
        rounding = _rounding(stages, figures, str(leaves["total"]))
    if rounding is None:
        raise NOT_READABLE(path="/", found="a figure", expected=f"one of at most {_MOST_DIGITS} digits")
    leaves["rounding.digits"] = rounding.digits
    leaves["rounding.counting"] = rounding.counting.value
    log.add(Change.DEFAULTED, Why.CALCULATED, leaf="rounding.digits", value=rounding.digits)
    log.add(Change.DEFAULTED, Why.CALCULATED, leaf="rounding.counting", value=rounding.counting.value)


def _rounding(stages: list[str], figures: list[str], total: str) -> Rounding | None:
    """A rounding after which the figures may be what they are, if there is one."""
    places = max(len(text.partition(".")[2]) for text in [*figures, total])
    candidates = [Rounding(_MOST_DIGITS)] + [Rounding(places, Counting.DECIMAL_PLACES)] * (places <= _MOST_DIGITS)
    difference = abs(Fraction(total) - sum(map(Fraction, stages), Fraction(0)))
    for rounding in candidates:
        rounded = all(render_figure(rounding.apply(Fraction(text))) == text for text in [*figures, total])
        if rounded and difference <= sum(rounding.slack(Decimal(text)) for text in [*stages, total]):
            return rounding
    return None
