import pytest

from renkei.policy.model import Policy, PolicyKind
from renkei.protocol import messages as m
from renkei.protocol.catalog import Catalog, Dataset
from renkei.protocol.messages import CatalogRequest, DataAddress
from renkei.protocol.moves import negotiation_aim, transfer_aim


def test_a_dataset_is_found_by_its_id():
    shown = Dataset(id="urn:d:2", offers=(), distributions=())
    catalog = Catalog(id="urn:c", datasets=(Dataset(id="urn:d:1", offers=(), distributions=()), shown))
    assert catalog.dataset("urn:d:2") is shown
    assert catalog.dataset("urn:d:3") is None


def test_the_first_endpoint_property_of_a_name_counts():
    address = DataAddress(endpoint_type="HTTP", properties=(("authorization", "a"), ("authorization", "b")))
    assert address.property("authorization") == "a"
    assert address.property("authType") is None


def test_nobody_can_add_to_what_messages_share():
    first, second = CatalogRequest(), CatalogRequest()
    assert first.extensions == {} == second.extensions
    assert not hasattr(first.extensions, "update")


PIDS = {"provider_pid": "urn:p", "consumer_pid": "urn:c"}
OFFER = Policy(id="urn:o", kind=PolicyKind.OFFER)


@pytest.mark.parametrize(
    ("message", "negotiation", "transfer"),
    [
        (m.ContractRequest(consumer_pid="urn:c", offer=OFFER), "REQUESTED", None),
        (m.ContractOffer(provider_pid="urn:p", offer=OFFER), "OFFERED", None),
        (m.NegotiationEvent(**PIDS, event_type=m.EventType.ACCEPTED), "ACCEPTED", None),
        (m.ContractAgreement(**PIDS, agreement=OFFER), "AGREED", None),
        (m.AgreementVerification(**PIDS), "VERIFIED", None),
        (m.NegotiationEvent(**PIDS, event_type=m.EventType.FINALIZED), "FINALIZED", None),
        (m.NegotiationTermination(**PIDS), "TERMINATED", None),
        (
            m.TransferRequest(consumer_pid="urn:c", agreement_id="urn:a", format="f", callback_address="x"),
            None,
            "REQUESTED",
        ),
        (m.TransferStart(**PIDS), None, "STARTED"),
        (m.TransferSuspension(**PIDS), None, "SUSPENDED"),
        (m.TransferCompletion(**PIDS), None, "COMPLETED"),
        (m.TransferTermination(**PIDS), None, "TERMINATED"),
        (m.NegotiationError(**PIDS), None, None),
        (m.CatalogRequest(), None, None),
    ],
)
def test_a_message_aims_at_one_state_or_at_none(message, negotiation, transfer):
    aims = (negotiation_aim(message), transfer_aim(message))
    assert tuple(aim and aim.name for aim in aims) == (negotiation, transfer)
