"""A notice (通知) as it is signed: who tells whom, what about, under which agreement, and why.

::

    {"@type": "Notice", "id": "urn:uuid:…", "kind": "restated", "sender": "did:web:…", "recipient": "did:web:…",
     "agreement": "urn:uuid:…", "subject": "…", "cause": "supplier-update", "issued": "2026-11-22T12:00:00Z",
     "content": {…}, "https://w3id.org/renkei/v1/signature": "h..s"}

It names its recipient, so that nobody can put it into another box; and it stands by itself, so that it can be shown
later to someone else. What ``content`` holds is its kind's own affair.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

import msgspec

from renkei.exchange.answer.box_messages import MaybeName, Name
from renkei.exchange.notice.notice_problems import BAD_NOTICE
from renkei.exchange.records.kept import Document
from renkei.exchange.records.notices import NoticeKind
from renkei.kernel import instants
from renkei.trust.artefacts import unsigned


class Notice(msgspec.Struct, frozen=True, kw_only=True, tag_field="@type", tag="Notice", forbid_unknown_fields=True):
    """What is signed. ``issued``: when, as an instant with a zone."""

    id: Name
    kind: NoticeKind
    sender: Name
    recipient: Name
    agreement: Name
    subject: Name
    cause: MaybeName
    issued: Annotated[datetime, msgspec.Meta(tz=True)]
    content: dict[str, object]

    def to_json(self) -> Document:
        """The plain JSON form, ready to be signed."""
        return {
            "@type": "Notice",
            "id": self.id,
            "kind": self.kind.value,
            "sender": self.sender,
            "recipient": self.recipient,
            "agreement": self.agreement,
            "subject": self.subject,
            "cause": self.cause,
            "issued": instants.render(self.issued),
            "content": self.content,
        }


def read_notice(document: Mapping[str, object], partner: str) -> Notice:
    """A notice, its signature aside. Raises PeerError ``notice-malformed``."""
    try:
        return msgspec.convert(unsigned(document), type=Notice)
    except msgspec.ValidationError as error:
        raise BAD_NOTICE(partner=partner, cause=error) from None
