"""Where each property is held that a policy engine for data spaces must have: a table, and that nothing in it is gone.

The numbers are those of the reference note on policies (section 7.6). Two are left for the extra ``speed``, which brings
a second decoder and a second canonical form: 22 (the accelerated decoder is the pure one) and 23 (so is the canonical
form).
"""

from __future__ import annotations

from pathlib import Path

import pytest

HELD = {
    1: (
        "what is read is written again as it was",
        "policy/test_policy_read.py",
        "test_any_offer_is_written_as_it_was_read",
    ),
    2: (
        "what is rendered means the same to JSON-LD",
        "policy/test_policy_profiles.py",
        "test_a_policy_keeps_every_term",
    ),
    3: ("no term is dropped, or it is named", "policy/test_policy_profiles.py", "test_a_policy_keeps_every_term"),
    4: ("the same question has the same answer", "policy/test_policy_laws.py", "test_narrowing_a_policy"),
    5: ("a constraint more never turns no into yes", "policy/test_policy_laws.py", "test_narrowing_a_policy"),
    6: ("a prohibition more never turns no into yes", "policy/test_policy_laws.py", "test_narrowing_a_policy"),
    7: ("a permission less never turns no into yes", "policy/test_policy_laws.py", "test_narrowing_a_policy"),
    8: ("order does not matter, but in andSequence", "policy/test_policy_laws.py", "test_order_spelling_and_wrapping"),
    9: ("De Morgan, absorption, distribution", "policy/test_policy_algebra.py", "test_absorption_and_distribution"),
    10: ("xone is exactly one", "policy/test_policy_algebra.py", "test_xone_is_exactly_one"),
    11: ("what is unknown never permits", "policy/test_policy_laws.py", "test_a_hidden_fact_or_purpose_never_permits"),
    12: ("stricter is sound", "policy/test_policy_containment.py", "test_whatever_the_stricter_permits"),
    13: ("a witness separates", "policy/test_policy_containment.py", "test_over_small_domains"),
    14: ("stricter is an order", "policy/test_policy_containment.py", "test_to_be_stricter_is_reflexive"),
    15: ("a compact policy is its atoms", "policy/test_policy_algebra.py", "test_a_compact_policy_decides"),
    16: ("a decision stands until it expires", "policy/test_policy_laws.py", "test_a_decision_stands_until"),
    17: ("who may use may read", "policy/test_policy_algebra.py", "test_who_may_use_may_do"),
    18: ("a limit of k gives k permits", "dataplane/test_dataplane_usage.py", "test_a_limit_of_k_gives_exactly_k"),
    19: ("a fix set permits, and no less does", "policy/test_policy_fixes.py", "test_a_fix_set_permits"),
    20: ("duties only take legal steps", "policy/test_obligations.py", "test_an_obligation_takes_legal_edges_alone"),
    21: (
        "errors of ours alone, in proportion",
        "policy/test_policy_growth.py",
        "test_any_json_in_the_place_of_a_policy",
    ),
    24: ("the root follows from the leaves", "policy/test_policy_fixes.py", "test_the_root_of_an_explanation"),
    25: (
        "a partner reads only what is its own",
        "policy/test_partner_view.py",
        "test_no_text_of_what_is_hidden_reaches_the_asker",
    ),
}
LEFT_FOR_SPEED = {22, 23}


def test_every_property_is_held_or_left_with_a_reason():
    assert set(HELD) | LEFT_FOR_SPEED == set(range(1, 26))


@pytest.mark.parametrize(("words", "file", "test"), HELD.values(), ids=[str(number) for number in HELD])
def test_a_property_is_held_where_the_table_says(words, file, test):
    text = (Path(__file__).parents[1] / file).read_text("utf-8")
    assert f"def {test}" in text, words
