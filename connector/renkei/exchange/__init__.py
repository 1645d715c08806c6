"""The use cases: publish, discover, negotiate, transfer, fetch, request. Only here do the other rooms meet.

``participant`` puts them together. Which room tells what:

- **What we offer:** ``catalogs`` (publishing), ``access`` (contract definitions), ``lifetimes`` and ``linting`` (of
  terms), ``showing`` (what a requester is shown), ``catalog_filters``, ``page_tokens``, ``self_description``;
  ``catalog_problems``.
- **What others offer:** ``partners`` (where they are reached), ``browsing``, ``fetching`` (one call), ``edr``.
- **Any process:** ``processes`` (moves by hand), ``receiving`` (a partner's message), ``sending`` (ours), ``drafts``
  (what one commit stores), ``callbacks``.
- **Contract negotiation:** ``negotiations``, ``negotiation_messages``, ``bargaining`` (offers), ``burdens`` (what one
  would oblige us to), ``agreements``, ``agreed`` (their terms, ready to be asked).
- **Obligations (義務):** ``obligations`` (begun, performed, missed), ``obligation_book`` (how far each has come);
  ``obligation_problems``.
- **Transfer process:** ``transfers``, ``transfer_messages``, ``data_tokens``; ``usage`` (what an agreement permits,
  and how often), ``continuing`` (until when).
- **Who decides:** ``decisions`` (the rule book), ``judgement`` (what the policies say), ``bounds`` (how much is judged
  at all), ``approvals`` and ``questions`` (where a person does).
- **Who asks why:** ``explaining`` (decisions told, and what a partner would see).
- **Requests (依頼):** ``requests`` (ask and answer), ``request_box`` and ``box_messages`` (what comes in),
  ``request_book`` (what is kept), ``reasons``, ``errands``, ``parts`` (what answers are made from), ``part_problems``.
- **Consents (同意):** ``consents`` (ask and decide), ``consent_box`` (what comes in), ``consent_book`` (what is kept),
  ``consent_demands`` (where one is needed), ``coverage`` (what covers a use), ``purposes`` (and the fields they need);
  ``consent_problems``.
- **What is known of partners:** ``register`` (asked), ``register_book`` (written), ``aliases``, ``admission`` (who may
  speak with us at all), ``partner_problems``.
- **Trust:** ``identity`` (who calls), ``signatures``.
- **What is kept:** ``records``, a room for each subject.
- **The machine:** ``steps`` (load, decide, commit), ``courier`` (the outbox), ``outgoing`` (one message in it),
  ``patience``, ``turns``, ``sites`` (who shares one), ``watch`` (waiting), ``decoder`` and
  ``decoder_process`` (reading), ``endpoint``.
- **Edges:** ``ports`` (what is needed from outside), ``problems``.
"""
