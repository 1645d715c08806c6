"""Hostile policies: whatever is in them, an error of ours or an answer, with work in proportion to their size."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_strategies import NOW, ask, atom, calls, offer, rule
from tests.bench.policy import AXES

from renkei.kernel.problems import RenkeiError
from renkei.kernel.strict_json import loads_object
from renkei.policy import BY_ACTION, STANDARD, CompiledPolicy, Decision, Facts, Phase, read_offer
from renkei.policy.read import MOST_CHARACTERS, MOST_NODES, MOST_RULES

CODE = "__import__('os').system('touch owned')"
BOMB = "a" * 5000 + "!"


def whole_way(document: dict[str, object]) -> Decision:
    """From decoded JSON to the explanation of a decision, in every phase; that of the last one."""
    policy = read_offer({"@id": "urn:o", "@type": "Offer", **document}, in_catalog=True)
    compiled = CompiledPolicy(policy, STANDARD, BY_ACTION)
    for phase in Phase:
        decision = compiled.decide(replace(ask("urn:a"), phase=phase), Facts(NOW))
        assert decision.as_json("ja")["explanation"]
    return decision


def answered(document: dict[str, object]) -> str:
    """How it ends: with an answer, with a permit, or with an error of ours."""
    try:
        decision = whole_way(document)
    except RenkeiError as error:
        return "error" if error.code.startswith("policy-") else error.code
    return "permit" if decision.permits else "answer"


@pytest.mark.parametrize("axis", AXES)
def test_four_times_as_much_takes_no_more_than_five_times_the_work(axis):
    size, make = AXES[axis]
    small, large = make(size), make(size * 4)
    whole_way(large)  # what is remembered from before must not make the larger one look cheap
    whole_way(small)
    assert calls(lambda: whole_way(large)) <= 5 * calls(lambda: whole_way(small))


HOSTILE = {
    "code as a right operand": {"permission": [rule(atom("dateTime", "eq", CODE), atom("purpose", "eq", CODE))]},
    "code as a left operand": {"permission": [rule(atom(CODE, "eq", "x"))]},
    "code as an action": {"permission": [rule(action=CODE)]},
    "code as a template": {"permission": [rule(atom("purpose", "eq", "{{ ''.__class__ }} {0.__class__} %s"))]},
    "code as an operator": {"permission": [rule(atom("purpose", CODE, "x"))]},
    "a pattern's worst case": {
        "permission": [
            rule(*(atom(left, "eq", BOMB) for left in ("dateTime", "elapsedTime", "count", "DataUsageEndDate"))),
            rule(atom("DataUsageEndDurationDays", "eq", "0" * 5000), atom("BusinessPartnerNumber", "isAnyOf", [BOMB])),
        ]
    },
    "a set of all that fits": {"permission": [rule(atom("purpose", "isAnyOf", [f"u{i}" for i in range(30_000)]))]},
    "one text of all that fits": {"permission": [rule(atom("purpose", "eq", "x" * (MOST_CHARACTERS - 100)))]},
    "one text too long": {"permission": [rule(atom("purpose", "eq", "x" * MOST_CHARACTERS))]},
    "rules without end": {"permission": [rule()] * (MOST_RULES + 1)},
    "constraints without end": {"permission": [rule(*[atom("purpose", "eq", "x")] * MOST_NODES)]},
    "choices of choices": {"permission": [rule(*[{"xone": [atom("purpose", "eq", "x")] * 30}] * 30)]},
    "a number without end": {"permission": [rule(atom("count", "lteq", "9" * 100_000))]},
    "a year without end": {"permission": [rule(atom("dateTime", "lteq", "99999-01-01T00:00:00Z"))]},
    "time without end": {"permission": [rule(atom("elapsedTime", "lteq", "P999999Y999999M"))]},
    "its own father": {"permission": [rule()], "odrl:inheritFrom": {"@id": "urn:o"}},
    "a fraction": {"permission": [rule(atom("count", "lteq", Decimal("1.5")))]},
    "half a letter": {"permission": [rule(atom("purpose", "eq", "\ud800"))]},
    "every name of Python": {"permission": [rule(atom("__class__", "eq", "__dict__"), action="__init__")]},
}


@pytest.mark.parametrize("document", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_policy_ends_in_an_answer_or_an_error_of_ours_and_never_in_a_permit(document):
    assert calls(lambda: answered(document)) < 3_000_000
    assert answered(document) in {"answer", "error"}


def test_depth_is_bounded_before_python_s_own_stack_is():
    nested: dict[str, object] = atom("purpose", "eq", "x")
    for _ in range(20_000):
        nested = {"and": [nested]}
    with pytest.raises(RenkeiError) as caught:
        read_offer(offer(rule(nested)), in_catalog=True)
    assert caught.value.code == "policy-too-large"
    with pytest.raises(RenkeiError):
        loads_object(b'{"and":[' * 100_000)


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=20), st.sampled_from(["use", "and", CODE])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(
                [
                    *("action", "constraint", "duty", "leftOperand", "operator", "rightOperand", "and", "xone"),
                    *("@id", "@type", "@value", "odrl:refinement", "odrl:unit", "odrl:consequence", "odrl:conflict"),
                    *("https://w3id.org/renkei/v1/targetRefinement", "target", "assignee"),
                ]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=25,
)


@settings(max_examples=150, deadline=None)
@given(st.fixed_dictionaries({"permission": st.lists(json_values, max_size=3)}, optional={"prohibition": json_values}))
def test_any_json_in_the_place_of_a_policy_ends_in_an_answer_or_an_error_of_ours(document):
    assert answered(document) in {"answer", "permit", "error"}
