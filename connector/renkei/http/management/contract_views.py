"""What the management API shows of offers, of contracts from the first word to the agreement, and of transfers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from renkei.exchange.records.assets import AssetRecord, SourceKind
from renkei.exchange.records.kept import Document
from renkei.exchange.records.processes import (
    AgreementRecord,
    DecisionRecord,
    DecisionState,
    Failure,
    NegotiationRecord,
    Side,
    TransferRecord,
)
from renkei.http.management.views import View
from renkei.policy.linting.findings import Finding
from renkei.policy.write import write_offer
from renkei.protocol.catalog import Dataset


class TermsWarning(View, frozen=True, kw_only=True):
    """Something about published terms that is worth a look: what, where in the policy, in both languages."""

    code: str
    path: str
    text: str
    text_ja: str

    @classmethod
    def of(cls, finding: Finding) -> TermsWarning:
        """The view of a finding."""
        return cls(code=finding.code.value, path=finding.path, text=finding.text(), text_ja=finding.text("ja"))


class Asset(View, frozen=True, kw_only=True):
    """What we offer; ``id`` is the dataset's id as partners see it, ``offer`` the signed offer.

    ``definition``: the contract definition that tells who may see it (``anyone``: every participant); ``consent``: it
    is handed out only under consents; ``fields``: of a stored record, what of it its purposes need; ``warnings``: what
    is worth a look in its terms (not in lists).
    """

    id: str
    title: str
    source: SourceKind
    place: str
    media_type: str
    definition: str
    visible_to: tuple[str, ...]
    withdrawn: bool
    consent: bool
    fields: tuple[str, ...]
    offer: Document
    warnings: tuple[TermsWarning, ...] = ()

    @classmethod
    def of(cls, record: AssetRecord, warnings: Sequence[Finding] = ()) -> Asset:
        """The view of a record."""
        return cls(
            id=record.id,
            title=title_of(record.description),
            source=record.source.kind,
            place=record.source.place,
            media_type=record.source.media_type,
            definition=record.access,
            visible_to=record.visible_to,
            withdrawn=record.withdrawn,
            consent=record.consent,
            fields=() if record.holds is None else record.holds.fields,
            offer=record.offer,
            warnings=tuple(map(TermsWarning.of, warnings)),
        )


class PartnerDataset(View, frozen=True, kw_only=True):
    """What a partner shows us."""

    id: str
    title: str
    formats: list[str]
    offers: list[Document]
    description: Document

    @classmethod
    def of(cls, dataset: Dataset) -> PartnerDataset:
        """The view of a decoded dataset."""
        return cls(
            id=dataset.id,
            title=title_of(dataset.extensions),
            formats=[distribution.format for distribution in dataset.distributions],
            offers=[write_offer(offer) for offer in dataset.offers],
            description=dict(dataset.extensions),
        )


class Negotiation(View, frozen=True, kw_only=True):
    """One contract negotiation; ``id`` is our own pid, ``pending`` a state we have announced and nobody confirmed.

    ``offer_by``: who made the offer on the table; ``asking``: a person of ours must decide; ``approved_by``: who has.
    ``trouble``, where one negotiation is shown: what the last try to deliver our message ran into, while it waits.
    """

    id: str
    side: Side
    partner: str
    partner_name: str = ""
    partner_pid: str | None
    dataset: str
    state: str
    pending: str | None
    final: bool
    offer_by: Side
    asking: bool
    approved_by: str
    agreement: str | None
    failure: Failure | None
    trouble: str = ""
    created: datetime

    @classmethod
    def of(cls, record: NegotiationRecord) -> Negotiation:
        """The view of a record."""
        return cls(
            id=record.id,
            side=record.side,
            partner=record.partner,
            partner_pid=record.partner_pid,
            dataset=record.dataset,
            state=record.state.value,
            pending=record.pending.value if record.pending else None,
            final=record.process.final,
            offer_by=record.offer_by,
            asking=bool(record.asking),
            approved_by=record.approved_by,
            agreement=record.agreement,
            failure=record.failure,
            created=record.created,
        )


class OfferMade(View, frozen=True, kw_only=True):
    """One offer of a negotiation, and which side put it on the table."""

    by: Side
    offer: Document


class Decision(View, frozen=True, kw_only=True):
    """What a person is or was asked about a negotiation.

    ``target``: what we do after a yes; ``why``: a code; ``deadline``: without a word until then it is terminated;
    ``by``, ``at`` and ``reason``: who decided, when and why.
    """

    negotiation: str
    partner: str
    partner_name: str = ""
    dataset: str
    target: str
    why: str
    state: DecisionState
    asked: datetime
    deadline: datetime
    by: str
    at: datetime | None
    reason: str

    @classmethod
    def of(cls, record: DecisionRecord) -> Decision:
        """The view of a record."""
        return cls(
            negotiation=record.id,
            partner=record.partner,
            dataset=record.dataset,
            target=record.target.value,
            why=record.why,
            state=record.state,
            asked=record.asked,
            deadline=record.deadline,
            by=record.by,
            at=record.at,
            reason=record.reason,
        )


class NegotiationDetail(View, frozen=True, kw_only=True):
    """One negotiation with every offer made in it, the one on the table last, and what a person was last asked."""

    negotiation: Negotiation
    offers: list[OfferMade]
    decision: Decision | None

    @classmethod
    def of(cls, record: NegotiationRecord, decision: DecisionRecord | None) -> NegotiationDetail:
        """The view of a record."""
        made = [OfferMade(by=past.by, offer=past.offer) for past in record.earlier]
        return cls(
            negotiation=Negotiation.of(record),
            offers=[*made, OfferMade(by=record.offer_by, offer=record.offer)],
            decision=None if decision is None else Decision.of(decision),
        )


class Agreement(View, frozen=True, kw_only=True):
    """One agreement; ``signed``: both signatures were verified; ``in_force``: it is final."""

    id: str
    side: Side
    partner: str
    partner_name: str = ""
    dataset: str
    negotiation: str
    signed: bool
    in_force: bool
    document: Document
    created: datetime

    @classmethod
    def of(cls, record: AgreementRecord) -> Agreement:
        """The view of a record."""
        return cls(
            id=record.id,
            side=record.side,
            partner=record.partner,
            dataset=record.dataset,
            negotiation=record.negotiation,
            signed=record.signed,
            in_force=record.final,
            document=record.document,
            created=record.created,
        )


class Transfer(View, frozen=True, kw_only=True):
    """One transfer process; the token in its data address is nobody's affair and not shown."""

    id: str
    side: Side
    partner: str
    partner_name: str = ""
    partner_pid: str | None
    agreement: str
    dataset: str
    format: str
    state: str
    pending: str | None
    final: bool
    failure: Failure | None
    created: datetime

    @classmethod
    def of(cls, record: TransferRecord) -> Transfer:
        """The view of a record."""
        return cls(
            id=record.id,
            side=record.side,
            partner=record.partner,
            partner_pid=record.partner_pid,
            agreement=record.agreement,
            dataset=record.dataset,
            format=record.format,
            state=record.state.value,
            pending=record.pending.value if record.pending else None,
            final=record.process.final,
            failure=record.failure,
            created=record.created,
        )


def title_of(description: Mapping[str, object]) -> str:
    """The title, where there is a plain one."""
    title = description.get("dct:title")
    return title if isinstance(title, str) else ""
