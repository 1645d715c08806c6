"""Supply trees between companies: told tier by tier without names, and who says, straight to us, that it stands where.

A person decides to whom the tree of a part is told, since its breadth is a secret, too. When a supplier's tree comes
in, the trees that we have told of what is made of it are told again, if they are others than before. Who stands at a
node names itself to a collector; that, too, a person decides. Both are signed, go into the partner's request box, and
stand in the log of disclosures. The value behind a name is a record like any other: asked for, consented to, fetched.

A tree or a naming that comes in is taken only if

1. it is signed by the partner that puts it into our box (never unsigned: it is shown to others);
2. it is that partner's: a tree or naming of a part of its own;
3. a naming is made out to us, and gives its node (``battery.disclosure.supply_tree``);
4. not too many of the partner's are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

from renkei.battery.disclosure.supply_tree import Cell, Direct, NodeNaming, SupplyTree, node_of, salt_for, screen
from renkei.exchange.answer.box_messages import SignedDisclosure, read_box_message, write_box_message
from renkei.exchange.answer.parts import FOOTPRINT, Parts
from renkei.exchange.disclosure.disclosure_use_problems import NOT_TAKEN, TOO_MANY
from renkei.exchange.machine.steps import Step, Steps
from renkei.exchange.partner.signatures import Signatures
from renkei.exchange.ports import Ports
from renkei.exchange.records.consents import ConsentRecord, about_dataset
from renkei.exchange.records.disclosures import DisclosureRecord, DisclosureWay, TreeSecret
from renkei.exchange.records.kept import Document
from renkei.exchange.records.parts import PartRecord
from renkei.exchange.records.processes import AgreementRecord
from renkei.exchange.records.requests import DocumentRecord
from renkei.kernel import jcs
from renkei.kernel.problems import RenkeiError
from renkei.kernel.values import replace
from renkei.store.paging import every
from renkei.store.port import Changes, Delivery
from renkei.trust.artefacts import Artefact, content_hash, unsigned

TREE_BOX_TASK: Final = "tree-box"
TELLING: Final = "supply trees"
"""The step of whatever reads or tells trees: two at once would each tell a tree without the other's news."""
TREE: Final = "SupplyTree"
NAMING: Final = "NodeNaming"
_MOST_KEPT: Final = 2000


