"""What is kept of requests (依頼) and of the signed documents that answer them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import ClassVar, Final

from renkei.exchange.records.kept import Document, Kept

BY_HAND: Final = "urn:renkei:by-hand:"
"""How the id of a supplier begins who has no system of its own: it is asked by a form, and nothing is sent to it."""


class RequestKind(Enum):
    """What can be asked for."""

    FOOTPRINT = "footprint"
    DUE_DILIGENCE = "due-diligence"


class RequestState(Enum):
    """OPEN: on its way or waiting; PREPARING: we asked our own suppliers; READY: answered, not yet fetched.

    RETURNED (差戻し): the asker has sent the answer back, and waits for a better one.
    """

    OPEN = "open"
    PREPARING = "preparing"
    READY = "ready"
    ANSWERED = "answered"
    RETURNED = "returned"
    REJECTED = "rejected"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Nobody waits for anything. An answer may still be sent back."""
        return self in {RequestState.ANSWERED, RequestState.REJECTED, RequestState.CANCELLED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What one side has written to the other about a request."""

    ours: bool
    text: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class RequestRecord(Kept):
    """A request (依頼) as either side keeps it; ``id`` is the asker's id for it, prefixed by direction.

    ``incoming``: we were asked. ``cause``: the incoming request that made us ask (our own affair, never sent).
    ``delivered``: the partner's box has taken our last message. ``purposes``: what the asker named (none: what each
    kind is meant for). ``answers``: kind → dataset id; ``consents``: kind → the consent that its answer is;
    ``received``: kind → document id. ``below``: how many requests deeper in the chain there are, are still open, and
    are open although their day has passed, as the partner counts them; ``complete``: nothing deeper is left to ask, as
    far as whoever answers can tell (終端済み).

    ``part`` is the number that both sides speak of; ``ours``: what we call it, where a person or a bill of materials
    has said so; ``answered_as``: the supplier's own number for it, where it has told another. ``begun``: the partner
    has begun to prepare an answer. ``remarks``: what was written about it; ``reminded``: how often the asker has
    reminded, ``reminded_at``: when it last did.
    """

    kind: ClassVar[str] = "request"

    request: str
    incoming: bool
    partner: str
    part: str
    kinds: tuple[RequestKind, ...]
    due: str
    message: str = ""
    purposes: tuple[str, ...] = ()
    state: RequestState = RequestState.OPEN
    delivered: bool = False
    reason: str = ""
    cause: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    received: Mapping[str, str] = field(default_factory=dict)
    consents: Mapping[str, str] = field(default_factory=dict)
    below_open: int = 0
    below_total: int = 0
    below_late: int = 0
    complete: bool = False
    ours: str = ""
    answered_as: str = ""
    begun: bool = False
    remarks: tuple[Remark, ...] = ()
    reminded: int = 0
    reminded_at: datetime | None = None
    created: datetime

    @property
    def known_as(self) -> str:
        """What we call the part, as far as the record tells."""
        return self.ours or self.part

    @staticmethod
    def key(request: str, *, incoming: bool) -> str:
        """The record's id: the same company may stand on both ends of one request in tests."""
        return f"{'in' if incoming else 'out'}:{request}"

    @property
    def by_hand(self) -> bool:
        """Whether the one asked has no system, so that nothing can be sent to it."""
        return self.partner.startswith(BY_HAND)

    def keys(self) -> tuple[str, str, str]:
        """Found again by the request that caused it; where we were asked, by the part.

        The partner chooses the part's name: prefixed, it is never taken for the id of a request. Until we have
        answered, that name is all there is; from then on it is found by the part of ours that it was answered with, so
        that whoever asked under a number of its own is found among those who have that part.
        """
        part = self.known_as if self.state is RequestState.ANSWERED else self.part
        return self.partner, *self.columns(self.state, incoming=self.incoming, part=part, cause=self.cause)

    @staticmethod
    def columns(state: RequestState, *, incoming: bool, part: str = "", cause: str = "") -> tuple[str, str]:
        """The state and ref columns; ``part``: what we call it where the state is ``ANSWERED``, else its number."""
        return f"{'in' if incoming else 'out'}-{state.value}", f"part:{part}" if incoming else cause


@dataclass(frozen=True, kw_only=True)
class DocumentRecord(Kept):
    """A signed document (footprint, due diligence): our own, or received and verified.

    ``partner``: whose it is (ours: our own id); ``part`` and ``document_type`` as found in it; ``signed`` is false only
    for a partner with whom unsigned exchange is configured; ``agreement`` and ``transfer`` under which it came;
    ``declared``: the declarations to an authority that are made from it, which freezes it; ``taken_from``: the hash of
    the file in which an unsigned record was told.
    """

    kind: ClassVar[str] = "document"

    partner: str
    part: str
    document_type: str
    document: Document
    signed: bool
    agreement: str = ""
    transfer: str = ""
    did_documents: Mapping[str, Document] = field(default_factory=dict)
    declared: tuple[str, ...] = ()
    taken_from: str = ""
    created: datetime

    def keys(self) -> tuple[str, str, str]:
        """Found again by part; ``state`` is the type."""
        return self.partner, self.document_type, self.part
