"""How the management API shows what is kept: the record, in the words of the design, without our own wiring.

``contract_views`` and ``request_views`` hold one class for each kept thing.

``partner`` is a participant id; ``partner_name`` beside it the short name that the operator has given it, if any.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Generic, Literal, TypeVar

import msgspec

from renkei.store.port import Event

V = TypeVar("V")


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What all answers share."""


class Page(View, Generic[V], frozen=True, kw_only=True):
    """Some of many. ``next``: give it as ``after`` to get those that follow; absent on the last page."""

    items: list[V]
    next: str | None = None


class Problem(View, frozen=True, kw_only=True):
    """An error: a stable code, who must act, what happened, what to do next (Japanese if ``Accept-Language: ja``)."""

    code: str
    fault: Literal["local", "peer", "policy", "configuration"]
    message: str
    hint: str


class HistoryEvent(View, frozen=True, kw_only=True):
    """One line of history; ``kind`` and ``id`` name what it happened to."""

    seq: int
    at: datetime
    kind: str
    id: str
    type: str

    @classmethod
    def of(cls, event: Event) -> HistoryEvent:
        """The view of an event."""
        return cls(seq=event.seq, at=event.at, kind=event.kind, id=event.id, type=event.type)


def named(answer: object, names: Mapping[str, str]) -> object:
    """An answer with the short name of every partner in it that has one; ``names``: by participant id."""
    if isinstance(answer, View):
        found = {field: _named(answer, field, names) for field in answer.__struct_fields__}
        return msgspec.structs.replace(answer, **found)
    if isinstance(answer, list) and answer and isinstance(answer[0], View):
        return [named(item, names) for item in answer]
    if isinstance(answer, dict) and any(isinstance(item, View) for item in answer.values()):
        return {key: named(item, names) for key, item in answer.items()}
    return answer


def _named(view: View, field: str, names: Mapping[str, str]) -> object:
    match field:
        case "customer_names":
            return tuple(names.get(customer, customer) for customer in getattr(view, "customers", ()))
        case "partner_name":
            return names.get(str(getattr(view, "partner", "")), "")
        case _:
            return named(getattr(view, field), names)
