"""All use cases of one participant, put together over its ports. No sockets, no files: ``node`` brings those."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from renkei.exchange.agreement.agreements import Agreements
from renkei.exchange.agreement.obligations import OBLIGATIONS_TASK, Obligations
from renkei.exchange.answer.calculations import Calculations
from renkei.exchange.answer.foreign_records import ForeignRecords
from renkei.exchange.answer.part_book import BatteryRules
from renkei.exchange.answer.parts import Parts
from renkei.exchange.answer.told_alerts import EXPIRY_TASK
from renkei.exchange.catalog.catalogs import Catalogs
from renkei.exchange.catalog.self_description import SelfDescription
from renkei.exchange.consent.consent_book import CONSENT_BOX_TASK, CONSENT_END_TASK
from renkei.exchange.consent.consent_box import ConsentBox
from renkei.exchange.consent.consents import Consents
from renkei.exchange.declaration.declarations import Declarations
from renkei.exchange.diligence.alerts import DiligenceAlerts
from renkei.exchange.diligence.dossiers import Dossiers
from renkei.exchange.diligence.questionnaires import Questionnaires
from renkei.exchange.disclosure.disclosures import Disclosures
from renkei.exchange.disclosure.preview import Previews
from renkei.exchange.disclosure.releases_agreed import AgreedReleases
from renkei.exchange.disclosure.supply_trees import TREE_BOX_TASK, SupplyTrees
from renkei.exchange.errands import Collect, EndConsent, Notes, Post, Prepare, Remind, Report
from renkei.exchange.explaining import Explaining
from renkei.exchange.fetching import Fetching
from renkei.exchange.machine.courier import Courier
from renkei.exchange.machine.patience import FOR_ERRANDS, FOR_MESSAGES, Patience
from renkei.exchange.machine.steps import Steps
from renkei.exchange.machine.watch import Watch
from renkei.exchange.negotiation.negotiations import Negotiations
from renkei.exchange.notice.notices import NOTICE_BOX_TASK, Notices
from renkei.exchange.onboarding import Onboarding
from renkei.exchange.partner.register_book import RECHECK_PARTNER_TASK, PartnerLook, RegisterBook
from renkei.exchange.partner.signatures import Signatures
from renkei.exchange.passport.passports import Passports
from renkei.exchange.ports import Ports
from renkei.exchange.process.approvals import DEADLINE_TASK, Deadline, HumanApproval
from renkei.exchange.process.decisions import Decisions, PolicyDecisions
from renkei.exchange.process.processes import Means
from renkei.exchange.process.usage import Usage
from renkei.exchange.records.notices import NoticeKind
from renkei.exchange.request.by_hand import ByHand
from renkei.exchange.request.request_book import (
    BOX_TASK,
    COLLECT_TASK,
    NOTE_TASK,
    PREPARE_TASK,
    PROGRESS_TASK,
    REMIND_TASK,
)
from renkei.exchange.request.request_box import RequestBox, SignedInboxes
from renkei.exchange.request.requests import Requests
from renkei.exchange.request.unlinked import Unlinked
from renkei.exchange.transfer.continuing import RECHECK_TASK, Recheck
from renkei.exchange.transfer.transfers import Transfers
from renkei.exchange.update.changes import RESTATE_TASK, ChangeBook
from renkei.exchange.update.followers import REFRESH_TASK, Followers
from renkei.exchange.update.successors import OFFER_TASK, Successors
from renkei.exchange.update.update_errands import Look, Refresh
from renkei.exchange.verification.hearing import STATEMENT_TASK, HeardStatements, Hearing
from renkei.exchange.verification.statements import Statements
from renkei.exchange.verification.trees import VerifiedTrees


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How patient we are: ``messages`` for protocol messages, ``errands`` for requests and their answers.

    ``chance`` gives the jitter of each pause, in [0, 1).
    """

    messages: Patience = FOR_MESSAGES
    errands: Patience = FOR_ERRANDS
    chance: Callable[[], float] = random.random