class SupplyTrees:
    """One participant's trees and namings, told and taken."""

    def __init__(self, ports: Ports, steps: Steps, *, signatures: Signatures, parts: Parts) -> None:
        self._ports = ports
        self._steps = steps
        self._signatures = signatures
        self._parts = parts

    # --- telling ---------------------------------------------------------------------------------

    async def tell(self, part: str, customer: str) -> DisclosureRecord:
        """Tell a customer what stands behind a part of ours, without names. Raises LocalError ``part-unknown``."""
        known = await self._parts.known(part)

        async def decide() -> Step[DisclosureRecord]:
            before = next((line for line in await self._told() if (line.partner, line.part) == (customer, part)), None)
            tree = await self._tree(known, customer, {}, _number(before) + 1)
            return Step(*await self._drafted(tree.to_json(), known.id, customer, DisclosureWay.TREE))

        return await self._steps.run(TELLING, decide)

    async def name(self, part: str, customer: str, to: str, until: datetime) -> DisclosureRecord:
        """Say to a collector that it is we who stand at the node of a part of ours that a customer was told.

        Raises LocalError ``part-unknown``.
        """
        known = await self._parts.known(part)
        us, salt = self._ports.identity.participant, salt_for(await self._secret(), known.id, customer)
        naming = NodeNaming(
            id=self._ports.ids.new(),
            node=node_of(us, known.id, salt),
            salt=salt,
            part=known.id,
            company=us,
            recipient=to,
            until=until,
        )
        changes, line = await self._drafted(naming.to_json(), known.id, to, DisclosureWay.NAMING)

        async def decide() -> Step[DisclosureRecord]:
            return Step(changes, line)

        return await self._steps.run(line.id, decide)

    async def _tree(
        self, part: PartRecord, customer: str, fresh: Mapping[tuple[str, str], SupplyTree], version: int
    ) -> SupplyTree:
        """Our node over those of our suppliers; ``fresh``: trees that are just being taken."""
        us, secret = self._ports.identity.participant, await self._secret()
        below: list[SupplyTree | str] = []
        for supply in await self._parts.supplies(part):
            told = fresh.get((supply.supplier, supply.component)) or await self._told_by(
                supply.supplier, supply.component
            )
            # Nobody can name this node: its salt is ours, and only who stands there knows what to open.
            hidden = node_of(supply.supplier, supply.component, salt_for(secret, f"{part.id}\n{supply.component}", us))
            below.append(told or hidden)
        node = node_of(us, part.id, salt_for(secret, part.id, customer))
        return SupplyTree.over(node, below, record_id=self._ports.ids.new(), part=part.id, company=us, version=version)

    async def _drafted(
        self, document: Document, part: str, to: str, way: DisclosureWay
    ) -> tuple[Changes, DisclosureRecord]:
        signed, now = await self._signatures.sign(document, Artefact.RECORD), self._ports.clock.now()
        body = write_box_message(SignedDisclosure(id=self._ports.ids.new(), document=signed))
        read_box_message(body)
        line = DisclosureRecord(
            id=self._ports.ids.new(),
            partner=to,
            part=part,
            way=way,
            document=content_hash(signed),
            record=str(document["id"]),
            document_type=str(document["@type"]),
            fields=tuple(sorted(f"/{name}" for name in document)),
            release=_shape(document),
            at=now,
        )
        row = Delivery(id=self._ports.ids.new(), task=TREE_BOX_TASK, subject=line.id, peer=to, due=now, body=body)
        return Changes(records=(line.row(),), deliveries=(row,), events=(line.event(way.value, now),)), line

    async def posted(self, delivery: Delivery) -> None:
        """The partner's box has taken it."""
        await self._ended(delivery, "delivered")

    async def failed(self, delivery: Delivery, cause: RenkeiError) -> None:
        """It was given up, or refused."""
        await self._ended(delivery, f"given up: {cause.code}")

    async def _ended(self, delivery: Delivery, what: str) -> None:
        async def decide() -> Step[None]:
            row = await self._ports.store.load(DisclosureRecord.kind, delivery.subject)
            events = () if row is None else (DisclosureRecord.of(row).event(what, self._ports.clock.now()),)
            return Step(Changes(delivered=(delivery.id,), events=events), None)

        await self._steps.run(delivery.subject, decide)

    async def _secret(self) -> bytes:
        """From which all our salts are made; made once."""
        row = await self._ports.store.load(TreeSecret.kind, TreeSecret.ID)
        if row is not None:
            return TreeSecret.of(row).token.encode()
        secret = TreeSecret(id=TreeSecret.ID, token=self._ports.ids.secret())

        async def decide() -> Step[str]:
            kept = await self._ports.store.load(TreeSecret.kind, TreeSecret.ID)
            if kept is not None:
                return Step(None, TreeSecret.of(kept).token)
            return Step(Changes(records=(secret.row(),)), secret.token)

        return (await self._steps.run(TreeSecret.ID, decide)).encode()

    # --- being told ------------------------------------------------------------------------------

    async def checked(self, partner: str, message: SignedDisclosure) -> DocumentRecord:
        """What came in, held against its sender (1 to 3); not stored yet.

        Raises PeerError ``disclosure-not-taken``, ``disclosure-tree-broken``, ``battery-record-…``, ``trust-…``.
        """
        document = message.document
        proof = await self._signatures.check(document, Artefact.RECORD, partner)
        if not proof.signed:  # 1
            raise NOT_TAKEN(partner=partner, cause="it is not signed")
        content, us = unsigned(document), self._ports.identity.participant
        read = NodeNaming.from_json(content) if content.get("@type") == NAMING else SupplyTree.from_json(content)  # 3
        canonical = self._ports.settings.aliases.canonical
        if canonical(read.company) != partner:  # 2
            raise NOT_TAKEN(partner=partner, cause=f"it is of {read.company}")
        if isinstance(read, NodeNaming) and canonical(read.recipient) != us:  # 3
            raise NOT_TAKEN(partner=partner, cause=f"it is made out to {read.recipient}")
        return DocumentRecord(
            # Of a tree the last is kept: whoever tells a thousand must not make each look at one take a thousand reads.
            id=content_hash(document) if isinstance(read, NodeNaming) else _place_of(partner, read.part),
            partner=partner,
            part=read.part,
            document_type=str(content["@type"]),
            document=document,
            signed=True,
            did_documents={partner: proof.did_document} if proof.did_document else {},
            created=self._ports.clock.now(),
        )

    async def take(self, record: DocumentRecord) -> Changes:
        """What something that was checked changes; for the box's commit, a step of ``TELLING``.

        Raises PeerError ``disclosure-too-many``.
        """
        store = self._ports.store
        row = await store.load(DocumentRecord.kind, record.id)
        if row is not None:
            before = DocumentRecord.of(row)
            if record.document_type != TREE or _told_version(before) >= _told_version(record):  # overtaken on its way
                return Changes()
            return await self._again(replace(record, version=before.version))
        kept = sum([await store.count(DocumentRecord.kind, peer=record.partner, state=kind) for kind in (TREE, NAMING)])
        if kept >= _MOST_KEPT:  # 4
            raise TOO_MANY(limit=_MOST_KEPT)
        if record.document_type == TREE:
            return await self._again(record)
        return Changes(records=(record.row(),), events=(record.event("received", record.created),))

    async def _again(self, record: DocumentRecord) -> Changes:
        """A supplier's new tree in place of the one before, and our own trees over it that are others now."""
        changes = Changes(records=(record.row(),), events=(record.event("received", record.created),))
        came = SupplyTree.from_json(unsigned(record.document))
        fresh = {(record.partner, record.part): came}
        for line in await self._told():
            part = await self._parts.kept(line.part)
            if part is None or (record.partner, record.part) not in await self._bought(part):
                continue
            tree = (await self._tree(part, line.partner, fresh, _number(line) + 1)).to_json()
            if _shape(tree)["shape"] != line.release.get("shape"):
                again, _ = await self._drafted(tree, part.id, line.partner, DisclosureWay.TREE)
                changes = replace(
                    changes,
                    records=(*changes.records, *again.records),
                    deliveries=(*changes.deliveries, *again.deliveries),
                    events=(*changes.events, *again.events),
                )
        return changes

    async def _bought(self, part: PartRecord) -> set[tuple[str, str]]:
        return {(supply.supplier, supply.component) for supply in await self._parts.supplies(part)}

    async def _told(self) -> list[DisclosureRecord]:
        """The last tree of each part that each customer was told."""
        rows = every(self._ports.store, DisclosureRecord.kind, state=DisclosureWay.TREE.value)
        found = sorted([DisclosureRecord.of(row) async for row in rows], key=_number)
        return list({(line.partner, line.part): line for line in found}.values())

    async def _told_by(self, partner: str, part: str) -> SupplyTree | None:
        row = await self._ports.store.load(DocumentRecord.kind, _place_of(partner, part))
        return None if row is None else SupplyTree.from_json(unsigned(DocumentRecord.of(row).document))

    # --- looking ---------------------------------------------------------------------------------

    async def screen(self, part: str) -> list[Cell]:
        """What we see of the companies behind a part of ours, as far as each of them consents right now.

        Raises LocalError ``part-unknown``.
        """
        now = self._ports.clock.now()
        direct = [
            Direct(supply.supplier, supply.component, await self._told_by(supply.supplier, supply.component))
            for supply in await self._parts.supplies(await self._parts.known(part))
        ]
        rows = every(self._ports.store, DocumentRecord.kind, state=NAMING)
        namings = [NodeNaming.from_json(unsigned(DocumentRecord.of(row).document)) async for row in rows]
        named = {(naming.company, naming.part) for naming in namings if naming.until > now}
        values: dict[tuple[str, str], Decimal] = {}
        for company, component in named | {(each.company, each.part) for each in direct}:
            value = await self._value(company, component, now)
            if value is not None:
                values[company, component] = value
        return screen(direct, namings, values, now)

    async def _value(self, company: str, part: str, now: datetime) -> Decimal | None:
        """The total that a company states of a part, if its consent to our having it lives."""
        newest = await self._parts.newest(company, FOOTPRINT, part)
        if newest is None:
            return None
        row = await self._ports.store.load(AgreementRecord.kind, newest.agreement) if newest.agreement else None
        if row is not None:
            about = about_dataset(AgreementRecord.of(row).dataset)
            found = every(self._ports.store, ConsentRecord.kind, peer=company, ref=about)
            consents = [ConsentRecord.of(each) async for each in found]
            if consents and not any(consent.live(now) for consent in consents if not consent.incoming):
                return None
        return Decimal(str(unsigned(newest.document)["total"]))


def _place_of(partner: str, part: str) -> str:
    """The id of the one tree of a supplier's part that is kept."""
    return f"tree:{jcs.digest(jcs.canonical([partner, part]))}"


def _told_version(record: DocumentRecord) -> int:
    return int(str(record.document["version"]))


def _shape(document: Mapping[str, object]) -> Document:
    """What the log keeps of a tree: by what the next one is known for another, and which version it was."""
    if "nodes" not in document:
        return {}
    return {"shape": jcs.sha256([document["nodes"], document["cut"]]), "version": document["version"]}


def _number(line: DisclosureRecord | None) -> int:
    """The version of the tree that was told; 0: none."""
    version = None if line is None else line.release.get("version")
    return version if isinstance(version, int) else 0
