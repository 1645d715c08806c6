"""What is kept of consents (同意), on both sides: who may use which fields of what, for which purposes, how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import ClassVar

from renkei.exchange.catalog.purposes import PurposeClass
from renkei.exchange.records.kept import Kept
from renkei.exchange.records.requests import RequestKind


class ConsentState(Enum):
    """EXPIRED: its time is over; whoever looks takes that from the clock (``ConsentRecord.standing``)."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the user asked for, verbatim: its words and the purposes as it spelled them (none: those of the offer)."""

    text: str = ""
    purposes: tuple[str, ...] = ()
    until: str = ""


@dataclass(frozen=True, kw_only=True)
class ConsentRecord(Kept):
    """One consent as either side keeps it; ``id`` is its name, which both sides use, prefixed by direction.

    ``incoming``: we are the provider and decide. It is about a ``dataset``, or about every record of one kind of a
    ``part``. ``fields``: member paths of the record it covers; empty where the dataset is none of our records: then all
    of it. ``request``: the data request that it came with; ``by``, ``at``, ``reason``: who decided last, when, why
    (``automatic``: the operator, beforehand); ``ending``: the outbox row that ends it in time; ``delivered``: the
    partner's box has taken our last message.
    """

    kind: ClassVar[str] = "consent"

    consent: str
    incoming: bool
    partner: str
    dataset: str = ""
    part: str = ""
    record_kind: RequestKind | None = None
    purposes: tuple[str, ...]
    purpose_class: PurposeClass
    fields: tuple[str, ...] = ()
    wish: Wish = Wish()
    state: ConsentState = ConsentState.ASKED
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    request: str = ""
    by: str = ""
    at: datetime | None = None
    reason: str = ""
    ending: str = ""
    delivered: bool = False
    created: datetime

    @staticmethod
    def key(consent: str, *, incoming: bool) -> str:
        """The record's id: the same company may stand on both ends in tests."""
        return f"{'in' if incoming else 'out'}:{consent}"

    def keys(self) -> tuple[str, str, str]:
        """Found again by partner, and by what it is about."""
        subject = about_part(self.part, self.record_kind) if self.part else about_dataset(self.dataset)
        return self.partner, state_column(self.state, incoming=self.incoming), subject

    def standing(self, now: datetime) -> ConsentState:
        """Its state at an instant."""
        over = self.valid_until is not None and self.valid_until <= now
        return ConsentState.EXPIRED if over and self.state is ConsentState.GRANTED else self.state

    def live(self, now: datetime) -> bool:
        """Whether it permits anything at an instant."""
        begun = self.valid_from is not None and self.valid_from <= now
        return begun and self.standing(now) is ConsentState.GRANTED


def state_column(state: ConsentState, *, incoming: bool) -> str:
    """The state column."""
    return f"{'in' if incoming else 'out'}-{state.value}"


def about_dataset(dataset: str) -> str:
    """The ref column of a consent about one dataset. Partners choose names: prefixed, none is taken for a part's."""
    return f"dataset:{dataset}"


def about_part(part: str, record_kind: RequestKind | None) -> str:
    """The ref column of a consent about the records of a part."""
    return f"part:{'' if record_kind is None else record_kind.value}:{part}"
