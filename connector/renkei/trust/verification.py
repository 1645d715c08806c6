"""The offline check of an exported agreement, offer, record or self-description: one file, no network, no database.

An evidence file is one JSON object::

    {"type": "renkei-evidence", "artefact": "agreement" | "offer" | "record" | "self_description" | "notice" |
                 "statement" | "declaration" | "passport",
     "document": {…}, "did_documents": {did: {…}, …}, "exported": "2026-11-22T09:30:00Z"}

What must hold, each a step of the verdict:

1. the file is such an object;
2. the document has a canonical form and carries no signature that nobody in it is to give;
3. it names who must have signed it: ``assigner`` (offer), ``assigner`` and another ``assignee`` (agreement),
   ``issuer`` or ``company`` (record, statement, declaration, passport), ``participant`` (self-description), ``sender``
   (notice); whoever did sign is named by a DID;
4. a readable DID document of each who signed is in the file;
5. the signature is theirs: the provider's or issuer's;
6. for an agreement, the countersignature is the consumer's.

A signature that is absent is neither right nor wrong: its step is open (``ok`` is None), and the whole is UNSIGNED,
which is not VERIFIED. The DID documents are the snapshots that travel with the file; the verdict says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Final

from renkei.kernel import instants, jcs
from renkei.kernel.problems import RenkeiError
from renkei.policy.model import COUNTERSIGNATURE, SIGNATURE
from renkei.trust.artefacts import Artefact, content_hash, received_bytes, verify
from renkei.trust.did import DidDocument, is_did, read_document
from renkei.trust.problems import EVIDENCE_MALFORMED, UNSIGNED

EVIDENCE: Final = "renkei-evidence"
_MEMBERS: Final = frozenset({"type", "artefact", "document", "did_documents", "exported"})
_ARTEFACTS: Final[Mapping[str, Artefact]] = MappingProxyType({kind.name.lower(): kind for kind in Artefact})
_STATEMENT: Final = (
    "The signatures were checked against the DID documents in this file, which are snapshots taken at signing. "
    "That a snapshot is genuine is not proved by the file itself: compare its hash with the one you recorded."
)
_STATEMENT_JA: Final = (
    "署名は、このファイルに含まれる署名時点の DID ドキュメントの写しに対して検証しました。"
    "写しが真正であることはファイル自体からは証明されません。記録済みのハッシュと照合してください。"
)


class Outcome(Enum):
    """What a verdict comes to."""

    VERIFIED = "verified"
    UNSIGNED = "unsigned"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that must hold. ``ok`` is None where a signature is absent and nothing could be checked."""

    number: int
    text: str
    text_ja: str
    ok: bool | None
    detail: str
    detail_ja: str

    def as_json(self, language: str = "en") -> dict[str, object]:
        """The form that ``--json`` prints."""
        text, detail = (self.text_ja, self.detail_ja) if language == "ja" else (self.text, self.detail)
        return {"number": self.number, "text": text, "ok": self.ok, "detail": detail}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The steps in order, ended early where the next ones would have nothing to stand on."""

    steps: tuple[Step, ...]
    statement: str = _STATEMENT
    statement_ja: str = _STATEMENT_JA

    @property
    def outcome(self) -> Outcome:
        """REFUSED if any step failed, else UNSIGNED if any signature is absent, else VERIFIED."""
        results = {step.ok for step in self.steps}
        if False in results or not results:
            return Outcome.REFUSED
        return Outcome.UNSIGNED if None in results else Outcome.VERIFIED

    @property
    def ok(self) -> bool:
        """Whether every signature that belongs there is there and right."""
        return self.outcome is Outcome.VERIFIED

    def as_json(self, language: str = "en") -> dict[str, object]:
        """The form that ``--json`` prints."""
        return {
            "outcome": self.outcome.value,
            "steps": [step.as_json(language) for step in self.steps],
            "statement": self.statement_ja if language == "ja" else self.statement,
        }


@dataclass(frozen=True, slots=True)
class _Evidence:
    artefact: Artefact
    document: Mapping[str, object]
    snapshots: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Text:
    en: str
    ja: str


@dataclass(frozen=True, slots=True)
class _Role:
    """Who gives which signature; ``names`` are the members in which the document says who that is."""

    member: str
    names: tuple[str, ...]
    text: _Text


_TEXTS: Final = (
    _Text("The file is a Renkei evidence file.", "Renkei の証拠ファイルである。"),
    _Text("The document has a canonical form and no stray signature.", "文書は正規形を持ち、余分な署名がない。"),
    _Text("The document names who must have signed it.", "署名すべき者が文書に示されている。"),
    _Text("The file holds the signers' DID documents.", "署名者の DID ドキュメントがファイルにある。"),
)
_PROVIDER: Final = _Role(
    SIGNATURE, ("assigner",), _Text("The provider's signature is right.", "提供者の署名が正しい。")
)
_CONSUMER: Final = _Role(
    COUNTERSIGNATURE, ("assignee",), _Text("The consumer's countersignature is right.", "利用者の副署が正しい。")
)
_ISSUER: Final = _Role(
    SIGNATURE, ("issuer", "company"), _Text("The issuer's signature is right.", "発行者の署名が正しい。")
)
_DESCRIBED: Final = _Role(
    SIGNATURE, ("participant",), _Text("The participant's own signature is right.", "参加者自身の署名が正しい。")
)
_SENDER: Final = _Role(SIGNATURE, ("sender",), _Text("The sender's signature is right.", "送信者の署名が正しい。"))
_ROLES: Final[Mapping[Artefact, tuple[_Role, ...]]] = MappingProxyType(
    {
        Artefact.OFFER: (_PROVIDER,),
        Artefact.AGREEMENT: (_PROVIDER, _CONSUMER),
        Artefact.RECORD: (_ISSUER,),
        Artefact.SELF_DESCRIPTION: (_DESCRIBED,),
        Artefact.NOTICE: (_SENDER,),
        Artefact.STATEMENT: (_ISSUER,),
        Artefact.DECLARATION: (_ISSUER,),
        Artefact.PASSPORT: (_ISSUER,),
    }
)


def evidence(
    artefact: Artefact,
    document: Mapping[str, object],
    did_documents: Mapping[str, Mapping[str, object]],
    exported: datetime,
) -> dict[str, object]:
    """Compose an evidence file from a stored document and the DID document snapshots of its signers."""
    return {
        "type": EVIDENCE,
        "artefact": artefact.name.lower(),
        "document": dict(document),
        "did_documents": {did: dict(snapshot) for did, snapshot in did_documents.items()},
        "exported": instants.render(exported),
    }


def verify_bundle(decoded: object) -> Verdict:
    """Check a decoded evidence file (read with ``strict_json``). Never raises: what is wrong stands in the verdict."""
    steps: list[Step] = []
    try:
        _judge(decoded, steps)
    except RenkeiError as error:
        # Only steps 1 to 4 end early: without them the next ones have nothing to stand on.
        steps.append(_failed(len(steps) + 1, _TEXTS[len(steps)], error))
    return Verdict(tuple(steps))


def _judge(decoded: object, steps: list[Step]) -> None:
    # 1
    read = _read(decoded)
    steps.append(_passed(1, _TEXTS[0], read.artefact.name.lower()))
    # 2
    steps.append(_passed(2, _TEXTS[1], _content(read)))
    # 3
    signers = _signers(read)
    steps.append(_passed(3, _TEXTS[2], ", ".join(signers)))
    # 4
    roles = dict(zip(_ROLES[read.artefact], signers, strict=True))
    documents = {role: _snapshot(read, signer) for role, signer in roles.items() if role.member in read.document}
    hashes = (f"{found.did} {jcs.digest(received_bytes(read.snapshots[found.did]))}" for found in documents.values())
    steps.append(_passed(4, _TEXTS[3], ", ".join(hashes)))
    # 5, 6
    steps.extend(
        _signature(number, role, read, documents.get(role)) for number, role in enumerate(roles, start=len(steps) + 1)
    )


def _read(decoded: object) -> _Evidence:
    if not isinstance(decoded, dict) or decoded.get("type") != EVIDENCE:
        raise EVIDENCE_MALFORMED(cause=f"its type is not {EVIDENCE}")
    if decoded.keys() != _MEMBERS:
        raise EVIDENCE_MALFORMED(cause=f"it must have the members {', '.join(sorted(_MEMBERS))} and no other")
    kind, document, snapshots = decoded["artefact"], decoded["document"], decoded["did_documents"]
    if not isinstance(kind, str) or kind not in _ARTEFACTS:
        raise EVIDENCE_MALFORMED(cause=f"the artefact {kind} is not known")
    if not isinstance(document, dict) or not isinstance(snapshots, dict):
        raise EVIDENCE_MALFORMED(cause="document and did_documents must be objects")
    if not isinstance(decoded["exported"], str):
        raise EVIDENCE_MALFORMED(cause="exported must be a point in time")
    instants.parse(decoded["exported"])
    return _Evidence(_ARTEFACTS[kind], document, snapshots)


def _content(read: _Evidence) -> str:
    if COUNTERSIGNATURE in read.document and _CONSUMER not in _ROLES[read.artefact]:
        raise EVIDENCE_MALFORMED(cause="only an agreement is countersigned")
    return content_hash(read.document)


def _signers(read: _Evidence) -> tuple[str, ...]:
    signers: list[str] = []
    for role in _ROLES[read.artefact]:
        named = [read.document[name] for name in role.names if name in read.document]
        first = named[0] if named else None
        if not isinstance(first, str) or any(other != first for other in named):
            raise EVIDENCE_MALFORMED(cause=f"{' or '.join(role.names)} does not name one company")
        # A partner that does not sign may have an identifier of another kind.
        if role.member in read.document and not is_did(first):
            raise EVIDENCE_MALFORMED(cause=f"{first} signed and is not a DID")
        if first in signers:
            raise EVIDENCE_MALFORMED(cause=f"{first} stands on both sides")
        signers.append(first)
    return tuple(signers)


def _snapshot(read: _Evidence, did: str) -> DidDocument:
    if did not in read.snapshots:
        raise EVIDENCE_MALFORMED(cause=f"the DID document of {did} is not in the file")
    return read_document(read.snapshots[did], did)


def _signature(number: int, role: _Role, read: _Evidence, document: DidDocument | None) -> Step:
    if document is None:
        return replace(_failed(number, role.text, UNSIGNED(member=role.member)), ok=None)
    try:
        facts = verify(read.document, read.artefact, document, expected_signer=document.did, member=role.member)
    except RenkeiError as error:
        return _failed(number, role.text, error)
    return _passed(number, role.text, facts.kid)


def _passed(number: int, text: _Text, detail: str) -> Step:
    return Step(number=number, text=text.en, text_ja=text.ja, ok=True, detail=detail, detail_ja=detail)


def _failed(number: int, text: _Text, error: RenkeiError) -> Step:
    en, ja = (f"{error.code}: {error.message(language)}" for language in ("en", "ja"))
    return Step(number=number, text=text.en, text_ja=text.ja, ok=False, detail=en, detail_ja=ja)
