"""Every MUST of DSP 2025-1 that binds a connector, in our words, and the tests that hold it.

Source: the specification's text of 2025-12-04 (tags 2025-1 and 2025-1-err1 say the same), by file and heading; what
several headings repeat is one row. A test is ``file::function`` below ``tests``; all cases of it count.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Must:
    """``note``: where we read a sentence otherwise than it is written, and why."""

    id: str
    section: str
    text: str
    tests: tuple[str, ...]
    note: str = ""


def _items(*numbers: int) -> tuple[str, ...]:
    return tuple(f"{ITEMS}::{_NAMES[number]}" for number in numbers)


ITEMS = "conformance/test_dsp_items.py"
MATRIX = "conformance/test_transition_matrix.py"
WORDS = "conformance/test_dsp_words.py"
BARGAIN = "exchange/test_bargaining.py"
BAD_VERIFICATION = (
    "exchange/test_negotiation_use.py::test_a_verification_without_the_right_countersignature_brings_nothing_into_force"
)
TRAFFIC = "exchange/test_schema_watch.py::test_every_form_of_a_fetch_is_held_against_its_schema"
ILLEGAL = f"{MATRIX}::test_an_illegal_message_is_400_with_a_typed_error_and_both_pids_and_changes_nothing"
LEGAL = f"{MATRIX}::test_a_legal_message_is_taken_and_is_seen_at_once"
UNKNOWN = f"{MATRIX}::test_an_unknown_and_a_foreign_process_are_404_always_in_the_same_bytes"
JSON = (
    f"{WORDS}::test_every_answer_to_a_protocol_request_is_json",
    f"{WORDS}::test_every_message_of_ours_goes_out_as_json_with_an_authorization",
)
_NAMES = {
    3: "test_item_03_a_foreign_pid_is_as_unknown_as_one_that_never_was",
    4: "test_item_04_no_token_or_a_bad_one_is_401_and_the_version_document_needs_none",
    7: "test_item_07_a_request_has_either_a_callback_address_or_a_provider_pid",
    10: "test_item_10_an_unknown_offer_opens_nothing",
    11: "test_item_11_an_offer_for_another_target_or_with_one_in_a_rule_is_400",
    13: "test_item_13_an_event_of_the_other_side_is_400",
    14: "test_item_14_a_consumer_cannot_accept_its_own_offer",
    15: "test_item_15_an_agreement_that_is_not_the_one_on_the_table_is_400",
    16: "test_item_16_an_agreement_without_a_good_timestamp_is_400",
    17: "test_item_17_an_agreement_that_is_not_in_force_opens_no_transfer",
    19: "test_item_19_a_push_is_refused_and_the_address_of_a_pull_ignored",
    20: "test_item_20_a_transfer_request_again_is_the_same_process_and_of_another_party_another",
    22: "test_item_22_a_callback_that_must_not_be_called_is_refused",
    28: "test_item_28_a_filter_that_is_not_supported_is_400",
    29: "test_item_29_the_pages_of_a_catalog_hold_each_dataset_once",
    30: "test_item_30_an_empty_catalog_has_no_dataset_member_and_keeps_its_service",
    31: "test_item_31_an_unknown_dataset_is_404_and_a_hidden_one_looks_the_same",
    36: "test_item_36_the_reasons_of_a_termination_are_kept_and_shown_whatever_their_form",
}
_FOREIGN = "A process of another participant is 404, to the byte as an unknown one. A request without a good token is "
_FOREIGN += "401: nobody could tell otherwise that a token has run out, and no process is looked at before."
_PUSH = "Only pull is offered, so every push is refused by its format. An address that comes with a pull is ignored."

COMMON = (
    Must(
        "COM-1",
        "Common · Exposure of versions",
        "The version document stands at a path that ends in /.well-known/dspace-version.",
        (
            "wire/test_wire_versions.py::test_the_place_is_the_specifications",
            *_items(4),
        ),
    ),
    Must(
        "COM-2",
        "Common · Exposure of versions",
        "It is answered over HTTPS with a version response that fits the schema.",
        ("wire/test_wire_versions.py::test_what_we_write_validates_and_is_read_again", *_items(4)),
    ),
    Must(
        "COM-3",
        "Common · Exposure of versions",
        "A client that knows none of the versions ends the communication.",
        ("wire/test_wire_versions.py::test_our_best_version_is_chosen_and_without_one_it_ends",),
    ),
    Must("COM-4", "Common · Exposure of versions", "It is unversioned and needs no authentication.", _items(4)),
    Must(
        "COM-5",
        "Common · Discovery of service endpoints",
        "A participant known by a DID names its service in the DID document.",
        ("catalog/test_self_description.py::test_it_says_who_where_and_with_which_keys",),
    ),
)
CATALOG = (
    Must("CAT-1", "Catalog · HTTPS binding · Prerequisites", "Requests and responses are application/json.", JSON),
    Must(
        "CAT-2",
        "Catalog · HTTPS binding · Catalog error",
        "A request that fails is answered with a fitting code and a catalog error.",
        _items(28, 31),
    ),
    Must(
        "CAT-3",
        "Catalog · HTTPS binding · Catalog request",
        "A filter that is not supported is 400.",
        _items(28),
    ),
    Must(
        "CAT-4",
        "Catalog · HTTPS binding · Catalog request; protocol · Catalog request message",
        "A good request is answered 200 with a catalog that fits the schema.",
        (*_items(30), TRAFFIC),
    ),
    Must(
        "CAT-5",
        "Catalog · HTTPS binding · Dataset request; protocol · Dataset request message",
        "A dataset is asked for by its id and answered 200 with a dataset that fits the schema.",
        ("catalog/test_catalog_pages.py::test_a_dataset_by_its_id_is_the_one_of_the_catalog", TRAFFIC),
    ),
    Must(
        "CAT-6",
        "Catalog · HTTPS binding · Pagination",
        "Pages are linked by the Link header, with next and previous.",
        ("catalog/test_catalog_pages.py::test_pages_lead_forth_and_back", *_items(29)),
    ),
    Must(
        "CAT-7",
        "Catalog · protocol · ACK catalog",
        "A catalog has zero to many datasets and one to many data services.",
        _items(30),
    ),
    Must(
        "CAT-8",
        "Catalog · protocol · ACK dataset",
        "A dataset has at least one offer and one distribution, and each of those a data service.",
        (f"{WORDS}::test_every_distribution_leads_to_a_service_of_the_version_it_was_asked_in",),
    ),
    Must(
        "CAT-9",
        "Catalog · protocol · ACK dataset",
        "The service's endpoint speaks the version in which the catalog was served.",
        (f"{WORDS}::test_every_distribution_leads_to_a_service_of_the_version_it_was_asked_in",),
    ),
    Must(
        "CAT-10",
        "Catalog · protocol · ACK dataset",
        "An offer has an id of its own, belongs to one dataset, and names no target inside a catalog.",
        (f"{WORDS}::test_each_offer_in_the_catalog_has_its_own_id_and_names_no_target",),
    ),
    Must(
        "CAT-11",
        "Catalog · protocol · Queries and filter expressions",
        "What can be asked of a catalog goes through the catalog request.",
        ("catalog/test_catalog_pages.py::test_a_filter_is_applied_before_pages_are_cut",),
    ),
)
NEGOTIATION = (
    Must("CN-1", "Negotiation · HTTPS binding · Prerequisites", "Requests and responses are application/json.", JSON),
    Must(
        "CN-2",
        "Negotiation · HTTPS binding · Contract negotiation error",
        "A client's error is a 4xx code; its body, if any, is a contract negotiation error.",
        (ILLEGAL, UNKNOWN, *_items(10)),
    ),
    Must(
        "CN-3",
        "Negotiation · HTTPS binding · State transition errors",
        "A transition that is not allowed is 400 with a contract negotiation error.",
        (ILLEGAL,),
    ),
    Must("CN-4", "Negotiation · HTTPS binding · Object not found", "An unknown negotiation is 404.", (UNKNOWN,)),
    Must(
        "CN-5",
        "Negotiation · HTTPS binding · Unauthorized access",
        "A client that is not authorized gets 404.",
        (UNKNOWN, *_items(3, 4)),
        _FOREIGN,
    ),
    Must(
        "CN-6",
        "Negotiation · HTTPS binding · Contract negotiation endpoint (both sides)",
        "The state is shown with 200 to whom the negotiation belongs.",
        (LEGAL, "exchange/test_deliveries.py::test_a_partner_that_asks_after_our_state_is_told_it"),
    ),
    Must(
        "CN-7",
        "Negotiation · HTTPS binding · Contract request endpoint (init)",
        "An opening request is answered 201 with the negotiation.",
        (f"{WORDS}::test_an_opening_request_is_answered_201_with_the_new_process",),
    ),
    Must(
        "CN-8",
        "Negotiation · HTTPS binding · Contract offer endpoint (init)",
        "An opening offer is answered 201 with the negotiation.",
        (f"{BARGAIN}::test_an_opening_offer_is_answered_with_the_new_process",),
    ),
    Must(
        "CN-9",
        "Negotiation · HTTPS binding · Callback address",
        "Callbacks over https are supported.",
        (f"{WORDS}::test_an_opening_request_is_answered_201_with_the_new_process",),
    ),
    Must(
        "CN-10",
        "Negotiation · HTTPS binding · all other endpoints",
        "A message that is taken is answered 200.",
        (LEGAL,),
    ),
    Must(
        "CN-11",
        "Negotiation · HTTPS binding · Contract negotiation event endpoint",
        "A consumer that accepts its own offer gets 400.",
        _items(14),
    ),
    Must(
        "CN-12",
        "Negotiation · protocol · Introduction",
        "Where the two sides' states differ, the negotiation is terminated.",
        (f"{WORDS}::test_the_sides_come_apart_no_further_when_our_agreement_is_refused",),
    ),
    Must(
        "CN-13",
        "Negotiation · protocol · State machine",
        "Only the arrows of the figure are taken; nothing follows a terminal state.",
        (ILLEGAL, LEGAL, f"{WORDS}::test_process_ids_are_never_used_again"),
        "A termination is taken in every state that is not final, as the prose has it, and sent only along the arrows.",
    ),
    Must(
        "CN-14",
        "Negotiation · protocol · Message types",
        "Offers and agreements have unique ids; an agreement names its dataset as target.",
        (
            f"{WORDS}::test_an_agreement_is_whole",
            f"{WORDS}::test_each_offer_in_the_catalog_has_its_own_id_and_names_no_target",
        ),
    ),
    Must(
        "CN-15",
        "Negotiation · protocol · Contract request message",
        "A request holds an offer with an id; with a provider pid it belongs to a negotiation that exists, without one "
        "it opens one under a new pid.",
        (*_items(7), UNKNOWN, f"{WORDS}::test_an_opening_request_is_answered_201_with_the_new_process"),
    ),
    Must(
        "CN-16",
        "Negotiation · protocol · Contract request message",
        "An offer that the provider does not know is an error.",
        _items(10),
    ),
    Must(
        "CN-17",
        "Negotiation · protocol · Contract request message, Contract offer message",
        "A callback address that is not understood is an unrecoverable error.",
        (*_items(22), f"{BARGAIN}::test_an_opening_offer_that_is_not_in_order_opens_nothing"),
    ),
    Must(
        "CN-18",
        "Negotiation · protocol · Contract request message, Contract offer message",
        "The offer in a message names its target, its rules do not.",
        (*_items(11), f"{BARGAIN}::test_an_opening_offer_that_is_not_in_order_opens_nothing"),
    ),
    Must(
        "CN-19",
        "Negotiation · protocol · Contract offer message",
        "With a consumer pid an offer belongs to a negotiation that exists, without one it opens one and brings a "
        "callback address.",
        (
            UNKNOWN,
            f"{BARGAIN}::test_an_opening_offer_is_answered_with_the_new_process",
            f"{BARGAIN}::test_an_opening_offer_that_is_not_in_order_opens_nothing",
        ),
    ),
    Must(
        "CN-20",
        "Negotiation · protocol · Contract agreement message",
        "It names both pids and an agreement with timestamp, assigner, assignee and target; its rules name no target.",
        (f"{WORDS}::test_an_agreement_is_whole", *_items(15, 16)),
    ),
    Must(
        "CN-21",
        "Negotiation · protocol · Contract agreement message, verification message, event message",
        "An agreement, or its verification, that does not hold is answered with an error.",
        (
            *_items(15, 16),
            BAD_VERIFICATION,
        ),
    ),
    Must(
        "CN-22",
        "Negotiation · protocol · verification, event and termination messages",
        "They name both pids.",
        (TRAFFIC, f"{ITEMS}::test_item_05_a_pid_in_the_path_that_is_not_the_bodys_is_400"),
    ),
    Must(
        "CN-23",
        "Negotiation · protocol · Contract negotiation event message",
        "ACCEPTED from a consumer leads to ACCEPTED, FINALIZED from a provider to FINALIZED; the other way round is an "
        "error.",
        (LEGAL, ILLEGAL, *_items(13)),
    ),
    Must(
        "CN-24",
        "Negotiation · protocol · Contract negotiation event message",
        "No event is sent after the end; one that comes is an error.",
        (ILLEGAL, f"{WORDS}::test_nothing_is_said_after_the_end"),
    ),
    Must(
        "CN-25",
        "Negotiation · protocol · ACK contract negotiation",
        "An agreement is about exactly one dataset, its one target.",
        (f"{WORDS}::test_an_agreement_is_whole", *_items(15)),
    ),
)
TRANSFER = (
    Must("TP-1", "Transfer · HTTPS binding · Prerequisites", "Requests and responses are application/json.", JSON),
    Must(
        "TP-2",
        "Transfer · HTTPS binding · Transfer error",
        "A client's error is a 4xx code; its body, if any, is a transfer error.",
        (ILLEGAL, UNKNOWN),
    ),
    Must(
        "TP-3",
        "Transfer · HTTPS binding · State transition errors",
        "A transition that is not allowed is 400 with a transfer error.",
        (ILLEGAL,),
    ),
    Must("TP-4", "Transfer · HTTPS binding · Object not found", "An unknown transfer is 404.", (UNKNOWN,)),
    Must(
        "TP-5",
        "Transfer · HTTPS binding · Unauthorized access",
        "A client that is not authorized gets 404.",
        (UNKNOWN, *_items(4)),
        _FOREIGN,
    ),
    Must(
        "TP-6",
        "Transfer · HTTPS binding · Transfer process endpoint",
        "The state is shown with 200 to whom the transfer belongs.",
        (LEGAL,),
    ),
    Must(
        "TP-7",
        "Transfer · HTTPS binding · Transfer request endpoint",
        "A request is answered 201 with the transfer process; callbacks over https are supported.",
        (f"{WORDS}::test_a_transfer_request_is_answered_201_with_the_new_process",),
    ),
    Must(
        "TP-8",
        "Transfer · HTTPS binding · all other endpoints",
        "A message that is taken is answered 200.",
        (LEGAL,),
    ),
    Must(
        "TP-9",
        "Transfer · protocol · State machine",
        "Only the arrows of the figure are taken; nothing follows a terminal state.",
        (ILLEGAL, LEGAL),
        "A provider whose consumer has resumed states its start once more, with the new data address: the figure has no "
        "arrow for it, and without it there is no address.",
    ),
    Must(
        "TP-10",
        "Transfer · protocol · Transfer request message",
        "The consumer pid names the consumer's process; a repeat makes no second one.",
        (f"{WORDS}::test_a_transfer_request_is_answered_201_with_the_new_process", *_items(20)),
    ),
    Must(
        "TP-11",
        "Transfer · protocol · Transfer request message",
        "The agreement exists between the two.",
        _items(17),
    ),
    Must(
        "TP-12",
        "Transfer · protocol · Transfer request message",
        "A data address comes only with a push, and holds what the push needs.",
        _items(19),
        _PUSH,
    ),
    Must(
        "TP-13",
        "Transfer · protocol · Transfer request message",
        "A callback address that is not understood is an unrecoverable error.",
        ("exchange/test_transfer_use.py::test_a_callback_that_must_not_be_called_opens_nothing",),
    ),
    Must(
        "TP-14",
        "Transfer · protocol · Transfer request message",
        "All later messages name both pids.",
        (TRAFFIC, f"{WORDS}::test_a_suspension_and_a_completion_name_both_processes"),
    ),
    Must(
        "TP-15",
        "Transfer · protocol · Transfer start message",
        "The start of a pull brings a data address with what the profile asks for.",
        (f"{WORDS}::test_the_start_of_a_pull_brings_a_data_address",),
    ),
)
MUSTS = (*COMMON, *CATALOG, *NEGOTIATION, *TRANSFER)
