from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from policy_strategies import CX, NOW, ODRL, PARTY, TARGET, agreement, ask, atom, offer, rule, world

from renkei.kernel.problems import RenkeiError
from renkei.policy import Fact, Facts, Outcome, Reason, ReasonCode, Truth, evaluate, read_agreement, read_offer

MEMBER = Fact(frozenset({"active"}), "urn:credential:1")
LATER = (NOW + timedelta(days=1)).isoformat()
OWN = "https://example.org/policy/calibrate"
LAST_WEEK = (NOW - timedelta(days=7)).isoformat()
EARLIER = (NOW - timedelta(days=1)).isoformat()
TRUE = atom("dateTime", "gt", EARLIER)
FALSE = atom("dateTime", "lt", EARLIER)
UNKNOWN = atom("frobnicate", "eq", "x")


def decide(*constraints, request=None, facts=None, **members):
    policy = read_offer(offer(rule(*constraints), **members), in_catalog=False)
    return evaluate(policy, request or ask(), facts or world())


def reason(decision, path):
    (found,) = [item for item in decision.reasons if item.path == path]
    return found


def test_an_unconditional_permission_permits_and_nothing_else_does():
    assert decide().outcome is Outcome.PERMIT
    prohibiting = read_offer(offer(prohibition=[rule(FALSE)]), in_catalog=True)
    decision = evaluate(prohibiting, ask(), world())
    assert decision.outcome is Outcome.DENY
    assert [item.code for item in decision.obstacles] == [ReasonCode.NO_PERMISSION]


T, F, U = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN
ATOMS = [
    (atom("dateTime", "lteq", LATER), T),
    (atom(ODRL + "dateTime", "lt", LATER), T),
    (atom("odrl:dateTime", "gteq", LATER), F),
    (atom("dateTime", "gt", LATER), F),
    (atom("dateTime", "eq", NOW.isoformat()), T),
    (atom("dateTime", "neq", NOW.isoformat()), F),
    (atom("dateTime", "lteq", "2026-11-22T18:30:00+09:00"), T),
    (atom("dateTime", "lt", "2026-11-22T18:30:00+09:00"), F),
    (atom("dateTime", "lteq", "2026-11-22T09:30Z"), T),
    (atom("dateTime", "lteq", "2026-11-22T18:29+09:00"), F),
    (atom("dateTime", "lteq", [LATER]), T),
    (atom("dateTime", "lteq", {"@value": LATER, "@type": "xsd:dateTime"}), T),
    (atom("dateTime", "lteq", {"@value": "2027-01-01", "@type": "xsd:date"}), U),
    (atom("dateTime", "lteq", {"@value": LATER, "@language": "en"}), U),
    (atom("dateTime", "lteq", {"@value": 5}), U),
    (atom("dateTime", "lteq", {"@value": LATER, "@type": ["xsd:dateTime"]}), U),
    (atom("dateTime", "lteq", "2027-01-01"), U),
    (atom("dateTime", "lteq", "2027-01-01T00:00:00"), U),
    (atom("dateTime", "lteq", [LATER, EARLIER]), U),
    (atom("dateTime", "isAnyOf", [LATER]), U),
    (atom("purpose", "eq", "audit"), T),
    (atom("purpose", "eq", {"@value": "audit"}), T),
    (atom("purpose", "eq", {"@value": "audit", "@type": "xsd:string"}), T),
    (atom("purpose", "eq", {"@value": "audit", "@type": "xsd:token"}), U),
    (atom("purpose", "eq", {"@id": "audit"}), T),
    (atom("purpose", "isAnyOf", ["resale", "audit"]), T),
    (atom("purpose", "isAnyOf", "audit"), T),
    (atom("purpose", "isAnyOf", ["resale"]), F),
    (atom("purpose", "isNoneOf", ["resale"]), T),
    (atom("purpose", "isNoneOf", ["resale", "audit"]), F),
    (atom("purpose", "neq", "audit"), F),
    (atom("purpose", "neq", "resale"), T),
    (atom("purpose", "eq", ["resale", "audit"]), U),
    (atom("purpose", "lt", "resale"), U),
    (atom("UsagePurpose", "isAnyOf", ["audit"]), T),
    (atom(CX + "UsagePurpose", "isNoneOf", ["resale"]), U),
    (atom("assignee", "eq", PARTY), T),
    (atom("assignee", "isNoneOf", [PARTY, "did:web:other"]), F),
    (atom("Membership", "eq", "active"), T),
    (atom(CX + "Membership", "eq", "suspended"), U),
    (atom(CX + "BusinessPartnerNumber", "eq", "BPNL0"), U),
    (atom("FrameworkAgreement", "eq", "DataExchangeGovernance:1.0"), U),
    (atom("BusinessPartnerNumber", "isAnyOf", ["BPNL00000000AB12"]), U),
    (atom("partner", "eq", "gold"), U),
    (atom("purpose", "term-lteq", "audit"), U),
    (atom("purpose", "eq", "audit") | {"odrl:unit": "urn:kg"}, U),
    (atom("purpose", "eq", "audit") | {"odrl:dataType": {"@id": "xsd:string"}}, T),
    (atom("purpose", "eq", "audit") | {"odrl:dataType": {"@id": "xsd:integer"}}, U),
    (atom("purpose", "eq", "resale") | {"https://example.org/any": "x"}, U),
    (atom("purpose", "eq", "audit") | {"dct:title": "x", "@id": "urn:c"}, T),
    ({"and": [TRUE, TRUE]}, T),
    ({"and": [TRUE, UNKNOWN]}, U),
    ({"and": [FALSE, UNKNOWN]}, F),
    ({"or": [TRUE, UNKNOWN]}, T),
    ({"or": [FALSE, UNKNOWN]}, U),
    ({"or": [FALSE, FALSE]}, F),
    ({"xone": [TRUE, FALSE]}, T),
    ({"xone": [TRUE, TRUE, UNKNOWN]}, F),
    ({"xone": [TRUE, UNKNOWN]}, U),
    ({"xone": [FALSE, FALSE]}, F),
    ({"andSequence": [TRUE, TRUE]}, T),
    ({"andSequence": [FALSE]}, F),
    ({"andSequence": [atom("dateTime", "gt", LAST_WEEK), TRUE]}, T),
    ({"andSequence": [TRUE, atom("dateTime", "gt", LAST_WEEK)]}, F),
    ({"andSequence": [TRUE, atom("Membership", "eq", "active")]}, U),
    ({"or": [{"and": [TRUE, FALSE]}, {"xone": [TRUE]}]}, T),
    ({"and": [TRUE], "odrl:status": "x"}, U),
]


