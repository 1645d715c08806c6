"""A daemon's settings: a TOML file, overlaid by the environment, read strictly into frozen values.

::

    [connector]
    folder = "."                 # relative to this file
    [public]
    port = 8080
    [partners]
    cell-maker = "did:web:cells.example"

A variable ``RENKEI__PUBLIC__PORT=9090`` goes before the file's ``port`` in ``[public]``. A name that no section knows
is an error that names the nearest known one. No setting is a secret: keys and the management token are files of their
own, so that settings can be shown, logged and kept under version control.

Raises ConfigurationError ``config-unreadable``, ``config-unknown-key``, ``config-bad-value``.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias, cast, get_args, get_origin
from urllib.parse import urlsplit

import msgspec

from renkei.daemon.problems import BAD_VALUE, NO_TOML, UNKNOWN_KEY, UNREADABLE
from renkei.exchange.machine.patience import FOR_ERRANDS, FOR_MESSAGES, Patience

PREFIX: Final = "RENKEI__"
URL_FILE: Final = "management.url"
TOKEN_FILE: Final = "management.token"  # noqa: S105 - a file's name
_LOOPBACK: Final = re.compile(r"localhost|127(?:\.[0-9]{1,3}){3}|::1")
# The spelling alone: every command reads the settings, and not every one needs cryptography (`renkei.trust.did`).
_ID: Final = re.compile(
    r"did:web:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*(?:%3[Aa][0-9]{1,5})?(?::[A-Za-z0-9._-]+)*"
    r"|did:(?!web:)[a-z0-9]+:[A-Za-z0-9._:%-]+"
    r"|(?!did:)[A-Za-z][A-Za-z0-9+.-]*:\S+"
    r"|BPN[ALS][0-9A-Z]{12}"
)
_NO_ID: Final = "neither a DID such as did:web:connector.example.com nor another IRI nor a business partner number"
_PLACE: Final = re.compile(r" - at `\$\.(\w+)(?:\[\.\.\.\])?(?:\.(\w+))?.*")
_TYPE: Final = re.compile(r"`(\w+)([^`]*)`")
_WORDS: Final = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "bool": "true or false",
    "array": "a list",
    "object": "a section",
}
Port: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=65535)]
Seconds: TypeAlias = Annotated[float, msgspec.Meta(gt=0, le=86_400)]
Tries: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=10_000)]


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One section of the file."""


class ConnectorSection(Section, frozen=True, kw_only=True):
    """The participant itself.

    name: What people call this company.
    folder: Where the database, keys and files are; relative to the configuration file.
    participant: The participant id; empty takes the did:web of the public URL.
    database: `sqlite` (a file in the folder) or `memory` (gone at the end; for trying out).
    purposes: What we use partners' data for; by default footprint and due diligence, which a list of IRIs replaces.
    unsigned_partners: Participant ids whose offers and agreements are taken unsigned.
    callback_hosts: Hosts that any partner may name as its callback address, beside those of its own DID document.
    private_hosts: Names and networks of partners that are not on the public internet.
    insecure_loopback: Take plain HTTP on this machine's loopback; for tests and demos only.
    wait: Seconds a call waits for a partner's next step.
    courtesy: Seconds a partner that does not sign gets to store its own step before our next message leaves.
    answer_pause: Seconds our answer to such a partner waits; one that keeps its state in memory may lose its own step.
    token_lifetime: Seconds a data token lives.
    """

    name: str = ""
    folder: str = "."
    participant: str = ""
    database: Literal["sqlite", "memory"] = "sqlite"
    purposes: tuple[str, ...] = ()
    unsigned_partners: tuple[str, ...] = ()
    callback_hosts: tuple[str, ...] = ()
    private_hosts: tuple[str, ...] = ()
    insecure_loopback: bool = False
    wait: Seconds = 30.0
    courtesy: Annotated[float, msgspec.Meta(ge=0, le=60)] = 0.25
    answer_pause: Annotated[float, msgspec.Meta(ge=0, le=5)] = 0.0
    token_lifetime: Annotated[int, msgspec.Meta(ge=1, le=86_400)] = 300


class PublicSection(Section, frozen=True, kw_only=True):
    """The listener that partners reach.

    host: The address to listen on.
    port: The port; 0 takes a free one.
    url: How partners reach it, where that is not http://host:port (a proxy with TLS in front).
    """

    host: str = "127.0.0.1"
    port: Port = 8080
    url: str = ""


class ManagementSection(Section, frozen=True, kw_only=True):
    """The listener for the operator and the CLI.

    host: The address to listen on; leave it on loopback.
    port: The port; 0 takes a free one, which the daemon writes into the file management.url in its folder.
    hosts: Further names under which it may be called, such as that of a proxy.
    """

    host: str = "127.0.0.1"
    port: Port = 0
    hosts: tuple[str, ...] = ()


