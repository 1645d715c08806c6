"""Signed documents: offers, agreements and records that stay plain JSON and carry their signature as one string.

The signature is a detached JWS (``h..s``) over the canonical bytes (RFC 8785) of the document without its signature
members, so that re-serialising cannot break it. It stands under an absolute IRI, which other readers ignore. ``typ``
names the kind of document, so that a signature made for one kind is worth nothing on another; ``kid`` is the absolute
DID URL of a key for assertions. Provider and consumer of an agreement sign the same bytes, each under an own member.

Making one: ``prepare`` gives the bytes to sign, a ``Signer`` signs them, ``Unsigned.jws`` and ``attach`` put it in
place; ``sign`` does all three. Checking one (``verify``); what must hold:

1. the member is there, and is a string;
2. the document without its signature members has a canonical form;
3. the string is a detached ES256 JWS as ``jws.read_detached`` demands;
4. ``typ`` is that of this kind of document;
5. ``kid`` is a key of the expected signer, and the DID document is the signer's;
6. that DID document lists the key under ``assertionMethod``;
7. the signature is that key's over the document as it is.

Raises PolicyError ``trust-unsigned``, PeerError ``trust-jws-…``, ``trust-key-…``, ``trust-wrong-signer``,
``trust-not-signable``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from renkei.kernel import jcs
from renkei.kernel.problems import RenkeiError
from renkei.policy.model import SIGNATURE, SIGNATURE_MEMBERS
from renkei.trust import jws, problems
from renkei.trust.did import DidDocument, did_of, key_for
from renkei.trust.keys import KeyPurpose, Signer


class Artefact(Enum):
    """The kinds of document that are signed; the value is the signature's ``typ``."""

    OFFER = "renkei-offer+jws"
    AGREEMENT = "renkei-agreement+jws"
    RECORD = "renkei-record+jws"
    SELF_DESCRIPTION = "renkei-self-description+jws"
    NOTICE = "renkei-notice+jws"
    STATEMENT = "renkei-statement+jws"
    DECLARATION = "renkei-declaration+jws"
    PASSPORT = "renkei-passport+jws"


@dataclass(frozen=True, slots=True)
class Unsigned:
    """What a signer must sign so that a document becomes a signed one."""

    artefact: Artefact
    kid: str
    signing_input: bytes

    def jws(self, signature: bytes) -> str:
        """The string to attach, from the signer's 64 bytes."""
        return jws.assemble_detached(self.signing_input, signature)


@dataclass(frozen=True, slots=True)
class SignatureFacts:
    """What a verified signature proves: this signer signed this kind of document with this key."""

    kid: str
    signer: str
    artefact: Artefact


def unsigned(document: Mapping[str, object]) -> dict[str, object]:
    """The document without its signature members: what is signed, hashed and compared."""
    return {name: value for name, value in document.items() if name not in SIGNATURE_MEMBERS}


def content_hash(document: Mapping[str, object]) -> str:
    """The name of what is signed, ``sha-256:…``; the same before and after signing."""
    return jcs.digest(received_bytes(unsigned(document)))


def received_bytes(document: object) -> bytes:
    """The canonical bytes of what a partner sent. Raises PeerError ``trust-not-signable``: the fault is theirs."""
    try:
        return jcs.canonical(document)
    except RenkeiError as error:
        raise problems.NOT_SIGNABLE(cause=error) from error


def prepare(document: Mapping[str, object], artefact: Artefact, kid: str) -> Unsigned:
    """The bytes to sign. Raises LocalError ``json-not-canonical``, PeerError ``trust-did-malformed`` for the kid."""
    did_of(kid)
    return Unsigned(artefact, kid, jws.signing_input(artefact.value, kid, jcs.canonical(unsigned(document))))


def attach(document: Mapping[str, object], member: str, signature: str) -> dict[str, object]:
    """The document with a signature in place. Raises LocalError ``trust-already-signed`` rather than replace one."""
    if document.get(member, signature) != signature:
        raise problems.ALREADY_SIGNED(member=member)
    return {**document, member: signature}


async def sign(
    document: Mapping[str, object], artefact: Artefact, signer: Signer, member: str = SIGNATURE
) -> dict[str, object]:
    """Prepare, await the signer, attach. Raises LocalError ``trust-signer-broken`` and as those do."""
    wanted = prepare(document, artefact, signer.kid)
    signature = await jws.signature_by(signer, wanted.signing_input)
    return attach(document, member, wanted.jws(signature))


def verify(
    document: Mapping[str, object],
    artefact: Artefact,
    did_document: DidDocument,
    *,
    expected_signer: str,
    member: str = SIGNATURE,
    canonical: bytes | None = None,
) -> SignatureFacts:
    """Hold a signed document against the DID document of whoever must have signed it (steps 1 to 7).

    ``canonical``: the outcome of step 2, from whoever has taken it already.
    """
    # 1
    if member not in document:
        raise problems.UNSIGNED(member=member)
    compact = document[member]
    if not isinstance(compact, str):
        raise problems.JWS_MALFORMED(cause="the signature is not a string")
    # 2, 3
    read = jws.read_detached(compact, received_bytes(unsigned(document)) if canonical is None else canonical)
    # 4
    if read.typ != artefact.value:
        raise problems.JWS_TYPE(found=read.typ, expected=artefact.value)
    # 5
    if read.kid is None:
        raise problems.JWS_MALFORMED(cause="the header names no key (kid)")
    signer = did_of(read.kid)
    if signer != expected_signer:
        raise problems.WRONG_SIGNER(found=signer, expected=expected_signer)
    if did_document.did != signer:
        raise problems.DOCUMENT_REFUSED(did=signer, cause=f"this is the document of {did_document.did}")
    # 6
    key = key_for(did_document, read.kid, KeyPurpose.ASSERTION)
    # 7
    jws.verify(read, key)
    return SignatureFacts(read.kid, signer, artefact)
