"""What must hold once both sides rest again, whatever was killed: compared with a run in which nothing was.

What may differ from the undisturbed run is exactly this: a call or an errand that was under way when its process or
its partner died may have run a second transfer for the same dataset, because the bytes of the first one were lost
with the process. Never a second request, record, negotiation or agreement.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crash_world import World

from renkei.exchange.catalog.catalogs import DATASET_TYPE
from renkei.exchange.records.notices import NoticeState
from renkei.policy.model import COUNTERSIGNATURE, SIGNATURE
from renkei.protocol.negotiation import NegotiationState
from renkei.protocol.transfer import TransferState

Kept = Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Picture:
    """All that both sides keep; ``names`` gives participants and datasets the same name in every run."""

    kept: Mapping[str, Kept]
    names: Mapping[str, str]

    @classmethod
    def of(cls, world: World) -> Picture:
        kept = {side.name: side.do("survey") for side in world.sides}
        names = {side.did: side.name for side in world.sides}
        for side in world.sides:
            for asset in kept[side.name]["asset"]:
                title = asset.description.get("dct:title", asset.id)
                names[asset.id] = f"{side.name}: {asset.description[DATASET_TYPE]['@id']} {title}"
        return cls(kept, names)

    def each(self, kind: str) -> Iterator[tuple[str, Any]]:
        """Every record of a kind with its side's name."""
        for side, kept in self.kept.items():
            for record in kept[kind]:
                yield side, record

    def tally(self, kind: str, *members: str) -> Counter[tuple[object, ...]]:
        """How many records there are on which side, by what they say."""
        return Counter(
            (side, *(self._plain(getattr(record, member)) for member in members)) for side, record in self.each(kind)
        )

    def _plain(self, value: object) -> object:
        if isinstance(value, Mapping):
            return tuple(sorted(value))
        return self.names.get(value, value) if isinstance(value, str) else value


def faults(undisturbed: Picture, found: Picture) -> list[str]:
    """Everything that does not hold, in words.

    1. every process is over, with nothing of ours on its way, and both sides have it in the same state;
    2. there are as many negotiations as undisturbed, in the same states;
    3. each agreement is in force, once for each dataset, the same document on both sides with both signatures;
    4. there are as many requests as undisturbed, in the same states, delivered, each received record once;
    5. there are as many records and datasets as undisturbed, and what was received is what was sent;
    6. each dataset has its transfers, at most one more, and as many completed as undisturbed at least;
    7. no token lives;
    8. there are as many consents as undisturbed, in the same states, and both sides keep each of them;
    9. there are as many notices as undisturbed, all of them taken and followed, and both sides keep each of them;
    10. every copy is as far as undisturbed.
    """
    return [
        *open_ends(found),  # 1, 7
        *_different("negotiations", undisturbed, found, "negotiation", "side", "dataset", "state"),  # 2
        *_agreements(undisturbed, found),  # 3
        *_requests(undisturbed, found),  # 4
        *_records(undisturbed, found),  # 5
        *_transfers(undisturbed, found),  # 6
        *_consents(undisturbed, found),  # 8
        *_notices(undisturbed, found),  # 9
        *_different("copies", undisturbed, found, "update", "partner", "part", "record_kind", "state", "number"),  # 10
    ]


def open_ends(found: Picture) -> list[str]:
    """What must hold before a user has repeated a call, too (1 and 7)."""
    return [
        *_processes(found),  # 1
        *(f"{side} has a living token for {token.dataset}" for side, token in found.each("token") if token.live),  # 7
    ]


def _processes(found: Picture) -> Iterator[str]:
    for kind in ("negotiation", "transfer"):
        ends: dict[tuple[str, str], dict[str, object]] = {}
        for side, record in found.each(kind):
            if not record.process.final or record.pending is not None:
                yield f"{side} has a {kind} in {record.state.name}, on its way to {record.pending}"
            ends.setdefault((record.consumer_pid, record.provider_pid), {})[side] = record.state
        for pids, states in ends.items():
            if len(states) != 2 or len(set(states.values())) != 1:
                yield f"the {kind} {pids} ended as {states}"


