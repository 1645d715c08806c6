"""What a participant says of itself, signed as its offers are: who it is, where it is reached, which keys it uses.

A plain JSON object, public below ``/.well-known/renkei-self-description`` and named by every catalog of ours::

    {"type": "renkei-self-description", "participant": "did:web:…", "name": "…",
     "connector": {"software": "Renkei", "version": "…"},
     "versions": [{"version": "2025-1", "path": "/dsp/2025-1", "binding": "HTTPS"}],
     "services": [{"id": "did:web:…#connector", "type": "DataService", "endpointURL": "https://…"}],
     "keys": [{"id": "did:web:…#…", "purposes": ["assertion"]}],
     "issued": "2026-11-22T09:30:00Z", "https://w3id.org/renkei/v1/signature": "h..s"}
"""

from __future__ import annotations

from typing import Final

from renkei.exchange.catalog.showing import WELL_KNOWN, service_of
from renkei.exchange.partner.signatures import Signatures
from renkei.exchange.ports import Partner, Ports
from renkei.exchange.problems import PARTNER_REFUSED
from renkei.exchange.records.kept import Document
from renkei.kernel import instants
from renkei.kernel.strict_json import loads_object
from renkei.trust.artefacts import Artefact
from renkei.trust.did import did_of
from renkei.trust.verification import evidence
from renkei.wire.dialects import DIALECTS
from renkei.wire.versions import BINDING

TYPE: Final = "renkei-self-description"


class SelfDescription:
    """Our own description, and those of partners."""

    def __init__(self, ports: Ports, signatures: Signatures) -> None:
        self._ports = ports
        self._signatures = signatures
        self._document: Document | None = None

    async def document(self) -> Document:
        """Our own, signed once in the life of this process."""
        if self._document is None:
            self._document = await self._signatures.sign(await self._unsigned(), Artefact.SELF_DESCRIPTION)
        return self._document

    async def exported(self) -> Document:
        """Our own as an evidence file."""
        document = await self.document()
        return self._evidence(document, await self._signatures.snapshot(did_of(self._ports.signer.kid)))

    async def of(self, partner: Partner) -> Document:
        """A partner's, verified, as an evidence file.

        Raises PeerError ``partner-refused``, ``trust-…``, ``json-…``; PolicyError ``negotiation-unsigned``.
        """
        root = partner.address.removesuffix(partner.dialect.path)
        answered = await self._ports.line.send("GET", root + WELL_KNOWN)
        if not answered.ok:
            raise PARTNER_REFUSED(partner=partner.id, status=answered.status, cause="no self-description")
        document = loads_object(answered.body)
        if document.get("type") != TYPE or document.get("participant") != partner.id:
            raise PARTNER_REFUSED(partner=partner.id, status=answered.status, cause="it describes somebody else")
        checked = await self._signatures.check(document, Artefact.SELF_DESCRIPTION, partner.id)
        return self._evidence(document, {} if checked.did_document is None else {partner.id: checked.did_document})

    def _evidence(self, document: Document, did_documents: dict[str, Document]) -> Document:
        now = self._ports.clock.now().replace(microsecond=0)
        return evidence(Artefact.SELF_DESCRIPTION, document, did_documents, now)

    async def _unsigned(self) -> Document:
        ports = self._ports
        imprint, service = ports.settings.imprint, service_of(ports)
        keys = (await ports.resolver.resolve(did_of(ports.signer.kid))).methods
        described: Document = {
            "type": TYPE,
            "participant": ports.identity.participant,
            "connector": {"software": "Renkei", **({"version": imprint.version} if imprint.version else {})},
            "versions": [{"version": known.version, "path": known.path, "binding": BINDING} for known in DIALECTS],
            "services": [{"id": service.id, "type": "DataService", "endpointURL": service.endpoint_url}],
            "keys": [{"id": key.id, "purposes": sorted(purpose.value for purpose in key.purposes)} for key in keys],
            "issued": instants.render(ports.clock.now().replace(microsecond=0)),
        }
        return described | ({"name": imprint.name} if imprint.name else {})
