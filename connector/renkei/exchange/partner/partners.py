"""Where a partner is reached: from its DID document's DataService to the base of endpoints in a version we share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from renkei.exchange.ports import Clock, DidResolver, Line, Partner
from renkei.exchange.problems import NO_PARTNER, PARTNER_REFUSED, UNREADABLE_ANSWER
from renkei.kernel.problems import PeerError
from renkei.trust.did import is_did
from renkei.trust.problems import DID_MALFORMED
from renkei.wire.dialects import DIALECTS, Dialect, dialect_of
from renkei.wire.versions import WELL_KNOWN, choose, read_versions

DATA_SERVICE: Final = "DataService"
_NOBODY: Final = "it is neither a participant id nor a configured name"
_KEEP_SECONDS: Final = 300.0


class DidDirectory:
    """The default Directory: configured names and addresses first, then the DID document.

    ``names``: short name → participant id; ``addresses``: participant id → DSP base URL, for partners whose id is no
    DID or whose document names no DataService.
    """

    def __init__(
        self,
        line: Line,
        resolver: DidResolver,
        clock: Clock,
        names: Mapping[str, str] | None = None,
        addresses: Mapping[str, str] | None = None,
        dialects: Sequence[Dialect] = DIALECTS,
    ) -> None:
        self._line = line
        self._resolver = resolver
        self._clock = clock
        self._names = dict(names or {})
        self._addresses = dict(addresses or {})
        self._dialects = dialects
        self._configured = frozenset(self._names)
        self._known: dict[str, tuple[Partner, float]] = {}

    def identify(self, name: str) -> str:
        """See Directory. Whatever looks like an id (an IRI) may be one; a bare word must be configured."""
        participant = self._names.get(name, name)
        if ":" not in participant and participant not in self._addresses:
            raise NO_PARTNER(partner=name, cause=_NOBODY + self._nearest(name))
        return participant

    def named(self, name: str) -> str | None:
        """See Directory."""
        return self._names.get(name)

    def learn(self, name: str, participant: str, address: str = "") -> None:
        """See Directory. What is configured goes before."""
        if name and name not in self._configured:
            self._names[name] = participant
        if address:
            self._addresses.setdefault(participant, address)

    def _nearest(self, name: str) -> str:
        nearest = get_close_matches(name, self._names, n=1)
        return f"; did you mean {nearest[0]}?" if nearest else ""

    async def find(self, name: str) -> Partner:
        """The partner; what was found is kept for five minutes."""
        participant = self.identify(name)
        if (address := self._addresses.get(participant)) is not None:
            return Partner(id=participant, address=address.rstrip("/"))
        now = self._clock.now().timestamp()
        if (known := self._known.get(participant)) is not None and now < known[1]:
            return known[0]
        if not is_did(participant):
            raise NO_PARTNER(partner=name, cause="it is neither a DID nor a configured name")
        try:
            partner = await self._discover(participant)
        except PeerError as error:
            if error.problem is not DID_MALFORMED:
                raise
            # Whoever named it is on our side: a partner has shown that its own DID can be used.
            raise NO_PARTNER(partner=name, cause=error.message()) from error
        self._known[participant] = (partner, now + _KEEP_SECONDS)
        return partner

    async def _discover(self, did: str) -> Partner:
        document = await self._resolver.resolve(did)
        endpoints = document.endpoints(DATA_SERVICE)
        if not endpoints:
            raise NO_PARTNER(partner=did, cause="its DID document has no DataService entry")
        # The entry should name the version document itself, but a bare root is met as well.
        root = endpoints[0].rstrip("/").removesuffix(WELL_KNOWN)
        answered = await self._line.send("GET", root + WELL_KNOWN)
        if not answered.ok:
            raise PARTNER_REFUSED(partner=did, status=answered.status, cause="no version document")
        try:
            versions = read_versions(answered.body)
        except PeerError as error:
            raise UNREADABLE_ANSWER(partner=did, asked="the question for its versions", cause=error) from error
        version = choose(versions, tuple(dialect.version for dialect in self._dialects))
        dialect = dialect_of(version.version, self._dialects)
        return Partner(id=did, address=root + version.path.rstrip("/"), dialect=dialect)
