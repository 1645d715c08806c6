"""A decision told to people: the tree, what would help, what is left open, how far it is kept."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from policy_strategies import CX, NOW, ask, atom, offer, rule, world

from renkei.policy import Fact, Phase, evaluate, read_offer
from renkei.policy.explaining.account import account, render_tree

LIMIT = atom("dateTime", "lteq", "2027-03-31T23:59:59+09:00")


def decide(*constraints, request=None, known=None, **members):
    policy = read_offer(offer(rule(*constraints), **members), in_catalog=True)
    return evaluate(policy, request or ask("urn:x"), known or world())


def test_a_tree_shows_each_step_with_its_mark_in_two_languages():
    member = Fact(frozenset({"active"}), "register")
    decision = decide(
        LIMIT,
        {"or": [atom("purpose", "eq", "urn:a"), atom(CX + "Membership", "eq", "active")]},
        known=world(membership=member),
        prohibition=[rule(action="distribute")],
    )
    english = """
✓ the policy permits it: true
├─ ✓ one of the permissions holds: true
│  └─ ✓ the permission to use holds: true
│     ├─ ✓ the rule is about the action use, asked is use  (permission[0].action)
│     ├─ ✓ the time of the decision (dateTime) is no later than 2027-03-31 23:59:59 +09:00: found 2026-11-22 09:30 UTC, so true [clock]  (permission[0].constraint[0])
│     └─ ✓ or of what stands below: true
│        ├─ ✗ the declared purpose (purpose) is urn:a: found urn:x, so false [request purposes]  (permission[0].constraint[1].or[0])
│        └─ ✓ the membership in the data space (https://w3id.org/catenax/2025/9/policy/Membership) is active: found active, so true [register]  (permission[0].constraint[1].or[1])
└─ ✗ one of the prohibitions is in force: false
   └─ ✗ the prohibition to distribute is in force: false
      └─ ✗ the rule is about the action distribute, asked is use  (prohibition[0].action)
"""
    assert list(render_tree(decision.explanation)) == english.strip().splitlines()
    japanese = list(render_tree(decision.explanation, "ja"))
    assert len(japanese) == len(english.strip().splitlines())
    assert japanese[4].startswith(
        "│     ├─ ✓ 判断の時点 (dateTime) が 2027年3月31日 23:59:59 +09:00 以前である: 実際は 2026年11月22日 09:30 UTC、判定 真"
    )


def test_what_a_partner_wrote_does_not_move_the_cursor():
    lines = list(account(decide(atom("purpose", "eq", "urn:\x1b[2J\n\u202eevil"))).lines())
    assert all(line.isprintable() for line in lines)
    assert any("urn:·[2J··evil" in line for line in lines)


def test_an_account_tells_what_would_help_what_is_open_and_how_far_it_is_kept():
    request = replace(ask(), phase=Phase.CATALOG)
    lines = list(account(decide(LIMIT, atom("purpose", "eq", "urn:a"), request=request)).lines())
    assert lines[0] == "left to a later phase (catalog, 2026-11-22 09:30 UTC)"
    assert lines[1] == "This may change from 2027-03-31 14:59:59.000001 UTC"
    rest = lines[lines.index("What would help:") :]
    assert rest == [
        "What would help:",
        "  declare the purpose urn:a",
        "",
        "Left to a later phase:",
        (
            "  permission[0].constraint[1]: the declared purpose (purpose) is urn:a: this cannot be known yet; it is asked "
            "again later"
        ),
        "",
        "How far it can be made sure of:",
        "  preventive (the provider withholds what is not allowed): permission[0].constraint[0]",
        "  evidential (it is agreed and recorded, nobody can prevent a breach): permission[0].constraint[1]",
    ]


@pytest.mark.parametrize(
    ("constraints", "head", "line"),
    [
        (
            [atom("frobnicate", "eq", "x")],
            "Nothing would help:",
            "  nothing can help: nobody here can evaluate frobnicate",
        ),
        (
            [atom("purpose", "eq", "urn:a"), atom("UsagePurpose", "eq", "urn:b")],
            "Nothing that can be told would help.",
            "",
        ),
    ],
)
def test_an_account_says_so_when_nothing_helps(constraints, head, line):
    lines = list(account(decide(*constraints)).lines())
    assert lines[lines.index(head) + 1] == line


def test_a_permit_tells_the_duties_it_brings():
    decision = decide(obligation=[rule(action="odrl:delete")])
    assert list(account(decision).lines("ja"))[-2:] == ["課される義務:", "  delete (obligation[0])"]


def test_an_account_is_shown_as_json():
    decision = decide(atom("Membership", "eq", "active"), request=replace(ask("urn:b", "urn:a"), phase=Phase.TRANSFER))
    shown = account(decision).as_json()
    assert json.loads(json.dumps(shown)) == shown
    assert shown["outcome"] == "deny"
    assert shown["phase"] == "transfer"
    assert shown["purposes"] == ["urn:a", "urn:b"]
    assert shown["at"] == "2026-11-22T09:30:00Z"
    assert shown["enforcement"] == {"preventive": ["permission[0].constraint[0]"]}
    assert shown["fixes"][0]["possible"] is True
    assert shown["text"] == list(account(decision).lines())


def test_who_asks_about_a_later_day_is_told_what_can_still_be_done():
    late = decide(LIMIT, known=world())
    assert account(late).fixes == ()
    over = decide(LIMIT, known=replace(world(), now=NOW + timedelta(days=365)))
    assert [fix.possible for fix in account(over).fixes] == [False]
    assert [fix.possible for fix in account(over, today=NOW).fixes] == [True]


def test_values_are_written_as_people_read_them():
    texts = {
        "P1Y2M10DT2H30M5S": "1 year 2 months 10 days 2 hours 30 minutes 5 seconds",
        "P30D": "30 days",
        "PT0S": "0 seconds",
        "P1M": "1 month",
    }
    for written, told in texts.items():
        (reason,) = [item for item in decide(atom("elapsedTime", "lteq", written)).reasons if item.atom]
        assert f"is at most {told}: nothing is known" in reason.text()
    (reason,) = [item for item in decide(atom("elapsedTime", "lteq", "P1Y1DT1S")).reasons if item.atom]
    assert "が 1年1日1秒 以下である" in reason.text("ja")
    (day,) = [item for item in decide(atom("dateTime", "lteq", "2027-03-31Z")).reasons if item.atom]
    assert "is no later than 2027-03-31Z: found" in day.text()
    clock = decide(LIMIT, known=replace(world(), now=NOW.replace(microsecond=123456)))
    assert "found 2026-11-22 09:30 UTC, so true" in clock.reasons[1].text()
    days = CX + "DataUsageEndDurationDays"
    (thirty,) = [item for item in decide(atom(days, "eq", "30")).reasons if item.atom]
    assert "is at most 30 days: nothing is known" in thirty.text()
    (agreed,) = [item for item in decide(atom(CX + "ContractReference", "isAllOf", "x")).reasons if item.atom]
    assert agreed.text().endswith("x: this binds by being agreed to")
    (fine,) = [item for item in decide(atom("dateTime", "lt", "2027-03-31T10:00:00.5Z")).reasons if item.atom]
    assert "is before 2027-03-31 10:00:00.500000 UTC" in fine.text()


def test_what_a_later_phase_will_know_is_not_said_to_be_beyond_help() -> None:
    asked = replace(ask("urn:x"), phase=Phase.NEGOTIATION)
    told = account(decide(atom("count", "lteq", "2"), request=asked))
    lines = list(told.lines())
    assert lines[0].startswith("left to a later phase")
    assert not [line for line in lines if "help" in line]
    assert told.as_json()["fixes"] == []


@pytest.mark.parametrize(
    ("since", "told", "japanese"),
    [
        (timedelta(seconds=27, microseconds=700_000), "found 28 seconds, so true", "実際は 28秒、"),
        (timedelta(days=2), "found 2 days, so true", "実際は 2日、"),
        (timedelta(days=2, microseconds=1), "found 2 days 1 second, so false", "実際は 2日1秒、"),
        (timedelta(0), "found 0 seconds, so true", "実際は 0秒、"),
    ],
)
def test_the_time_since_an_agreement_is_told_in_words(since, told, japanese) -> None:
    facts = replace(world(), began=NOW - since)
    decision = decide(atom("elapsedTime", "lteq", "P2D"), known=facts)
    assert any(told in line for line in account(decision).lines())
    assert any(japanese in line for line in account(decision).lines("ja"))
