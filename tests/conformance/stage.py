"""One process, brought to any state in either role: a member of the data space on one end, a hand-driven partner on
the other, and a rule book that does nothing by itself."""

from __future__ import annotations

from conversations import CELL, data_token, message, said, shown_offer

from renkei.exchange.process.decisions import NegotiationStep, TransferStep
from renkei.kernel import instants
from renkei.policy.model import COUNTERSIGNATURE, SIGNATURE, SIGNATURE_MEMBERS
from renkei.protocol.messages import MessageKind
from renkei.protocol.negotiation import NegotiationState as N
from renkei.protocol.transfer import TransferState as T
from renkei.testing import MemberConfig
from renkei.trust.artefacts import Artefact

PROVIDER, CONSUMER = "provider", "consumer"
NAMESPACE = "https://w3id.org/renkei/v1/"


class HandsOff:
    """Waits in every state."""

    async def negotiation(self, record, facts):
        return None

    async def transfer(self, record, facts):
        return None


# How to come to each state; ``we`` and ``they`` make a move.
NEGOTIATION_WAYS = {
    PROVIDER: {
        "REQUESTED": "they REQUESTED",
        "OFFERED": "they REQUESTED, we OFFERED",
        "ACCEPTED": "they REQUESTED, we OFFERED, they ACCEPTED",
        "AGREED": "they REQUESTED, we AGREED",
        "VERIFIED": "they REQUESTED, we AGREED, they VERIFIED",
        "FINALIZED": "they REQUESTED, we AGREED, they VERIFIED, we FINALIZED",
        "TERMINATED": "they REQUESTED, they TERMINATED",
    },
    CONSUMER: {
        "REQUESTED": "we REQUESTED",
        "OFFERED": "we REQUESTED, they OFFERED",
        "ACCEPTED": "we REQUESTED, they OFFERED, we ACCEPTED",
        "AGREED": "we REQUESTED, they AGREED",
        "VERIFIED": "we REQUESTED, they AGREED, we VERIFIED",
        "FINALIZED": "we REQUESTED, they AGREED, we VERIFIED, they FINALIZED",
        "TERMINATED": "we REQUESTED, we TERMINATED",
    },
}
TRANSFER_WAYS = {
    PROVIDER: {
        "REQUESTED": "they REQUESTED",
        "STARTED": "they REQUESTED, we STARTED",
        "SUSPENDED": "they REQUESTED, we STARTED, they SUSPENDED",
        "COMPLETED": "they REQUESTED, we STARTED, we COMPLETED",
        "TERMINATED": "they REQUESTED, they TERMINATED",
    },
    CONSUMER: {
        "REQUESTED": "we REQUESTED",
        "STARTED": "we REQUESTED, they STARTED",
        "SUSPENDED": "we REQUESTED, they STARTED, we SUSPENDED",
        "COMPLETED": "we REQUESTED, they STARTED, they COMPLETED",
        "TERMINATED": "we REQUESTED, they TERMINATED",
    },
}
MESSAGES = {
    "REQUESTED": ("/negotiations/{pid}/request", "ContractRequestMessage"),
    "OFFERED": ("/negotiations/{pid}/offers", "ContractOfferMessage"),
    "ACCEPTED": ("/negotiations/{pid}/events", "ContractNegotiationEventMessage"),
    "AGREED": ("/negotiations/{pid}/agreement", "ContractAgreementMessage"),
    "VERIFIED": ("/negotiations/{pid}/agreement/verification", "ContractAgreementVerificationMessage"),
    "FINALIZED": ("/negotiations/{pid}/events", "ContractNegotiationEventMessage"),
    "TERMINATED": ("/negotiations/{pid}/termination", "ContractNegotiationTerminationMessage"),
}
"""The state at which a negotiation message aims: where it goes, and what it is."""
TRANSFER_MESSAGES = {
    "STARTED": ("/transfers/{pid}/start", "TransferStartMessage"),
    "SUSPENDED": ("/transfers/{pid}/suspension", "TransferSuspensionMessage"),
    "COMPLETED": ("/transfers/{pid}/completion", "TransferCompletionMessage"),
    "TERMINATED": ("/transfers/{pid}/termination", "TransferTerminationMessage"),
}


