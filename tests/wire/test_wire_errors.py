import pytest

from renkei.kernel.problems import Fault, LocalError, Problem
from renkei.protocol.messages import CatalogError, MessageKind, NegotiationError, TransferError
from renkei.protocol.problems import ILLEGAL_MOVE, NOTHING_SENT
from renkei.wire.codec import decode, encode
from renkei.wire.errors import INTERNAL_CODE, INTERNAL_REASON, NO_PID, error_message

ILLEGAL = ILLEGAL_MOVE(process="transfer", sender="consumer", origin="REQUESTED", target="COMPLETED")
REFUSED = Problem(
    code="policy-said-no", fault=Fault.POLICY, en="Not {who}.", ja="{who}は不可。", hint_en="", hint_ja=""
)
UNSET = Problem(code="config-broken", fault=Fault.CONFIGURATION, en="/secret/path", ja="", hint_en="", hint_ja="")
PIDS = {"consumer_pid": "urn:c", "provider_pid": "urn:p"}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (MessageKind.NEGOTIATION_ERROR, NegotiationError),
        (MessageKind.TRANSFER_ERROR, TransferError),
    ],
)
def test_an_error_becomes_the_typed_message_of_its_process(kind, expected):
    message = error_message(ILLEGAL, kind, **PIDS)
    sentence = "The consumer may not move this transfer from REQUESTED to COMPLETED."
    assert message == expected(**PIDS, code="protocol-illegal-move", reason=(sentence,))
    assert decode(encode(message), expect=kind) == message


def test_a_catalog_error_names_no_process():
    assert error_message(REFUSED(who="you"), MessageKind.CATALOG_ERROR) == CatalogError(
        code="policy-said-no", reason=("Not you.",)
    )


def test_pids_nobody_has_given_yet_are_nil():
    message = error_message(ILLEGAL, MessageKind.TRANSFER_ERROR, consumer_pid="urn:c", provider_pid="")
    assert (message.consumer_pid, message.provider_pid) == ("urn:c", NO_PID)
    assert decode(encode(message)) == message


@pytest.mark.parametrize("error", [NOTHING_SENT(process="transfer"), UNSET()])
def test_what_is_wrong_on_our_side_does_not_leave_the_house(error):
    message = error_message(error, MessageKind.NEGOTIATION_ERROR, **PIDS)
    assert (message.code, message.reason) == (INTERNAL_CODE, (INTERNAL_REASON,))


def test_only_error_messages_are_made():
    with pytest.raises(LocalError) as caught:
        error_message(ILLEGAL, MessageKind.CATALOG)
    assert caught.value.code == "wire-unsendable"
