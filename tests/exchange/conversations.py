"""How a scripted partner talks its way through a protocol: messages as plain JSON, so that a test can spoil them."""

from __future__ import annotations

import json
from urllib.parse import quote

from renkei.policy.model import COUNTERSIGNATURE
from renkei.protocol.messages import MessageKind
from renkei.trust.artefacts import Artefact

CONTEXT = ["https://w3id.org/dspace/2025/1/context.jsonld"]
CELL = "urn:example:cell"
EDC = "https://w3id.org/edc/v0.0.1/ns/"
ODRL = "http://www.w3.org/ns/odrl/2/"
UNKNOWN = "urn:uuid:11111111-2222-4333-8444-555555555555"


def message(kind: str, **members) -> dict:
    return {
        "@context": CONTEXT,
        "@type": kind,
        **{name: value for name, value in members.items() if value is not None},
    }


def said(answered) -> dict:
    return json.loads(answered.body) if answered.body else {}


def refusal(answered) -> tuple[int, str]:
    return answered.status, said(answered)["code"]


async def shown_offer(partner, member, dataset: str = CELL) -> dict:
    answered = await partner.get(member, f"/catalog/datasets/{quote(dataset, safe='')}")
    assert answered.status == 200, answered.body
    return {**said(answered)["hasPolicy"][0], "target": dataset}


def contract_request(partner, offer: dict, **members) -> dict:
    opening = {"consumerPid": partner.pid, "callbackAddress": partner.address, "offer": offer}
    return message("ContractRequestMessage", **{"@id": partner.ids.new(), **opening, **members})


def transfer_request(partner, agreement_id: str, **members) -> dict:
    opening = {"consumerPid": partner.pid, "callbackAddress": partner.address, "agreementId": agreement_id}
    usual = {"@id": partner.ids.new(), "format": "HttpData-PULL"}
    return message("TransferRequestMessage", **{**usual, **opening, **members})


def about(partner, provider_pid: str, kind: str, **members) -> dict:
    """A message of a partner that is the consumer of a process."""
    pids = {"providerPid": provider_pid, "consumerPid": partner.pid}
    return message(kind, **{"@id": partner.ids.new(), **pids, **members})


async def agreed(partner, member, space, dataset: str = CELL) -> tuple[str, dict]:
    """As consumer up to the agreement: the provider's pid and the agreement it sent."""
    request = contract_request(partner, await shown_offer(partner, member, dataset))
    answered = await partner.send(member, "/negotiations/request", request)
    assert answered.status == 201, answered.body
    await space.settle()
    return said(answered)["providerPid"], partner.messages(MessageKind.CONTRACT_AGREEMENT)[-1]["agreement"]


async def verification(partner, provider_pid: str, agreement: dict, **members) -> dict:
    signed = await partner.sign(agreement, Artefact.AGREEMENT, COUNTERSIGNATURE)
    stands = {COUNTERSIGNATURE: signed[COUNTERSIGNATURE], **members}
    return about(partner, provider_pid, "ContractAgreementVerificationMessage", **stands)


async def concluded(partner, member, space, dataset: str = CELL) -> str:
    """As consumer up to FINALIZED: the agreement's id."""
    pid, agreement = await agreed(partner, member, space, dataset)
    path = f"/negotiations/{pid}/agreement/verification"
    answered = await partner.send(member, path, await verification(partner, pid, agreement))
    assert answered.status == 200, answered.body
    await space.settle()
    return agreement["@id"]


async def started(partner, member, space, dataset: str = CELL) -> tuple[str, str]:
    """As consumer up to a running transfer: the provider's pid and the data token."""
    agreement = await concluded(partner, member, space, dataset)
    answered = await partner.send(member, "/transfers/request", transfer_request(partner, agreement))
    assert answered.status == 201, answered.body
    await space.settle()
    return said(answered)["providerPid"], data_token(partner)


def data_token(partner) -> str:
    """The token of the last start message."""
    address = partner.messages(MessageKind.TRANSFER_START)[-1]["dataAddress"]
    properties = {row["name"]: row["value"] for row in address["endpointProperties"]}
    return properties[f"{EDC}authorization"]


async def pulled(partner, member, token: str) -> tuple[int, bytes]:
    answered = await partner.line.send("GET", member.origin + "/data", headers={"authorization": token})
    return answered.status, answered.body


async def state(partner, member, process: str, pid: str) -> str:
    """As the partner may read it."""
    return said(await partner.get(member, f"/{process}/{pid}"))["state"]


async def contents(member) -> dict[str, list]:
    """All that a member keeps, but for history and used tokens: what must not change when something is refused.

    Of the outbox what waits for a partner; the rows that end consents in time wait for the clock alone.
    """
    kinds = ("negotiation", "agreement", "transfer", "token", "document", "request", "asset", "consent")
    rows = {kind: list(await member.store.find(kind, limit=10_000)) for kind in kinds}
    waiting = [row for row in await member.store.deliveries(limit=10_000) if row.task != "consent-end"]
    return {**rows, "outbox": waiting}
