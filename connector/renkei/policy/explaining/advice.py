"""What somebody can do so that a condition of a policy comes out otherwise: who, and in which words.

A ``Change`` is about one condition, however often it stands in the policy. Whether the asker, the provider or only time
can bring it about is declared by the operand; for the clock it depends on whether such a moment is still to come.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from renkei.policy.deciding.explanation import Reason
from renkei.policy.deciding.leaves import leaf, turns
from renkei.policy.deciding.meaning import Atom
from renkei.policy.deciding.phrases import action_of, condition, moment_of, value_of
from renkei.policy.deciding.truth import CERTAIN, CERTAINLY_NOT, Truth
from renkei.policy.deciding.wording import ReasonCode
from renkei.policy.model import Operator
from renkei.policy.operands.declaration import Actor, Source
from renkei.policy.values import Duration, Span
from renkei.policy.world import Facts, Phase, Request

INVERSE: Final = {
    Operator.EQ: Operator.NEQ,
    Operator.NEQ: Operator.EQ,
    Operator.LT: Operator.GTEQ,
    Operator.GTEQ: Operator.LT,
    Operator.GT: Operator.LTEQ,
    Operator.LTEQ: Operator.GT,
    Operator.IS_ANY_OF: Operator.IS_NONE_OF,
    Operator.IS_NONE_OF: Operator.IS_ANY_OF,
}
EXCLUDING: Final = frozenset({Operator.NEQ, Operator.IS_NONE_OF})
_NOBODY: Final = ("nothing can help: {why}", "打つ手がありません: {why}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One condition that must come out otherwise: ``wanted``, at ``steps`` of the policy.

    ``reason``: how it comes out now; ``by``: who can change it; ``moment``: from when the clock says so.
    """

    steps: tuple[int, ...]
    wanted: Truth
    by: Actor
    reason: Reason
    moment: datetime | None = None

    @property
    def path(self) -> str:
        """Where it stands first."""
        return self.reason.path

    def text(self, language: str = "en") -> str:
        """What to do, as an instruction."""
        pair = _NOBODY if self.by is Actor.NOBODY else _words(self)
        return pair[language == "ja"].format(**self._values(language))

    def _values(self, language: str) -> dict[str, str]:
        reason, atom = self.reason, self.reason.atom
        right = value_of(atom, reason.right, language)
        return {
            "right": action_of(reason.right) if reason.code in _OF_ACTIONS else right,
            "found": action_of(reason.found),
            "clause": clause(reason, self.wanted, language),
            "moment": "" if self.moment is None else moment_of(self.moment, language),
            "why": _why(self, language) if self.by is Actor.NOBODY else "",
        }

    def as_json(self, language: str = "en") -> dict[str, object]:
        """The form in which a change is shown."""
        return {"path": self.path, "by": self.by.value, "wanted": self.wanted.value, "text": self.text(language)}


_OF_ACTIONS: Final = frozenset({ReasonCode.ACTION, ReasonCode.FULFILMENT, ReasonCode.VIOLATION})


def clause(reason: Reason, wanted: Truth, language: str) -> str:
    """What is to be so, as a clause."""
    atom = reason.atom
    if atom is None or wanted is Truth.TRUE:
        return condition(atom, reason.left, reason.operator, reason.right, language)
    inverse = INVERSE.get(atom.operator)
    if inverse is not None:
        return condition(replace(atom, operator=inverse), reason.left, reason.operator, reason.right, language)
    said = condition(atom, reason.left, reason.operator, reason.right, language)
    return f"「{said}」が成り立たない" if language == "ja" else f"it is not so that {said}"


def change(reason: Reason, steps: tuple[int, ...], wanted: Truth, facts: Facts, today: datetime) -> Change:
    """Who can see to it that a leaf comes out as wanted, from ``today`` on."""
    atom = reason.atom
    if atom is None:
        return Change(steps=steps, wanted=wanted, by=_actor(reason, wanted), reason=reason)
    if atom.flaw is not None or atom.operand is None:
        return Change(steps=steps, wanted=wanted, by=Actor.NOBODY, reason=reason)
    if atom.source in {Source.CLOCK, Source.ELAPSED}:
        moment = _moment(atom, wanted, facts, today)
        waits = atom.source is Source.ELAPSED and facts.began is None
        by = Actor.TIME if waits else Actor.NOBODY if moment is None else Actor.TIME
        by = Actor.ASKER if moment is not None and moment <= today else by
        return Change(steps=steps, wanted=wanted, by=by, reason=reason, moment=moment)
    by = Actor.NOBODY if atom.source is Source.AGREED else atom.operand.changed_by
    if atom.source is Source.CONDUCT:
        by = Actor.ASKER
    return Change(steps=steps, wanted=wanted, by=by, reason=reason)


