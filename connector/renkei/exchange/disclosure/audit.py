"""The offline audit of a footprint record from inputs its company has revealed: one file, no network, no database.

::

    {"type": "renkei-reveal", "evidence": {…an evidence file with the signed record…}, "opening": {…InputOpening…}}

What must hold, each a step of the verdict:

1. the file is such an object, and the record in it is one that can be read;
2. the company's signature on the record is right;
3. the record is bound to its inputs, by a commitment, an engine and the hash of a rule set;
4. what is revealed belongs to that commitment;
5. all of it is revealed: there are no other inputs;
6. this release has the engine, and the rule set that was revealed is the one that is named;
7. calculated again from these inputs, each figure is the record's own.

Where only some inputs are revealed, steps 5 to 7 are open (``ok`` is None): single inputs are proved, the total is not.
Ratings that were published in coarse steps are compared in these. A received record among the inputs is the company's
word for what its supplier said, until that supplier's own signature is shown, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from renkei.battery.commitments import Opening
from renkei.battery.disclosure.disclosure_problems import AUDIT_FAILED
from renkei.battery.footprint.coarse_ratings import coarsened
from renkei.battery.footprint.inputs import ENGINE, CalculationInputs
from renkei.battery.footprint.record import FootprintRecord, Provenance
from renkei.kernel import jcs
from renkei.kernel.problems import RenkeiError
from renkei.policy.model import SIGNATURE
from renkei.trust.artefacts import unsigned
from renkei.trust.verification import Outcome, Step, verify_bundle

REVEAL: Final = "renkei-reveal"
_MEMBERS: Final = frozenset({"type", "evidence", "opening"})
_ALWAYS: Final = (
    *("part", "company", "declaredUnit", "declaredUnitAmount", "unit", "period", "ruleSet", "rounding"),
    "gaps",  # a supplier that is missing in the total is no zero, and whoever leaves that out has not told the total
)
_FIGURES: Final = (*_ALWAYS, "stages", "total", "own", "primaryDataShare", "quality", "plant", "withheldFactors")
_TEXTS: Final = (
    ("The file reveals inputs of a footprint record.", "フットプリント記録の入力を開示するファイルである。"),
    ("The company's signature on the record is right.", "記録に対する会社の署名が正しい。"),
    ("The record is bound to its inputs.", "記録が算定の入力に拘束されている。"),
    ("What is revealed belongs to the record.", "開示された入力はこの記録のものである。"),
    ("All inputs are revealed; there are no others.", "すべての入力が開示されており、他に入力はない。"),
    ("Engine and rule set are those that the record names.", "計算エンジンとルールセットが記録のとおりである。"),
    ("Calculated again, each figure is the record's own.", "再計算した各数値が記録と一致する。"),
)
_PARTIAL: Final = ("only some inputs are revealed", "一部の入力のみが開示されている")


class Finding(Enum):
    """What an audit comes to. PARTIAL: single inputs are proved, the total is not."""

    PROVED = "proved"
    PARTIAL = "partial"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Audit:
    """The steps in order, ended early where the next have nothing to stand on; what was revealed, by name."""

    steps: tuple[Step, ...]
    revealed: Mapping[str, object]

    @property
    def finding(self) -> Finding:
        """REFUSED if any step failed, PARTIAL if any is open, else PROVED."""
        results = {step.ok for step in self.steps}
        if False in results or not results:
            return Finding.REFUSED
        return Finding.PARTIAL if None in results else Finding.PROVED

    def as_json(self, language: str = "en") -> dict[str, object]:
        """The form that ``--json`` prints."""
        return {
            "outcome": self.finding.value,
            "steps": [step.as_json(language) for step in self.steps],
            "revealed": dict(self.revealed) if self.finding is not Finding.REFUSED else {},
        }


def reveal(evidence: Mapping[str, object], opening: Opening) -> dict[str, object]:
    """The file that an auditor gets."""
    return {"type": REVEAL, "evidence": dict(evidence), "opening": opening.to_json()}


def audit(decoded: object) -> Audit:
    """Check a decoded file (read with ``strict_json``). Never raises: what is wrong stands in the steps."""
    case = _Case(decoded)
    for number, step in enumerate(_STEPS, 1):
        try:
            said = step(case)
        except RenkeiError as error:
            case.steps.append(_step(number, ok=False, en=_told(error, "en"), ja=_told(error, "ja")))
            break
        case.steps.append(_step(number, ok=said[0], en=said[1], ja=said[2]))
    return Audit(tuple(case.steps), case.opening.inputs if case.opening is not None else {})


_Said = tuple[bool | None, str, str]


class _Case:
    """What the steps find, each for the next."""

    def __init__(self, decoded: object) -> None:
        self.decoded = decoded
        self.steps: list[Step] = []
        self.document: Mapping[str, object] = {}
        self.evidence: Mapping[str, object] = {}
        self.raw_opening: object = None
        self.record: FootprintRecord | None = None
        self.provenance: Provenance | None = None
        self.opening: Opening | None = None
        self.inputs: CalculationInputs | None = None

    def read(self) -> _Said:  # 1
        decoded = self.decoded
        if not isinstance(decoded, dict) or decoded.get("type") != REVEAL or decoded.keys() != _MEMBERS:
            raise AUDIT_FAILED(cause=f"it is no {REVEAL} file", cause_ja=f"{REVEAL} ファイルではありません")
        evidence = decoded["evidence"]
        document = evidence.get("document") if isinstance(evidence, dict) else None
        if not isinstance(evidence, dict) or not isinstance(document, dict) or evidence.get("artefact") != "record":
            raise AUDIT_FAILED(cause="it holds no signed record", cause_ja="署名付きの記録が含まれていません")
        self.evidence, self.document, self.raw_opening = evidence, document, decoded["opening"]
        self.record = FootprintRecord.from_json(unsigned(document))
        return _held(f"{self.record.part}, {self.record.id}")

    def signed(self) -> _Said:  # 2
        verdict = verify_bundle(self.evidence)
        if verdict.outcome is Outcome.REFUSED or SIGNATURE not in self.document:
            failed = [step for step in verdict.steps if not step.ok][-1:]
            en, ja = (failed[0].detail, failed[0].detail_ja) if failed else ("it is not signed", "署名がありません")
            raise AUDIT_FAILED(cause=en, cause_ja=ja)
        return _held(verdict.steps[-1].detail)

    def bound(self) -> _Said:  # 3
        assert self.record is not None
        self.provenance = self.record.calculation
        if self.provenance is None:
            raise AUDIT_FAILED(cause="the record names no calculation", cause_ja="記録に算定の情報がありません")
        return _held(self.provenance.inputs)

    def belonging(self) -> _Said:  # 4
        assert self.provenance is not None
        opening = Opening.from_json(self.raw_opening)
        opening.demand(self.provenance.inputs)
        self.opening = opening
        count = len(opening.inputs)
        return True, f"{count} inputs", f"入力{count}件"

    def whole(self) -> _Said:  # 5
        assert self.opening is not None
        if not self.opening.whole:
            return None, *_PARTIAL
        self.inputs = CalculationInputs.from_leaves(self.opening.inputs)
        if {leaf.name for leaf in self.inputs.leaves()} != set(self.opening.inputs):
            raise AUDIT_FAILED(cause="there are inputs of no known kind", cause_ja="種類の不明な入力があります")
        count = len(self.opening.leaves) - len(self.opening.inputs)
        return True, f"and {count} fillers", f"他は埋め草{count}件のみ"

    def engine(self) -> _Said:  # 6
        assert self.provenance is not None
        if self.inputs is None:
            return None, *_PARTIAL
        rule_set = jcs.sha256(self.inputs.rules.to_json())
        for what, what_ja, found, named in (
            ("the engine", "計算エンジン", self.inputs.engine, self.provenance.engine),
            ("the engine of this release", "このリリースの計算エンジン", ENGINE, self.provenance.engine),
            ("the rule set", "ルールセット", rule_set, self.provenance.rule_set),
        ):
            if found != named:
                cause, cause_ja = f"{what} is {found}, not {named}", f"{what_ja}が{named}ではなく{found}です"
                raise AUDIT_FAILED(cause=cause, cause_ja=cause_ja)
        return _held(f"{ENGINE}, {self.inputs.rules.id}")

    def again(self) -> _Said:  # 7
        assert self.record is not None
        if self.inputs is None:
            return None, *_PARTIAL
        made = self.inputs.perform().publish(self.record.id, split=self.record.own is not None)
        exact, coarse, told = made.to_json(), coarsened(made).to_json(), self.record.to_json()
        for name in _FIGURES:
            if name not in told and name not in _ALWAYS:
                continue  # left out where its purpose did not need it
            if told.get(name) not in (exact.get(name), coarse.get(name)):
                cause = f"{name} is {told.get(name)} in the record and {exact.get(name)} from its inputs"
                cause_ja = f"{name} は記録では{told.get(name)}、入力からは{exact.get(name)}です"
                raise AUDIT_FAILED(cause=cause, cause_ja=cause_ja)
        return _held(f"{told['total']} {told['unit']}")


_STEPS: Final[tuple[Callable[[_Case], _Said], ...]] = (
    _Case.read,
    _Case.signed,
    _Case.bound,
    _Case.belonging,
    _Case.whole,
    _Case.engine,
    _Case.again,
)


def _held(detail: str) -> _Said:
    return True, detail, detail


def _told(error: RenkeiError, language: str) -> str:
    return f"{error.code}: {error.message(language)}"


def _step(number: int, *, ok: bool | None, en: str, ja: str) -> Step:
    text, text_ja = _TEXTS[number - 1]
    return Step(number=number, text=text, text_ja=text_ja, ok=ok, detail=en, detail_ja=ja)
