"""How two policies differ, in words: which is stricter, the use that shows it, and the condition it fails on.

For our own people everything is told; a partner (``reader``) reads of the use only what a request would say, and the
reasons as ``partner_view`` gives them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from renkei.policy.comparing.containment import Burden, Relation, Side, Verdict, Witness
from renkei.policy.comparing.drawn import Subject
from renkei.policy.deciding.phrases import action_of, moment_of
from renkei.policy.explaining.partner_view import partner_view
from renkei.policy.world import Fact

_RELATIONS: Final = {
    "en": {
        Relation.EQUAL: "{first} and {second} permit and demand the same",
        Relation.STRICTER: "{first} is stricter than {second}",
        Relation.LOOSER: "{first} is looser than {second}",
        Relation.INCOMPARABLE: "{first} and {second} each permit something that the other does not",
        Relation.UNKNOWN: "whether {first} permits no more than {second} cannot be told",
    },
    "ja": {
        Relation.EQUAL: "{first}と{second}は同じことを許可し、同じことを求めます",
        Relation.STRICTER: "{first}は{second}より厳しい条件です",
        Relation.LOOSER: "{first}は{second}より緩い条件です",
        Relation.INCOMPARABLE: "{first}と{second}は、それぞれ他方が許可しないことを許可します",
        Relation.UNKNOWN: "{first}が{second}を超えないかどうかは判定できません",
    },
}
_WITNESS: Final = {
    "en": "{use} satisfies {one} alone; {other}: {why}",
    "ja": "{use} を満たすのは{one}だけです。{other}: {why}",
}
_BURDEN: Final = {
    "en": "{one} alone obliges the {debtor} to {action}",
    "ja": "{debtor}に{action}の義務を課すのは{one}だけです",
}
_DEBTORS: Final = {
    "en": {Subject.USE: "assignee", Subject.ASSIGNEE: "assignee", Subject.ASSIGNER: "assigner"},
    "ja": {Subject.USE: "利用者", Subject.ASSIGNEE: "利用者", Subject.ASSIGNER: "提供者"},
}
_NAMES: Final = {"en": ("the first policy", "the second policy"), "ja": ("1つ目のポリシー", "2つ目のポリシー")}
_NO_REASON: Final = {"en": "no permission holds", "ja": "成立する許可がありません"}


def explain_difference(
    verdict: Verdict, language: str = "en", *, names: tuple[str, str] | None = None, reader: str = ""
) -> str:
    """A verdict as one line. ``names``: what the two policies are called; ``reader``: the partner who reads it."""
    language = "ja" if language == "ja" else "en"
    first, second = names or _NAMES[language]
    named = {Side.FIRST: first, Side.SECOND: second}
    told = [_RELATIONS[language][verdict.relation].format(first=first, second=second)]
    told += [_seen(item, language, named, reader) for item in (verdict.beyond, verdict.short) if item is not None]
    told += [_owed(item, language, named) for item in verdict.burdens]
    return "; ".join(told)


def _seen(witness: Witness, language: str, named: dict[Side, str], reader: str) -> str:
    other = Side.SECOND if witness.satisfies is Side.FIRST else Side.FIRST
    if reader:
        why = partner_view(witness.denial, reader).text()
    else:
        why = ", ".join(reason.text(language) for reason in witness.denial.obstacles)
    return _WITNESS[language].format(
        use=" ".join(_use(witness, language, reader)),
        one=named[witness.satisfies],
        other=named[other],
        why=why or _NO_REASON[language],
    )


def _use(witness: Witness, language: str, reader: str) -> Iterator[str]:
    """``distribute (2026-01-01 00:00 UTC, purpose: cx.pcf.base:1, recipient: urn:x)``."""
    request, facts = witness.request, witness.facts
    held = dict(request.parameters) if reader else {**facts.values, **request.parameters}
    told = [moment_of(facts.now, language)]
    if request.purposes:
        told.append(f"purpose: {', '.join(sorted(request.purposes))}")
    told += [f"{_name(iri)}: {_values(fact)}" for iri, fact in sorted(held.items())]
    told += [f"{action_of(act.action)}: {moment_of(act.at, language)}" for act in facts.performed]
    yield action_of(request.action)
    yield f"({', '.join(told)})"


def _name(iri: str) -> str:
    return iri.rpartition("/")[2]


def _values(fact: Fact) -> str:
    return ", ".join(sorted(fact.values)) + (f" {_name(fact.unit)}" if fact.unit else "")


def _owed(burden: Burden, language: str, named: dict[Side, str]) -> str:
    debtor = _DEBTORS[language][burden.debtor]
    return _BURDEN[language].format(one=named[burden.side], debtor=debtor, action=action_of(burden.duty.word))