def _agreements(undisturbed: Picture, found: Picture) -> Iterator[str]:
    yield from _different("agreements", undisturbed, found, "agreement", "side", "dataset", "final", "signed")
    documents: dict[str, list[dict[str, object]]] = {}
    for side, agreement in found.each("agreement"):
        documents.setdefault(agreement.id, []).append(agreement.document)
        if not (agreement.final and agreement.signed and {SIGNATURE, COUNTERSIGNATURE} <= set(agreement.document)):
            yield f"{side} has an agreement on {agreement.dataset} that is not signed by both and in force"
    for name, both in documents.items():
        if len(both) != 2 or both[0] != both[1]:
            yield f"the agreement {name} differs between the sides"
    # Two answers to a request have the same name, so datasets are counted by their ids here.
    for where, count in Counter((side, record.dataset) for side, record in found.each("agreement")).items():
        if count != 1:
            yield f"there are {count} agreements: {where}"
    finalized = [record for _, record in found.each("negotiation") if record.state is NegotiationState.FINALIZED]
    if {record.agreement for record in finalized} != set(documents):
        yield "finalized negotiations and agreements do not belong together"


def _requests(undisturbed: Picture, found: Picture) -> Iterator[str]:
    members = ("incoming", "partner", "part", "kinds", "state", "delivered", "reason", "received")
    yield from _different("requests", undisturbed, found, "request", *members)
    names = Counter((record.request, record.state) for _, record in found.each("request"))
    for (name, state), count in names.items():
        if count != 2:
            yield f"the request {name} is {state.name} on {count} side(s)"
    for side, record in found.each("request"):
        kept = {document.id for document in found.kept[side]["document"]}
        if not set(record.received.values()) <= kept:
            yield f"{side} has lost a record of the request {record.request}"


def _records(undisturbed: Picture, found: Picture) -> Iterator[str]:
    yield from _different("records", undisturbed, found, "document", "partner", "part", "document_type", "signed")
    yield from _different("datasets", undisturbed, found, "asset", "id", "withdrawn")
    own = {document.id: document.document for side, document in found.each("document") if _ours(found, side, document)}
    for side, document in found.each("document"):
        if document.document != own.get(document.id):
            yield f"{side} has received a record {document.id} that its partner does not know"


def _ours(found: Picture, side: str, document: Any) -> bool:
    return found.names[document.partner] == side


def _consents(undisturbed: Picture, found: Picture) -> Iterator[str]:
    members = ("incoming", "partner", "purposes", "fields", "state", "delivered")
    yield from _different("consents", undisturbed, found, "consent", *members)
    for (name, state), count in Counter((record.consent, record.state) for _, record in found.each("consent")).items():
        if count != 2:
            yield f"the consent {name} is {state.name} on {count} side(s)"


def _notices(undisturbed: Picture, found: Picture) -> Iterator[str]:
    yield from _different("notices", undisturbed, found, "notice", "incoming", "partner", "about", "subject", "state")
    for (name, state), count in Counter((record.notice, record.state) for _, record in found.each("notice")).items():
        if count != 2 or state is not NoticeState.DONE:
            yield f"the notice {name} is {state.name} on {count} side(s)"


def _transfers(undisturbed: Picture, found: Picture) -> Iterator[str]:
    wanted, there = (picture.tally("transfer", "side", "dataset") for picture in (undisturbed, found))
    for where in wanted | there:
        if not wanted[where] <= there[where] <= wanted[where] + 1:
            yield f"there are {there[where]} transfers where {wanted[where]} are due: {where}"
    wanted, there = (picture.tally("transfer", "side", "dataset", "state") for picture in (undisturbed, found))
    for where, count in wanted.items():
        if where[-1] is TransferState.COMPLETED and there[where] < count:
            yield f"only {there[where]} of {count} transfers are completed: {where}"


def _different(title: str, undisturbed: Picture, found: Picture, kind: str, *members: str) -> Iterator[str]:
    wanted, there = (picture.tally(kind, *members) for picture in (undisturbed, found))
    for where in sorted(wanted | there, key=str):
        if wanted[where] != there[where]:
            yield f"{title}: {there[where]} where {wanted[where]} are due: {where}"
