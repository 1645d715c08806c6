"""The tokens with which consumers fetch bytes: one for each transfer that runs, dead from the moment it pauses or ends.

Only a token's hash is kept.
"""

from __future__ import annotations

from datetime import timedelta

from renkei.exchange.machine.drafts import Draft
from renkei.exchange.ports import Ports
from renkei.exchange.problems import BAD_TOKEN
from renkei.exchange.records.processes import TokenRecord, TransferRecord
from renkei.exchange.transfer.edr import Edr, write_edr
from renkei.kernel import jcs
from renkei.kernel.values import replace
from renkei.protocol.messages import DataAddress


class DataTokens:
    """One provider's tokens."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def issue(self, draft: Draft[TransferRecord]) -> DataAddress:
        """A fresh token for a transfer; an older one of it dies."""
        await self.revoke(draft)
        token, lifetime = self._ports.ids.secret(), self._ports.settings.token_lifetime
        record = draft.record
        kept = TokenRecord(
            id=jcs.digest(token.encode()),
            partner=record.partner,
            transfer=record.id,
            agreement=record.agreement,
            dataset=record.dataset,
            expires=self._ports.clock.now() + timedelta(seconds=lifetime),
        )
        draft.rows.append(kept.row())
        draft.record = replace(record, token=kept.id)
        endpoint, consents = self._ports.settings.data_address, record.consents
        return write_edr(Edr(endpoint=endpoint, authorization=token, expires_in=lifetime, consents=consents))

    async def revoke(self, draft: Draft[TransferRecord]) -> None:
        """A transfer's token dies with this step, if it has one."""
        token = draft.record.token
        if token is None:
            return
        row = await self._ports.store.load(TokenRecord.kind, token)
        if row is not None:
            draft.rows.append(replace(TokenRecord.of(row), live=False).row())
        draft.record = replace(draft.record, token=None)

    async def live(self, token: str) -> TokenRecord:
        """A token of ours that has neither died nor expired. Raises PolicyError ``data-token-refused``."""
        row = await self._ports.store.load(TokenRecord.kind, jcs.digest(token.encode()))
        if row is None:
            raise BAD_TOKEN()
        known = TokenRecord.of(row)
        if not known.live or known.expires <= self._ports.clock.now():
            raise BAD_TOKEN()
        return known
