"""The policy engine over its published mix (``policy_mix``): decisions, explanations, comparisons, a filtered catalog.

``policy_decide_p50_us``, ``policy_decide_p99_us``: one decision of a compiled policy; ``policy_compile_us``: making one
ready, the median; ``policy_explain_p50_us``: building the tree of a decision; ``policy_compare_us``: the relation of two
policies, both ways; ``policy_filter_1000_ms``: what of 1,000 datasets with as many access policies a partner may see.

``policy_scale_…_ratio``: the time of four times as much by that of once, from reading to explaining, along one axis.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from tests.bench.policy_mix import NOW, QUESTIONS, policies

from renkei.policy import (
    BY_ACTION,
    STANDARD,
    Atomic,
    CompiledPolicy,
    Constraint,
    Facts,
    Operator,
    Phase,
    Policy,
    Request,
    compare,
    read_offer,
)

_ROUNDS = 25


def timed(work: Callable[[], object]) -> float:
    """Microseconds of one call."""
    begun = time.perf_counter_ns()
    work()
    return (time.perf_counter_ns() - begun) / 1000


def percentile(samples: Iterable[float], part: float) -> float:
    """The sample below which this part of them lies."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def policy(_folder: Path) -> dict[str, float]:
    """All of it; see the module."""
    listed = policies()
    ready = [CompiledPolicy(item, STANDARD, BY_ACTION) for item in listed]
    return {
        **_decided(ready),
        **_explained(ready),
        "policy_compile_us": round(percentile((timed(partial(_compiled, item)) for item in listed * 5), 0.5), 1),
        **_compared(listed),
        "policy_filter_1000_ms": _filtered(listed),
        **_scaled(),
    }


def _compiled(item: Policy) -> CompiledPolicy:
    return CompiledPolicy(item, STANDARD, BY_ACTION)


def _decided(ready: Sequence[CompiledPolicy]) -> dict[str, float]:
    samples = []
    for compiled in ready:
        for request, facts in QUESTIONS:
            samples += [timed(partial(compiled.decide, request, facts)) for _ in range(_ROUNDS)]
    permitted = sum(compiled.decide(*question).permits for compiled in ready for question in QUESTIONS)
    assert len(ready) * 9 <= permitted < len(ready) * 12, permitted
    return {
        "policy_decide_p50_us": round(percentile(samples, 0.5), 1),
        "policy_decide_p99_us": round(percentile(samples, 0.99), 1),
    }


def _explained(ready: Sequence[CompiledPolicy]) -> dict[str, float]:
    decisions = [compiled.decide(*question) for compiled in ready for question in QUESTIONS]
    samples = [timed(partial(getattr, decision, "explanation")) for _ in range(3) for decision in decisions]
    return {"policy_explain_p50_us": round(percentile(samples, 0.5), 1)}


def _compared(listed: Sequence[Policy]) -> dict[str, float]:
    """Each with itself read anew, with the same for half the time, with one condition more, and with the next one."""
    one_more = Atomic("odrl:event", Operator.EQ, "urn:audit")
    sooner = Atomic("odrl:dateTime", Operator.LTEQ, (NOW + timedelta(days=9)).isoformat())
    samples = []
    for first, following in zip(listed, [*listed[1:], listed[0]], strict=True):
        again = replace(first, id=f"{first.id}:again")
        for second in (again, _narrowed(first, sooner), _narrowed(first, one_more), following):
            compare(first, second)
            samples += [timed(partial(compare, first, second)) for _ in range(_ROUNDS)]
    return {"policy_compare_us": round(percentile(samples, 0.5), 1)}


def _narrowed(item: Policy, constraint: Constraint) -> Policy:
    rules = tuple(replace(rule, constraint=(*rule.constraint, constraint)) for rule in item.permission)
    return replace(item, id=f"{item.id}:narrowed", permission=rules)


def _filtered(listed: Sequence[Policy]) -> float:
    """Each dataset has an access policy of its own; the requester is asked about all of them once."""
    ready = [
        CompiledPolicy(replace(item, id=f"{item.id}:{place}"), STANDARD, BY_ACTION)
        for place in range(1000 // len(listed))
        for item in listed
    ]
    request, facts = QUESTIONS[0]
    request = replace(request, phase=Phase.CATALOG)
    for compiled in ready:
        compiled.decide(request, facts)

    def seen() -> list[int]:
        return [place for place, compiled in enumerate(ready) if compiled.decide(request, facts).permits]

    return round(min(timed(seen) for _ in range(_ROUNDS)) / 1000, 2)


# --- how it grows -----------------------------------------------------------------------------------------------------


def _atom(right: object) -> dict[str, object]:
    return {"leftOperand": "odrl:purpose", "operator": "isAnyOf", "rightOperand": right}


def _nested(depth: int) -> dict[str, object]:
    inner = _atom(["urn:a"])
    for level in range(depth):
        inner = {"and" if level % 2 else "or": [inner, _atom(["urn:b"])]}
    return inner


def _use(*constraints: object, **members: object) -> dict[str, object]:
    return {"action": "use", **({"constraint": list(constraints)} if constraints else {}), **members}


AXES: dict[str, tuple[int, Callable[[int], dict[str, object]]]] = {
    "rules": (60, lambda size: {"permission": [_use(_atom(["urn:a"])) for _ in range(size)]}),
    "constraints": (250, lambda size: {"permission": [_use(*(_atom([f"urn:{i}"]) for i in range(size)))]}),
    "depth": (15, lambda size: {"permission": [_use(_nested(size))]}),
    "values": (1000, lambda size: {"permission": [_use(_atom([f"urn:{i}" for i in range(size)]))]}),
    "characters": (60_000, lambda size: {"permission": [_use(_atom("urn:" + "x" * size))]}),
    "duties": (60, lambda size: {"permission": [_use(duty=[{"action": "odrl:inform"} for _ in range(size)])]}),
}


def whole_way(document: dict[str, object]) -> object:
    """From decoded JSON to the explanation of a decision."""
    read = read_offer({"@id": "urn:axis", "@type": "Offer", **document}, in_catalog=True)
    decision = CompiledPolicy(read, STANDARD, BY_ACTION).decide(
        Request("did:web:p", "urn:d", purposes=frozenset({"urn:a"})), Facts(NOW)
    )
    return decision.explanation


def _scaled() -> dict[str, float]:
    ratios = {}
    for name, (size, make) in AXES.items():
        times = []
        for factor in (1, 4):
            document = make(size * factor)
            times.append(min(timed(partial(whole_way, document)) for _ in range(9)))
        ratios[f"policy_scale_{name}_ratio"] = round(times[1] / times[0], 2)
    return ratios
