"""What would help against a no: the sets are minimal, they permit, and each is told as an instruction."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import chain, combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_strategies import CX, NOW, PARTY, agreement, ask, atom, facts, offer, offers, requests, rule, world

from renkei.policy import Fact, Facts, Phase, Policy, Truth, evaluate, read_agreement, read_offer
from renkei.policy.deciding.truth import CERTAIN, FALSE, TRUE
from renkei.policy.explaining.fixes import fix_sets
from renkei.policy.explaining.recomputation import recompute
from renkei.policy.operands import CONNECTOR, CONSENT, GROUP, MEMBERSHIP, ROLE
from renkei.policy.operands.declaration import Actor

CONTRACTS = CX + "ContractReference"
LAWS = settings(max_examples=40, deadline=None)
PAST, SOON = "2026-11-01T00:00:00Z", "2027-03-31T23:59:59Z"


def read(document) -> Policy:
    return read_offer(document, in_catalog=True)


def decide(*constraints, purposes=(), known=None, phase=Phase.ACCESS, **members):
    request = replace(ask(*purposes), phase=phase)
    return evaluate(read(offer(rule(*constraints), **members)), request, known or world())


def told(decision, **how):
    return [found.text() for found in fix_sets(decision, **how)]


def changed(found) -> dict[int, int]:
    return {step: TRUE if each.wanted is Truth.TRUE else FALSE for each in found for step in each.steps}


def permits(decision, changes) -> bool:
    return bool(recompute(decision.asked, decision.codes, changed(changes))[-1] & CERTAIN)


def proper_subsets(items):
    return chain.from_iterable(combinations(items, size) for size in range(len(items)))


@LAWS
@given(offers(), requests, facts, st.sampled_from(Phase))
def test_a_fix_set_permits_and_no_proper_subset_of_it_does(document, request, known, phase):
    decision = evaluate(read(document), replace(request, phase=phase), known)
    found = fix_sets(decision)
    assert len(found) <= 5
    assert not (decision.permits and found)
    for fix in found:
        assert permits(decision, fix.changes)
        assert not any(permits(decision, fewer) for fewer in proper_subsets(fix.changes))


LEAVES = [atom(CONNECTOR, "eq", name) for name in "abcde"]
trees = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.builds(
        lambda name, parts: {name: parts},
        st.sampled_from(["and", "or", "xone"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=5,
)


def conditions_of(decision):
    steps: dict[str, list[int]] = {}
    for step, node in enumerate(decision.asked.nodes):
        if node.atom is not None:
            steps.setdefault(node.right, []).append(step)
    return steps


@LAWS
@given(trees)
def test_of_a_tree_of_distinct_conditions_the_smallest_fix_sets_are_those_that_brute_force_finds(tree):
    """Every assignment of the conditions is tried; the smallest that permit must come out, and no others before them."""
    decision = decide(tree)
    steps = conditions_of(decision)
    if any(len(places) > 1 for places in steps.values()):
        return
    names = sorted(steps)
    permitting = []
    for values in product((None, TRUE, FALSE), repeat=len(names)):
        changes = {steps[name][0]: value for name, value in zip(names, values, strict=True) if value is not None}
        if recompute(decision.asked, decision.codes, changes)[-1] & CERTAIN:
            permitting.append(frozenset(changes.items()))
    minimal = {one for one in permitting if not any(other < one for other in permitting)}
    found = [frozenset(changed(fix.changes).items()) for fix in fix_sets(decision)]
    assert set(found) <= minimal
    assert [len(one) for one in found] == sorted(len(one) for one in minimal)[:5]


@LAWS
@given(offers(), requests, facts, st.sampled_from(Phase))
def test_the_root_of_an_explanation_is_the_outcome_recomputed_from_its_leaves(document, request, known, phase):
    decision = evaluate(read(document), replace(request, phase=phase), known)
    values = recompute(decision.asked, decision.codes)
    assert values == tuple(code & 0b1111 for code in decision.codes)
    assert [Truth.of(value) for value in values] == [reason.verdict for reason in decision.reasons]
    assert (decision.explanation.verdict is Truth.TRUE) is decision.permits


@LAWS
@given(offers(), requests, facts)
def test_what_is_declared_or_waited_for_permits_when_it_is_done(document, request, known):
    """The set tells purposes and a moment: a decision made then, for them, has no other obstacle than the others."""
    for fix in fix_sets(evaluate(read(document), request, known)):
        sources = {each.by for each in fix.changes}
        operands = {each.reason.left.rpartition("/")[2].rpartition(":")[2] for each in fix.changes if each.reason.atom}
        if not fix.possible or operands - {"dateTime", "purpose", "UsagePurpose"} or fix.moment or not operands:
            continue
        if any(each.reason.atom is None for each in fix.changes) or fix.purposes is None:
            continue  # to declare none of some purposes leaves open which other one
        assert sources <= {Actor.ASKER, Actor.TIME}
        done = replace(request, purposes=fix.purposes)
        assert evaluate(read(document), done, known).permits


@pytest.mark.parametrize(
    ("constraint", "purposes", "english", "japanese"),
    [
        (
            atom("purpose", "eq", "cx.pcf.base:1"),
            (),
            "declare the purpose cx.pcf.base:1",
            "目的 cx.pcf.base:1 を申告する",
        ),
        (
            atom("purpose", "isAnyOf", ["urn:a", "urn:b"]),
            ("urn:c",),
            "declare purposes among these alone: urn:a, urn:b",
            "次の目的の中からのみ申告する: urn:a, urn:b",
        ),
        (
            atom("purpose", "neq", "urn:resale"),
            ("urn:resale", "urn:a"),
            "do not declare the purpose urn:resale",
            "目的 urn:resale を申告しない",
        ),
        (
            atom("Membership", "eq", "active"),
            (),
            "show that the membership in the data space (Membership) is active",
            "次を証明する: データスペースの会員資格 (Membership) が active であること",
        ),
        (
            atom("dateTime", "gteq", SOON),
            (),
            "wait until 2027-03-31 23:59:59 UTC",
            "2027年3月31日 23:59:59 UTC まで待つ",
        ),
        (
            atom("dateTime", "lteq", PAST),
            (),
            (
                "nothing can help: the time for it is over (the time of the decision (dateTime) is no later than "
                "2026-11-01 00:00 UTC)"
            ),
            "打つ手がありません: 期間が終わっています(判断の時点 (dateTime) が 2026年11月1日 00:00 UTC 以前である)",
        ),
        (
            atom(GROUP, "isPartOf", "urn:group:tier1"),
            (),
            (
                f"the provider must see to it that the group of partners that the asking party belongs to ({GROUP}) lies "
                "within urn:group:tier1"
            ),
            f"提供者側の対応が必要です: 要求した参加者が属する取引先グループ ({GROUP}) が urn:group:tier1 に含まれること",
        ),
        (
            atom(CONSENT, "eq", "secondary"),
            (),
            f"the provider must see to it that the class of the provider's consent to this use ({CONSENT}) is secondary",
            f"提供者側の対応が必要です: この利用に対する提供者の同意の区分 ({CONSENT}) が secondary であること",
        ),
        (
            atom("assignee", "eq", "did:web:other"),
            (),
            "nothing can help: nobody can change whether the asking party (assignee) is did:web:other",
            "打つ手がありません: 変更できません(要求した参加者 (assignee) が did:web:other である)",
        ),
        (
            atom("frobnicate", "eq", "x"),
            (),
            "nothing can help: nobody here can evaluate frobnicate",
            "打つ手がありません: frobnicate を評価できません",
        ),
        (
            atom("media", "eq", "print"),
            (),
            "ask for a use such that the medium (media) is print",
            "次を満たす利用を申告する: 媒体 (media) が print である",
        ),
        (
            atom("elapsedTime", "lteq", "P30D"),
            (),
            (
                "wait until an agreement exists and the time since the agreement was concluded (elapsedTime) is at most "
                "30 days"
            ),
            "契約が締結され、次を満たすまで待つ: 契約締結からの経過時間 (elapsedTime) が 30日 以下である",
        ),
    ],
)
def test_an_instruction_says_what_to_do_and_who_can_do_it(constraint, purposes, english, japanese):
    (fix,) = fix_sets(decide(constraint, purposes=purposes))
    assert (fix.text("en"), fix.text("ja")) == (english, japanese)
    assert fix.possible is not english.startswith("nothing")


def test_what_is_about_the_whole_rule_is_told_as_well():
    other = rule(action="display", target="urn:x", duty=[rule(action="compensate")])
    decision = evaluate(read_agreement(agreement(other, assignee="did:web:other")), ask(), world())
    (fix,) = fix_sets(decision)
    assert fix.text() == "nothing can help: it is for did:web:other alone"
    assert [(each.by, each.text()) for each in fix.changes] == [
        (Actor.ASKER, "ask for urn:x"),
        (Actor.NOBODY, "nothing can help: it is for did:web:other alone"),
        (Actor.ASKER, "ask for the action display"),
        (Actor.ASKER, "do this first: compensate"),
    ]
    unfinished = evaluate(read(offer(rule(), assignee="did:web:other")), replace(ask(), phase=Phase.OFFER), world())
    assert told(unfinished) == ["let did:web:other ask"]


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"profile": "urn:x"}, ["nothing can help: the profile urn:x is not known"]),
        (
            {"prohibition": [rule(atom("frobnicate", "eq", "x"))]},
            ["nothing can help: nobody here can evaluate frobnicate"],
        ),
        (
            {"prohibition": [rule(atom("dateTime", "isAnyOf", SOON))]},
            ["nothing can help: the time of the decision (dateTime) cannot be compared with isAnyOf"],
        ),
        (
            {"prohibition": [rule(atom(GROUP, "isAnyOf", ["urn:g"]))]},
            [
                (
                    "the provider must see to it that the group of partners that the asking party belongs to "
                    f"({GROUP}) is none of urn:g"
                )
            ],
        ),
    ],
)
def test_a_prohibition_is_lifted_by_what_makes_it_certainly_false(members, text):
    found = told(decide(**members))
    assert [one for one in found if one in text] == text


def test_what_is_permitted_and_prohibited_at_once_cannot_be_helped():
    assert told(decide(prohibition=[rule(action="use")])) == []
    assert (
        told(
            decide(
                prohibition=[rule(action="distribute")],
            )
        )
        == []
    )


def test_the_same_condition_in_two_places_is_one_change():
    member = atom("Membership", "eq", "active")
    decision = evaluate(read(offer(rule(member), rule(member, atom("purpose", "eq", "urn:a")))), ask(), world())
    (fix,) = fix_sets(decision)
    assert len(fix.changes) == 1
    assert len(fix.changes[0].steps) == 2


def test_what_somebody_can_do_comes_first_and_no_more_than_five_are_told():
    choices = [atom(CONNECTOR, "eq", f"m{n}") for n in range(9)]
    found = fix_sets(decide({"or": [atom("frobnicate", "eq", "x"), *choices]}))
    assert len(found) == 5
    assert all(fix.possible for fix in found)
    assert len(fix_sets(decide({"or": choices}), most=2)) == 2


def test_purposes_that_exclude_each_other_are_no_fix():
    found = told(decide(atom("purpose", "eq", "urn:a"), atom("UsagePurpose", "eq", "urn:b")))
    assert found == []
    (both,) = fix_sets(
        decide(atom("purpose", "isAnyOf", ["urn:a", "urn:b"]), atom("UsagePurpose", "isAnyOf", ["urn:b"]))
    )
    assert both.purposes == frozenset({"urn:b"})


def test_of_several_purposes_the_one_is_declared_that_nothing_prohibits():
    choice = atom("purpose", "isAnyOf", ["urn:a", "urn:b"])
    (fix,) = fix_sets(decide(choice, purposes=("urn:c",), prohibition=[rule(atom("purpose", "eq", "urn:a"))]))
    assert fix.purposes == frozenset({"urn:b"})


def test_who_declares_nothing_but_what_is_excluded_declares_something_else():
    (fix,) = fix_sets(decide(atom("purpose", "neq", "urn:resale"), purposes=("urn:resale",)))
    assert (fix.text(), fix.purposes) == ("do not declare the purpose urn:resale", None)


def test_waiting_is_no_fix_where_it_breaks_another_limit():
    closing = atom("dateTime", "lteq", "2026-12-01T00:00:00Z")
    assert told(decide(closing, atom("dateTime", "gteq", "2027-01-01T00:00:00Z"))) == []
    assert told(decide(closing, atom("dateTime", "gteq", "2026-11-30T00:00:00Z"))) == [
        "wait until 2026-11-30 00:00 UTC"
    ]


def test_who_asks_about_a_later_day_can_still_ask_in_time():
    late = decide(atom("dateTime", "lteq", SOON), known=Facts(NOW + timedelta(days=365)))
    assert told(late, today=NOW) == [
        "ask at a time when the time of the decision (dateTime) is no later than 2027-03-31 23:59:59 UTC"
    ]
    assert not fix_sets(late)[0].possible


def test_a_time_limit_counts_from_the_agreement():
    began = NOW - timedelta(days=10)
    over = decide(atom("elapsedTime", "lteq", "P7D"), known=replace(world(), began=began))
    assert "the time for it is over" in told(over)[0]
    coming = decide(atom("elapsedTime", "gteq", "P30D"), known=replace(world(), began=began))
    assert told(coming) == ["wait until 2026-12-12 09:30 UTC"]


def test_waiting_breaks_a_limit_that_counts_from_the_agreement():
    began = replace(world(), began=NOW)
    ends, opens = atom("elapsedTime", "lteq", "P7D"), atom("dateTime", "gteq", SOON)
    assert told(decide(ends, opens, known=began)) == []
    assert told(decide(atom("elapsedTime", "lteq", "P1Y"), opens, known=began)) == [
        "wait until 2027-03-31 23:59:59 UTC"
    ]


@pytest.mark.parametrize(
    ("prohibition", "english", "japanese"),
    [
        (
            rule(assignee=PARTY),
            f"nothing can help: {PARTY} is forbidden it",
            f"打つ手がありません: {PARTY} には禁止されています",
        ),
        (
            rule(atom(ROLE, "isPartOf", "urn:r")),
            f"show that it is not so that the asking party's role ({ROLE}) lies within urn:r",
            f"次を証明する: 「要求した参加者の役割 ({ROLE}) が urn:r に含まれる」が成り立たないこと",
        ),
        (
            rule(atom(CONTRACTS, "isAllOf", "x")),
            f"ask for a use such that it is not so that the contracts that are referred to ({CONTRACTS}) is all of x",
            f"次を満たす利用を申告する: 「参照する契約 ({CONTRACTS}) が x のすべてである」が成り立たない",
        ),
    ],
)
def test_what_a_prohibition_asks_for_is_told_the_other_way_round(prohibition, english, japanese):
    known = Facts(NOW, {ROLE: Fact(frozenset({"urn:r"}))})
    request = replace(ask(), parameters={CONTRACTS: Fact(frozenset({"x"}))})
    decision = evaluate(read(offer(rule(), prohibition=[prohibition])), request, known)
    fix = fix_sets(decision)[0]
    assert (fix.text(), fix.text("ja")) == (english, japanese)


def test_a_credential_that_has_run_out_is_shown_anew():
    gone = Fact(frozenset({"active"}), "vc", NOW - timedelta(days=1))
    decision = decide(atom("Membership", "eq", "active"), known=Facts(NOW, {MEMBERSHIP: gone}))
    assert told(decision) == ["show that the membership in the data space (Membership) is active"]


def test_what_nobody_has_counted_is_told_as_such():
    assert told(decide(atom("count", "lteq", {"@value": "5", "@type": "xsd:integer"}))) == [
        "nothing can help: the number of uses, this one included (count) is at most 5: nothing is known of it"
    ]


def test_a_deferred_condition_is_what_is_still_to_come():
    decision = decide(atom("purpose", "eq", "urn:a"), atom("Membership", "eq", "active"), phase=Phase.CATALOG)
    assert told(decision) == [
        "declare the purpose urn:a; and show that the membership in the data space (Membership) is active"
    ]


def test_the_order_of_a_sequence_is_promised_to_nobody():
    member = atom("Membership", "eq", "active")
    assert told(decide({"andSequence": [member, atom("dateTime", "gteq", PAST)]})) == []
    assert told(decide({"and": [member], "odrl:status": "x"})) == []
    assert told(decide({"or": [member], "odrl:status": "x"})) == []
    forbidden = evaluate(read(offer(rule(), prohibition=[rule({"andSequence": [member, member]})])), ask(), world())
    assert told(forbidden) == ["show that the membership in the data space (Membership) is not active"]


def test_a_permit_needs_no_fix_and_a_conflict_that_permission_wins_neither():
    assert told(decide()) == []
    member = atom("Membership", "eq", "active")
    winning = {"prohibition": [rule()], "odrl:conflict": "perm"}
    assert told(decide(member, **winning)) == ["show that the membership in the data space (Membership) is active"]


def test_fix_sets_of_the_largest_policies_are_found_in_bounded_work():
    wide = {"xone": [atom(CONNECTOR, "eq", f"m{n}") for n in range(400)]}
    deep = atom(CONNECTOR, "eq", "x")
    for n in range(15):
        deep = {"or" if n % 2 else "and": [deep, atom(CONNECTOR, "eq", f"d{n}")]}
    assert fix_sets(decide(wide)) == ()  # all the others must be false: larger than anybody would read
    assert fix_sets(decide(deep))
    many = read(offer(*(rule(*(atom(CONNECTOR, "eq", f"{i}.{n}") for n in range(12))) for i in range(60))))
    assert len(fix_sets(evaluate(many, ask(), world()))) == 5


def test_a_fix_set_is_shown_as_json():
    (fix,) = fix_sets(decide(atom("purpose", "eq", "urn:a")))
    text = "declare the purpose urn:a"
    assert fix.as_json() == {
        "possible": True,
        "text": text,
        "changes": [{"path": "permission[0].constraint[0]", "by": "asker", "wanted": "true", "text": text}],
        "purposes": ["urn:a"],
    }
    assert fix.as_json("ja")["text"] == "目的 urn:a を申告する"
