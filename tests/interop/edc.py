"""An unmodified Eclipse EDC 0.15.1 as a partner: fetched with Maven, run in a process of its own, driven by its own API.

Facts used: EDC management API v3 (payloads may be given without JSON-LD where the vocabulary is EDC's own), the mock
identity extension (an ``Authorization`` header that holds plain JSON), and the configuration keys of 0.15.1. Its HTTP
server has no setting for the address it listens on, so its management API gets a key of its own for each run.
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

VERSION: Final = "0.15.1"
NAME: Final = "edc-partner"
PROTOCOL: Final = "dataspace-protocol-http:2025-1"
NAMESPACE: Final = "https://w3id.org/edc/v0.0.1/ns/"
HERE: Final = Path(__file__).resolve().parent
BUILD: Final = HERE.parents[1] / ".build" / "interop"
_READY_SECONDS: Final = 60.0
_CONTEXTS: Final = ("management", "control", "protocol", "version", "public")
_OPEN_POLICY: Final = {"permission": [{"action": "use"}], "prohibition": [], "obligation": []}


class EdcError(Exception):
    """EDC's management API refused; the text is what it said."""


def fetch() -> Path:
    """EDC's jars, from Maven; only once."""
    lib = BUILD / "lib"
    if (lib / ".complete").exists():
        return lib
    print(f"fetching EDC {VERSION} with Maven …", flush=True)
    shutil.rmtree(lib, ignore_errors=True)
    command = ["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies"]
    subprocess.run([*command, f"-DoutputDirectory={lib}"], check=True, timeout=900)
    (lib / ".complete").touch()
    return lib


