"""The use cases: publish, discover, negotiate, transfer, fetch, request. Only here do the other rooms meet.

``participant`` puts them together; ``fetching`` is the one call that does it all, ``explaining`` tells why. Which room
tells what, from the bottom up:

- ``machine``: ``steps`` (load, decide, commit), ``drafts`` (what one commit stores), ``courier`` (the outbox),
  ``outgoing`` (one message in it), ``patience``, ``turns``, ``sites`` (who shares one), ``watch`` (waiting),
  ``callbacks``, ``decoder`` and ``decoder_process`` (reading), ``bounds`` (how much is judged), ``endpoint``.
- ``partner``: ``partners`` (where they are reached), ``identity`` (who calls), ``signatures``, ``register`` (what is
  known, asked), ``register_book`` (and written), ``admission`` (who may speak with us at all), ``partner_problems``.
- ``parts`` (部品構成情報・取引関係情報): ``places`` (where each part stands in the register), ``place_problems``,
  ``links`` (which of our part numbers is which of a partner's), ``traces`` (who made what, when).
- ``catalog``: ``catalogs`` (publishing), ``access`` (contract definitions), ``linting`` and ``lifetimes`` (of terms),
  ``judgement`` (what the policies say), ``showing`` (what a requester is shown), ``catalog_filters``, ``page_tokens``,
  ``self_description``, ``browsing`` (what partners show us), ``purposes`` (what data is shown for, and the fields
  each needs), ``catalog_problems``, ``purpose_problems``.
- ``agreement``: ``agreements``, ``agreed`` (their terms, ready to be asked), ``burdens`` (what an offer would oblige us
  to), ``obligations`` (義務: begun, performed, missed), ``obligation_book`` (how far each has come),
  ``obligation_problems``, ``release_terms`` (how figures are to be told).
- ``answer`` (回答): ``part_book`` (our parts and their files), ``parts`` (what answers are made from), ``calculations``
  (made again, or by other rules), ``box_messages`` (the messages about them), ``reasons`` (why one is not given),
  ``consequences`` (who is told of a change), ``told_alerts`` (what due diligence needs beside them),
  ``told_share`` (what was told unsigned), ``foreign_records`` (in other systems' forms), ``foreign_problems``,
  ``part_problems``.
- ``consent`` (同意): ``consents`` (ask and decide), ``consent_box`` (what comes in), ``consent_book`` (what is kept),
  ``consent_demands`` (where one is needed), ``coverage`` (what covers a use), ``consent_problems``.
- ``process``: ``processes`` (moves by hand), ``receiving`` (a partner's message), ``sending`` (ours), ``decisions``
  (the rule book), ``approvals`` and ``questions`` (where a person decides), ``usage`` (what an agreement permits, and
  how often).
- ``negotiation``: ``negotiations``, ``negotiation_messages``, ``bargaining`` (offers).
- ``transfer``: ``transfers``, ``transfer_messages``, ``continuing`` (until when they may run), ``data_tokens``,
  ``edr``.
- ``notice`` (通知): ``notices`` (told and followed), ``notice_document`` (what is signed), ``notice_problems``.
- ``verification`` (検証声明書): ``statements`` (made, taken, passed on, withdrawn), ``hearing`` (those that come in),
  ``trees`` (how what a part is made of was verified), ``checking`` (offline), ``verification_problems``.
- ``declaration`` (宣言・報告): ``declarations`` (made from a record, frozen), ``declaration_use_problems``.
- ``passport`` (電池パスポート): ``passports`` (kept, and shown by role and purpose), ``passport_use_problems``.
- ``update`` (自動更新): ``changes`` (what has changed), ``successors`` (new versions of what partners have of us),
  ``followers`` (of what we have of them), ``update_errands``, ``update_problems``.
- ``diligence`` (デューディリジェンス): ``alerts`` (raised, heard, passed on), ``dossiers`` (what is made for
  people), ``questionnaires`` (handed down, answered upward), ``alert_problems``.
- ``disclosure`` (開示): ``releases_agreed`` (what agreements say of how figures are told, and whether they may be now),
  ``disclosures`` (who saw what), ``elimination`` (what could be worked out), ``preview`` (what would leave),
  ``supply_trees`` (what is behind our parts, and who says that it stands there), ``audit`` (of revealed inputs,
  offline), ``disclosure_use_problems``.
- ``request`` (依頼): ``requests`` (ask and answer), ``following`` (while one waits), ``request_box`` (what comes in),
  ``by_hand`` (suppliers without a system), ``request_book`` (what is kept), ``request_moves`` (what may follow what),
  ``unlinked`` (numbers that nobody has linked), ``request_problems``, ``by_hand_problems``.
- ``records``: what is kept, a room for each subject. Beside them ``errands`` (rows of the outbox that are more than one
  message), ``onboarding`` (partners made known at run time), ``aliases`` (names of partners), ``ports`` (what is needed
  from outside) and ``problems``.
"""