@pytest.mark.parametrize(("constraint", "verdict"), ATOMS, ids=[json.dumps(item)[:80] for item, _ in ATOMS])
def test_a_constraint_is_true_false_or_unknown_and_only_true_permits(constraint, verdict):
    facts = world(membership=MEMBER)
    request = ask("audit")
    permitting = read_offer(offer(rule(constraint)), in_catalog=True)
    decision = evaluate(permitting, request, facts)
    assert reason(decision, "permission[0]").verdict is verdict
    assert decision.permits is (verdict is T)
    prohibiting = read_offer(offer(rule(), prohibition=[rule(constraint)]), in_catalog=True)
    assert evaluate(prohibiting, request, facts).permits is (verdict is F)


@pytest.mark.parametrize(("purposes", "verdict"), [((), U), (("a",), T), (("a", "b"), T), (("a", "x"), U), (("x",), F)])
def test_every_declared_purpose_must_be_covered(purposes, verdict):
    for operator, expected in (("isAnyOf", verdict), ("isNoneOf", {T: F, F: T, U: U}[verdict])):
        decision = decide(atom("purpose", operator, ["a", "b"]), request=ask(*purposes))
        assert reason(decision, "permission[0].constraint[0]").verdict is expected


def test_a_fact_that_has_run_out_is_no_fact():
    constraint = atom("Membership", "eq", "active")
    for expires_at, permitted in ((NOW, False), (NOW + timedelta(seconds=1), True)):
        decision = decide(constraint, facts=world(membership=Fact(frozenset({"active"}), "vc", expires_at)))
        assert decision.permits is permitted
        assert decision.expires_at == (expires_at if permitted else None)


@pytest.mark.parametrize(
    ("document", "request_", "permitted"),
    [
        (agreement(rule()), ask(), True),
        (agreement(rule()), ask(party="did:web:other"), False),
        (agreement(rule()), ask(target="urn:dataset:other"), False),
        (agreement(rule(target="urn:part")), ask(target="urn:part"), True),
        (agreement(rule(target="urn:part")), ask(), False),
        (agreement(rule(assignee="did:web:other")), ask(party="did:web:other"), True),
        (agreement(rule(assignee="did:web:other")), ask(), False),
        (agreement(rule()), ask(action=ODRL + "display"), True),
        (agreement(rule(action="odrl:display")), ask(), False),
        (agreement(rule(action="display")), ask(action="odrl:display"), True),
        (agreement(rule(action=CX + "access")), ask(), False),
        (agreement(rule(action="access")), ask(action=CX + "access"), True),
        (agreement(rule(action="frobnicate")), ask(action="frobnicate"), False),
        (agreement(rule(action=OWN, **{ODRL + "includedIn": [{"@id": ODRL + "use"}]})), ask(action=OWN), True),
        (agreement(rule(action=OWN, **{ODRL + "includedIn": [{"@id": ODRL + "use"}]})), ask(), False),
        (agreement(rule(action=OWN, **{ODRL + "implies": [{"@id": ODRL + "use"}]})), ask(action=OWN), False),
        (agreement(rule(), prohibition=[rule(action="distribute")]), ask(), True),
        (agreement(rule(), prohibition=[rule(action="distribute")]), ask(action=ODRL + "distribute"), False),
        (agreement(rule(), prohibition=[rule(action="frobnicate")]), ask(), False),
        (agreement(rule(), prohibition=[rule(action="frobnicate")], profile=CX), ask(party="did:web:other"), False),
        (agreement(rule(), prohibition=[rule(assignee="did:web:other")]), ask(), True),
        (agreement(rule(duty=[rule(action="odrl:compensate")])), ask(), False),
        (agreement(rule(), obligation=[rule(action="odrl:delete")]), ask(), True),
        (agreement(rule(), profile=[CX, ODRL + "core"]), ask(), True),
        (agreement(rule(), profile="urn:profile:unknown"), ask(), False),
        (agreement(rule(), **{"odrl:conflict": "perm"}), ask(), True),
        (agreement(rule(), prohibition=[rule()], **{"odrl:conflict": {"@id": "odrl:perm"}}), ask(), True),
        (agreement(rule(), prohibition=[rule()], **{"odrl:conflict": {"@id": "odrl:invalid"}}), ask(), False),
        (agreement(rule(), **{"odrl:conflict": "frobnicate"}), ask(), False),
        (agreement(rule(), **{"https://example.org/note": "x"}), ask(), True),
        (agreement(rule(**{"https://example.org/note": "x"})), ask(), False),
        (agreement(rule(FALSE), rule(TRUE)), ask(), True),
    ],
)
def test_a_rule_must_speak_of_target_party_and_action(document, request_, permitted):
    decision = evaluate(read_agreement(document), request_, world())
    assert decision.permits is permitted
    assert bool(decision.obstacles) is not permitted


