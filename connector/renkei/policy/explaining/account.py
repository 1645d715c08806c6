"""A decision told to those who run the connector: the tree, what would help, what is left open, how far it is kept.

``lines`` are for a terminal, ``as_json`` for programs; both in English and Japanese, and from the same values.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from renkei.kernel.instants import render
from renkei.policy.deciding.decision import Decision, Outcome
from renkei.policy.deciding.explanation import Reason
from renkei.policy.deciding.phrases import action_of, moment_of
from renkei.policy.deciding.truth import Truth
from renkei.policy.explaining.fixes import FixSet, fix_sets

_MARKS: Final = {Truth.TRUE: "✓", Truth.FALSE: "✗", Truth.DEFERRED: "…", Truth.UNKNOWN: "?"}
_OUTCOMES: Final = {
    Outcome.PERMIT: ("permitted", "許可"),
    Outcome.DEFER: ("left to a later phase", "後の段階で判断"),
    Outcome.DENY: ("denied", "拒否"),
}
_LEVELS: Final = {
    "preventive": ("the provider withholds what is not allowed", "提供者が許可されないものを渡しません"),
    "managed": ("the consumer's connector keeps it", "利用者のコネクタが守ります"),
    "evidential": (
        "it is agreed and recorded, nobody can prevent a breach",
        "合意と記録だけで、違反を防ぐことはできません",
    ),
}
_HEADS: Final = {
    "help": ("What would help:", "解決策:"),
    "nothing": ("Nothing would help:", "解決策はありません:"),
    "untold": ("Nothing that can be told would help.", "解決策は見つかりません。"),
    "later": ("Left to a later phase:", "後の段階で判断する条件:"),
    "duties": ("It obliges to:", "課される義務:"),
    "kept": ("How far it can be made sure of:", "遵守を確保できる程度:"),
    "until": ("This may change from", "この判断が変わり得る時点:"),
}


@dataclass(frozen=True, slots=True)
class Account:
    """One decision and what would turn it into a permit."""

    decision: Decision
    fixes: tuple[FixSet, ...]

    def as_json(self, language: str = "en") -> dict[str, object]:
        """The form for programs: the decision, ``fixes``, ``duties``, ``enforcement`` by level, and the ``lines``."""
        decision = self.decision
        return {
            **decision.as_json(language),
            "party": decision.request.party,
            "target": decision.request.target,
            "action": decision.request.action,
            "purposes": sorted(decision.request.purposes),
            "at": render(decision.facts.now),
            "fixes": [fix.as_json(language) for fix in self.fixes],
            "duties": [{"path": duty.path, "action": duty.action or duty.word} for duty in decision.duties],
            "enforcement": self._levels(),
            "text": list(self.lines(language)),
        }

    def lines(self, language: str = "en") -> Iterator[str]:
        """The form for people, one line after the other."""
        decision, place = self.decision, int(language == "ja")
        phase = decision.request.phase.value
        at = moment_of(decision.facts.now.replace(microsecond=0), language)
        yield f"{_OUTCOMES[decision.outcome][place]} ({phase}, {at})"
        if decision.expires_at is not None:
            yield f"{_HEADS['until'][place]} {moment_of(decision.expires_at, language)}"
        yield ""
        yield from render_tree(decision.explanation, language)
        possible = [fix for fix in self.fixes if fix.possible]
        if decision.refuses or possible:
            yield from ("", _HEADS["help" if possible else "nothing" if self.fixes else "untold"][place])
            yield from (printable(f"  {fix.text(language)}") for fix in possible or self.fixes)
        if decision.deferred:
            yield from ("", _HEADS["later"][place])
            yield from (printable(f"  {reason.text(language)}") for reason in decision.deferred)
        if decision.permits and decision.duties:
            yield from ("", _HEADS["duties"][place])
            yield from (printable(f"  {action_of(duty.word)} ({duty.path})") for duty in decision.duties)
        levels = self._levels()
        if levels:
            yield from ("", _HEADS["kept"][place])
            for level, paths in levels.items():
                yield printable(f"  {level} ({_LEVELS[level][place]}): {', '.join(paths)}")

    def _levels(self) -> dict[str, list[str]]:
        """The comparisons by how far they can be made sure of, the strongest first."""
        reasons = [reason for reason in self.decision.reasons if reason.enforcement]
        found = {level: [reason.path for reason in reasons if reason.enforcement == level] for level in _LEVELS}
        return {level: paths for level, paths in found.items() if paths}


def account(decision: Decision, *, today: datetime | None = None) -> Account:
    """Account for a decision. ``today``: when it is asked, if that is not the time it is about.

    What is left to a later phase may come true there by itself: of such a decision only what somebody can do is told.
    """
    fixes = fix_sets(decision, today=today)
    return Account(decision, fixes if decision.refuses else tuple(fix for fix in fixes if fix.possible))


def render_tree(reason: Reason, language: str = "en") -> Iterator[str]:
    """An explanation as lines of a tree, each with the mark of its verdict."""
    yield printable(f"{_MARKS[reason.verdict]} {reason.statement(language)}")
    waiting = [(part, "", part is reason.parts[-1]) for part in reversed(reason.parts)]
    while waiting:
        step, margin, last = waiting.pop()
        place = f"  ({step.path})" if step.path and not step.parts else ""
        said = f"{_MARKS[step.verdict]} {step.statement(language)}"
        source = f" [{step.source}]" if step.source else ""
        yield printable(f"{margin}{'└─' if last else '├─'} {said}{source}{place}")
        below = margin + ("   " if last else "│  ")
        waiting += [(part, below, part is step.parts[-1]) for part in reversed(step.parts)]


def printable(line: str) -> str:
    """A line as it may stand on a terminal: what a partner wrote must not move the cursor."""
    return "".join(sign if sign.isprintable() else "·" for sign in line)