class Participant:
    """One participant: its use cases by name."""

    def __init__(
        self,
        ports: Ports,
        *,
        battery: BatteryRules,
        templates: dict[str, object],
        habits: Habits | None = None,
        decisions: Callable[[Ports, Catalogs], Decisions] | None = None,
    ) -> None:
        habits = habits or Habits()
        self.ports = ports
        self.watch = Watch()
        self.courier = Courier(ports.store, ports.clock, habits.chance)
        self.templates = templates
        self._steps = Steps(ports.store, self.courier, self.watch)
        signatures = Signatures(ports.signer, ports.resolver, ports.settings)
        self.catalogs = Catalogs(ports, self._steps, signatures, battery.purposes)
        self.self_description = SelfDescription(ports, signatures)
        self.agreements = Agreements(ports, signatures)
        self.consents = Consents(
            ports, self._steps, catalogs=self.catalogs, agreements=self.agreements, purposes=battery.purposes
        )
        self.usage = Usage(ports, self.consents)
        self.register = RegisterBook(ports, self._steps)
        self.obligations = Obligations(ports, self._steps, self.agreements)
        rules = decisions(ports, self.catalogs) if decisions else PolicyDecisions(ports, self.catalogs)
        means = self._means(HumanApproval(rules, ports.settings.approvals), habits.messages)
        self.negotiations = Negotiations(means, signatures)
        self.transfers = Transfers(means)
        self.notices = Notices(ports, self._steps, signatures=signatures, agreements=self.agreements)
        self.statements = Statements(ports, self._steps, signatures=signatures, notices=self.notices)
        self.notices.employ(dict.fromkeys((NoticeKind.STATEMENT, NoticeKind.WITHDRAWN), HeardStatements(ports)))
        self.explaining = Explaining(ports, self.catalogs, self.agreements, self.usage)
        self.parts = Parts(ports, self._steps, signatures, battery)
        self.calculations = Calculations(ports, self._steps, self.parts, battery)
        self.foreign = ForeignRecords(ports, self._steps, self.parts)
        self.statements, self.trees = self._verification_rooms(signatures)
        self.declarations, self.passports = self._authority_rooms(signatures, battery)
        self.fetching = self._fetching(signatures)
        self.disclosures = Disclosures(ports, self.parts)
        self.supply_trees = SupplyTrees(ports, self._steps, signatures=signatures, parts=self.parts)
        self.releases = AgreedReleases(ports, self.parts, self.disclosures)
        self.successors, self.followers = self._update_rooms()
        self.alerts = self._alert_room(battery)
        self.dossiers = Dossiers(ports, battery.codes, self.parts)
        self.questionnaires = self._question_room(battery)
        self.requests, self.box = self._request_rooms(templates)
        self.by_hand = ByHand(
            ports, self._steps, book=self.requests, parts=self.parts, foreign=self.foreign, rules=battery.rules
        )
        self.previews = self._previews(battery)
        self.unlinked = Unlinked(ports, self.parts)
        self.onboarding = Onboarding(ports, self._steps, self.parts.crosswalk)
        self._employ(habits.errands)

    def _means(self, decisions: Decisions, patience: Patience) -> Means:
        """What negotiations and transfers share."""
        return Means(
            ports=self.ports,
            steps=self._steps,
            watch=self.watch,
            patience=patience,
            catalogs=self.catalogs,
            agreements=self.agreements,
            consents=self.consents,
            obligations=self.obligations,
            decisions=decisions,
            usage=self.usage,
        )

    def _previews(self, battery: BatteryRules) -> Previews:
        """What would leave the house."""
        return Previews(
            self.parts,
            disclosures=self.disclosures,
            releases=self.releases,
            listed=battery.purposes,
            terms=self.requests.terms_for,
        )

    def _fetching(self, signatures: Signatures) -> Fetching:
        """The one call that does it all."""
        return Fetching(
            self.ports,
            self._steps,
            signatures=signatures,
            catalogs=self.catalogs,
            agreements=self.agreements,
            negotiations=self.negotiations,
            transfers=self.transfers,
            parts=self.parts,
        )

    def _verification_rooms(self, signatures: Signatures) -> tuple[Statements, VerifiedTrees]:
        """Where third parties' statements are made and heard, and shown beside what they are about."""
        statements = Statements(self.ports, self._steps, signatures=signatures, notices=self.notices)
        heard = HeardStatements(self.ports)
        self.notices.employ(dict.fromkeys((NoticeKind.STATEMENT, NoticeKind.WITHDRAWN), heard))
        return statements, VerifiedTrees(self.parts, statements)

    def _authority_rooms(self, signatures: Signatures, battery: BatteryRules) -> tuple[Declarations, Passports]:
        """What authorities ask for."""
        declarations = Declarations(
            self.ports,
            self._steps,
            signatures=signatures,
            parts=self.parts,
            statements=self.statements,
            battery=battery,
        )
        passports = Passports(
            self.ports, self._steps, signatures=signatures, catalogs=self.catalogs, lists=battery.passport
        )
        return declarations, passports

    def _question_room(self, battery: BatteryRules) -> Questionnaires:
        """Where questionnaires are handed down, and answered."""
        questionnaires = Questionnaires(
            self.ports,
            self._steps,
            battery.codes,
            parts=self.parts,
            catalogs=self.catalogs,
            agreements=self.agreements,
            notices=self.notices,
            permitted=self.alerts.permitted,
        )
        self.notices.employ(dict.fromkeys((NoticeKind.QUESTIONNAIRE, NoticeKind.ANSWERS), questionnaires))
        return questionnaires

    def _alert_room(self, battery: BatteryRules) -> DiligenceAlerts:
        """Where alerts about due diligence are raised, heard and passed on."""
        alerts = DiligenceAlerts(
            self.ports,
            self._steps,
            battery.codes,
            parts=self.parts,
            catalogs=self.catalogs,
            consents=self.consents,
            agreements=self.agreements,
            notices=self.notices,
        )
        self.notices.employ({NoticeKind.ALERT: alerts})
        return alerts

    def _update_rooms(self) -> tuple[Successors, Followers]:
        """Where what partners have of us is kept current, and what we have of them."""
        book = self.parts.consequences = self.parts.crosswalk.lines = ChangeBook(self.ports)
        successors = Successors(
            self.ports,
            self._steps,
            book=book,
            catalogs=self.catalogs,
            consents=self.consents,
            agreements=self.agreements,
            notices=self.notices,
            releases=self.releases,
        )
        followers = Followers(self.ports, self._steps, parts=self.parts, notices=self.notices)
        self.notices.employ({NoticeKind.RESTATED: followers})
        return successors, followers

    def _request_rooms(self, templates: dict[str, object]) -> tuple[Requests, RequestBox]:
        """Where requests and consents are made, and where they come in."""
        requests = Requests(
            self.ports,
            self._steps,
            catalogs=self.catalogs,
            parts=self.parts,
            consents=self.consents,
            statements=self.statements,
            releases=self.releases,
            templates=templates,
        )
        consents = ConsentBox(self.ports, self.consents)
        box = RequestBox(
            self.ports,
            self._steps,
            book=requests,
            catalogs=self.catalogs,
            parts=self.parts,
            consents=consents,
            signed=SignedInboxes(notices=self.notices, trees=self.supply_trees),
        )
        return requests, box

    def _employ(self, patience: Patience) -> None:
        """Say what each kind of row in the outbox means."""
        self.courier.employ(
            {
                Negotiations.task: self.negotiations,
                DEADLINE_TASK: Deadline(self.negotiations.overdue, patience),
                Transfers.task: self.transfers,
                RECHECK_TASK: Recheck(self.transfers.recheck, patience),
                OBLIGATIONS_TASK: Recheck(self.obligations.due, patience),
                RECHECK_PARTNER_TASK: Recheck(PartnerLook(self.transfers.recheck_all, self.ports), patience),
                BOX_TASK: Post(self.ports, self.fetching, self.requests, patience),
                COLLECT_TASK: Collect(self.fetching, self.box, self.requests, patience),
                PREPARE_TASK: Prepare(self.requests, patience),
                STATEMENT_TASK: Hearing(self.ports, self._steps, self.statements, self.notices, patience),
                NOTE_TASK: Post(self.ports, self.fetching, Notes(self.requests), patience),
                REMIND_TASK: Remind(self.requests, patience),
                PROGRESS_TASK: Report(self.ports, self.fetching, self.requests, patience),
                CONSENT_BOX_TASK: Post(self.ports, self.fetching, self.consents, patience),
                TREE_BOX_TASK: Post(self.ports, self.fetching, self.supply_trees, patience),
                NOTICE_BOX_TASK: Post(self.ports, self.fetching, self.notices, patience),
                CONSENT_END_TASK: EndConsent(self.consents, self.transfers, self.successors, patience),
                EXPIRY_TASK: Recheck(self.alerts.look, patience),
                RESTATE_TASK: Look(self.successors.restate, self.ports.store, patience),
                OFFER_TASK: Look(self.successors.offer, self.ports.store, patience),
                REFRESH_TASK: Refresh(self.fetching, self.followers, patience),
            }
        )

    async def start(self) -> None:
        """Offer the request box and begin with what the outbox holds. Our endpoints must be answering already."""
        await self.onboarding.start()
        await self.box.offer()
        await self.parts.places.catch_up()
        await self.transfers.end_forsaken()
        self.courier.start()

    async def stop(self) -> None:
        """Let the outbox rest; what is in it goes on at the next start."""
        await self.courier.stop()