def test_a_prohibition_in_force_is_the_obstacle():
    policy = read_offer(offer(rule(TRUE), prohibition=[rule(TRUE), rule(FALSE)]), in_catalog=True)
    assert [item.path for item in evaluate(policy, ask(), world()).obstacles] == ["prohibition[0]"]


def test_obligations_are_handed_on():
    policy = read_agreement(agreement(rule(), obligation=[rule(action="odrl:delete")]))
    assert [duty.path for duty in evaluate(policy, ask(), world()).duties] == ["obligation[0]"]


@pytest.mark.parametrize(
    ("limits", "expires_at"),
    [
        ((), None),
        ((EARLIER,), None),
        ((LATER, EARLIER), NOW + timedelta(days=1, microseconds=1)),
        ((LATER, (NOW + timedelta(hours=2)).isoformat()), NOW + timedelta(hours=2, microseconds=1)),
        ((NOW.isoformat(),), NOW + timedelta(microseconds=1)),
    ],
)
def test_a_decision_tells_when_it_may_change(limits, expires_at):
    assert decide({"or": [TRUE, *(atom("dateTime", "lteq", limit) for limit in limits)]}).expires_at == expires_at


def test_at_the_end_of_time_nothing_changes_any_more():
    last = datetime.max.replace(tzinfo=UTC)
    policy = read_offer(offer(rule(atom("dateTime", "lteq", last.isoformat()))), in_catalog=True)
    assert evaluate(policy, ask(), Facts(last)).expires_at is None


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(RenkeiError) as caught:
        Facts(NOW.replace(tzinfo=None))
    assert caught.value.code == "instant-malformed"


def test_a_reason_tells_what_was_compared_with_what():
    decision = decide(
        atom(CX + "Membership", "eq", "active"),
        atom("purpose", "isAnyOf", ["a", {"@id": "b"}, {"@list": ["c"]}]),
        facts=world(membership=Fact(frozenset({"suspended"}), "urn:credential:1")),
        request=ask("x"),
    )
    first, second, third, *_ = decision.reasons
    assert first.code is ReasonCode.ACTION
    assert second.as_json() == {
        "path": "permission[0].constraint[0]",
        "code": "constraint",
        "verdict": "false",
        "left": CX + "Membership",
        "operator": "eq",
        "right": "active",
        "found": "suspended",
        "source": "urn:credential:1",
        "enforcement": "preventive",
        "text": "permission[0].constraint[0]: "
        f"the membership in the data space ({CX}Membership) is active: found suspended, so false",
    }
    assert third.text("ja") == (
        "permission[0].constraint[1]: 申告された目的 (purpose) isAnyOf の右オペランド a, b, {'@list': ['c']} を読み取れません"
    )
    assert [item.code.value for item in decision.reasons] == [
        "action",
        "constraint",
        "right",
        "permission",
        "permissions",
        "policy",
    ]


def test_every_kind_of_reason_has_a_sentence_in_both_languages():
    for code in ReasonCode:
        for verdict in Truth:
            for language in ("en", "ja"):
                reason = Reason("permission[0]", code, verdict, "<left>", "<operator>", "<right>", "<found>")
                text = reason.text(language)
                assert text.startswith("permission[0]: ")
                assert "{" not in text
                assert "  " not in text


def test_a_decision_is_shown_as_json():
    decision = decide(atom("dateTime", "lteq", LATER))
    shown = decision.as_json("ja")
    assert shown["outcome"] == "permit"
    assert shown["expires_at"] == "2026-11-23T09:30:00.000001Z"
    assert "expires_at" not in decide().as_json()
    assert json.loads(json.dumps(shown)) == shown


def test_the_target_of_a_catalog_offer_is_the_dataset_that_carries_it():
    policy = read_offer(offer(rule()), in_catalog=True)
    assert evaluate(policy, ask(target=TARGET), world()).permits
