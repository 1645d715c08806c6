"""Management of who sees what under which terms, and of the catalog as documents: Turtle, self-description."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal, TypeAlias

import msgspec

from renkei.exchange.catalog.access import EVERYONE, only
from renkei.exchange.problems import UNKNOWN_TEMPLATE
from renkei.exchange.records.assets import ContractDefinitionRecord
from renkei.exchange.records.kept import Document
from renkei.http.management.contract_views import TermsWarning
from renkei.http.management.operations import Desk, Nothing, Operation, PathValues, operation
from renkei.http.management.paging import Paging, page_of
from renkei.http.management.problems import BAD_POLICY, ONE_POLICY
from renkei.http.management.views import Page, View
from renkei.kernel.problems import RenkeiError
from renkei.policy.linting.findings import Finding
from renkei.policy.model import Policy
from renkei.policy.profiles import PLAIN_DSP, WIRE_PROFILES
from renkei.policy.read import read_offer, read_set
from renkei.policy.templates import ParameterType, instantiate, read_template
from renkei.wire.turtle import Publisher, catalog_turtle

TURTLE: Final = "text/turtle"
ProfileName: TypeAlias = Literal["", "plain-dsp", "catena-x-1.2"]
"""A wire profile by its name (``policy.profiles``)."""


class Defining(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may see what is published under this definition, and under which terms.

    At most one of ``visible_to`` (partners by id or configured name) and ``access`` (an ODRL set of permissions without
    targets, judged with what is verified about the requester); neither: everyone. At most one of ``template`` (with
    ``parameters`` and the wire ``profile``, by default the plain one) and ``policy`` (an ODRL offer without target);
    neither: each publication brings its own.
    """

    visible_to: tuple[str, ...] = ()
    access: Document | None = None
    template: str = ""
    parameters: dict[str, str] = {}
    profile: ProfileName = ""
    policy: Document | None = None


class ContractDefinition(View, frozen=True, kw_only=True):
    """Who may see what is published under it, and its terms (absent: none).

    ``warnings``: what is worth a look in its terms (not in lists).
    """

    id: str
    access: Document
    terms: Document | None
    warnings: tuple[TermsWarning, ...] = ()

    @classmethod
    def of(cls, record: ContractDefinitionRecord, warnings: Sequence[Finding] = ()) -> ContractDefinition:
        """The view of a record."""
        told = tuple(map(TermsWarning.of, warnings))
        return cls(id=record.id, access=record.access, terms=record.terms, warnings=told)


class Exporting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose catalog, and how. ``partner``: theirs, asked now, instead of ours; ``viewer``: ours as this one sees it.

    Without a viewer it is what every participant may see.
    """

    partner: str = ""
    viewer: str = ""
    profile: Literal["", "dcat-ap-3"] = ""


class Describing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose self-description: a partner's, asked now and verified, or ours."""

    partner: str = ""


async def define_contract(desk: Desk, values: PathValues, asked: Defining) -> ContractDefinition:
    """Store or replace a contract definition."""
    access = desk.participant.catalogs.access
    terms = None
    if asked.template or asked.policy is not None:
        terms = terms_of(desk, asked.template, asked.parameters, asked.policy, values["id"], profile=asked.profile)
    policy = audience_of(desk, asked.visible_to, asked.access)
    return _with_warnings(desk, await access.define(values["id"], policy, terms))


def _with_warnings(desk: Desk, record: ContractDefinitionRecord) -> ContractDefinition:
    found = () if record.terms is None else desk.participant.catalogs.warnings(record.terms)
    return ContractDefinition.of(record, found)


async def list_definitions(desk: Desk, values: PathValues, asked: Paging) -> Page[ContractDefinition]:
    """All contract definitions, those made of ``visible_to`` among them."""
    return await page_of(desk, ContractDefinitionRecord, ContractDefinition.of, asked, state="")


async def show_definition(desk: Desk, values: PathValues, asked: Nothing) -> ContractDefinition:
    """One contract definition."""
    return _with_warnings(desk, await desk.participant.catalogs.access.definition(values["id"]))


