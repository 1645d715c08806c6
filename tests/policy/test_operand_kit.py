"""The kit that holds operands to what policies rely on: every standard one passes, every kind of breach is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from renkei.policy.deciding.truth import Truth
from renkei.policy.model import Operator
from renkei.policy.operands import STANDARD
from renkei.policy.operands.declaration import CHOICE, IN_USE, ORDER, Datatype, Operand, Source, operand
from renkei.policy.world import Fact, Facts, Phase, Request
from renkei.testing.operands import OperandCase, check_operand, truth_of

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
PLANT = "https://example.com/policy/plant"
T, F, U = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN
PARTY, OTHER = "did:web:a.example", "did:web:b.example"


def right_and_wrong(declared: Operand) -> tuple[str, str]:
    """Two values that the operand can read: one that will be held, one that will not."""
    if declared.scale:
        return declared.scale[-1], declared.scale[0]
    if declared.allowed is not None:
        known = sorted(declared.allowed)
        return known[0], known[-1]
    match declared.datatype:
        case Datatype.INSTANT:
            return "2027-01-01T00:00:00Z", "2026-01-01T00:00:00Z"
        case Datatype.DURATION:
            return "P30D", "P1D"
        case Datatype.DAYS:
            return "30", "1"
        case Datatype.NUMBER:
            return "5", "7"
        case _:
            number = declared.form.startswith("BPNL")
            return ("BPNL00000000AB12", "BPNL00000000AB13") if number else ("urn:a", "urn:b")


def cases_for(declared: Operand) -> list[OperandCase]:
    """A case that holds and one that does not, after where the operand's value comes from."""
    good, bad = right_and_wrong(declared)
    request, facts = Request(PARTY, "urn:dataset"), Facts(NOW, began=NOW - timedelta(days=7))
    fact = {declared.iri: Fact(frozenset({good}), "test", NOW + timedelta(days=1))}
    match declared.source:
        case Source.CLOCK | Source.ELAPSED:
            operator = Operator.EQ if declared.means else Operator.LTEQ
            return [OperandCase(operator, good, T, request, facts), OperandCase(operator, bad, F, request, facts)]
        case Source.PARTY:
            return [OperandCase(Operator.EQ, who, truth, request, facts) for who, truth in ((PARTY, T), (OTHER, F))]
        case Source.PURPOSES:
            request = Request(PARTY, "urn:dataset", purposes=frozenset({good}))
        case Source.MANNER:
            request = Request(PARTY, "urn:dataset", parameters=fact)
        case Source.FACT:
            facts = Facts(NOW, fact)
        case _:
            operator = next(iter(declared.operators))
            return [OperandCase(operator, good, T, request, facts)]
    operator = Operator.EQ if Operator.EQ in declared.operators else Operator.IS_ANY_OF
    held = OperandCase(operator, good, T, request, facts)
    if good == bad:  # a list of one value: somebody holds another one
        other = {declared.iri: Fact(frozenset({"another"}), "test")}
        return [held, OperandCase(operator, good, F, request, Facts(NOW, other))]
    return [held, OperandCase(operator, bad, F, request, facts)]


@pytest.mark.parametrize("iri", STANDARD)
def test_every_standard_operand_passes_the_kit(iri):
    check_operand(STANDARD[iri], cases_for(STANDARD[iri]))


# --- breaches ----------------------------------------------------------------------------------------------------------


def declared(find, *, iri=PLANT, operators=CHOICE, datatype=Datatype.TEXT, en="the plant", ja="工場", **more):
    return operand(iri, datatype=datatype, operators=operators, en=en, ja=ja, **more)(find)


def held(request, facts):
    return facts.values.get(PLANT)


def known(*values):
    return Facts(NOW, {PLANT: Fact(frozenset(values), "test")})


KOBE, OSAKA = (
    OperandCase(Operator.EQ, "Kobe", T, facts=known("Kobe")),
    OperandCase(Operator.EQ, "Osaka", F, facts=known("Kobe")),
)


def breaches(one: Operand, cases=(KOBE, OSAKA), **more) -> str:
    with pytest.raises(AssertionError) as caught:
        check_operand(one, cases, **more)
    assert str(caught.value).startswith(f"{one.iri}:\n- ")
    return str(caught.value)