@dataclass(frozen=True)
class Edc:
    """A running EDC. ``us``: our participant id, ``our_address``: our DSP base, as EDC is told them."""

    http: aiohttp.ClientSession
    ports: Mapping[str, int]
    key: str
    us: str = ""
    our_address: str = ""

    @property
    def root(self) -> str:
        """Below this stands ``/.well-known/dspace-version``."""
        return f"http://127.0.0.1:{self.ports['protocol']}/protocol"

    async def call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        """One call of the management API. Raises EdcError."""
        url = f"http://127.0.0.1:{self.ports['management']}/management/v3{path}"
        document = None if body is None else {"@context": {"@vocab": NAMESPACE}, **body}
        async with self.http.request(method, url, json=document, headers={"x-api-key": self.key}) as answer:
            if answer.status >= 300:
                raise EdcError(f"{method} {path}: {answer.status} {(await answer.text())[:500]}")
            return await answer.json() if answer.content_length != 0 and answer.status != 204 else None

    # --- as provider -----------------------------------------------------------------------------

    async def publish(self, dataset: str, source: str, policy: Mapping[str, object] = _OPEN_POLICY) -> None:
        """Offer what ``source`` serves, to everyone, under this policy."""
        address = {"type": "HttpData", "baseUrl": source}
        await self.call("POST", "/assets", {"@id": dataset, "properties": {"name": dataset}, "dataAddress": address})
        await self.define_policy(f"policy-{dataset}", policy)
        selector = {
            "@type": "Criterion",
            "operandLeft": f"{NAMESPACE}id",
            "operator": "=",
            "operandRight": dataset,
        }
        definition = {
            "@id": f"definition-{dataset}",
            "accessPolicyId": "policy-open",
            "contractPolicyId": f"policy-{dataset}",
            "assetsSelector": [selector],
        }
        await self.call("POST", "/contractdefinitions", definition)

    async def define_policy(self, name: str, policy: Mapping[str, object] = _OPEN_POLICY) -> None:
        """Name a policy."""
        document = {"@context": "http://www.w3.org/ns/odrl.jsonld", "@type": "Set", **policy}
        await self.call("POST", "/policydefinitions", {"@id": name, "policy": document})

    # --- as consumer -----------------------------------------------------------------------------

    @property
    def _counterparty(self) -> dict[str, object]:
        return {"counterPartyId": self.us, "counterPartyAddress": self.our_address, "protocol": PROTOCOL}

    async def catalog(self) -> dict[str, Any]:
        """Our datasets as EDC reads them, by id."""
        found = await self.call("POST", "/catalog/request", {"@type": "CatalogRequest", **self._counterparty})
        return {dataset["@id"]: dataset for dataset in as_list(found.get("dcat:dataset", found.get("dataset")))}

    async def dataset(self, dataset: str) -> dict[str, Any]:
        """One dataset of ours as EDC reads it."""
        asked = {"@type": "DatasetRequest", "@id": dataset, **self._counterparty}
        return dict(await self.call("POST", "/catalog/dataset/request", asked))

    async def negotiate(self, dataset: str, offer: Mapping[str, object]) -> str:
        """Begin to negotiate for an offer of ours, as its catalog entry was read; returns EDC's id for it."""
        policy = {
            "@context": "http://www.w3.org/ns/odrl.jsonld",
            **offer,
            "@type": "Offer",
            "assigner": self.us,
            "target": dataset,
        }
        created = await self.call(
            "POST", "/contractnegotiations", {"@type": "ContractRequest", **self._counterparty, "policy": policy}
        )
        return str(created["@id"])

    async def transfer(self, agreement: str, dataset: str) -> str:
        """Ask us for the bytes of an agreement; returns EDC's id for it."""
        asked = {
            "@type": "TransferRequest",
            **self._counterparty,
            "contractId": agreement,
            "assetId": dataset,
            "transferType": "HttpData-PULL",
        }
        return str((await self.call("POST", "/transferprocesses", asked))["@id"])

    async def data_address(self, transfer: str) -> tuple[str, str]:
        """Where EDC was told to pull, and the value of the Authorization header; it may come after STARTED."""
        found = await self._soon(lambda: self.call("GET", f"/edrs/{transfer}/dataaddress"))
        plain = {name.removeprefix(NAMESPACE): value for name, value in found.items()}
        return plain["endpoint"], plain["authorization"]

    # --- in either role --------------------------------------------------------------------------

    async def withdraw(self, negotiation: str, reason: str) -> None:
        """End a contract negotiation."""
        body = {"@type": "TerminateNegotiation", "@id": negotiation, "reason": reason}
        await self.call("POST", f"/contractnegotiations/{negotiation}/terminate", body)

    async def move(self, transfer: str, command: str, reason: str = "") -> None:
        """``suspend``, ``resume`` or ``terminate`` a transfer process."""
        await self.call("POST", f"/transferprocesses/{transfer}/{command}", {"reason": reason} if reason else {})

    # --- looking and waiting ---------------------------------------------------------------------

    async def until(self, path: str, *states: str, seconds: float = 20.0) -> dict[str, Any]:
        """Wait for a process of EDC's. Raises TimeoutError with its state."""
        end = time.monotonic() + seconds
        while True:
            found: dict[str, Any] = await self.call("GET", path)
            if found["state"] in states:
                return found
            if time.monotonic() > end:
                raise TimeoutError(f"EDC's {path} is {found['state']}: {found.get('errorDetail')}")
            await asyncio.sleep(0.02)

    async def _soon(self, ask: Callable[[], Awaitable[Any]], seconds: float = 10.0) -> Any:
        """What EDC does not know yet and will."""
        end = time.monotonic() + seconds
        while True:
            try:
                return await ask()
            except EdcError:
                if time.monotonic() > end:
                    raise
            await asyncio.sleep(0.05)

    async def of_ours(self, kind: str, our_pid: str, seconds: float = 20.0) -> str:
        """EDC's id for a process that we have begun."""
        criterion = {
            "@type": "Criterion",
            "operandLeft": "correlationId",
            "operator": "=",
            "operandRight": our_pid,
        }
        query = {"@type": "QuerySpec", "filterExpression": [criterion]}
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for found in await self.call("POST", f"/{kind}/request", query):
                return str(found["@id"])
            await asyncio.sleep(0.02)
        raise TimeoutError(f"EDC has no {kind} of {our_pid}")


