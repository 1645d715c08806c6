"""Where a page of a catalog begins, as a token that only we can make: for one requester and one question.

A token is ``place.seal``: the place (a direction and the id from which it is counted, always one that this requester
was shown) and a seal over it, over who was given it and over what was asked. The key of the seals is made once and
kept, so that a crawl survives our restart. A token that does not fit, by however little, is ``catalog-bad-page``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from typing import ClassVar, Final

from renkei.exchange.machine.steps import Step, Steps
from renkei.exchange.ports import Ports
from renkei.exchange.problems import BAD_PAGE
from renkei.exchange.records.kept import Kept
from renkei.kernel import jcs
from renkei.store.port import Changes

_SEAL: Final = 16
_FORWARDS, _BACKWARDS = ">", "<"


@dataclass(frozen=True, slots=True)
class Place:
    """The page of what comes after an id, or the one of what comes before it."""

    id: str = ""
    backwards: bool = False


@dataclass(frozen=True, kw_only=True)
class PageKeyRecord(Kept):
    """The key of the seals."""

    kind: ClassVar[str] = "page-key"

    secret: str


class PageTokens:
    """One participant's tokens."""

    def __init__(self, ports: Ports, steps: Steps) -> None:
        self._ports = ports
        self._steps = steps
        self._key = b""

    async def write(self, place: Place, *, asker: str, question: str) -> str:
        """The token for a place."""
        text = (_BACKWARDS if place.backwards else _FORWARDS) + place.id
        return f"{_encoded(text.encode())}.{_encoded(await self._seal(text, asker, question))}"

    async def read(self, token: str, *, asker: str, question: str) -> Place:
        """The place of a token that we made for this asker and question. Raises PeerError ``catalog-bad-page``."""
        first, _, second = token.partition(".")
        try:
            text = _decoded(first).decode()
            given = _decoded(second)
        except (binascii.Error, ValueError):
            raise BAD_PAGE() from None
        # Written again, since base64 has several spellings of the same bytes.
        spelled = f"{_encoded(text.encode())}.{_encoded(given)}" == token
        if not spelled or not hmac.compare_digest(given, await self._seal(text, asker, question)):
            raise BAD_PAGE()
        return Place(id=text[1:], backwards=text.startswith(_BACKWARDS))

    async def _seal(self, text: str, asker: str, question: str) -> bytes:
        sealed = jcs.canonical([asker, question, text])
        return hmac.new(await self._secret(), sealed, hashlib.sha256).digest()[:_SEAL]

    async def _secret(self) -> bytes:
        if not self._key:
            self._key = (await self._steps.run("page key", self._kept_key)).secret.encode()
        return self._key

    async def _kept_key(self) -> Step[PageKeyRecord]:
        row = await self._ports.store.load(PageKeyRecord.kind, "catalog")
        if row is not None:
            return Step(None, PageKeyRecord.of(row))
        made = PageKeyRecord(id="catalog", secret=self._ports.ids.secret())
        return Step(Changes(records=(made.row(),)), made)


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
