"""What two connectors of different houses must get done together, one function each; both ways.

A scenario is a coroutine over a ``Meeting``; its name is what is printed. They run side by side, so each has processes of
its own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

import aiohttp
from tests.interop.edc import NAME, NAMESPACE, EdcError, as_list
from tests.interop.meeting import (
    EDC,
    EDC_PAST,
    EDC_TERMS,
    EDC_WAIT,
    OURS,
    OURS_CLOSED,
    OURS_HIDDEN,
    OURS_TERMS,
    OURS_WAIT,
    PURPOSE,
    USAGE_PURPOSE,
    Meeting,
    is_final,
)
from tests.interop.ours import mock_token

from renkei.exchange.records.processes import Side
from renkei.kernel.problems import RenkeiError
from renkei.policy.model import Atomic, Operator, Rule
from renkei.protocol.catalog import HTTP_PULL
from renkei.protocol.negotiation import NegotiationState
from renkei.protocol.transfer import TransferState
from renkei.wire.versions import choose, read_versions

_N: Final = NegotiationState
_T: Final = TransferState

Scenario = Callable[[Meeting], Awaitable[None]]
SCENARIOS: Final[list[Scenario]] = []
ALONE: Final[list[Scenario]] = []
"""Those that change what all others rely on, or need the machine for themselves: one by one, afterwards."""


def side_by_side(scenario: Scenario) -> Scenario:
    """Add a scenario."""
    SCENARIOS.append(scenario)
    return scenario


def alone(scenario: Scenario) -> Scenario:
    """Add a scenario that must not meet another one."""
    ALONE.append(scenario)
    return scenario


# --- catalogs ----------------------------------------------------------------------------------------


@side_by_side
async def its_version_document_leads_us_to_its_endpoints(meeting: Meeting) -> None:
    async with meeting.edc.http.get(meeting.edc.root + "/.well-known/dspace-version") as answer:
        version = choose(read_versions(await answer.read()))
    assert version.version == "2025-1"
    assert meeting.edc.root + version.path == meeting.ours.partner.address


@side_by_side
async def we_read_its_catalog(meeting: Meeting) -> None:
    found = {dataset.id: dataset for dataset in await meeting.ours.connector.catalog(NAME)}
    assert set(found) == {EDC, EDC_WAIT, EDC_TERMS, EDC_PAST}
    assert found[EDC].offers[0].permission == (Rule(action="use"),)
    (constraint,) = found[EDC_TERMS].offers[0].permission[0].constraint
    assert constraint == Atomic(left=USAGE_PURPOSE, operator=Operator.EQ, right=PURPOSE)
    assert HTTP_PULL in {distribution.format for distribution in found[EDC].distributions}
    assert found[EDC].extensions.get(f"{NAMESPACE}name") == EDC, found[EDC].extensions


@side_by_side
async def it_reads_our_catalog(meeting: Meeting) -> None:
    found = await meeting.edc.catalog()
    assert {OURS, OURS_WAIT, OURS_TERMS, OURS_CLOSED} <= set(found)
    assert OURS_HIDDEN not in found
    (permission,) = as_list(as_list(found[OURS_TERMS]["hasPolicy"])[0]["permission"])
    (constraint,) = as_list(permission["constraint"])
    assert constraint == {"leftOperand": USAGE_PURPOSE, "operator": "eq", "rightOperand": PURPOSE}, constraint


@side_by_side
async def we_read_one_dataset_of_its_catalog(meeting: Meeting) -> None:
    dataset = await meeting.ours.catalogs.look(meeting.ours.partner, EDC)
    assert dataset.id == EDC
    assert dataset.offers[0].permission == (Rule(action="use"),)


@side_by_side
async def it_reads_one_dataset_of_our_catalog(meeting: Meeting) -> None:
    found = await meeting.edc.dataset(OURS)
    assert found["@id"] == OURS
    assert as_list(found["distribution"])[0]["format"] == HTTP_PULL


@side_by_side
async def we_ask_for_a_dataset_it_does_not_have(meeting: Meeting) -> None:
    code = await _refused(meeting.ours.catalogs.look(meeting.ours.partner, "urn:edc:none"))
    assert code == "catalog-unknown-dataset", code


@side_by_side
async def it_asks_for_datasets_we_do_not_have_or_do_not_show(meeting: Meeting) -> None:
    told = [await _edc_refused(meeting.edc.dataset(name)) for name in ("urn:ours:none", OURS_HIDDEN)]
    assert "catalog-unknown-dataset" in told[0], told
    assert told[0].replace("urn:ours:none", "X") == told[1].replace(OURS_HIDDEN, "X"), told


# --- contract negotiation --------------------------------------------------------------------------


@side_by_side
async def it_negotiates_from_us(meeting: Meeting) -> None:
    theirs, agreement = await meeting.edc_agrees(OURS)
    found = await meeting.edc.call("GET", f"/contractagreements/{theirs}")
    assert found["agreementId"] == agreement.id
    assert (found["providerId"], found["consumerId"]) == (meeting.edc.us, NAME)
    assert agreement.final
    assert agreement.side is Side.PROVIDER


@side_by_side
async def we_negotiate_from_it(meeting: Meeting) -> None:
    agreement = await meeting.ours.connector.negotiate(NAME, EDC)
    assert agreement.final
    assert agreement.side is Side.CONSUMER
    theirs = await meeting.edc.of_ours("contractnegotiations", agreement.negotiation)
    await meeting.edc.until(f"/contractnegotiations/{theirs}", "FINALIZED")
    found = await meeting.edc.call("GET", f"/contractnegotiations/{theirs}/agreement")
    assert agreement.id == found["agreementId"]
    assert (found["providerId"], found["consumerId"]) == (NAME, meeting.edc.us)


@side_by_side
async def it_agrees_to_our_terms_word_by_word(meeting: Meeting) -> None:
    theirs, agreement = await meeting.edc_agrees(OURS_TERMS)
    found = await meeting.edc.call("GET", f"/contractagreements/{theirs}")
    constraint = found["policy"]["odrl:permission"]["odrl:constraint"]
    assert constraint["odrl:leftOperand"] == {"@id": USAGE_PURPOSE}, constraint
    assert constraint["odrl:rightOperand"] == PURPOSE
    ours = meeting.ours.agreements.policy(agreement).permission[0].constraint
    assert ours == (Atomic(left=USAGE_PURPOSE, operator=Operator.EQ, right=PURPOSE),)


@side_by_side
async def we_agree_to_its_terms_word_by_word(meeting: Meeting) -> None:
    agreement = await meeting.ours.connector.negotiate(NAME, EDC_TERMS)
    (constraint,) = meeting.ours.agreements.policy(agreement).permission[0].constraint
    assert constraint == Atomic(left=USAGE_PURPOSE, operator=Operator.EQ, right=PURPOSE)


@side_by_side
async def it_withdraws_from_a_negotiation_as_consumer(meeting: Meeting) -> None:
    theirs, record = await meeting.edc_asks(OURS_WAIT)
    await meeting.edc.withdraw(theirs, "changed our mind")
    ended = await meeting.our_negotiation(record.id, _N.TERMINATED)
    assert ended.failure is not None
    assert ended.failure.reason == ("changed our mind",)
    await meeting.edc.until(f"/contractnegotiations/{theirs}", "TERMINATED")


@side_by_side
async def it_withdraws_from_a_negotiation_as_provider(meeting: Meeting) -> None:
    pid = await meeting.we_ask(EDC_WAIT)
    await meeting.our_negotiation(pid, _N.AGREED)
    theirs = await meeting.edc.of_ours("contractnegotiations", pid)
    await meeting.edc.until(f"/contractnegotiations/{theirs}", "AGREED")
    await meeting.edc.withdraw(theirs, "sold out")
    ended = await meeting.our_negotiation(pid, _N.TERMINATED)
    assert ended.failure is not None
    assert ended.failure.reason == ("sold out",)
    await meeting.edc.until(f"/contractnegotiations/{theirs}", "TERMINATED")


@side_by_side
async def we_withdraw_from_a_negotiation_as_consumer(meeting: Meeting) -> None:
    pid = await meeting.we_ask(EDC_WAIT)
    await meeting.our_negotiation(pid, _N.AGREED)
    await meeting.ours.negotiations.terminate(pid, "too-late", "no longer needed")
    await meeting.our_negotiation(pid, _N.TERMINATED)
    theirs = await meeting.edc.of_ours("contractnegotiations", pid)
    await meeting.edc.until(f"/contractnegotiations/{theirs}", "TERMINATED")


@side_by_side
async def we_withdraw_from_a_negotiation_as_provider(meeting: Meeting) -> None:
    theirs, record = await meeting.edc_asks(OURS_WAIT)
    await meeting.ours.negotiations.terminate(record.id, "sold-out", "nothing left")
    await meeting.our_negotiation(record.id, _N.TERMINATED)
    await meeting.edc.until(f"/contractnegotiations/{theirs}", "TERMINATED")


@side_by_side
async def it_asks_for_an_offer_we_do_not_have(meeting: Meeting) -> None:
    offer = as_list((await meeting.edc.dataset(OURS))["hasPolicy"])[0]
    theirs = await meeting.edc.negotiate(OURS, {**offer, "@id": "urn:offer:none"})
    found = await meeting.edc.until(f"/contractnegotiations/{theirs}", "TERMINATED")
    assert "urn:offer:none" in str(found.get("errorDetail")), found


@side_by_side
async def we_ask_for_an_offer_it_does_not_have(meeting: Meeting) -> None:
    pid = await meeting.we_ask(EDC, **{"@id": "urn:offer:none"})
    ended = await meeting.our_negotiation(pid, _N.TERMINATED)
    assert ended.failure is not None
    assert not ended.failure.ours
    assert "404" in str(ended.failure.reason), ended.failure


@side_by_side
async def it_asks_for_other_terms_than_ours(meeting: Meeting) -> None:
    theirs, record = await meeting.edc_asks(OURS_TERMS, permission=[{"action": "use"}])
    ended = await meeting.our_negotiation(record.id, _N.TERMINATED)
    assert ended.failure is not None
    assert ended.failure.code == "negotiation-offer-differs", ended.failure
    await meeting.edc.until(f"/contractnegotiations/{theirs}", "TERMINATED")


@side_by_side
async def we_refuse_its_agreement_when_its_terms_are_not_what_we_asked_for(meeting: Meeting) -> None:
    # EDC does not compare: it puts its own terms into the agreement, whatever was asked for.
    pid = await meeting.we_ask(EDC_TERMS, permission=[{"action": "use"}])
    ended = await meeting.our_negotiation(pid, _N.TERMINATED)
    assert ended.failure is not None
    assert not ended.failure.ours, ended.failure


@side_by_side
async def it_asks_for_what_our_policy_does_not_permit_it(meeting: Meeting) -> None:
    theirs, record = await meeting.edc_asks(OURS_CLOSED)
    ended = await meeting.our_negotiation(record.id, _N.TERMINATED)
    assert ended.failure is not None
    assert ended.failure.code == "policy-refused", ended.failure
    await meeting.edc.until(f"/contractnegotiations/{theirs}", "TERMINATED")


@side_by_side
async def we_do_not_enter_into_terms_we_cannot_judge(meeting: Meeting) -> None:
    code = await _refused(meeting.ours.connector.negotiate(NAME, EDC_PAST))
    assert code == "policy-refused", code


@side_by_side
async def its_policy_does_not_permit_our_transfer(meeting: Meeting) -> None:
    agreement = await meeting.we_agree(EDC_PAST)
    pid = await meeting.ours.transfers.request(agreement, meeting.ours.partner.address, HTTP_PULL)
    ended = await meeting.our_transfer(pid, _T.TERMINATED)
    assert ended.failure is not None
    assert not ended.failure.ours, ended.failure


# --- transfer processes ------------------------------------------------------------------------------


@side_by_side
async def it_pulls_from_us(meeting: Meeting) -> None:
    theirs, ours = await meeting.edc_transfers(OURS)
    assert await meeting.edc_pull(theirs) == (200, meeting.our_bytes)
    await meeting.ours.transfers.complete(ours)
    await meeting.edc.until(f"/transferprocesses/{theirs}", "COMPLETED")


@side_by_side
async def we_pull_from_it(meeting: Meeting) -> None:
    fetched = await meeting.ours.connector.fetch(NAME, EDC)
    assert fetched.received.body == meeting.edc_bytes
    theirs = await meeting.edc.of_ours("transferprocesses", fetched.transfer)
    await meeting.edc.until(f"/transferprocesses/{theirs}", "COMPLETED", "DEPROVISIONED")
    await meeting.our_transfer(fetched.transfer, _T.COMPLETED)


@side_by_side
async def it_ends_a_transfer_as_consumer(meeting: Meeting) -> None:
    theirs, ours = await meeting.edc_transfers(OURS)
    endpoint, authorization = await meeting.edc.data_address(theirs)
    await meeting.edc.move(theirs, "terminate", "enough")
    ended = await meeting.our_transfer(ours, _T.TERMINATED)
    assert ended.failure is not None
    assert ended.failure.reason == ("enough",)
    await meeting.edc.until(f"/transferprocesses/{theirs}", "TERMINATED", "DEPROVISIONED")
    status, _ = await meeting.pull(endpoint, authorization)
    assert status in {401, 403}, status


@side_by_side
async def it_ends_a_transfer_as_provider(meeting: Meeting) -> None:
    transfer = await meeting.we_transfer(EDC)
    theirs = await meeting.edc.of_ours("transferprocesses", transfer.id)
    await meeting.edc.move(theirs, "terminate", "enough")
    ended = await meeting.our_transfer(transfer.id, _T.TERMINATED)
    assert ended.failure is not None
    assert ended.failure.reason == ("enough",)


@side_by_side
async def we_end_a_transfer_as_consumer(meeting: Meeting) -> None:
    transfer = await meeting.we_transfer(EDC)
    await meeting.ours.transfers.terminate(transfer.id, "enough", "we have all we need")
    await meeting.our_transfer(transfer.id, _T.TERMINATED)
    theirs = await meeting.edc.of_ours("transferprocesses", transfer.id)
    await meeting.edc.until(f"/transferprocesses/{theirs}", "TERMINATED", "DEPROVISIONED")
    await meeting.edc_stops_serving(transfer)


@side_by_side
async def we_end_a_transfer_as_provider(meeting: Meeting) -> None:
    theirs, ours = await meeting.edc_transfers(OURS)
    endpoint, authorization = await meeting.edc.data_address(theirs)
    await meeting.ours.transfers.terminate(ours, "enough", "the contract was cancelled")
    await meeting.our_transfer(ours, _T.TERMINATED)
    await meeting.edc.until(f"/transferprocesses/{theirs}", "TERMINATED", "DEPROVISIONED")
    status, _ = await meeting.pull(endpoint, authorization)
    assert status in {401, 403}, status


@side_by_side
async def it_suspends_and_resumes_as_provider(meeting: Meeting) -> None:
    transfer = await meeting.we_transfer(EDC)
    theirs = await meeting.edc.of_ours("transferprocesses", transfer.id)
    await meeting.edc.move(theirs, "suspend", "maintenance")
    suspended = await meeting.our_transfer(transfer.id, _T.SUSPENDED)
    assert suspended.failure is not None
    assert suspended.failure.reason == ("maintenance",)
    await meeting.edc.until(f"/transferprocesses/{theirs}", "SUSPENDED")
    await meeting.edc.move(theirs, "resume")
    again = await meeting.our_transfer(transfer.id, _T.STARTED)
    assert await meeting.our_pull(again) == (200, meeting.edc_bytes)


@side_by_side
async def it_suspends_and_resumes_as_consumer(meeting: Meeting) -> None:
    theirs, ours = await meeting.edc_transfers(OURS)
    before = await meeting.edc.data_address(theirs)
    await meeting.edc.move(theirs, "suspend", "no room")
    await meeting.our_transfer(ours, _T.SUSPENDED)
    await meeting.edc.until(f"/transferprocesses/{theirs}", "SUSPENDED")
    status, _ = await meeting.pull(*before)
    assert status in {401, 403}, status
    await meeting.edc.move(theirs, "resume")
    await meeting.edc.until(f"/transferprocesses/{theirs}", "STARTED")
    await meeting.our_transfer(ours, _T.STARTED)
    assert await meeting.edc_pull(theirs) == (200, meeting.our_bytes)


@side_by_side
async def we_suspend_and_resume_as_provider(meeting: Meeting) -> None:
    theirs, ours = await meeting.edc_transfers(OURS)
    await meeting.ours.transfers.suspend(ours, "maintenance", "back in an hour")
    await meeting.edc.until(f"/transferprocesses/{theirs}", "SUSPENDED")
    await meeting.our_transfer(ours, _T.SUSPENDED)
    await meeting.ours.transfers.resume(ours)
    await meeting.edc.until(f"/transferprocesses/{theirs}", "STARTED")
    assert await meeting.edc_pull(theirs) == (200, meeting.our_bytes)


@side_by_side
async def we_suspend_and_resume_as_consumer(meeting: Meeting) -> None:
    transfer = await meeting.we_transfer(EDC)
    await meeting.ours.transfers.suspend(transfer.id, "no-room", "our disk is full")
    await meeting.our_transfer(transfer.id, _T.SUSPENDED)
    theirs = await meeting.edc.of_ours("transferprocesses", transfer.id)
    await meeting.edc.until(f"/transferprocesses/{theirs}", "SUSPENDED")
    await meeting.edc_stops_serving(transfer)
    await meeting.ours.transfers.resume(transfer.id)
    again = await meeting.ours.transfers.until(
        transfer.id, lambda record: record.state is _T.STARTED and record.data_address is not None, "STARTED"
    )
    assert await meeting.our_pull(again) == (200, meeting.edc_bytes)


# --- identity --------------------------------------------------------------------------------------


@side_by_side
async def a_stranger_does_not_see_its_negotiation_at_ours(meeting: Meeting) -> None:
    _, record = await meeting.edc_asks(OURS_WAIT)
    url = f"{meeting.edc.our_address}/negotiations/{record.id}"
    answers = []
    for name in (NAME, "stranger"):
        async with meeting.edc.http.get(url, headers={"Authorization": mock_token(name, meeting.edc.us)}) as answer:
            answers.append(answer.status)
    assert answers == [200, 404]


@side_by_side
async def it_refuses_us_under_a_name_it_does_not_believe(meeting: Meeting) -> None:
    url = f"{meeting.ours.partner.address}/catalog/request"
    body = {"@context": ["https://w3id.org/dspace/2025/1/context.jsonld"], "@type": "CatalogRequestMessage"}
    token = mock_token("faultyClientId", NAME)  # the one name that EDC's mock refuses
    async with meeting.edc.http.post(url, json=body, headers={"Authorization": token}) as answer:
        assert answer.status == 401


@alone
async def we_refuse_it_under_a_name_we_do_not_believe(meeting: Meeting) -> None:
    offer = as_list((await meeting.edc.dataset(OURS))["hasPolicy"])[0]
    meeting.ours.identity.banned.add(NAME)
    try:
        await _edc_refused(meeting.edc.dataset(OURS))
        theirs = await meeting.edc.negotiate(OURS, offer)
        await meeting.edc.until(f"/contractnegotiations/{theirs}", "TERMINATED")
    finally:
        meeting.ours.identity.banned.discard(NAME)
    assert (await meeting.edc.dataset(OURS))["@id"] == OURS


# --- many at once --------------------------------------------------------------------------------------

MANY: Final = 100
AT_ONCE: Final = 20


@alone
async def it_negotiates_a_hundred_times_from_us(meeting: Meeting) -> None:
    offer = as_list((await meeting.edc.dataset(OURS))["hasPolicy"])[0]

    async def one() -> str:
        theirs = await meeting.edc.negotiate(OURS, offer)
        found = await meeting.edc.until(f"/contractnegotiations/{theirs}", "FINALIZED", "TERMINATED", seconds=60)
        if found["state"] != "FINALIZED":
            return f"{found['state']}: {found.get('errorDetail')}"
        record = await meeting.of_edc(theirs)
        assert record is not None
        record = await meeting.ours.negotiations.until(record.id, is_final, "FINALIZED")
        return str(record.state.value)

    await _all_finalized(one)


@alone
async def we_negotiate_a_hundred_times_from_it(meeting: Meeting) -> None:
    async def one() -> str:
        pid = await meeting.we_ask(EDC)
        record = await meeting.ours.negotiations.until(pid, is_final, "FINALIZED", 60)
        if record.state is not _N.FINALIZED:
            return f"{record.state.value}: {record.failure}"
        theirs = await meeting.edc.of_ours("contractnegotiations", pid)
        found = await meeting.edc.until(f"/contractnegotiations/{theirs}", "FINALIZED", "TERMINATED")
        return str(found["state"])

    await _all_finalized(one)


async def _all_finalized(one: Callable[[], Awaitable[str]]) -> None:
    places = asyncio.Semaphore(AT_ONCE)
    seconds: list[float] = []

    async def timed() -> str:
        async with places:
            begun = time.monotonic()
            ended = await one()
            seconds.append(time.monotonic() - begun)
            return ended

    ends = await asyncio.gather(*(timed() for _ in range(MANY)))
    lost = [end for end in ends if end != "FINALIZED"]
    assert not lost, f"{len(lost)} of {MANY} not finalized: {lost[:3]}"
    print(
        f"     {MANY} of {MANY} finalized, {AT_ONCE} at a time, median {sorted(seconds)[MANY // 2]:.2f} s", flush=True
    )


# --- words -------------------------------------------------------------------------------------------


async def _refused(work: Awaitable[object]) -> str:
    """The code with which our own call was refused."""
    try:
        await work
    except RenkeiError as error:
        return str(error.code)
    raise AssertionError("it was not refused")


async def _edc_refused(work: Awaitable[object]) -> str:
    """What EDC's own API says of a call of its that was refused."""
    try:
        await work
    except (EdcError, aiohttp.ClientError) as error:
        return str(error)
    raise AssertionError("it was not refused")
