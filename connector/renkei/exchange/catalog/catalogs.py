"""Publishing what we offer, under which terms and to whom; and the way to what others see of it and to what they offer.

What a requester is shown is in ``showing``, who may see what in ``access``, what partners show us in ``browsing``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from renkei.exchange.catalog.access import ANYONE, Access, only
from renkei.exchange.catalog.browsing import Browsing
from renkei.exchange.catalog.catalog_problems import NO_IRI, NO_TERMS, TWO_AUDIENCES
from renkei.exchange.catalog.judgement import named_purposes
from renkei.exchange.catalog.lifetimes import last_instant
from renkei.exchange.catalog.linting import demand_sound, findings_of
from renkei.exchange.catalog.page_tokens import PageTokens
from renkei.exchange.catalog.purpose_problems import NO_PURPOSE
from renkei.exchange.catalog.purposes import PurposeList
from renkei.exchange.catalog.showing import Showing, service_of
from renkei.exchange.machine.steps import Step, Steps
from renkei.exchange.partner.signatures import Signatures
from renkei.exchange.ports import Partner, Ports
from renkei.exchange.problems import UNKNOWN_DATASET
from renkei.exchange.records.assets import AssetRecord, Holding, Source, SourceKind
from renkei.exchange.records.kept import Document
from renkei.exchange.records.requests import DocumentRecord
from renkei.kernel.values import replace
from renkei.policy.linting.findings import Finding
from renkei.policy.model import Policy, PolicyKind
from renkei.policy.normal_form import spelled_out
from renkei.policy.read import read_offer
from renkei.policy.terms import expand
from renkei.policy.world import Fact
from renkei.policy.write import write_offer
from renkei.protocol.catalog import HTTP_PULL, Catalog, Dataset, Distribution
from renkei.store.port import Changes
from renkei.trust.artefacts import Artefact, unsigned
from renkei.wire.catalog_page import render_dataset

DATASET_TYPE: Final = "http://purl.org/dc/terms/type"
VERSION: Final = "https://w3id.org/catenax/ontology/common#version"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What is to be offered: ``policy`` holds the rules (its parties and target are filled in here).

    ``dataset``: its id, an absolute IRI.

    Who may see it, at most one of: ``visible_to`` (participant ids), ``access`` (an ODRL set, judged with what is
    verified about the requester), ``definition`` (a contract definition by name, which may bring the ``policy`` too);
    none: everyone who authenticates. ``description``: members of the dataset under absolute IRIs or the context's
    prefixes (``dct:title`` …), each once however it is spelled, also in place of ``dataset_type`` and ``version``;
    ``offer_id``: by default a new one. ``consent``: it is handed out only under a live consent for every purpose of the
    agreement; ``document``: the stored record behind it, where that is not stored yet.
    """

    dataset: str
    policy: Policy | None = None
    source: Source
    visible_to: tuple[str, ...] = ()
    access: Policy | None = None
    definition: str = ""
    description: Mapping[str, object] | None = None
    dataset_type: str = "https://w3id.org/catenax/taxonomy#Asset"
    version: str = "1.0"
    offer_id: str = ""
    consent: bool = False
    document: DocumentRecord | None = None


