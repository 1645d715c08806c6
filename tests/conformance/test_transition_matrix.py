"""Every message in every state and role, over the real endpoints: the figures' arrows are taken, nothing else is.

The arrows are those written out by hand from the specification's figures (``test_protocol_figures``). A termination is
taken in every state that is not final, as the specification's words have it.
"""

from __future__ import annotations

import pytest
from conversations import UNKNOWN, contents, said
from stage import CONSUMER, MESSAGES, NEGOTIATION_WAYS, PROVIDER, TRANSFER_MESSAGES, TRANSFER_WAYS, Stage
from test_protocol_figures import NEGOTIATION_ARROWS, TRANSFER_ARROWS, arrows
from wire_oracles import official_for

from renkei.protocol.messages import MessageKind

KINDS = {
    "negotiations": (
        NEGOTIATION_WAYS, MESSAGES, arrows(NEGOTIATION_ARROWS), "FINALIZED", MessageKind.NEGOTIATION_ERROR,
    ),
    "transfers": (
        TRANSFER_WAYS, TRANSFER_MESSAGES, arrows(TRANSFER_ARROWS), "COMPLETED", MessageKind.TRANSFER_ERROR,
    ),
}  # fmt: skip
SENDER = {PROVIDER: "C", CONSUMER: "P"}


def legal(kind: str, role: str, state: str, target: str) -> bool:
    _, _, drawn, good_end, _ = KINDS[kind]
    if target == "TERMINATED":
        return state not in {good_end, "TERMINATED"}
    return (state, target, SENDER[role]) in drawn


STATES = [(kind, role, state) for kind in KINDS for role in (PROVIDER, CONSUMER) for state in KINDS[kind][0][role]]
LEGAL = [
    (kind, role, state, target)
    for kind, role, state in STATES
    for target in KINDS[kind][1]
    if legal(kind, role, state, target)
]


def test_the_matrix_has_every_cell() -> None:
    cells = sum(len(KINDS[kind][1]) for kind, _, _ in STATES)
    assert cells == 2 * 7 * 7 + 2 * 5 * 4
    assert len(LEGAL) == 30


async def staged(space, kind: str, role: str, state: str) -> Stage:
    stage = await Stage(space, role).up()
    return await (stage.negotiation(state) if kind == "negotiations" else stage.transfer(state))


async def said_by_partner(stage: Stage, kind: str, target: str, **changes):
    return await (stage.say(target, **changes) if kind == "negotiations" else stage.say_transfer(target, **changes))


@pytest.mark.parametrize(("kind", "role", "state"), STATES)
async def test_an_illegal_message_is_400_with_a_typed_error_and_both_pids_and_changes_nothing(
    dataspace, shared, kind, role, state
) -> None:
    stage = await staged(dataspace, kind, role, state)
    _, messages, _, _, error = KINDS[kind]
    before, agreement = await contents(stage.us), stage.agreement
    for target in messages:
        if legal(kind, role, state, target):
            continue
        answered = await said_by_partner(stage, kind, target)
        stage.agreement = agreement
        await dataspace.settle()
        assert answered.status == 400, (target, answered.body)
        body = said(answered)
        assert body["@type"] == error.value
        assert {name: body[name] for name in ("providerPid", "consumerPid")} == stage.pids
        assert list(official_for(shared, error).iter_errors(body)) == []
        assert body["code"]
        assert body["reason"]
        assert await contents(stage.us) == before, target
        assert await stage.state(kind) == state


@pytest.mark.parametrize(("kind", "role", "state", "target"), LEGAL)
async def test_a_legal_message_is_taken_and_is_seen_at_once(dataspace, kind, role, state, target) -> None:
    stage = await staged(dataspace, kind, role, state)
    answered = await said_by_partner(stage, kind, target)
    assert answered.status == 200, answered.body
    assert await stage.state(kind) == target


def asked(kind: str) -> list[str]:
    return [*dict.fromkeys(path for path, _ in KINDS[kind][1].values())]


@pytest.mark.parametrize(("kind", "role"), [(kind, role) for kind in KINDS for role in (PROVIDER, CONSUMER)])
async def test_an_unknown_and_a_foreign_process_are_404_always_in_the_same_bytes(dataspace, shared, kind, role) -> None:
    state = "AGREED" if kind == "negotiations" else "STARTED"
    stage = await staged(dataspace, kind, role, state)
    thief = dataspace.partner("thief")
    before, known, answers = await contents(stage.us), stage.pid, set()
    for sender, pid in ((thief, known), (thief, UNKNOWN), (stage.partner, UNKNOWN)):
        stage.pid = pid
        for target, (path, _) in KINDS[kind][1].items():
            body = await stage.body(target) if kind == "negotiations" else None
            owner, stage.partner = stage.partner, sender
            if body is None:
                answered = await stage.say_transfer(target)
            else:
                answered = await stage.send(path, body)
            stage.partner = owner
            answers.add((answered.status, answered.body, tuple(sorted(answered.headers.items()))))
        answered = await sender.get(stage.us, f"/{kind}/{pid}")
        answers.add((answered.status, answered.body, tuple(sorted(answered.headers.items()))))
    ((status, body, _),) = answers
    assert status == 404
    error = KINDS[kind][4]
    assert list(official_for(shared, error).iter_errors(said(answered))) == []
    assert error.value.encode() in body
    assert await contents(stage.us) == before


@pytest.mark.parametrize(("kind", "role"), [(kind, role) for kind in KINDS for role in (PROVIDER, CONSUMER)])
async def test_a_bad_token_is_401_before_anything_else_is_looked_at(dataspace, kind, role) -> None:
    state = "AGREED" if kind == "negotiations" else "STARTED"
    stage = await staged(dataspace, kind, role, state)
    before = await contents(stage.us)
    expired = await stage.partner.token(stage.us.did)
    await dataspace.advance(3600)
    for pid in (stage.pid, UNKNOWN):
        for token in ("", "e30.e30.e30", expired):
            for path in asked(kind):
                answered = await stage.partner.send(stage.us, path.format(pid=pid), b"{", token=token)
                assert answered.status == 401
            answered = await stage.partner.send(stage.us, f"/{kind}/{pid}", method="GET", token=token)
            assert answered.status == 401
    assert await contents(stage.us) == before
