"""The roll-up of a large firm's parts: 50,000 nodes in 10 tiers, 180,000 uses, and one supplier's restated record."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

from renkei.battery import Quality, Stage
from renkei.battery.footprint.figures import Addend, Figures
from renkei.battery.footprint.graph import Graph, Use

TIERS, WIDTH, USES = 10, 5000, 4
STRAIGHT = {stage: stage for stage in Stage}
UPSTREAM = STRAIGHT | {Stage.PRODUCTION: Stage.RAW_MATERIAL, Stage.DISTRIBUTION: Stage.RAW_MATERIAL}
ROUNDS = 7


def rollup(_folder: Path) -> dict[str, object]:
    """In a process of its own, so that ``rollup_memory_mb`` is the peak of just this, interpreter and inputs included.

    ``rollup_compile_s``: from names and fractions to a compiled graph, once for each bill of materials;
    ``rollup_full_s``: all figures of all parts (four stages, own and all, primary share, three ratings);
    ``rollup_incremental_ms``: the same after one leaf changed, for the ``rollup_incremental_nodes`` that it reaches.
    """
    text = subprocess.run([sys.executable, "-m", "tests.bench.rollup"], check=True, capture_output=True, text=True)
    return json.loads(text.stdout)


def firm() -> tuple[dict[str, Figures], list[Use]]:
    """Each part uses four of the tier below it; figures have four decimals, amounts three."""
    chance = random.Random(6)
    quality = Quality(Fraction(1), Fraction(2), Fraction(3))
    own, uses = {}, []
    for tier in range(TIERS):
        for place in range(WIDTH):
            emission = Fraction(chance.randrange(1, 10**6), 10**4)
            share = Fraction(chance.choice([0, 50, 100]))
            own[f"{tier}/{place}"] = Figures.of(
                [Addend(chance.choice(list(Stage)[:2]), emission, share, quality, own=True)]
            )
            for other in chance.sample(range(WIDTH), USES) if tier else ():
                times = Fraction(chance.randrange(1, 2000), 1000)
                stage_map = UPSTREAM if chance.random() < 0.75 else STRAIGHT
                uses.append(Use(f"{tier}/{place}", f"{tier - 1}/{other}", times, stage_map))
    return own, uses


def _measured() -> dict[str, object]:
    import resource  # not on every system; the benchmark is for those that have it

    own, uses = firm()
    begun = time.perf_counter()
    graph = Graph.compile(own, uses)
    compiled = time.perf_counter() - begun
    found = graph.roll_up()
    leaf, changed = _leaf_near(20_000, graph)
    restated = {leaf: Figures.of([Addend(Stage.PRODUCTION, Fraction("70.125"), Fraction(100), None)])}
    again = found.updated(restated)
    full, incremental = [], []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        graph.roll_up()
        full.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        found.updated(restated)
        incremental.append(time.perf_counter() - begun)
    top = f"{TIERS - 1}/0"
    fresh = Graph.compile(own | restated, uses).roll_up()
    assert [again[top], again[leaf]] == [fresh[top], fresh[leaf]]
    return {
        "rollup_nodes": len(own),
        "rollup_edges": len(uses),
        "rollup_compile_s": round(compiled, 3),
        "rollup_full_s": round(min(full), 3),
        "rollup_incremental_ms": round(min(incremental) * 1000, 1),
        "rollup_incremental_nodes": changed,
        "rollup_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def _leaf_near(wanted: int, graph: Graph) -> tuple[str, int]:
    """The leaf among some whose change reaches about as many parts as wanted."""
    users: dict[str, list[str]] = {}
    for use in graph.uses:
        users.setdefault(use.component, []).append(use.part)

    def reached(leaf: str) -> int:
        seen = {leaf: None}
        waiting = [leaf]
        while waiting:
            fresh = [user for user in users.get(waiting.pop(), ()) if user not in seen]
            seen.update(dict.fromkeys(fresh))
            waiting += fresh
        return len(seen)

    counts = {f"0/{place}": reached(f"0/{place}") for place in range(30)}
    return min(counts.items(), key=lambda item: abs(item[1] - wanted))


if __name__ == "__main__":
    print(json.dumps(_measured()))
