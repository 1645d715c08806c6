"""The roll-up of very many parts at once, and its exact update when some of them change.

For part p with own figures, and uses of components q (times declared amounts, a stage map each)::

    figures[p] = own[p] + Σ times[p,q] × map(figures[q])

A compiled graph holds the parts inputs first. Each part has one denominator, made of those of its amounts and of its
components' denominators, so that a use is one multiplication of integers, without a common divisor sought on the way;
all figures of a part ride in one integer (``figures``). Parts that need each other are solved exactly (``loops``).
Since integers are exact and the sums are linear, pushing differences through the affected parts gives the very figures
that calculating all again gives.

Cost: time and memory grow with parts + uses; digits with the tiers. Raises ConfigurationError ``battery-part-unknown``,
``battery-cycle-unphysical``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from operator import mul
from typing import NamedTuple

from renkei.battery.footprint.cycles import groups_in_order
from renkei.battery.footprint.figures import LANES, WEIGHTS, Figures, Packing, StageMap, moves_of
from renkei.battery.footprint.loops import Loop
from renkei.battery.problems import PART_UNKNOWN

_PLACES = 9
_ROOM = 16  # bits by which a part's own figures may grow before lanes must be wider


class Use(NamedTuple):
    """A component in a part: how many of its declared amounts, and where its stages fall."""

    part: str
    component: str
    times: Fraction
    stage_map: StageMap


class _Supply(NamedTuple):
    """A part's figures under one stage map: ``slot``, where they are kept for its users, and what the map moves."""

    slot: int
    moves: tuple[tuple[int, int], ...]
    users: list[int]
    factors: list[int]  # for each user


@dataclass(frozen=True, slots=True)
class Graph:
    """Parts and uses, compiled. Make one with ``compile``; nothing in it changes afterwards."""

    own: Mapping[str, Figures]
    uses: Sequence[Use]
    names: Sequence[str]  # inputs first
    places: Mapping[str, int]
    scales: Sequence[int]
    inputs: Sequence[tuple[Sequence[int], Sequence[int]]]  # for each part: factors and slots
    supplies: Sequence[Sequence[_Supply]]  # for each part
    loops: Mapping[int, tuple[Loop, range]]  # by the place of each of its parts
    packing: Packing
    packed: Sequence[int]  # own figures
    decimals: int
    rooms: Sequence[int]  # how large a part's own figures may become

    @classmethod
    def compile(cls, own: Mapping[str, Figures], uses: Iterable[Use], decimals: int = _PLACES) -> Graph:
        """Order the parts, choose denominators and lanes. Every part of a use must have own figures (may be none).

        ``decimals``: how many later changes may have without compiling anew; each makes all figures a little longer.
        """
        listed = tuple(uses)
        return _compile(own, listed, _order(own, listed), decimals)

    def roll_up(self) -> RolledUp:
        """The figures of all parts."""
        found = list(self.packed)
        slots = [0] * sum(map(len, self.supplies))
        moved, loops, inputs, supplies = self.packing.moved, self.loops, self.inputs, self.supplies
        for place, (factors, sources) in enumerate(inputs):
            found[place] = packed = sum(map(mul, factors, map(slots.__getitem__, sources)), found[place])
            if place not in loops:
                for slot, moves, _, _ in supplies[place]:
                    slots[slot] = moved(packed, moves) if moves else packed
            elif place == loops[place][1][-1]:
                for member, solved in _solved(self, place, found):
                    found[member] = solved
                    for slot, moves, _, _ in supplies[member]:
                        slots[slot] = moved(solved, moves) if moves else solved
        return RolledUp(self, tuple(found))