class CatalogSection(Section, frozen=True, kw_only=True):
    """What our catalog says of us, and how it is handed out.

    title: Its title.
    description: What is in it, in a sentence.
    page: Datasets on one page.
    """

    title: str = ""
    description: str = ""
    page: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 100


class ApprovalSection(Section, frozen=True, kw_only=True):
    """Contracts that need a person's yes (`renkei inbox`, `renkei approve`, `renkei refuse`).

    assets: Dataset ids, ours or a partner's; `*` for all.
    partners: Participant ids or configured names; `*` for all.
    within: Seconds a person has; what nobody has decided by then is terminated.
    """

    assets: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    within: Annotated[float, msgspec.Meta(gt=0, le=31_536_000)] = 604_800.0


class DutiesSection(Section, frozen=True, kw_only=True):
    """Duties that a contract may bring us without a person's yes.

    accepts: Actions to which an offer may oblige us, such as `odrl:inform`; others need a person.
    """

    accepts: tuple[str, ...] = ()


class RequestsSection(Section, frozen=True, kw_only=True):
    """Requests that we send to suppliers.

    reminders: How many days before the day of an open request its supplier is reminded; 0 is the day itself.
    """

    reminders: Annotated[tuple[Annotated[int, msgspec.Meta(ge=0, le=366)], ...], msgspec.Meta(max_length=10)] = (
        7,
        1,
        0,
    )


class UpdatesSection(Section, frozen=True, kw_only=True):
    """How what customers have of our records is kept current.

    automatic: New versions go to those who have the old one without a person's look; else `renkei update release`.
    window: Seconds in which changes are gathered, to be told as one.
    rounds: How often in a row a supplier's record may be restated because of others' before it is not passed on.
    echo: Seconds within which one restatement counts as following from the one before.
    """

    automatic: bool = True
    window: Annotated[float, msgspec.Meta(ge=0, le=2_592_000)] = 1.0
    rounds: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 100
    echo: Annotated[float, msgspec.Meta(ge=0, le=2_592_000)] = 600.0


class AdmissionSection(Section, frozen=True, kw_only=True):
    """Who may speak with this connector: all conditions that are set must hold. By default everyone who proves an id.

    connectors: Only these: participant ids, configured names, or connector ids as the register has them.
    attributes: Only with these attributes: `name = ["value", …]`, one value of each is enough; names as in [register].
    security_profile: Only with at least this security profile: `BASE`, `TRUST` or `TRUST_PLUS`.
    """

    connectors: tuple[str, ...] = ()
    attributes: dict[str, tuple[str, ...]] = {}
    security_profile: Literal["", "BASE", "TRUST", "TRUST_PLUS"] = ""


class RegisterSection(Section, frozen=True, kw_only=True):
    """What is known of one partner: `[register.NAME]` with a configured name, a business partner number or an id.

    An empty list says that it has none; what is not there is not known, and what is not known never permits. Our own
    section tells what we are, for the offers of partners.

    membership: Its membership in the data space, such as `active`.
    framework_agreements: The framework agreements that it has signed.
    numbers: Its business partner numbers, beside those under [aliases].
    roles: Its roles, such as `auditor`.
    groups: The groups of partners that it belongs to.
    security_profile: The security profile of its connector: `BASE`, `TRUST` or `TRUST_PLUS`.
    connector: The id of its connector.
    country: Where it uses data, as it has assured.
    facts: Further facts: `"operand IRI" = ["value", …]`.
    valid_until: Until when all of it holds, such as 2027-03-31T23:59:59Z.
    """

    membership: str | None = None
    framework_agreements: tuple[str, ...] | None = None
    numbers: tuple[str, ...] | None = None
    roles: tuple[str, ...] | None = None
    groups: tuple[str, ...] | None = None
    security_profile: Literal["BASE", "TRUST", "TRUST_PLUS"] | None = None
    connector: str | None = None
    country: str | None = None
    facts: dict[str, tuple[str, ...]] = {}
    valid_until: Annotated[datetime, msgspec.Meta(tz=True)] | None = None

    @property
    def attributes(self) -> dict[str, tuple[str, ...]]:
        """The values by short attribute name or operand IRI; a name in short goes before its IRI."""
        told: dict[str, tuple[str, ...]] = {}
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if value is not None and name not in {"facts", "valid_until"}:
                told[name] = (value,) if isinstance(value, str) else value
        return {**self.facts, **told}


