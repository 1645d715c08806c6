"""What is put into a request box (依頼箱): small JSON documents about a request or a consent, and signed notices.

::

    {"@type": "Request", "@id": "urn:uuid:…", "request": "urn:uuid:…", "part": "…",
     "kinds": ["footprint", "due-diligence"], "due": "2026-12-31", "message": "…", "purposes": ["<IRI>"]}
    {"@type": "AnswerReady", "@id": …, "request": …, "answers": {"footprint": "<dataset id>"},
     "consents": {"footprint": {"consent": "urn:uuid:…", "purposes": […], "fields": ["/total", …], "until": "…"}},
     "belowOpen": 0, "belowTotal": 3, "complete": true, "part": "<the supplier's own number>",
     "statements": [{<a signed statement: see ``battery.verification``>}]}
    {"@type": "Progress", "@id": …, "request": …, "belowOpen": 2, "belowTotal": 3, "belowLate": 1}
    {"@type": "Return", "@id": …, "request": …, "reason": "…"}
    {"@type": "Reminder", "@id": …, "request": …, "due": "2026-12-31"}
    {"@type": "Remark", "@id": …, "request": …, "text": "…"}
    {"@type": "Rejection", "@id": …, "request": …, "reason": "…"}
    {"@type": "Cancellation", "@id": …, "request": …, "reason": "…"}
    {"@type": "ConsentRequest", "@id": "urn:uuid:…", "consent": "urn:uuid:…", "dataset": "<dataset id>",
     "purposes": ["<IRI>"], "until": "2027-03-31T00:00:00Z", "wish": "…"}
    {"@type": "ConsentDecision", "@id": …, "consent": …, "decision": "granted", "purposes": […], "fields": […],
     "until": "…", "reason": "…"}
    {"@type": "Notice", "@id": "urn:uuid:…", "notice": {<a signed document: see ``exchange.notice``>}}

A consent is asked for about a ``dataset``, or about a ``part`` and a ``kind`` of record. Counts tell how many requests
deeper in the chain there are and how many of them are open, without saying whose.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Annotated, Final, TypeAlias

import msgspec

from renkei.exchange.problems import BAD_BOX_MESSAGE
from renkei.exchange.records.requests import RequestKind
from renkei.kernel import strict_json
from renkei.policy.model import RENKEI

# No controls: some stores take no NUL, and names end up in logs and lists.
Name: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]
MaybeName: TypeAlias = Annotated[str, msgspec.Meta(max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]
Words: TypeAlias = Annotated[str, msgspec.Meta(max_length=4000)]
Day: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
MOST_COUNTED: Final = 1_000_000
"""Whoever counts further stops there: sums of what partners tell are never more than the next partner takes."""
Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=MOST_COUNTED)]
Moment: TypeAlias = Annotated[str, msgspec.Meta(max_length=40)]
Purposes: TypeAlias = Annotated[tuple[Name, ...], msgspec.Meta(max_length=20)]
Fields: TypeAlias = Annotated[tuple[Name, ...], msgspec.Meta(max_length=500)]

BOX: Final = "request-box"
BOX_TYPE: Final = RENKEI + "RequestBox"


def box_of(participant: str) -> str:
    """The dataset id of a company's request box."""
    return f"{participant}#{BOX}"


class ConsentAnswer(Enum):
    """What a provider says about a consent; a withdrawal takes back what was granted."""

    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class BoxMessage(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="@type", forbid_unknown_fields=True, omit_defaults=True
):
    """What all share; ``id`` makes a repeat the same bytes."""

    id: Name = msgspec.field(name="@id")


class AboutRequest(BoxMessage, frozen=True, kw_only=True):
    """One request's."""

    request: Name


class AboutConsent(BoxMessage, frozen=True, kw_only=True):
    """One consent's."""

    consent: Name


class Request(AboutRequest, frozen=True, kw_only=True, tag="Request"):
    """We ask for data of a part by a date; ``purposes``: what for, by default what each kind is meant for."""

    part: Name
    kinds: Annotated[tuple[RequestKind, ...], msgspec.Meta(min_length=1, max_length=2)]
    due: Day
    message: Words = ""
    purposes: Purposes = ()


