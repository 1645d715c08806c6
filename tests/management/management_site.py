"""Companies with a management API each, on loopback and in memory; every answer is held against the served schema."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

import aiohttp
import jsonschema

from renkei.daemon.config import ConnectorSection, DaemonConfig, PatienceSection, PublicSection
from renkei.daemon.run import connector_config, management
from renkei.http.management.endpoints import OPERATIONS
from renkei.http.management.openapi import openapi_document
from renkei.node import Connector, Replacements

TERMS = {
    "permission": [
        {
            "action": "use",
            "constraint": [
                {
                    "leftOperand": "http://www.w3.org/ns/odrl/2/dateTime",
                    "operator": "lteq",
                    "rightOperand": "2999-01-01T00:00:00Z",
                }
            ],
        }
    ]
}
FORBIDDING = {
    "permission": [
        {
            "action": "use",
            "constraint": [
                {
                    "leftOperand": "http://www.w3.org/ns/odrl/2/dateTime",
                    "operator": "lteq",
                    "rightOperand": "2001-01-01T00:00:00Z",
                }
            ],
        }
    ]
}


def settings(folder, partners=None, name=""):
    quick = PatienceSection(first=0.01, longest=0.05, tries=20)
    return DaemonConfig(
        connector=ConnectorSection(name=name, folder=str(folder), database="memory", insecure_loopback=True, wait=10.0),
        public=PublicSection(port=0),
        partners=partners or {},
        messages=quick,
        errands=quick,
    )


@cache
def document():
    return json.loads(json.dumps(openapi_document(OPERATIONS, "test")))


def check_answer(method, path, status, answer):
    """Hold an answer against the schema of its operation."""
    segments = path.split("?")[0].split("/")
    row = next(
        row
        for row in OPERATIONS
        if row.method == method
        and len(row.path.split("/")) == len(segments)
        and all(a == b or a.startswith("{") for a, b in zip(row.path.split("/"), segments, strict=True))
    )
    responses = document()["paths"][row.path][method.lower()]["responses"]
    schema = responses.get(str(status), responses["default"])["content"]["application/json"]["schema"]
    jsonschema.validate(answer, {**schema, "components": document()["components"]})


async def once(look, wanted=bool):
    """What a look brings, as soon as that is wanted; each look is a whole round trip, and their number is bounded."""
    found = None
    for _ in range(3000):
        found = await look()
        if wanted(found):
            return found
    raise AssertionError(f"it did not happen; last seen: {found}")


@dataclass
class Site:
    """One running company."""

    connector: Connector
    session: aiohttp.ClientSession

    @property
    def did(self):
        return self.connector.did

    async def raw(self, method, path, *, body=None, headers=None, token=None):
        token = self.connector.management_token if token is None else token
        given = {"authorization": f"Bearer {token}", **(headers or {})}
        url = self.connector.management_url + path
        async with self.session.request(method, url, json=body, headers=given) as answer:
            return answer.status, answer.headers.copy(), await answer.read()

    async def call(self, method, path, body=None, **query):
        """Status and answer of ``/v1`` + path; the answer fits the OpenAPI document."""
        if query:
            path += "?" + "&".join(f"{name}={quote(str(value), safe='')}" for name, value in query.items())
        status, _, raw = await self.raw(method, "/v1" + path, body=body)
        answer = json.loads(raw)
        check_answer(method, "/v1" + path, status, answer)
        return status, answer

    async def get(self, path, **query):
        status, answer = await self.call("GET", path, **query)
        assert status == 200, answer
        return answer

    async def post(self, path, body=None):
        status, answer = await self.call("POST", path, body)
        assert status in {200, 201}, answer
        return answer

    async def publish(self, name, content=b'{"x": 1}', **how):
        """Offer some bytes under terms that permit their use."""
        files = self.connector.config.folder / "files"
        files.mkdir(exist_ok=True)
        (files / f"{name}.json").write_bytes(content)
        body = {"dataset": f"urn:dataset:{name}", "file": f"{name}.json", "policy": TERMS, **how}
        return await self.post("/assets", body)


async def start(stack, folder, partners=None, name=""):
    config = settings(folder, partners, name)
    connector = Connector(connector_config(config), Replacements(management=management(config)))
    await stack.enter_async_context(connector)
    session = await stack.enter_async_context(aiohttp.ClientSession())
    return Site(connector, session)


def segment(name):
    return quote(name, safe="")