class Catalogs:
    """The catalog use cases of one participant."""

    def __init__(self, ports: Ports, steps: Steps, signatures: Signatures, purposes: PurposeList) -> None:
        self._ports = ports
        self._steps = steps
        self._signatures = signatures
        self._purposes = purposes
        self._browsing = Browsing(ports)
        self.access = Access(ports, steps)
        self.showing = Showing(ports, self.access, PageTokens(ports, steps))

    # --- what we offer ---------------------------------------------------------------------------

    async def publish(self, publication: Publication) -> AssetRecord:
        """Offer a dataset, or replace the offer of one. The offer is signed once, here.

        Raises ConfigurationError ``catalog-dataset-no-iri``, and as ``prepare`` does.
        """
        _demand_iri(publication)
        asset = await self.prepare(publication)

        async def decide() -> Step[AssetRecord]:
            kept = await self.kept(publication.dataset)
            return Step(self.storing(asset, kept.version if kept else 0), asset)

        return await self._steps.run(f"dataset {publication.dataset}", decide)

    async def prepare(self, publication: Publication) -> AssetRecord:
        """The signed asset, not stored yet: for steps that store more than this.

        Its contract definition is stored here, if nobody has defined the same before; by itself it shows nothing.

        Raises ConfigurationError ``catalog-…``, ``consent-field-beyond-purpose``, ``consent-without-purpose``,
        LocalError ``wire-unsendable`` for what no partner could read.
        """
        access, policy = await self._definition(publication)
        offer = spelled_out(
            Policy(
                id=publication.offer_id or self._ports.ids.new(),
                kind=PolicyKind.OFFER,
                target=publication.dataset,
                assigner=self._ports.identity.participant,
                assignee=policy.assignee,
                profile=policy.profile,
                permission=policy.permission,
                prohibition=policy.prohibition,
                obligation=policy.obligation,
                extensions=policy.extensions,
            )
        )
        demand_sound(offer, self._ports.settings.registry, self._ports.clock.now())
        holds = await self._holding(publication, offer)
        description = _described(publication)
        signed = await self._signatures.sign(write_offer(offer), Artefact.OFFER)
        return AssetRecord(
            id=publication.dataset,
            offer=signed,
            source=publication.source,
            access=access,
            visible_to=publication.visible_to,
            description=description,
            shown=render_dataset(self._dataset(publication.dataset, signed, description)),
            until=last_instant(offer),
            consent=publication.consent,
            holds=holds,
        )

    async def succeeded(self, asset: AssetRecord, record: DocumentRecord) -> AssetRecord:
        """The asset with another record in place of the one it holds, under the same signed offer; not stored yet.

        Raises ConfigurationError ``consent-field-beyond-purpose``.
        """
        source = replace(asset.source, place=record.id)
        offer = read_offer(asset.offer, in_catalog=False)
        publication = Publication(dataset=asset.id, source=source, consent=asset.consent, document=record)
        return replace(asset, source=source, holds=await self._holding(publication, offer))

    async def _holding(self, publication: Publication, offer: Policy) -> Holding | None:
        """What a stored record holds, if the dataset is one.

        What must hold: 1. each of its fields is needed by a purpose that the terms name, where the list tells what that
        needs; 2. what is to need consent names purposes, all of which can be consented to.
        """
        purposes = named_purposes(offer)
        if publication.consent and not (purposes and all(self._purposes.lists([one]) for one in purposes)):  # 2
            raise NO_PURPOSE(dataset=publication.dataset, known=", ".join(sorted(self._purposes.purposes)))
        if publication.source.kind is not SourceKind.DOCUMENT:
            return None
        record = publication.document
        if record is None:
            row = await self._ports.store.load(DocumentRecord.kind, publication.source.place)
            record = None if row is None else DocumentRecord.of(row)
        if record is None:
            return None
        fields: tuple[str, ...] = ()
        if self._purposes.lists(purposes):
            fields = self._purposes.fields(unsigned(record.document), purposes, publication.dataset)  # 1
        return Holding(part=record.part, document_type=record.document_type, fields=fields)

    async def _definition(self, publication: Publication) -> tuple[str, Policy]:
        """Who may see it, and under which terms."""
        named = (bool(publication.visible_to), publication.access is not None, bool(publication.definition))
        if sum(named) > 1:
            raise TWO_AUDIENCES(dataset=publication.dataset)
        access, policy = ANYONE, publication.policy
        if publication.definition:
            definition = await self.access.definition(publication.definition)
            access = definition.id
            if policy is None and definition.terms is not None:
                policy = read_offer(definition.terms, in_catalog=True)
        elif publication.access is not None:
            access = await self.access.shared(publication.access)
        elif publication.visible_to:
            canonical = self._ports.settings.aliases.canonical
            access = await self.access.shared(only(canonical(party) for party in publication.visible_to))
        if policy is None:
            raise NO_TERMS(dataset=publication.dataset)
        return access, policy

    def _dataset(self, dataset: str, offer: Document, description: Mapping[str, object]) -> Dataset:
        untargeted = {name: value for name, value in offer.items() if name != "target"}
        return Dataset(
            id=dataset,
            offers=(read_offer(untargeted, in_catalog=True),),
            distributions=(Distribution(format=HTTP_PULL, access_service=service_of(self._ports).id),),
            extensions=description,
        )

    def storing(self, asset: AssetRecord, version: int) -> Changes:
        """What publishing stores."""
        event = asset.event("published", self._ports.clock.now())
        return Changes(records=(replace(asset, version=version).row(),), events=(event,))

    def warnings(self, offer: Document) -> tuple[Finding, ...]:
        """What is worth a look in terms of ours, as of now."""
        policy = read_offer(offer, in_catalog="target" not in offer)
        return findings_of(policy, self._ports.settings.registry, self._ports.clock.now())

    async def withdraw(self, dataset: str) -> None:
        """Offer it no longer; agreements that exist stay as they are. Unknown is ``catalog-unknown-dataset``."""

        async def decide() -> Step[None]:
            asset = await self.kept(dataset)
            if asset is None:
                raise UNKNOWN_DATASET(dataset=dataset)
            event = asset.event("withdrawn", self._ports.clock.now())
            return Step(Changes(records=(replace(asset, withdrawn=True).row(),), events=(event,)), None)

        await self._steps.run(f"dataset {dataset}", decide)

    async def kept(self, dataset: str) -> AssetRecord | None:
        """An asset of ours, offered or withdrawn."""
        row = await self._ports.store.load(AssetRecord.kind, dataset)
        return None if row is None else AssetRecord.of(row)

    async def offered(
        self, dataset: str, participant: str, facts: Mapping[str, Fact] | None = None
    ) -> AssetRecord | None:
        """An asset as far as this participant may see it; hidden and absent look the same."""
        return await self.showing.asset(dataset, participant, facts or {})

    async def assets(self, after: str = "", limit: int = 100) -> Sequence[AssetRecord]:
        """Our own view of all we offer, by rising id."""
        rows = await self._ports.store.find(AssetRecord.kind, after=after, limit=limit)
        return [AssetRecord.of(row) for row in rows]

    # --- what partners offer ---------------------------------------------------------------------

    async def browse(self, partner: Partner, wanted: Sequence[object] = ()) -> Sequence[Dataset]:
        """All a partner shows us, page after page; ``wanted``: a filter in the partner's language."""
        return await self._browsing.all(partner, wanted)

    async def shown_by(self, partner: Partner) -> Catalog:
        """A partner's whole catalog, its pages put together."""
        return await self._browsing.whole(partner)

    async def look(self, partner: Partner, dataset: str) -> Dataset:
        """One dataset of a partner. Raises PeerError ``catalog-unknown-dataset``, ``partner-refused``."""
        return await self._browsing.one(partner, dataset)


def _described(publication: Publication) -> dict[str, object]:
    """The members of a dataset, each once: the two that every dataset has are not said again under another spelling."""
    written: dict[str, tuple[str, object]] = {
        DATASET_TYPE: (DATASET_TYPE, {"@id": publication.dataset_type}),
        VERSION: (VERSION, publication.version),
    }
    for name, value in (publication.description or {}).items():
        written[expand(name) or name] = (name, value)
    return dict(written.values())


def _demand_iri(publication: Publication) -> None:
    """A dataset's id is an absolute IRI, and no prefixed name: whoever expands that takes it for another one.

    A request box is named after its participant, whose id need not be one.
    """
    box = publication.source.kind is SourceKind.REQUEST_BOX
    if not box and expand(publication.dataset) != publication.dataset:
        raise NO_IRI(dataset=publication.dataset or '""')


def as_document(offer: Policy, dataset: str) -> Document:
    """A catalog's offer in the form that is signed and requested: with its target."""
    return write_offer(replace(offer, target=dataset))
