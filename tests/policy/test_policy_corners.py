"""Where decisions rarely come: duties in a manner, members that cannot be read, the end of the calendar, own operands."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from policy_strategies import NOW, ODRL, agreement, ask, atom, offer, rule, world

from renkei.kernel.problems import RenkeiError
from renkei.policy import (
    BY_ACTION,
    PRE,
    STANDARD,
    CompiledPolicy,
    Datatype,
    Fact,
    Facts,
    Operand,
    Operator,
    Outcome,
    Performed,
    Phase,
    Registry,
    Source,
    compile_policy,
    operand,
    read_agreement,
    read_offer,
)
from renkei.policy.deciding import evaluate as evaluating
from renkei.policy.model import Atomic
from renkei.policy.operands.declaration import CHOICE, ORDER
from renkei.policy.values import LAST, Duration, texts_in

AMOUNT = ODRL + "payAmount"
EURO = "https://www.wikidata.org/wiki/Q4916"


def paying(*manner):
    duty = {"action": "odrl:compensate", ODRL + "refinement": list(manner)}
    return read_agreement(agreement(rule(duty=[duty])))


def paid(amount: str, unit: str = EURO) -> Facts:
    fact = Fact(frozenset({amount}), "bank", unit=unit)
    return Facts(NOW, performed=(Performed(action=ODRL + "compensate", at=NOW, facts={AMOUNT: fact}),))


FIVE = {"leftOperand": AMOUNT, "operator": "eq", "rightOperand": "5.00", ODRL + "unit": {"@id": EURO}}
MORE = atom(AMOUNT, "gt", "5")


@pytest.mark.parametrize(
    ("manner", "facts", "permitted"),
    [
        ((FIVE,), paid("5.00"), True),
        ((FIVE,), paid("5.00", "urn:yen"), False),
        ((FIVE,), paid("4.99"), False),
        ((FIVE,), Facts(NOW), False),
        (({"or": [FIVE, MORE]},), paid("7"), True),
        (({"xone": [FIVE, MORE]},), paid("5"), True),
        (({"and": [FIVE, MORE]},), paid("5"), False),
        (({"andSequence": [FIVE]},), paid("5"), False),
        ((FIVE | {"https://example.org/unknown": "x"},), paid("5"), False),
    ],
)
def test_a_payment_counts_in_the_manner_that_was_agreed(manner, facts, permitted):
    assert compile_policy(paying(*manner)).decide(ask(), facts).permits is permitted


def test_what_must_be_done_beforehand_is_left_open_until_the_use_begins():
    compiled = compile_policy(paying(FIVE), STANDARD, PRE)
    outcomes = {phase: compiled.decide(replace(ask(), phase=phase), Facts(NOW)).outcome for phase in Phase}
    early = {Phase.OFFER, Phase.CATALOG, Phase.NEGOTIATION, Phase.AGREEMENT}
    assert outcomes == {phase: Outcome.DEFER if phase in early else Outcome.DENY for phase in Phase}


@pytest.mark.parametrize("member", ["refinement", "consequence", "remedy"])
@pytest.mark.parametrize("value", ["x", [5], {"action": 5}, {"leftOperand": "purpose"}])
def test_a_member_that_cannot_be_read_makes_its_rule_unknown(member, value):
    document = offer(rule(**{ODRL + member: value}))
    try:
        policy = read_offer(document, in_catalog=True)
    except RenkeiError:
        return
    decision = compile_policy(policy).decide(ask(), world())
    assert not decision.permits
    assert [reason.left for reason in decision.obstacles] == [ODRL + member]


def test_a_term_that_binds_by_agreement_has_held_from_the_beginning():
    agreed = atom("Liability", "eq", "cx.grossNegligence:1")
    later = atom("dateTime", "gt", "2026-11-01T00:00:00Z")
    for sequence, permitted in (([agreed, later], True), ([later, agreed], False)):
        policy = read_offer(offer(rule({"andSequence": sequence})), in_catalog=True)
        assert compile_policy(policy).decide(ask(), world()).permits is permitted


def test_time_ends_where_the_calendar_does():
    start = datetime(2026, 1, 31, tzinfo=UTC)
    assert Duration(1, timedelta()).after(start) == datetime(2026, 2, 28, tzinfo=UTC)
    assert Duration(12 * 9000, timedelta()).after(start) == LAST
    assert Duration(0, timedelta(days=999_999_999)).after(start) == LAST


def test_the_texts_of_a_right_operand_are_those_that_are_texts():
    assert list(texts_in(("a", {"@id": "b"}, {"@value": 5}, {"@value": "c"}))) == ["a", "b", "c"]


def test_compiled_policies_are_equal_for_the_same_terms_under_the_same_reading():
    policy = read_offer(offer(rule()), in_catalog=True)
    one, other = CompiledPolicy(policy, STANDARD, BY_ACTION), CompiledPolicy(policy, STANDARD, BY_ACTION)
    assert one == other
    assert hash(one) == hash(other)
    assert one != CompiledPolicy(policy, STANDARD, PRE)
    assert one != policy


def test_only_those_asked_lately_are_kept():
    policy = read_offer(offer(rule()), in_catalog=True)
    first = compile_policy(replace(policy, id="urn:first"))
    assert compile_policy(replace(policy, id="urn:first")) is first
    for number in range(evaluating._REMEMBERED):
        compile_policy(replace(policy, id=f"urn:{number}"))
    assert compile_policy(replace(policy, id="urn:first")) is not first


def plant(_request, _facts):
    return Fact(frozenset({"KR-1"}))


PLANT = operand("urn:plant", datatype=Datatype.TEXT, operators=CHOICE, en="the plant", ja="工場")(plant)


def test_an_own_operand_is_asked_where_its_registry_is_brought():
    registry = STANDARD.with_(PLANT)
    assert len(registry) == len(STANDARD) + 1
    assert list(registry) == [*STANDARD, "urn:plant"]
    policy = read_offer(offer(rule(atom("urn:plant", "eq", "KR-1"))), in_catalog=True)
    assert compile_policy(policy, registry).decide(ask(), world()).permits
    assert not compile_policy(policy).decide(ask(), world()).permits


UNFIT = {
    "an order of texts": {"datatype": Datatype.TEXT, "operators": ORDER, "source": Source.FACT},
    "no operator": {"datatype": Datatype.TEXT, "operators": frozenset(), "source": Source.FACT},
    "no function": {"datatype": Datatype.TEXT, "operators": CHOICE, "source": Source.FUNCTION},
    "a function too many": {"datatype": Datatype.TEXT, "operators": CHOICE, "source": Source.FACT, "find": plant},
}


@pytest.mark.parametrize("members", UNFIT.values(), ids=UNFIT)
def test_an_operand_that_cannot_be_is_refused_where_it_is_declared(members):
    with pytest.raises(RenkeiError) as caught:
        Operand(iri="urn:odd", en="odd", ja="奇妙", **members)
    assert caught.value.code == "policy-operand-unfit"


def test_an_operand_is_declared_once():
    with pytest.raises(RenkeiError) as caught:
        Registry(PLANT, PLANT)
    assert caught.value.code == "policy-operand-twice"


def test_a_number_by_hand_is_no_text():
    assert list(texts_in(Atomic("count", Operator.EQ, {"@value": Decimal(5)}).right)) == []
