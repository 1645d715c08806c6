"""The offline check of a file of verification statements: with the record they are about, no network, no database.

A verification file is one JSON object (``record`` is null for statements on no record)::

    {"type": "renkei-verification", "record": {…}, "statements": [{…}], "withdrawals": [{…}],
     "did_documents": {did: {…}, …}, "exported": "2026-11-22T09:30:00Z"}

What must hold, each a step of the verdict:

1. the file is such an object, with one statement at least;
2. the record, if there is one, is signed by its company;
3. each statement and withdrawal is whole and agrees with itself;
4. each is signed by its issuer;
5. each statement is about this record, or about the company, the rules or the engine behind it;
6. at the moment of the check each has begun and not ended;
7. none was withdrawn by its issuer, as far as the file tells;
8. each confirms what it is about.

Signatures are checked against the snapshots of DID documents in the file, and the verdict says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from renkei.battery.verification.standing import Standing, Stated, Verifiable
from renkei.battery.verification.statement import Statement, SubjectKind, Withdrawal
from renkei.exchange.verification.verification_problems import BAD_FILE
from renkei.kernel import instants
from renkei.kernel.problems import RenkeiError
from renkei.trust.artefacts import Artefact, content_hash, unsigned, verify
from renkei.trust.did import read_document
from renkei.trust.verification import Step, Verdict

VERIFICATION_FILE: Final = "renkei-verification"
_MEMBERS: Final = frozenset({"type", "record", "statements", "withdrawals", "did_documents", "exported"})
_MOST: Final = 1000
_TEXTS: Final = (
    ("The file holds verification statements.", "検証声明書のファイルである。"),
    ("The record is signed by its company.", "記録はその企業により署名されている。"),
    ("Each statement is whole and agrees with itself.", "各声明書は必要項目が揃い、矛盾がない。"),
    ("Each is signed by its verifier.", "各声明書は検証者により署名されている。"),
    ("Each is about this record, or about what stands behind it.", "各声明書はこの記録またはその根拠を対象とする。"),
    ("Each is valid at this moment.", "各声明書は現時点で有効期間内である。"),
    ("None was withdrawn, as far as this file tells.", "このファイルの範囲では撤回されていない。"),
    ("Each confirms what it is about.", "各声明書は対象を肯定している。"),
)
_Document = Mapping[str, object]


def verification_file(
    record: _Document | None,
    statements: list[_Document],
    withdrawals: list[_Document],
    did_documents: Mapping[str, _Document],
    exported: datetime,
) -> dict[str, object]:
    """Compose a verification file."""
    return {
        "type": VERIFICATION_FILE,
        "record": None if record is None else dict(record),
        "statements": [dict(one) for one in statements],
        "withdrawals": [dict(one) for one in withdrawals],
        "did_documents": {did: dict(snapshot) for did, snapshot in did_documents.items()},
        "exported": instants.render(exported),
    }


def check_file(decoded: object, now: datetime) -> Verdict:
    """Check a decoded file (read with ``strict_json``). Never raises: what is wrong stands in the verdict."""
    steps: list[Step] = []
    checks: tuple[Callable[[_Read], str], ...] = (
        _record_signed,
        _whole,
        _signed,
        _concerning,
        _valid,
        _standing,
        _confirming,
    )
    try:
        read = _Read.of(decoded, now)  # 1
        steps.append(_step(1, ok=True, detail=f"{len(read.statements)}"))
        for number, check in enumerate(checks, start=2):  # 2 to 8
            steps.append(_step(number, ok=True, detail=check(read)))
    except RenkeiError as error:
        said = (f"{error.code}: {error.message(language)}" for language in ("en", "ja"))
        steps.append(_step(len(steps) + 1, ok=False, detail=next(said), detail_ja=next(said)))
    return Verdict(tuple(steps))


@dataclass(slots=True)
class _Read:
    """A file while it is checked."""

    record: _Document | None
    statements: list[_Document]
    withdrawals: list[_Document]
    snapshots: Mapping[str, object]
    now: datetime
    stated: list[Stated]

    @classmethod
    def of(cls, decoded: object, now: datetime) -> _Read:
        if not isinstance(decoded, dict) or decoded.get("type") != VERIFICATION_FILE:
            raise BAD_FILE(cause=f"its type is not {VERIFICATION_FILE}")
        if decoded.keys() != _MEMBERS:
            raise BAD_FILE(cause=f"it must have the members {', '.join(sorted(_MEMBERS))} and no other")
        record, snapshots = decoded["record"], decoded["did_documents"]
        lists = [_objects(decoded[name], name) for name in ("statements", "withdrawals")]
        if not lists[0]:
            raise BAD_FILE(cause="it holds no statement")
        if not (record is None or isinstance(record, dict)) or not isinstance(snapshots, dict):
            raise BAD_FILE(cause="record and did_documents must be objects")
        return cls(record, lists[0], lists[1], snapshots, now, [])

    def verify(self, document: _Document, artefact: Artefact, signer: str) -> str:
        """The key that signed it."""
        if signer not in self.snapshots:
            raise BAD_FILE(cause=f"the DID document of {signer} is not in the file")
        holder = read_document(self.snapshots[signer], signer)
        return verify(document, artefact, holder, expected_signer=signer).kid


def _record_signed(read: _Read) -> str:  # 2
    if read.record is None:
        return "—"
    return read.verify(read.record, Artefact.RECORD, str(read.record.get("company")))


def _whole(read: _Read) -> str:  # 3
    taken_back = [Withdrawal.from_json(unsigned(one)) for one in read.withdrawals]
    for document in read.statements:
        statement, digest = Statement.from_json(unsigned(document)), content_hash(document)
        ends = [one.at for one in taken_back if (one.issuer, one.statement) == (statement.issuer, digest)]
        read.stated.append(Stated(statement=statement, hash=digest, withdrawn=min(ends, default=None)))
    return ", ".join(one.hash for one in read.stated)


def _signed(read: _Read) -> str:  # 4
    kids = [read.verify(document, Artefact.STATEMENT, str(document["issuer"])) for document in read.statements]
    for document in read.withdrawals:
        read.verify(document, Artefact.STATEMENT, str(document["issuer"]))
    return ", ".join(kids)


def _concerning(read: _Read) -> str:  # 5
    if read.record is None:
        if any(one.statement.subject.kind.is_record for one in read.stated):
            raise BAD_FILE(cause="the record that a statement is about is not in the file")
        return "—"
    about = _verifiable(read.record)
    for one in read.stated:
        if not about.concerned(one.statement):
            raise BAD_FILE(cause=f"the statement {one.hash} is about something else than this record")
    return about.hash


def _valid(read: _Read) -> str:  # 6
    for one in read.stated:
        if not one.statement.valid_from <= read.now < one.statement.valid_until:
            ends = instants.render(one.statement.valid_until)
            raise BAD_FILE(cause=f"the statement {one.hash} does not hold now; it ends {ends}")
    return instants.render(min(one.statement.valid_until for one in read.stated))


def _standing(read: _Read) -> str:  # 7
    for one in read.stated:
        if one.standing(read.now) is Standing.WITHDRAWN:
            raise BAD_FILE(cause=f"the statement {one.hash} was withdrawn by its verifier")
    return "—"


def _confirming(read: _Read) -> str:  # 8
    for one in read.stated:
        if not one.statement.conclusion.confirms:
            raise BAD_FILE(cause=f"the statement {one.hash} comes to the conclusion {one.statement.conclusion.value}")
    return ", ".join(f"{one.statement.conclusion.value}, {one.statement.assurance.value}" for one in read.stated)


def _verifiable(record: _Document) -> Verifiable:
    kinds = {"FootprintRecord": SubjectKind.FOOTPRINT, "DueDiligenceRecord": SubjectKind.DUE_DILIGENCE}
    kind = kinds.get(str(record.get("@type")))
    if kind is None:
        raise BAD_FILE(cause="the record is neither a footprint nor a due-diligence record")
    calculation = record.get("calculation")
    engine = calculation.get("engine") if isinstance(calculation, dict) else ""
    return Verifiable(
        kind=kind,
        hash=content_hash(record),
        company=str(record.get("company")),
        procedure=str(record.get("ruleSet", record.get("codeList", ""))),
        engine=str(engine),
    )


def _objects(value: object, name: str) -> list[_Document]:
    if not isinstance(value, list) or len(value) > _MOST or not all(isinstance(one, dict) for one in value):
        raise BAD_FILE(cause=f"{name} must be a list of at most {_MOST} objects")
    return value


def _step(number: int, *, ok: bool, detail: str, detail_ja: str = "") -> Step:
    text, text_ja = _TEXTS[number - 1]
    return Step(number=number, text=text, text_ja=text_ja, ok=ok, detail=detail, detail_ja=detail_ja or detail)