class PatienceSection(Section, frozen=True, kw_only=True):
    """How often a delivery is tried.

    first: Seconds until the second try; each pause doubles.
    longest: Seconds of the longest pause.
    tries: After so many tries it is given up.
    """

    first: Seconds
    longest: Seconds
    tries: Tries

    @classmethod
    def of(cls, patience: Patience) -> PatienceSection:
        """The section that says this."""
        return cls(first=patience.first, longest=patience.longest, tries=patience.tries)

    @property
    def patience(self) -> Patience:
        """What the section says."""
        return Patience(first=self.first, longest=self.longest, tries=self.tries)


class LogSection(Section, frozen=True, kw_only=True):
    """What is logged, on standard error.

    level: `debug`, `info`, `warning` or `error`.
    format: `json` (one object a line) or `text`.
    """

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "text"] = "json"


class DaemonConfig(Section, frozen=True, kw_only=True):
    """All settings of one daemon.

    partners: Short names for partners: `name = "participant id"`.
    addresses: DSP base URLs of partners whose id is no DID: `"participant id" = "https://…"`.
    aliases: Business partner numbers (BPN) of participants: `BPNL… = "participant id"`.
    part_of: What lies in what: `"a participant, group or place" = ["collection", …]`.
    messages: Deliveries of protocol messages.
    errands: Deliveries of requests and their answers.
    """

    connector: ConnectorSection = ConnectorSection()
    public: PublicSection = PublicSection()
    management: ManagementSection = ManagementSection()
    partners: dict[str, str] = {}
    catalog: CatalogSection = CatalogSection()
    addresses: dict[str, str] = {}
    aliases: dict[str, str] = {}
    register: dict[str, RegisterSection] = {}
    part_of: dict[str, tuple[str, ...]] = {}
    admission: AdmissionSection = AdmissionSection()
    approval: ApprovalSection = ApprovalSection()
    duties: DutiesSection = DutiesSection()
    updates: UpdatesSection = UpdatesSection()
    requests: RequestsSection = RequestsSection()
    messages: PatienceSection = PatienceSection.of(FOR_MESSAGES)
    errands: PatienceSection = PatienceSection.of(FOR_ERRANDS)
    log: LogSection = LogSection()


SECTIONS: Final[Mapping[str, type[Section]]] = {
    "connector": ConnectorSection,
    "public": PublicSection,
    "management": ManagementSection,
    "catalog": CatalogSection,
    "admission": AdmissionSection,
    "approval": ApprovalSection,
    "duties": DutiesSection,
    "updates": UpdatesSection,
    "requests": RequestsSection,
    "messages": PatienceSection,
    "errands": PatienceSection,
    "log": LogSection,
}
_FREE: Final = frozenset({"partners", "addresses", "aliases", "part_of"})
_REPEATED: Final[Mapping[str, type[Section]]] = {"register": RegisterSection}
"""Sections of which there is one for each name."""


def read_config(path: Path, environment: Mapping[str, str]) -> DaemonConfig:
    """The settings of a file and an environment; ``connector.folder`` becomes absolute."""
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UNREADABLE(path=path, cause=error.strerror or error) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise NO_TOML(path=path, cause=error) from error
    _check_names(tables, str(path))
    config = _converted(tables, str(path), strict=True)
    overlay = _overlay(environment)
    if overlay:
        _check_names(overlay, "the environment")
        merged = {**cast("dict[str, object]", msgspec.to_builtins(config))}
        for section, values in overlay.items():
            merged[section] = {**cast("dict[str, object]", merged[section]), **values}
        config = _converted(merged, "the environment", strict=False)
    _check_public_url(config.public.url)
    _check_participants(config)
    folder = str((path.parent / config.connector.folder).resolve())
    return msgspec.structs.replace(config, connector=msgspec.structs.replace(config.connector, folder=folder))


def management_url(config: DaemonConfig) -> str | None:
    """Where a running daemon of these settings is managed: as it wrote itself, else by its fixed port."""
    try:
        return (Path(config.connector.folder) / URL_FILE).read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        if not config.management.port:
            return None
    host = config.management.host
    return f"http://{f'[{host}]' if ':' in host else host}:{config.management.port}"


def _check_public_url(url: str) -> None:
    """What partners are told must be an address that they can call: our DID and every callback are made of it."""
    if url and not is_web_address(url):
        raise BAD_VALUE(where="[public]", cause=f"url is {url}, no address such as https://connector.example.com")


def is_web_address(url: str) -> bool:
    """Whether partners could call this address: https, or plain http on this machine."""
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    more = parts.query or parts.fragment or "@" in parts.netloc
    safe = parts.scheme == "https" or (parts.scheme == "http" and _LOOPBACK.fullmatch(parts.hostname or "") is not None)
    return named and safe and not more and url.split() == [url]