class Stage:
    """``role`` is ours. ``pid`` is ours, ``partner.pid`` theirs, once the first message was answered."""

    def __init__(self, space, role: str) -> None:
        self.space, self.role = space, role
        self.pid = ""
        self.offer: dict = {}
        self.agreement: dict = {}

    async def up(self, decisions=HandsOff) -> Stage:
        config = MemberConfig(decisions=lambda ports, catalogs: decisions())
        self.us = await self.space.join("us", config)
        self.partner = self.space.partner("partner")
        if self.role is PROVIDER:
            await self.us.publish(CELL, b"bytes", media_type="text/plain")
            self.offer = await shown_offer(self.partner, self.us)
        else:
            self.offer = await self.partner.offer(CELL)
        return self

    # --- negotiation -----------------------------------------------------------------------------

    async def negotiation(self, state: str) -> Stage:
        for step in NEGOTIATION_WAYS[self.role][state].split(", "):
            who, target = step.split()
            await (self._we(target) if who == "we" else self._they(target))
        assert await self.state("negotiations") == state
        return self

    async def _we(self, target: str) -> None:
        negotiations = self.us.participant.negotiations
        if not self.pid:
            found = await self.us.participant.ports.directory.find("partner")
            self.pid = await negotiations.open(found, CELL, self.offer)
        else:
            offer = None
            if target in {"OFFERED", "REQUESTED"}:
                offer = (await negotiations.kept(self.pid)).offer
            await negotiations.move(self.pid, NegotiationStep(target=N[target], offer=offer, code="c", reason=("r",)))
        await self.space.settle()
        if target == "AGREED":
            self.agreement = self.partner.messages(MessageKind.CONTRACT_AGREEMENT)[-1]["agreement"]

    async def _they(self, target: str) -> None:
        if not self.pid:
            where = {"consumerPid": self.partner.pid, "callbackAddress": self.partner.address}
            opening = {"@id": self.partner.ids.new(), **where, "offer": self.offer}
            answered = await self.send("/negotiations/request", message("ContractRequestMessage", **opening))
            assert answered.status == 201, answered.body
            self.pid = said(answered)["providerPid"]
        else:
            answered = await self.say(target)
            assert answered.status == 200, answered.body
        await self.space.settle()

    async def body(self, target: str) -> dict:
        """A message of the partner's, good in itself, that aims at a state; either side's."""
        _, kind = MESSAGES[target]
        members: dict = {"@id": self.partner.ids.new(), **self.pids}
        match target:
            case "REQUESTED" | "OFFERED":
                members["offer"] = self.offer
            case "ACCEPTED" | "FINALIZED":
                members["eventType"] = target
            case "AGREED":
                self.agreement = await self.signed_agreement()
                members["agreement"] = self.agreement
            case "VERIFIED":
                agreement = self.agreement or await self.signed_agreement()
                signed = await self.partner.sign(agreement, Artefact.AGREEMENT, COUNTERSIGNATURE)
                members[COUNTERSIGNATURE] = signed[COUNTERSIGNATURE]
            case "TERMINATED":
                members |= {"code": "N-1", "reason": ["enough"]}
        return message(kind, **members)

    async def signed_agreement(self, **changes) -> dict:
        left_out = {*SIGNATURE_MEMBERS, "@type", "@id", "assigner"}
        terms = {name: value for name, value in self.offer.items() if name not in left_out}
        good = {
            "@type": "Agreement",
            "@id": self.partner.ids.new(),
            **terms,
            "assigner": self.partner.did,
            "assignee": self.us.did,
            "timestamp": instants.render(self.space.clock.now()),
        }
        members = {name: value for name, value in {**good, **changes}.items() if value is not None}
        return await self.partner.sign(members, Artefact.AGREEMENT)

    async def say(self, target: str, **changes):
        """The partner sends that message to our process."""
        path, _ = MESSAGES[target]
        body = {**await self.body(target), **changes}
        return await self.send(path, {name: value for name, value in body.items() if value is not None})

    # --- transfer --------------------------------------------------------------------------------

    async def transfer(self, state: str) -> Stage:
        await self.negotiation("FINALIZED")
        self.pid = ""
        for step in TRANSFER_WAYS[self.role][state].split(", "):
            who, target = step.split()
            await (self._we_transfer(target) if who == "we" else self._they_transfer(target))
        assert await self.state("transfers") == state
        return self

    async def _we_transfer(self, target: str) -> None:
        transfers = self.us.participant.transfers
        if not self.pid:
            agreement = await self.us.participant.agreements.kept(self.agreement["@id"])
            self.pid = await transfers.request(agreement, self.partner.address, "HttpData-PULL")
        else:
            await transfers.move(self.pid, TransferStep(target=T[target], code="c", reason=("r",)))
        await self.space.settle()

    async def _they_transfer(self, target: str) -> None:
        if not self.pid:
            answered = await self.request_transfer()
            assert answered.status == 201, answered.body
            self.pid = said(answered)["providerPid"]
        else:
            answered = await self.say_transfer(target)
            assert answered.status == 200, answered.body
        await self.space.settle()

    async def request_transfer(self, **changes):
        opening = {
            "@id": self.partner.ids.new(),
            "consumerPid": self.partner.pid,
            "agreementId": self.agreement["@id"],
            "format": "HttpData-PULL",
            "callbackAddress": self.partner.address,
        }
        return await self.send("/transfers/request", message("TransferRequestMessage", **{**opening, **changes}))

    async def say_transfer(self, target: str, **changes):
        path, kind = TRANSFER_MESSAGES[target]
        members: dict = {"@id": self.partner.ids.new(), **self.pids}
        if target == "STARTED" and self.role is CONSUMER:
            members["dataAddress"] = {
                "@type": "DataAddress",
                "endpointType": "https://w3id.org/idsa/v4.1/HTTP",
                "endpoint": self.partner.origin + "/data",
                "endpointProperties": [
                    {"@type": "EndpointProperty", "name": "authorization", "value": self.partner.ids.secret()}
                ],
            }
        if target in {"SUSPENDED", "TERMINATED"}:
            members |= {"code": "T-1", "reason": ["enough"]}
        return await self.send(path, message(kind, **{**members, **changes}))

    # --- both ------------------------------------------------------------------------------------

    @property
    def pids(self) -> dict[str, str]:
        if self.role is PROVIDER:
            return {"providerPid": self.pid, "consumerPid": self.partner.pid}
        return {"providerPid": self.partner.pid, "consumerPid": self.pid}

    async def send(self, path: str, body: dict, sender=None, **how):
        return await (sender or self.partner).send(self.us, path.format(pid=self.pid), body, **how)

    async def state(self, processes: str) -> str:
        return said(await self.partner.get(self.us, f"/{processes}/{self.pid}"))["state"]

    def token(self) -> str:
        return data_token(self.partner)


__all__ = ["CONSUMER", "MESSAGES", "PROVIDER", "SIGNATURE", "TRANSFER_MESSAGES", "HandsOff", "Stage"]
