"""The reference page of contract templates, read off the files in ``policies``."""

from __future__ import annotations

import json
from collections.abc import Iterator

from renkei.policy.profiles import WIRE_PROFILES
from renkei.policy.templates import Template, read_template
from renkei.resources import Kind, resource_names, resource_text

ABOUT = """
Terms written once, with their wording in English and Japanese; [filled in](../how-to/use-a-template.md) they become an
offer that names the wording by the template's hash. A wire profile is what partners of a kind can read; where a
template does not name one, that profile has no words for its terms, and filling it in is refused with the terms named.
"""


def templates_page() -> Iterator[str]:
    """The wire profiles, then one section a template."""
    yield "# Contract templates · 契約テンプレート\n\n"
    yield ABOUT.replace("\n", " ").strip() + "\n\n"
    yield "| Wire profile | What it carries | Claimed by the offer's `profile` |\n| --- | --- | --- |\n"
    for name, profile in WIRE_PROFILES.items():
        claims = ", ".join(f"`{iri}`" for iri in profile.claims)
        claims += ", or none" if name == "plain-dsp" else ""
        yield f"| `{name}` | {profile.en}<br>{profile.ja} | {claims} |\n"
    for name in resource_names(Kind.POLICIES):
        if name.endswith(".json"):
            yield from _section(read_template(json.loads(resource_text(Kind.POLICIES, name))))


def _section(template: Template) -> Iterator[str]:
    yield f"\n## {template.id}\n\n**{template.title['en']} · {template.title['ja']}** "
    yield f"(version {template.version}; {', '.join(f'`{each}`' for each in template.profiles)})\n\n"
    yield f"{template.text['en']}\n\n{template.text['ja']}\n\n"
    yield "| Parameter | Type | Default | |\n| --- | --- | --- | --- |\n"
    for parameter in template.parameters:
        default = parameter.default
        shown = "—" if default is None else f"`{default if isinstance(default, str) else ' '.join(default)}`"
        title = f"{parameter.title['en']}<br>{parameter.title['ja']}"
        yield f"| `{parameter.name}` | {parameter.type.value} | {shown} | {title} |\n"
    for first, second in template.order:
        yield f"\n`{first}` is not after `{second}`.\n"