async def delete_definition(desk: Desk, values: PathValues, asked: Nothing) -> ContractDefinition:
    """Forget a contract definition on which nothing hangs; answers what it was."""
    return ContractDefinition.of(await desk.participant.catalogs.access.delete(values["id"]))


async def export_catalog(desk: Desk, values: PathValues, asked: Exporting) -> str:
    """A catalog as RDF in Turtle."""
    participant = desk.participant
    ports = participant.ports
    if asked.partner:
        theirs = await participant.catalogs.shown_by(await ports.directory.find(asked.partner))
        return catalog_turtle(theirs, profile=asked.profile)
    viewer = ports.directory.identify(asked.viewer) if asked.viewer else ""
    imprint = ports.settings.imprint
    publisher = Publisher(name=imprint.name, title=imprint.title, description=imprint.description)
    ours = await participant.catalogs.showing.whole(viewer)
    return catalog_turtle(ours, profile=asked.profile, publisher=publisher)


async def export_self_description(desk: Desk, values: PathValues, asked: Describing) -> Document:
    """A signed self-description with the keys it was made with."""
    participant = desk.participant
    if asked.partner:
        return await participant.self_description.of(await participant.ports.directory.find(asked.partner))
    return await participant.self_description.exported()


def audience_of(desk: Desk, visible_to: tuple[str, ...], access: Document | None) -> Policy:
    """The access policy of a definition."""
    identify = desk.participant.ports.directory.identify
    if access is None:
        return only(map(identify, visible_to)) if visible_to else EVERYONE
    if visible_to:
        raise BAD_POLICY(cause="`visible_to` and `access` are both given")
    return read_access(access)


def read_access(access: Document) -> Policy:
    """An access policy as an operator writes it."""
    try:
        return read_set({"@id": "urn:renkei:access", "@type": "Set", **access})
    except RenkeiError as error:
        raise BAD_POLICY(cause=f"{error.code}, {error.message()}") from error


def terms_of(
    desk: Desk,
    template: str,
    parameters: dict[str, str],
    policy: Document | None,
    policy_id: str,
    *,
    profile: ProfileName = "",
) -> Policy:
    """Terms from a template, or from an ODRL offer, which claims its profile itself; exactly one of them."""
    templates = desk.participant.templates
    known = ", ".join(sorted(templates))
    if bool(template) == (policy is not None):
        raise ONE_POLICY(known=known)
    if policy is not None and profile:
        raise BAD_POLICY(cause="`profile` goes with a template; a policy claims its own")
    if policy is not None:
        try:
            return read_offer({"@id": policy_id, "@type": "Offer", **policy}, in_catalog=True)
        except RenkeiError as error:
            raise BAD_POLICY(cause=f"{error.code}, {error.message()}") from error
    if template not in templates:
        raise UNKNOWN_TEMPLATE(template=template, known=known)
    document = templates[template]
    partners = {
        parameter.name
        for parameter in read_template(document).parameters
        if parameter.type is ParameterType.PARTICIPANT
    }
    identify = desk.participant.ports.directory.identify
    named = {name: identify(value) if name in partners else value for name, value in parameters.items()}
    return instantiate(document, named, policy_id=policy_id, profile=WIRE_PROFILES[profile or PLAIN_DSP.name])


OPERATIONS: Final[tuple[Operation, ...]] = (
    operation("PUT /contract-definitions/{id}", "Define who sees what", define_contract, Defining, ContractDefinition),
    operation(
        "GET /contract-definitions",
        "List contract definitions",
        list_definitions,
        Paging,
        Page[ContractDefinition],
    ),
    operation(
        "GET /contract-definitions/{id}", "Show one contract definition", show_definition, Nothing, ContractDefinition
    ),
    operation(
        "DELETE /contract-definitions/{id}",
        "Delete a contract definition",
        delete_definition,
        Nothing,
        ContractDefinition,
    ),
    replace(
        operation("GET /catalog.ttl", "Export a catalog as Turtle", export_catalog, Exporting, str), media_type=TURTLE
    ),
    operation(
        "GET /export/self-description", "Export a self-description", export_self_description, Describing, Document
    ),
)