def _actor(reason: Reason, wanted: Truth) -> Actor:
    match reason.code:
        case ReasonCode.ACTION if reason.verdict is not Truth.UNKNOWN:
            return Actor.ASKER
        case ReasonCode.TARGET:
            return Actor.ASKER
        case ReasonCode.PARTY if reason.verdict is Truth.DEFERRED:
            return Actor.TIME
        case ReasonCode.FULFILMENT | ReasonCode.VIOLATION if wanted is Truth.TRUE:
            return Actor.ASKER
        case _:
            return Actor.NOBODY


def _moment(atom: Atom, wanted: Truth, facts: Facts, today: datetime) -> datetime | None:
    """The first instant from today on at which a comparison with time comes out as wanted."""
    right = atom.right
    if isinstance(right, Duration) and facts.began is not None:
        end = right.after(facts.began)
        right = Span(end, end)
    if not isinstance(right, Span):
        return None
    ask, bit = leaf(atom, Phase.ACCESS), CERTAIN if wanted is Truth.TRUE else CERTAINLY_NOT
    for moment in (today, *sorted(turn for turn in turns(right, atom.operator) if turn > today)):
        if ask(Request("", ""), Facts(moment, began=facts.began)) & bit:
            return moment
    return None


def _words(wanted: Change) -> tuple[str, str]:
    """The instruction for a change that somebody can bring about, in English and Japanese."""
    if wanted.by is Actor.PROVIDER:
        return "the provider must see to it that {clause}", "提供者側の対応が必要です: {clause}こと"
    atom = wanted.reason.atom
    if atom is None:
        return _BY_CODE[wanted.reason.code, wanted.wanted is Truth.TRUE]
    match atom.source:
        case Source.PURPOSES:
            excluding = (atom.operator in EXCLUDING) is (wanted.wanted is Truth.TRUE)
            several = isinstance(atom.right, frozenset) and len(atom.right) > 1
            return _PURPOSES[excluding, several]
        case Source.CLOCK | Source.ELAPSED if wanted.by is Actor.ASKER:
            return "ask at a time when {clause}", "次を満たす時点で要求する: {clause}"
        case Source.CLOCK | Source.ELAPSED if wanted.moment is not None:
            return "wait until {moment}", "{moment} まで待つ"
        case Source.ELAPSED:
            return "wait until an agreement exists and {clause}", "契約が締結され、次を満たすまで待つ: {clause}"
        case Source.MANNER | Source.CONDUCT:
            return "ask for a use such that {clause}", "次を満たす利用を申告する: {clause}"
        case _:
            return "show that {clause}", "次を証明する: {clause}こと"


_PURPOSES: Final = {
    (False, False): ("declare the purpose {right}", "目的 {right} を申告する"),
    (False, True): ("declare purposes among these alone: {right}", "次の目的の中からのみ申告する: {right}"),
    (True, False): ("do not declare the purpose {right}", "目的 {right} を申告しない"),
    (True, True): ("do not declare any of the purposes {right}", "次の目的を申告しない: {right}"),
}
_BY_CODE: Final = {
    (ReasonCode.ACTION, True): ("ask for the action {right}", "行為 {right} を要求する"),
    (ReasonCode.ACTION, False): ("do not ask for the action {found}", "行為 {found} を要求しない"),
    (ReasonCode.TARGET, True): ("ask for {right}", "{right} を要求する"),
    (ReasonCode.TARGET, False): ("ask for something other than {right}", "{right} 以外を要求する"),
    (ReasonCode.PARTY, True): ("let {right} ask", "{right} が要求する"),
    (ReasonCode.PARTY, False): ("let somebody other than {right} ask", "{right} 以外が要求する"),
    (ReasonCode.FULFILMENT, True): ("do this first: {right}", "先に履行する: {right}"),
    (ReasonCode.VIOLATION, True): ("make good what was violated: {right}", "違反した義務を是正する: {right}"),
}


def _why(wanted: Change, language: str) -> str:
    """Why nobody can bring it about."""
    reason, japanese = wanted.reason, language == "ja"
    atom = reason.atom
    if atom is not None and atom.flaw is None and reason.code is not ReasonCode.ABSENT:
        said = clause(reason, wanted.wanted, language)
        if atom.source in {Source.CLOCK, Source.ELAPSED}:
            return f"期間が終わっています({said})" if japanese else f"the time for it is over ({said})"
        return f"変更できません({said})" if japanese else f"nobody can change whether {said}"
    if reason.code is ReasonCode.PARTY:
        if wanted.wanted is Truth.TRUE:
            return f"{reason.right} だけが対象です" if japanese else f"it is for {reason.right} alone"
        return f"{reason.right} には禁止されています" if japanese else f"{reason.right} is forbidden it"
    return reason.statement(language)