def as_list(value: object) -> list[Any]:
    """What JSON-LD shows as nothing, one or many."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


@asynccontextmanager
async def running(folder: Path, loops_ms: int) -> AsyncIterator[Edc]:
    """EDC from its start to its end; ``loops_ms``: how long its state machines sleep (1,000 is its default)."""
    ports = dict(zip(("", *_CONTEXTS), _free_ports(1 + len(_CONTEXTS)), strict=True))
    key = secrets.token_hex(16)
    configuration = folder / "edc.properties"
    configuration.touch(mode=0o600)
    configuration.write_text("".join(f"{line}\n" for line in _properties(ports, key, loops_ms)))
    command = ["java", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", f"-Dedc.fs.config={configuration}"]
    command += ["-cp", f"{BUILD / 'lib'}/*", "org.eclipse.edc.boot.system.runtime.BaseRuntime", "--log-level=WARNING"]
    with (BUILD / f"edc-{loops_ms}.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as http:
            edc = Edc(http, ports, key)
            await _ready(edc, process)
            await edc.define_policy("policy-open")
            yield edc
    finally:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            process.kill()
            await process.wait()


async def _ready(edc: Edc, process: asyncio.subprocess.Process) -> None:
    """Its own readiness comes before its management API: ask that."""
    end = time.monotonic() + _READY_SECONDS
    while True:
        if process.returncode is not None:
            raise EdcError(f"EDC ended with {process.returncode} before it was ready; see {BUILD}")
        try:
            await edc.call("POST", "/assets/request", {"@type": "QuerySpec"})
        except (aiohttp.ClientError, EdcError, ValueError) as error:
            if time.monotonic() > end:
                raise TimeoutError(f"EDC is not ready after {_READY_SECONDS:.0f} s: {error}") from error
            await asyncio.sleep(0.2)
        else:
            return


def _properties(ports: Mapping[str, int], key: str, loops_ms: int) -> Iterable[str]:
    """EDC's configuration: own ports, own keys, everything on this machine."""
    yield f"edc.participant.id={NAME}"
    yield f"edc.component.id={NAME}"
    yield "edc.hostname=127.0.0.1"
    yield "edc.policy.validation.enabled=false"  # else it takes no policy with operands that it has no function for
    yield f"edc.dsp.callback.address=http://127.0.0.1:{ports['protocol']}/protocol"
    yield f"web.http.port={ports['']}"
    yield "web.http.path=/api"
    for context in _CONTEXTS:
        yield f"web.http.{context}.port={ports[context]}"
        yield f"web.http.{context}.path=/{context}"
    yield "web.http.management.auth.type=tokenbased"
    yield f"web.http.management.auth.key={key}"
    yield f"edc.dataplane.proxy.public.endpoint=http://127.0.0.1:{ports['public']}/public"
    yield "edc.transfer.proxy.token.signer.privatekey.alias=private-key"
    yield "edc.transfer.proxy.token.verifier.publickey.alias=public-key"
    for machine in ("negotiation.consumer", "negotiation.provider", "transfer"):
        yield f"edc.{machine}.state-machine.iteration-wait-millis={loops_ms}"
    pair = ec.generate_private_key(ec.SECP256R1())
    private = pair.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = pair.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    yield f"private-key={_escaped(private)}"
    yield "edc.iam.publickeys.dp.id=public-key"
    yield f"edc.iam.publickeys.dp.value={_escaped(public)}"


def _escaped(pem: bytes) -> str:
    return pem.decode().strip().replace("\n", "\\n")


def _free_ports(count: int) -> list[int]:
    """Ports nobody listens on; all are held until all are known, so that they differ."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


if __name__ == "__main__":
    sys.exit("run this as python -m tests.interop")
