"""Why a decision came out as it did: a tree with the values that were compared and who says so.

Built from the codes of a decision when somebody asks, never while deciding. Each reason is one step of the policy: what
was written, what was found and from which source, how far we can make sure that it is kept, and the phase it was asked
in. The verdict of a step follows from those below it. Sentences are made when somebody reads them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from math import ceil
from typing import Final

import msgspec

from renkei.kernel.instants import render
from renkei.policy.deciding.leaves import BITS, REASONS, found
from renkei.policy.deciding.meaning import Atom
from renkei.policy.deciding.steps import Node
from renkei.policy.deciding.truth import WORDS, Truth
from renkei.policy.deciding.wording import ReasonCode, sentence
from renkei.policy.operands.declaration import Enforcement, Operand, Source
from renkei.policy.world import Facts, Request

_VALUE: Final = 0b1111


class Reason(msgspec.Struct, frozen=True, gc=False):
    """One step of a decision; ``path`` tells where in the policy it was taken.

    ``left``, ``operator`` and ``right`` are as written, ``found`` is what was compared, ``source`` who says so,
    ``enforcement`` how far it can be made sure of, ``atom`` what is meant (these of a comparison).
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
    atom: Atom | None = None

    def text(self, language: str = "en") -> str:
        """The reason as a sentence, with its place in the policy."""
        return (f"{self.path}: " if self.path else "") + self.statement(language)

    def statement(self, language: str = "en") -> str:
        """The reason as a sentence."""
        return sentence(
            self.code,
            self.verdict,
            language,
            left=self.left,
            operator=self.operator,
            right=self.right,
            found=self.found,
            atom=self.atom,
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


# Looked up once: a member of an enum costs as much as all else that a step needs.
_ABOUT_THE_REQUEST: Final = {
    id(ReasonCode.TARGET): "target",
    id(ReasonCode.PARTY): "party",
    id(ReasonCode.ACTION): "action",
}
_CLOCK, _ELAPSED, _AGREED, _FACT = Source.CLOCK, Source.ELAPSED, Source.AGREED, Source.FACT
_NAMES: Final = {id(source): source.value for source in (_CLOCK, _ELAPSED, _AGREED)}
_LEVELS: Final = {id(level): level.value for level in Enforcement}


def explain(nodes: Sequence[Node], codes: Sequence[int], request: Request, facts: Facts) -> tuple[Reason, ...]:
    """A reason for each step, each with those below it: the last is the tree whose root is the policy."""
    built: list[Reason] = []
    add, now = built.append, ""
    for node, code in zip(nodes, codes, strict=True):
        atom, why = node.atom, node.reason
        verdict, below, seen, source, level = WORDS[code & _VALUE], node.parts, "", "", ""
        if why is not None:
            if below:
                add(
                    Reason(
                        node.path,
                        why,
                        verdict,
                        node.left,
                        node.operator,
                        node.right,
                        parts=tuple([built[i] for i in below]),
                    )
                )
                continue
            about = _ABOUT_THE_REQUEST.get(id(why))
            if about is not None:
                seen = getattr(request, about)
        else:
            why = REASONS[code >> BITS]
            if atom is not None and atom.flaw is None and atom.operand is not None:
                level = _LEVELS[id(atom.operand.enforcement)]
                if atom.source is _CLOCK:
                    seen = now = now or render(facts.now)
                    source = _NAMES[id(_CLOCK)]
                else:
                    seen, source = _compared(atom, atom.operand, request, facts)
        add(Reason(node.path, why, verdict, node.left, node.operator, node.right, seen, source, level, (), atom))
    return tuple(built)


def _elapsed(span: timedelta) -> str:
    """A span as ISO 8601 writes it, in whole seconds: one that has begun counts, as it does past a limit."""
    return f"PT{max(0, ceil(span.total_seconds()))}S"


def _compared(atom: Atom, operand: Operand, request: Request, facts: Facts) -> tuple[str, str]:
    """What was compared, and who says so."""
    source = atom.source
    if source is _ELAPSED:
        return "" if facts.began is None else _elapsed(facts.now - facts.began), _NAMES[id(source)]
    if source is _AGREED:
        return "", _NAMES[id(source)]
    fact = facts.values.get(operand.iri) if source is _FACT else found(operand, source, request, facts)
    if fact is None:
        return "", ""
    values = fact.values
    if len(values) == 1:
        (only,) = values
        return only, fact.source
    return ", ".join(sorted(values)), fact.source