def _check_participants(config: DaemonConfig) -> None:
    """Whoever is named can be somebody: names that nobody bears would only be noticed when a contract is at stake."""
    known = {*config.addresses, *config.aliases}
    own = config.connector
    named = [
        *(("[connector]", "participant", participant) for participant in [own.participant] if participant),
        *(("[connector]", "unsigned_partners", partner) for partner in own.unsigned_partners),
        *(("[partners]", name, partner) for name, partner in config.partners.items()),
        *(("[aliases]", name, partner) for name, partner in config.aliases.items()),
    ]
    # Of partners that are spoken of, a configured name will do.
    named += [("[register]", name, config.partners.get(name, name)) for name in config.register]
    named += [("[admission]", "connectors", config.partners.get(name, name)) for name in config.admission.connectors]
    for where, setting, participant in named:
        if participant not in known and not is_participant(participant):
            raise BAD_VALUE(where=where, cause=f"{setting} is {participant or 'empty'}, {_NO_ID}")
    for partner, address in config.addresses.items():
        if not is_web_address(address):
            raise BAD_VALUE(where="[addresses]", cause=f"{partner} is {address}, no https address of a connector")


def is_participant(text: str) -> bool:
    """Whether this can be a participant id: a DID or another absolute IRI, or a business partner number."""
    return _ID.fullmatch(text) is not None


def _converted(tables: Mapping[str, object], where: str, *, strict: bool) -> DaemonConfig:
    try:
        return msgspec.convert(_filled(tables), type=DaemonConfig, strict=strict)
    except msgspec.ValidationError as error:
        said = str(error)
        place = _PLACE.search(said)
        section, key = ("", "") if place is None else place.groups("")
        cause = _wrong(section, key, _PLACE.sub("", said))
        raise BAD_VALUE(where=f"[{section}] of {where}", cause=cause) from None


def _wrong(section: str, key: str, said: str) -> str:
    """What msgspec says of a value, with the setting's name as the file has it, what it may be, and in words."""
    kind_of = {**SECTIONS, **_REPEATED}.get(section)
    names = {} if kind_of is None else {field.name: field.type for field in msgspec.structs.fields(kind_of)}
    if get_origin(kind := names.get(key)) is Literal:
        return f"{key} is {said.rpartition(' value ')[2]}, not one of {', '.join(map(repr, get_args(kind)))}"
    words = _TYPE.sub(lambda found: _WORDS.get(found[1], found[1]) + found[2], said)
    place = key or ("an entry" if section in _FREE else "it")
    return f"{place}: {words[:1].lower()}{words[1:]}"


def _filled(tables: Mapping[str, object]) -> dict[str, object]:
    """Sections whose defaults depend on where they stand, completed."""
    filled = dict(tables)
    defaults = DaemonConfig()
    for name, standing in (("messages", defaults.messages), ("errands", defaults.errands)):
        given = filled.get(name)
        if isinstance(given, dict):
            filled[name] = {**cast("dict[str, object]", msgspec.to_builtins(standing)), **given}
    return filled


def _overlay(environment: Mapping[str, str]) -> dict[str, dict[str, object]]:
    """``RENKEI__SECTION__KEY`` variables as sections. A list is written with commas."""
    overlay: dict[str, dict[str, object]] = {}
    for name, value in environment.items():
        if not name.startswith(PREFIX):
            continue
        section, _, key = name.removeprefix(PREFIX).lower().partition("__")
        several = section in SECTIONS and _is_list(SECTIONS[section], key)
        overlay.setdefault(section, {})[key] = [v.strip() for v in value.split(",") if v.strip()] if several else value
    return overlay


def _is_list(section: type[Section], key: str) -> bool:
    return any(field.name == key and isinstance(field.default, tuple) for field in msgspec.structs.fields(section))


def _check_names(tables: Mapping[str, object], where: str) -> None:
    known = DaemonConfig.__struct_fields__
    for section, values in tables.items():
        if section not in known:
            raise UNKNOWN_KEY(where=where, key=f"[{section}]", nearest=_nearest(section, known))
        if section in _FREE or not isinstance(values, dict):
            continue
        if section in _REPEATED:
            for name, inner in values.items():
                if isinstance(inner, dict):
                    _check_keys(_REPEATED[section], inner, f"[{section}.{name}] of {where}")
        else:
            _check_keys(SECTIONS[section], values, f"[{section}] of {where}")


def _check_keys(section: type[Section], values: Mapping[str, object], where: str) -> None:
    keys = section.__struct_fields__
    for key in values:
        if key not in keys:
            raise UNKNOWN_KEY(where=where, key=key, nearest=_nearest(key, keys))


def _nearest(name: str, known: tuple[str, ...]) -> str:
    return difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]
