"""What an embedding program, or the daemon's settings, tell one connector."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from renkei.exchange.participant import Habits
from renkei.exchange.partner.register import Registration
from renkei.exchange.ports import Approvals, Imprint, UpdateRules
from renkei.policy.admission import AdmissionRules
from renkei.policy.model import RENKEI

PURPOSES: Final = frozenset(
    {
        RENKEI + "purpose/carbon-footprint",
        RENKEI + "purpose/due-diligence-2023-1542",
        "cx.pcf.base:1",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorConfig:
    """What one connector is told.

    ``folder`` holds the database, ``keys/``, ``files/`` (what may be published) and ``received/``. ``port`` 0 takes a
    free port, good for tests. ``public_url``: how partners reach us, if not as ``http://host:port``; ``participant``:
    our id, by default the did:web of that URL. ``partners``: short name → participant id; ``aliases``: business partner
    number → participant id; ``register``: what is known of partners, by name, number or id; ``part_of``: what a
    participant, a group, a place … lies in; ``admission``: who may speak with us; ``imprint``: what our catalog says of
    us; ``page``: datasets on one page of it; ``addresses``: participant id → DSP base URL, for ids that are no DIDs.
    ``insecure_loopback``: plain-HTTP did:web on loopback, for tests and demos only. ``private_hosts``: names and
    networks of partners that are not public. ``management``: whether the management listener runs. ``courtesy``: how
    long a partner that does not sign gets to store its step before our next message leaves; ``answer_pause``: how long
    our answer waits; ``approvals``: where a person decides; ``accepted_duties``: actions to which an offer may oblige
    us without a person's yes (``odrl:inform``); ``updates``: how customers' copies of our records are kept current;
    ``reminders``: days before a request's day on which its supplier is reminded; ``callback_hosts``: hosts that any
    partner may name for its callbacks. Times are seconds.
    """

    folder: Path
    host: str = "127.0.0.1"
    port: int = 0
    public_url: str = ""
    participant: str = ""
    insecure_loopback: bool = False
    management: bool = False
    management_host: str = "127.0.0.1"
    management_port: int = 0
    partners: Mapping[str, str] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    register: Mapping[str, Registration] = field(default_factory=dict)
    part_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    admission: AdmissionRules = field(default_factory=AdmissionRules)
    imprint: Imprint = field(default_factory=Imprint)
    page: int = 100
    unsigned_partners: frozenset[str] = frozenset()
    approvals: Approvals = field(default_factory=Approvals)
    accepted_duties: frozenset[str] = frozenset()
    updates: UpdateRules = field(default_factory=UpdateRules)
    reminders: tuple[int, ...] = (7, 1, 0)
    callback_hosts: frozenset[str] = frozenset()
    purposes: frozenset[str] = PURPOSES
    private_hosts: tuple[str, ...] = ()
    token_lifetime: int = 300
    courtesy: float = 0.25
    answer_pause: float = 0.0
    wait: float = 30.0
    habits: Habits = field(default_factory=Habits)
    database: str = "sqlite"