@dataclass(frozen=True, slots=True)
class RolledUp:
    """The figures of all parts of a graph."""

    graph: Graph
    packed: Sequence[int]

    def __getitem__(self, part: str) -> Figures:
        if part not in self.graph.places:
            raise PART_UNKNOWN(part=part)
        place = self.graph.places[part]
        return Figures(self.graph.packing.unpack(self.packed[place]), self.graph.scales[place])

    def updated(self, changes: Mapping[str, Figures]) -> RolledUp:
        """The same with other own figures of some parts; only what uses them is calculated again.

        Figures with more digits or far larger than the graph has room for make it compile anew: slower, never rounded.
        """
        graph = self.graph
        differences = [0] * len(graph.names)
        own = {**graph.own, **changes}
        packed = list(graph.packed)
        for part, figures in changes.items():
            if part not in graph.places:
                raise PART_UNKNOWN(part=part)
            place = graph.places[part]
            finer = graph.loops[place][0].denominator if place in graph.loops else 1
            times, rest = divmod(graph.scales[place], figures.denominator * finer)
            times *= finer
            if rest or times * sum(map(abs, figures.numerators)) > graph.rooms[place]:
                return Graph.compile(own, graph.uses, graph.decimals).roll_up()
            packed[place] = graph.packing.pack(figure * times for figure in figures.numerators)
            differences[place] = packed[place] - graph.packed[place]
        found = self._pushed(differences)
        names = ("own", "packed")
        kept = {name: getattr(graph, name) for name in Graph.__slots__ if name not in names}
        return RolledUp(Graph(own=own, packed=packed, **kept), found)

    def _pushed(self, differences: list[int]) -> tuple[int, ...]:
        graph, found = self.graph, list(self.packed)
        moved, loops, supplies = graph.packing.moved, graph.loops, graph.supplies
        for place, difference in enumerate(differences):
            reached: Iterable[tuple[int, int]]
            if loops and place in loops:
                members = loops[place][1]
                if place != members[-1] or not any(differences[member] for member in members):
                    continue
                reached = tuple(_solved(graph, place, differences))
            elif difference:
                reached = ((place, difference),)
            else:
                continue
            for member, change in reached:
                found[member] += change
                for _, moves, users, factors in supplies[member]:
                    supplied = moved(change, moves) if moves else change
                    for user, factor in zip(users, factors):  # noqa: B905  # as long as each other; this line is hot
                        differences[user] += factor * supplied
        return tuple(found)


