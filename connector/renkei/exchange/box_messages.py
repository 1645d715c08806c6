"""What is put into a request box (依頼箱): four small JSON documents, each about one request.

::

    {"@type": "Request", "@id": "urn:uuid:…", "request": "urn:uuid:…", "part": "…",
     "kinds": ["footprint", "due-diligence"], "due": "2026-12-31", "message": "…"}
    {"@type": "AnswerReady", "@id": …, "request": …, "answers": {"footprint": "<dataset id>"},
     "belowOpen": 0, "belowTotal": 3}
    {"@type": "Rejection", "@id": …, "request": …, "reason": "…"}
    {"@type": "Cancellation", "@id": …, "request": …, "reason": "…"}

Counts tell how many requests deeper in the chain there are and how many of them are open, without saying whose.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, TypeAlias

import msgspec

from renkei.exchange.problems import BAD_BOX_MESSAGE
from renkei.exchange.records.requests import RequestKind
from renkei.kernel import strict_json
from renkei.policy.model import RENKEI

# No controls: some stores take no NUL, and names end up in logs and lists.
Name: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]
Words: TypeAlias = Annotated[str, msgspec.Meta(max_length=4000)]
Day: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]

BOX: Final = "request-box"
BOX_TYPE: Final = RENKEI + "RequestBox"


def box_of(participant: str) -> str:
    """The dataset id of a company's request box."""
    return f"{participant}#{BOX}"


class BoxMessage(msgspec.Struct, frozen=True, kw_only=True, tag_field="@type", forbid_unknown_fields=True):
    """What all four share; ``id`` makes a repeat the same bytes."""

    id: Name = msgspec.field(name="@id")
    request: Name


class Request(BoxMessage, frozen=True, kw_only=True, tag="Request"):
    """We ask for data of a part by a date."""

    part: Name
    kinds: Annotated[tuple[RequestKind, ...], msgspec.Meta(min_length=1, max_length=2)]
    due: Day
    message: Words = ""


class AnswerReady(BoxMessage, frozen=True, kw_only=True, tag="AnswerReady"):
    """The answer stands in our catalog, for you alone: dataset ids by kind."""

    answers: Annotated[Mapping[RequestKind, Name], msgspec.Meta(min_length=1)]
    below_open: Count = msgspec.field(name="belowOpen", default=0)
    below_total: Count = msgspec.field(name="belowTotal", default=0)


class Rejection(BoxMessage, frozen=True, kw_only=True, tag="Rejection"):
    """We will not answer."""

    reason: Words


class Cancellation(BoxMessage, frozen=True, kw_only=True, tag="Cancellation"):
    """We do not need it any more."""

    reason: Words = ""


AnyBoxMessage: TypeAlias = Request | AnswerReady | Rejection | Cancellation
_decoder: Final[msgspec.json.Decoder[AnyBoxMessage]] = msgspec.json.Decoder(AnyBoxMessage)


def read_box_message(raw: bytes) -> AnyBoxMessage:
    """Read one. Raises PeerError ``request-malformed`` or ``json-…``."""
    strict_json.loads_object(raw)
    try:
        return _decoder.decode(raw)
    except msgspec.DecodeError as error:  # a lone surrogate is not decoded at all
        raise BAD_BOX_MESSAGE(cause=error) from None


def write_box_message(message: AnyBoxMessage) -> bytes:
    """The bytes that are posted."""
    return msgspec.json.encode(message)
