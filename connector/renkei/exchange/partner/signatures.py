"""Signing what we promise and checking what we are promised: the trust rules with keys and DID documents at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from renkei.exchange.ports import DidResolver, Settings
from renkei.exchange.problems import UNSIGNED
from renkei.exchange.records.kept import Document
from renkei.kernel.problems import RenkeiError
from renkei.policy.model import SIGNATURE
from renkei.trust.artefacts import Artefact, sign, verify
from renkei.trust.did import DidDocument, is_did
from renkei.trust.keys import Signer
from renkei.trust.problems import KEY_UNKNOWN


@dataclass(frozen=True, slots=True)
class Checked:
    """``signed``: the signature holds; ``did_document``: the signer's document it was held against, for evidence."""

    signed: bool
    did_document: Document | None


class Signatures:
    """One participant's signing and checking."""

    def __init__(self, signer: Signer, resolver: DidResolver, settings: Settings) -> None:
        self._signer = signer
        self._resolver = resolver
        self._settings = settings

    async def sign(self, document: Mapping[str, object], artefact: Artefact, member: str = SIGNATURE) -> Document:
        """The document with our signature, made once and stored."""
        return await sign(document, artefact, self._signer, member)

    async def check(
        self,
        document: Mapping[str, object],
        artefact: Artefact,
        partner: str,
        member: str = SIGNATURE,
        *,
        canonical: bytes | None = None,
    ) -> Checked:
        """Hold a partner's document against its DID document.

        An absent signature passes only for partners with whom unsigned exchange is configured; a wrong one never.
        ``canonical``: the canonical bytes of the document without its signatures, where they are known.

        Raises PolicyError ``negotiation-unsigned``, or PeerError ``trust-…``.
        """
        if member not in document:
            if self._settings.takes_unsigned(partner):
                return Checked(signed=False, did_document=None)
            raise UNSIGNED(artefact=artefact.name.lower(), partner=partner)
        signer = await self._resolver.resolve(partner)
        try:
            verify(document, artefact, signer, expected_signer=partner, member=member, canonical=canonical)
        except RenkeiError as error:
            if error.problem is not KEY_UNKNOWN:
                raise
            signer = await self._resolver.resolve(partner, fresh=True)
            verify(document, artefact, signer, expected_signer=partner, member=member, canonical=canonical)
        return Checked(signed=True, did_document=dict(signer.raw))

    async def snapshot(self, participant: str) -> dict[str, Document]:
        """A participant's DID document as it is now, for evidence; nothing where ids are not DIDs."""
        if not is_did(participant):
            return {}
        document: DidDocument = await self._resolver.resolve(participant)
        return {participant: dict(document.raw)}
