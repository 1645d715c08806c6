"""Why a decision came out as it did: a tree with the values that were compared and who says so.

Built from the codes of a decision when somebody asks, never while deciding. Each reason is one step of the policy: what
was written, what was found and from which source, how far we can make sure that it is kept, and the phase it was asked
in. The verdict of a step follows from those below it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from renkei.kernel.instants import render
from renkei.policy.leaves import found, reason_of
from renkei.policy.meaning import Atom
from renkei.policy.operand import Source
from renkei.policy.truth import Truth
from renkei.policy.wording import ReasonCode, sentence
from renkei.policy.world import Facts, Request

if TYPE_CHECKING:
    from renkei.policy.decision import Node


@dataclass(frozen=True, slots=True)
class Reason:
    """One step of a decision; ``path`` tells where in the policy it was taken.

    ``left``, ``operator`` and ``right`` are as written, ``found`` is what was compared, ``source`` who says so,
    ``enforcement`` how far it can be made sure of (of a comparison).
    """

    path: str
    code: ReasonCode
    verdict: Truth
    left: str = ""
    operator: str = ""
    right: str = ""
    found: str = ""
    source: str = ""
    enforcement: str = ""
    parts: tuple[Reason, ...] = ()

    def text(self, language: str = "en") -> str:
        """The reason as a sentence."""
        place = f"{self.path}: " if self.path else ""
        return place + sentence(
            self.code,
            self.verdict,
            language,
            left=self.left,
            operator=self.operator,
            right=self.right,
            found=self.found,
        )

    def as_json(self, language: str = "en") -> dict[str, object]:
        """The form in which a reason is logged, stored and shown."""
        values = {
            "left": self.left,
            "operator": self.operator,
            "right": self.right,
            "found": self.found,
            "source": self.source,
            "enforcement": self.enforcement,
        }
        head: dict[str, object] = {"path": self.path, "code": self.code.value, "verdict": self.verdict.value}
        head |= {name: value for name, value in values.items() if value}
        head["text"] = self.text(language)
        return head | ({"parts": [part.as_json(language) for part in self.parts]} if self.parts else {})


def explain(nodes: Sequence[Node], codes: Sequence[int], request: Request, facts: Facts) -> tuple[Reason, ...]:
    """A reason for each step, each with those below it: the last is the tree whose root is the policy."""
    built: list[Reason] = []
    for node, code in zip(nodes, codes, strict=True):
        seen, source, enforcement = _seen(node, request, facts)
        built.append(
            Reason(
                node.path,
                reason_of(code) if node.reason is None else node.reason,
                Truth.of(code),
                node.left,
                node.operator,
                node.right,
                seen,
                source,
                enforcement,
                tuple(built[part] for part in node.parts),
            )
        )
    return tuple(built)


def _seen(node: Node, request: Request, facts: Facts) -> tuple[str, str, str]:
    """What was compared, who says so, and how far it can be made sure of."""
    if node.atom is not None:
        return _compared(node.atom, request, facts)
    match node.reason:
        case ReasonCode.TARGET:
            return request.target, "", ""
        case ReasonCode.PARTY:
            return request.party, "", ""
        case ReasonCode.ACTION:
            return request.action, "", ""
        case _:
            return "", "", ""


def _compared(atom: Atom, request: Request, facts: Facts) -> tuple[str, str, str]:
    operand = atom.operand
    if operand is None or atom.flaw is not None:
        return "", "", ""
    level = operand.enforcement.value
    if atom.source is Source.CLOCK:
        return render(facts.now), Source.CLOCK.value, level
    if atom.source is Source.ELAPSED:
        return "" if facts.began is None else f"{facts.now - facts.began}", Source.ELAPSED.value, level
    if atom.source is Source.AGREED:
        return "", Source.AGREED.value, level
    fact = found(operand, atom.source, request, facts)
    return ("", "", level) if fact is None else (", ".join(sorted(fact.values)), fact.source, level)
