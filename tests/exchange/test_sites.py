"""Names that cost nothing share a site; names that somebody gives out do not."""

from __future__ import annotations

import pytest

from renkei.exchange.machine.sites import site_of


@pytest.mark.parametrize(
    ("participant", "site"),
    [
        ("did:web:cells.example", "cells.example"),
        ("did:web:cells.example:plant:1", "cells.example"),
        ("did:web:Cells.Example%3A8443:plant", "cells.example"),
        ("did:web:localhost%3a8080", "localhost"),
        ("did:web:", ""),
        ("did:key:z6Mk:x", "did:key:z6Mk:x"),
        ("BPNL000000000001", "BPNL000000000001"),
        ("", ""),
    ],
)
def test_the_site_of_a_participant(participant, site):
    assert site_of(participant) == site