def _solved(graph: Graph, place: int, found: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The figures of all parts of a loop, each with its place, from what goes into them."""
    loop, members = graph.loops[place]
    unpack = graph.packing.unpack
    # What goes in stands at the loop's denominator already; it is a multiple of what solving makes it finer by.
    constants = [[figure // loop.denominator for figure in unpack(found[member])] for member in members]
    for member, lanes in zip(members, loop.solve(constants), strict=True):
        yield member, graph.packing.pack(lanes)


class _Ordered(NamedTuple):
    """Parts inputs first, those of a loop beside each other, and the loops' places."""

    names: list[str]
    places: dict[str, int]
    loops: list[range]


def _order(own: Mapping[str, Figures], uses: Sequence[Use]) -> _Ordered:
    """What nothing is missing for comes next (Kahn 1962); only what is then left can need itself."""
    users: dict[str, list[str]] = {}
    missing = dict.fromkeys(own, 0)
    for part, component, _, _ in uses:
        if part not in missing or component not in missing:
            raise PART_UNKNOWN(part=component if part in missing else part)
        missing[part] += 1
        users.setdefault(component, []).append(part)
    names = [name for name, count in missing.items() if not count]
    for name in names:  # grows while it is walked
        for user in users.get(name, ()):
            missing[user] -= 1
            if not missing[user]:
                names.append(user)
    loops = []
    if len(names) < len(missing):
        left: dict[str, list[str]] = {name: [] for name, count in missing.items() if count}
        for part, component, _, _ in uses:
            if part in left and component in left:
                left[part].append(component)
        for group in groups_in_order(left):
            if len(group) > 1 or group[0] in left[group[0]]:
                loops.append(range(len(names), len(names) + len(group)))
            names += group
    return _Ordered(names, {name: place for place, name in enumerate(names)}, loops)


def _compile(own: Mapping[str, Figures], uses: Sequence[Use], ordered: _Ordered, decimals: int) -> Graph:
    names, places, _ = ordered
    lines: list[list[Use]] = [[] for _ in names]
    for use in uses:
        lines[places[use.part]].append(use)
    loops = _loops(lines, ordered)
    scales = [lcm(own[name].denominator, 10**decimals) for name in names]
    sizes = [0] * len(names)  # no lane of a part becomes larger
    rooms, inputs, supplies = list(sizes), [], _Slots(len(names))
    for place, name in enumerate(names):
        members = loops[place][1] if place in loops else range(place, place + 1)
        if place == members[0]:
            _scale(members, lines, places, scales, loops)
        scale, figures = scales[place], own[name]
        grown = max(sum(map(abs, figures.numerators)) * (scale // figures.denominator), scale) << _ROOM
        rooms[place] = size = grown
        factors: list[int] = []
        slots: list[int] = []
        for _, component, times, stage_map in lines[place]:
            source = places[component]
            if source >= members[0]:
                continue
            up, down = times.as_integer_ratio()
            assert up >= 0, "a use takes; what is given back has negative figures of its own"
            factor = up * (scale // (down * scales[source]))
            factors.append(factor)
            slots.append(supplies.slot(source, stage_map, place, factor))
            size += factor * sizes[source]
        inputs.append((factors, slots))
        sizes[place] = size
        if place in loops and place == members[-1]:
            _grow(members, loops[place][0], sizes)
    packing = Packing(max(sizes, default=0).bit_length() + 3)  # differences are twice as large, and a quarter full
    return Graph(
        own=own,
        uses=uses,
        names=names,
        places=places,
        scales=scales,
        inputs=inputs,
        supplies=supplies.of_parts,
        loops=loops,
        packing=packing,
        packed=[_packed(own[name], scale, packing) for name, scale in zip(names, scales, strict=True)],
        decimals=decimals,
        rooms=rooms,
    )


def _packed(figures: Figures, scale: int, packing: Packing) -> int:
    times = scale // figures.denominator
    return packing.pack(figures.numerators) * times


def _loops(lines: Sequence[Sequence[Use]], ordered: _Ordered) -> dict[int, tuple[Loop, range]]:
    found = {}
    for members in ordered.loops:
        first = members[0]
        inside = [
            (place - first, ordered.places[use.component] - first, use.times, use.stage_map)
            for place in members
            for use in lines[place]
            if ordered.places[use.component] >= first
        ]
        loop = Loop.of([ordered.names[place] for place in members], inside)
        found.update(dict.fromkeys(members, (loop, members)))
    return found


def _scale(
    members: range,
    lines: Sequence[Sequence[Use]],
    places: Mapping[str, int],
    scales: list[int],
    loops: Mapping[int, tuple[Loop, range]],
) -> None:
    """The denominator of some parts: what they and their inputs need, and what solving the loop makes finer."""
    wanted = {scales[member] for member in members}
    for member in members:
        for _, component, times, _ in lines[member]:
            source = places[component]
            if source < members[0]:
                wanted.add(times.denominator * scales[source])
    scale = lcm(*wanted)
    if members[0] in loops:
        scale *= loops[members[0]][0].denominator
    for member in members:
        scales[member] = scale


def _grow(members: range, loop: Loop, sizes: list[int]) -> None:
    """How large the parts of a loop may become, from how large what goes in may be."""
    bounds = [-(-sizes[member] // loop.denominator) for member in members]
    solved = loop.solve([[bound] * LANES for bound in bounds])
    for member, lanes in zip(members, solved, strict=True):
        sizes[member] = lanes[WEIGHTS[0]]


class _Slots:
    """Hands out a slot for each part and stage map in use, and keeps who uses it."""

    def __init__(self, parts: int) -> None:
        self.of_parts: list[list[_Supply]] = [[] for _ in range(parts)]
        self._moves: dict[int, tuple[tuple[int, int], ...]] = {}
        self._count = 0

    def slot(self, part: int, stage_map: StageMap, user: int, factor: int) -> int:
        """Where the part's figures under this map are kept; the user is noted."""
        moves = self._moves.get(id(stage_map))  # the graph keeps the maps alive, so that ids stay theirs
        if moves is None:
            moves = self._moves[id(stage_map)] = moves_of(stage_map)
        for supply in self.of_parts[part]:
            if supply.moves == moves:
                supply.users.append(user)
                supply.factors.append(factor)
                return supply.slot
        self.of_parts[part].append(_Supply(self._count, moves, [user], [factor]))
        self._count += 1
        return self._count - 1