class GivenConsent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The consent that an answer is: for these purposes, over these fields, until then."""

    consent: Name
    purposes: Purposes
    fields: Fields
    until: Moment


class AnswerReady(AboutRequest, frozen=True, kw_only=True, tag="AnswerReady"):
    """The answer stands in our catalog, for you alone: dataset ids by kind, and the consent that goes with each."""

    answers: Annotated[Mapping[RequestKind, Name], msgspec.Meta(min_length=1)]
    consents: Mapping[RequestKind, GivenConsent] = {}
    below_open: Count = msgspec.field(name="belowOpen", default=0)
    below_total: Count = msgspec.field(name="belowTotal", default=0)
    below_late: Count = msgspec.field(name="belowLate", default=0)
    complete: bool = False
    part: MaybeName = ""
    statements: Annotated[tuple[dict[str, object], ...], msgspec.Meta(max_length=40)] = ()


class Progress(AboutRequest, frozen=True, kw_only=True, tag="Progress"):
    """We have begun, and this is how far those are whom we asked: counts, without saying whose."""

    below_open: Count = msgspec.field(name="belowOpen")
    below_total: Count = msgspec.field(name="belowTotal")
    below_late: Count = msgspec.field(name="belowLate", default=0)


class Return(AboutRequest, frozen=True, kw_only=True, tag="Return"):
    """Your answer will not do (差戻し), for this reason; please answer again."""

    reason: Words


class Reminder(AboutRequest, frozen=True, kw_only=True, tag="Reminder"):
    """We still wait for your answer, by this day."""

    due: Day


class Remark(AboutRequest, frozen=True, kw_only=True, tag="Remark"):
    """A word about a request, either way."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]


class Rejection(AboutRequest, frozen=True, kw_only=True, tag="Rejection"):
    """We will not answer."""

    reason: Words


class Cancellation(AboutRequest, frozen=True, kw_only=True, tag="Cancellation"):
    """We do not need it any more."""

    reason: Words = ""


class ConsentRequest(AboutConsent, frozen=True, kw_only=True, tag="ConsentRequest"):
    """We ask for consent to use a dataset, or the records of a part, for these purposes; ``wish``: in our words."""

    dataset: MaybeName = ""
    part: MaybeName = ""
    kind: RequestKind | None = None
    purposes: Annotated[tuple[Name, ...], msgspec.Meta(min_length=1, max_length=20)]
    until: Moment = ""
    wish: Words = ""


class ConsentDecision(AboutConsent, frozen=True, kw_only=True, tag="ConsentDecision"):
    """We have decided about a consent that you asked for, or take one back."""

    decision: ConsentAnswer
    purposes: Purposes = ()
    fields: Fields = ()
    until: Moment = ""
    reason: Words = ""


class SignedNotice(BoxMessage, frozen=True, kw_only=True, tag="Notice"):
    """Something about what you have of us, signed, so that it can be shown to others; ``id`` is the notice's own."""

    notice: dict[str, object]


class SignedDisclosure(BoxMessage, frozen=True, kw_only=True, tag="Disclosure"):
    """A supply tree, or who stands at a node of one, signed by who tells it."""

    document: dict[str, object]


RequestMessage: TypeAlias = Request | AnswerReady | Progress | Return | Reminder | Remark | Rejection | Cancellation
AnyBoxMessage: TypeAlias = RequestMessage | ConsentRequest | ConsentDecision | SignedNotice | SignedDisclosure
_decoder: Final[msgspec.json.Decoder[AnyBoxMessage]] = msgspec.json.Decoder(AnyBoxMessage)


def read_box_message(raw: bytes) -> AnyBoxMessage:
    """Read one. Raises PeerError ``request-malformed`` or ``json-…``."""
    strict_json.loads_object(raw)
    try:
        return _decoder.decode(raw)
    except msgspec.DecodeError as error:  # a lone surrogate is not decoded at all
        raise BAD_BOX_MESSAGE(cause=error) from None


def write_box_message(message: AnyBoxMessage) -> bytes:
    """The bytes that are posted. Raises PeerError ``request-malformed`` for half a character."""
    try:
        return msgspec.json.encode(message)
    except UnicodeEncodeError as error:
        raise BAD_BOX_MESSAGE(cause=error) from None
