"""Management of policies: why a decision comes out as it does, and what a partner would see of us."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal, TypeAlias

import msgspec

from renkei.exchange.explaining import Inquiry
from renkei.exchange.records.kept import Document
from renkei.http.management.operations import Desk, Operation, PathValues, operation
from renkei.http.management.paging import Limit
from renkei.http.management.problems import BAD_POLICY, ONE_SUBJECT
from renkei.http.management.views import View
from renkei.kernel.problems import RenkeiError
from renkei.policy.documents import read_document
from renkei.policy.model import Policy
from renkei.policy.world import USE, Phase

Moment: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]


class Supposing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked, where it is not what is known.

    ``purposes``: those declared (absent: the ones that the policy names); ``at``: the time it is about (absent: now);
    ``facts``: supposed values, by short attribute name or operand IRI; ``language``: of the texts.
    """

    partner: str = ""
    action: str = USE
    purposes: tuple[str, ...] | None = None
    phase: Phase | None = None
    at: Moment | None = None
    facts: dict[str, tuple[str, ...]] = {}
    language: Literal["en", "ja"] = "en"

    def inquiry(self) -> Inquiry:
        """The same, as the use cases take it."""
        return Inquiry(
            action=self.action,
            purposes=None if self.purposes is None else frozenset(self.purposes),
            phase=self.phase,
            at=self.at,
            facts=self.facts,
        )


class AskingWhy(Supposing, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which decision.

    Exactly one of ``subject`` (the id of an agreement, a negotiation, a dataset or an offer of ours) and ``policy`` (an
    ODRL policy, asked about the dataset ``target``). The partner may be left out where the subject names one.
    """

    subject: str = ""
    policy: Document | None = None
    target: str = ""


class AskingWhatIf(Supposing, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What this partner would see, by an id or a configured name; a page begins after the dataset ``after``."""

    partner: str
    after: str = ""
    limit: Limit = 100


class Explanation(View, frozen=True, kw_only=True):
    """A decision and why: ``explanation``, the tree; ``fixes``: the smallest sets of changes that would permit.

    ``deferred``: the conditions left to a later phase; ``enforcement``: the comparisons by how far they can be made
    sure of; ``text``: all of it as lines for people.
    """

    outcome: Literal["permit", "defer", "deny"]
    phase: str
    semantics: str
    party: str
    target: str
    action: str
    purposes: list[str]
    at: datetime
    explanation: Document
    fixes: list[Document]
    duties: list[Document]
    enforcement: dict[str, list[str]]
    text: list[str]
    deferred: list[str] = msgspec.field(default_factory=list)
    expires_at: datetime | None = None


class SeenDataset(View, frozen=True, kw_only=True):
    """One dataset as the partner would find it.

    ``access``: what its contract definition says (absent: none has a say); ``over``: its terms have run out for
    everybody; ``terms``: whether an agreement on them could be made.
    """

    dataset: str
    title: str
    definition: str
    visible: bool
    over: bool
    access: Explanation | None
    terms: Explanation


class PartnerOutlook(View, frozen=True, kw_only=True):
    """What a partner would see. ``barred``: why it is not admitted; ``text``: all of it as lines for people."""

    partner: str
    partner_name: str = ""
    at: datetime
    admitted: bool
    barred: str | None
    items: list[SeenDataset]
    next: str | None
    text: list[str]


async def explain_policy(desk: Desk, values: PathValues, asked: AskingWhy) -> Explanation:
    """Why a decision comes out as it does, and what would help."""
    explaining, directory = desk.participant.explaining, desk.participant.ports.directory
    partner = directory.identify(asked.partner) if asked.partner else ""
    if bool(asked.subject) == (asked.policy is not None):
        raise ONE_SUBJECT()
    if asked.policy is None:
        told = await explaining.explain(asked.subject, partner, asked.inquiry())
    else:
        told = await explaining.explain_policy(_policy(asked.policy), partner, asked.target, asked.inquiry())
    return msgspec.convert(told.as_json(asked.language), type=Explanation)


def _policy(document: Document) -> Policy:
    try:
        return read_document(document)
    except RenkeiError as error:
        raise BAD_POLICY(cause=f"{error.code}, {error.message()}") from error


async def show_outlook(desk: Desk, values: PathValues, asked: AskingWhatIf) -> PartnerOutlook:
    """What a partner would see of our catalog, and why."""
    partner = desk.participant.ports.directory.identify(asked.partner)
    outlook = await desk.participant.explaining.what_if(partner, asked.inquiry(), after=asked.after, limit=asked.limit)
    return msgspec.convert(outlook.as_json(asked.language), type=PartnerOutlook)


OPERATIONS: Final[tuple[Operation, ...]] = (
    operation("POST /policy/explain", "Explain a decision", explain_policy, AskingWhy, Explanation),
    operation("POST /policy/what-if", "Show what a partner would see", show_outlook, AskingWhatIf, PartnerOutlook),
)