def test_an_operand_that_does_as_it_says_passes():
    check_operand(declared(held), [KOBE, OSAKA])
    assert truth_of(declared(held), KOBE) is T


def test_a_declaration_must_be_whole():
    assert "1: its IRI is not absolute" in breaches(declared(held, iri="plant"), [])
    assert "1: it has no words" in breaches(declared(held, ja=""), [KOBE, OSAKA])
    assert "1: it has no words" in breaches(declared(held, ja="the plant"), [KOBE, OSAKA])
    assert "1: it is known in no phase" in breaches(declared(held, phases=frozenset()), [])


def test_cases_must_hold_and_be_of_both_kinds():
    assert "2: no case of it is false" in breaches(declared(held), [KOBE])
    assert "2: no case of it is true" in breaches(declared(held), [OSAKA])
    wrong = OperandCase(Operator.EQ, "Osaka", T, facts=known("Kobe"))
    assert "case 1: 2: it is false, not true" in breaches(declared(held), [KOBE, wrong, OSAKA])


def test_chance_and_memory_are_found_out():
    seen = []

    def fickle(request, facts):
        seen.append(1)
        return held(request, facts) if len(seen) % 2 else None

    assert "3: asked again" in breaches(declared(fickle))


def test_an_operand_that_changes_what_it_reads_is_found_out():
    def greedy(request, facts):
        facts.values["urn:left-behind"] = Fact(frozenset({"x"}))
        return held(request, facts)

    kobe, osaka = (
        OperandCase(Operator.EQ, name, truth, facts=known("Kobe")) for name, truth in (("Kobe", T), ("Osaka", F))
    )
    assert "3: it has changed what it was given" in breaches(declared(greedy), [kobe, osaka])


def test_a_guess_where_nothing_is_known_is_found_out():
    def guess(request, facts):
        return held(request, facts) or Fact(frozenset({"Kobe"}))

    assert "6: where nothing is known it is true" in breaches(declared(guess))


def test_an_operand_that_needs_no_facts_may_say_so():
    def weekday(request, facts):
        return Fact(frozenset({str(facts.now.isoweekday())}))

    one = declared(weekday, datatype=Datatype.NUMBER, operators=ORDER)
    sunday = [OperandCase(Operator.EQ, "7", T), OperandCase(Operator.LT, "7", F)]
    assert "6: where nothing is known" in breaches(one, sunday)
    check_operand(one, sunday, needs_facts=False)


def test_facts_that_have_run_out_and_ends_that_are_not_told_are_found_out():
    def lasting(request, facts):
        found = held(request, facts)
        return None if found is None else Fact(found.values)

    assert "7: it is true by facts that have run out" in breaches(declared(lasting))

    def elsewhere(request, facts):
        found = facts.values.get("urn:site")
        live = found is not None and (found.expires_at is None or found.expires_at > facts.now)
        return Fact(found.values) if live else None

    site = Facts(NOW, {"urn:site": Fact(frozenset({"Kobe"}), "test")})
    cases = [OperandCase(Operator.EQ, name, truth, facts=site) for name, truth in (("Kobe", T), ("Osaka", F))]
    assert "7: it does not say that its answer ends" in breaches(declared(elsewhere), cases)


def test_a_phase_in_which_it_answers_nothing_is_as_declared():
    check_operand(declared(held, phases=IN_USE), [KOBE, OSAKA])
    late = OperandCase(Operator.EQ, "Kobe", T, Request("urn:p", "urn:d", phase=Phase.OFFER), known("Kobe"))
    assert "it is deferred, not true" in breaches(declared(held, phases=IN_USE), [late, OSAKA])


def test_odd_values_do_not_permit_and_what_is_no_fact_is_found_out():
    def odd(request, facts):
        found = held(request, facts)
        return found if found is None or "Kobe" in found.values else "no fact"

    assert "8: for" in breaches(declared(odd))

    def lenient(request, facts):
        found = held(request, facts)
        return None if found is None else Fact(found.values or frozenset({"Kobe"}), "", found.expires_at)

    assert "8: [] is as good to it" in breaches(declared(lenient))


def test_an_operand_that_raises_knows_nothing_and_is_no_breach():
    def strict(request, facts):
        (value,) = facts.values[PLANT].values
        return Fact(frozenset({value.encode("ascii").decode()}), "", facts.values[PLANT].expires_at)

    check_operand(declared(strict), [KOBE, OSAKA])
