"""Which addresses may be called: the guard against being sent to our own network (SSRF) or fooled by a moving name.

URLs come from strangers (callback addresses, DID documents, data addresses). Two checks stand one behind the other:
``AddressRules.check_url`` on the text, before anything is stored, and ``PinnedResolver`` on the numeric addresses a
name stands for. The connection is then made to exactly the addresses that were checked, so that a name which answers
differently the second time (DNS rebinding) gains nothing.

Sources: IANA special-purpose address registries for IPv4 and IPv6; RFC 6052 and 8215 (NAT64), RFC 3056 (6to4),
RFC 6761 (localhost).
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from renkei.http.problems import BAD_ALLOWANCE, FORBIDDEN_ADDRESS
from renkei.kernel.problems import RenkeiError

IpAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Lookup: TypeAlias = Callable[[str], Awaitable[Sequence[str]]]

_LONGEST_URL: Final = 2048
_LOOKUPS_AT_ONCE: Final = 16
_URL = re.compile(r"[!$%&'()*+,./0-9:;=?@A-Z\[\]_a-z~-]+")
# Up to where both readers take the host from; in any other form the whole URL is read.
_ORIGIN = re.compile(r"https?://[^/?]+(?=[/?]|\Z)")
_NAME = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
)
# A name whose last label is a number is read as an IPv4 address by the C library: 127.1, 0x7f.1, 2130706433.
_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")

_LOOPBACK: Final[tuple[IpNetwork, ...]] = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
# What an operator's own network is made of: opened by naming a host.
_PRIVATE: Final[tuple[IpNetwork, ...]] = tuple(
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
)
# Never a partner's address: opened only by naming the network itself.
_SPECIAL_V4: Final = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
# IPv6 is public only inside 2000::/3; that leaves out loopback, link-local, multicast, IPv4-mapped and NAT64 (64:ff9b).
_PUBLIC_V6: Final = ipaddress.IPv6Network("2000::/3")
_SPECIAL_V6: Final = tuple(
    ipaddress.IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a checked URL leads: ``host`` in lower case, without brackets."""

    scheme: str
    host: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressRules:
    """What the operator allows beyond public https addresses.

    ``insecure_loopback``: loopback hosts, also over plain http. ``hosts``: names that may lie in a private network.
    ``networks``: networks that are as good as public.
    """

    insecure_loopback: bool = False
    hosts: frozenset[str] = frozenset()
    networks: tuple[IpNetwork, ...] = ()

    @classmethod
    def of(cls, allowed: Iterable[str] = (), *, insecure_loopback: bool = False) -> AddressRules:
        """Rules from an operator's list of host names, addresses and networks.

        Raises ConfigurationError ``line-bad-allowance``.
        """
        hosts: set[str] = set()
        networks: list[IpNetwork] = []
        for entry in allowed:
            host = entry.lower()
            try:
                networks.append(ipaddress.ip_network(host))
            except ValueError:
                if not _NAME.fullmatch(host) or _NUMBER.fullmatch(host):
                    raise BAD_ALLOWANCE(entry=entry) from None
                hosts.add(host)
        return cls(insecure_loopback=insecure_loopback, hosts=frozenset(hosts), networks=tuple(networks))

    def check_url(self, url: str) -> Target:
        """Where a URL leads, if it may be called as far as its text tells.

        What must hold:

        1. at most 2,048 characters, all of them ones that a URL may hold: no blanks, controls, backslashes, fragment;
        2. http or https, no user, a port from 1 to 65535;
        3. the host is a name or an address in its one canonical form; two independent readers see the same one;
        4. an address is one that may be called;
        5. plain http only to this machine, and only by the switch.

        Raises ConfigurationError ``line-forbidden-address``.
        """
        # 1
        if not isinstance(url, str) or len(url) > _LONGEST_URL:
            raise FORBIDDEN_ADDRESS(url=shown(str(url)), cause=f"it is longer than {_LONGEST_URL} characters")
        if not _URL.fullmatch(url):
            raise FORBIDDEN_ADDRESS(url=shown(url), cause="it holds a fragment or a character that no URL may hold")
        if (origin := _ORIGIN.match(url)) is not None:
            return _known(self, origin[0])
        return self.check_origin(url)

    def check_origin(self, url: str) -> Target:
        """Points 2 to 5, which the part of a URL before its path decides."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
            twin = URL(url, encoded=True)
            other, other_port = (twin.raw_host or "").lower(), twin.port
        except (ValueError, IndexError):  # the second is yarl's for a host that ends with an @
            raise FORBIDDEN_ADDRESS(url=shown(url), cause="it is not a URL") from None
        # 2
        if parts.scheme not in {"http", "https"}:
            raise FORBIDDEN_ADDRESS(url=shown(url), cause="its scheme is neither https nor http")
        if "@" in parts.netloc:
            raise FORBIDDEN_ADDRESS(url=shown(url), cause="it names a user")
        if port == 0 or parts.netloc.endswith(":"):
            raise FORBIDDEN_ADDRESS(url=shown(url), cause="its port is not from 1 to 65535")
        target = Target(parts.scheme, host, port or (443 if parts.scheme == "https" else 80))
        # 3
        literal = _literal(host)
        bracketed = "[" in parts.netloc
        named = not bracketed and _NAME.fullmatch(host) and not _NUMBER.fullmatch(host)
        if not named and (literal is None or bracketed != (literal.version == 6)):
            raise FORBIDDEN_ADDRESS(url=shown(url), cause="its host is neither a name nor a canonical address")
        if (other, other_port) != (target.host, target.port):
            raise FORBIDDEN_ADDRESS(url=shown(url), cause="its host can be read in two ways")
        # 4
        if literal is not None:
            self.check_address(host, literal, url=shown(url))
        elif is_loopback_name(host) and not self.insecure_loopback:
            raise FORBIDDEN_ADDRESS(url=shown(url), cause="it leads to this machine")
        # 5
        loopback = is_loopback_name(host) if literal is None else _within(literal, _LOOPBACK)
        if target.scheme == "http" and not (loopback and self.insecure_loopback):
            raise FORBIDDEN_ADDRESS(url=shown(url), cause="plain http is not allowed, https is")
        return target

    def check_address(self, host: str, address: IpAddress, *, url: str = "") -> None:
        """Refuse a numeric address that ``host`` stands for. Raises ConfigurationError ``line-forbidden-address``.

        A network the operator names is open. Loopback is open by the switch, to a host that says it is loopback: a
        partner's name that leads here is an attack. Private networks are open to hosts the operator names.
        """
        if _within(address, self.networks):
            return
        if _within(address, _LOOPBACK):
            says_so = is_loopback_name(host) or _literal(host) == address
            allowed = self.insecure_loopback and says_so
        elif _within(address, _PRIVATE):
            allowed = host in self.hosts
        else:
            allowed = _is_public(address)
        if not allowed:
            raise FORBIDDEN_ADDRESS(url=url or host, cause=f"it leads to {address}, which is not a public address")


@lru_cache(maxsize=1024)
def _known(rules: AddressRules, origin: str) -> Target:
    """Every message to a partner goes to another path of the same origin."""
    return rules.check_origin(origin)


class PinnedResolver(AbstractResolver):
    """From a name to the addresses that may be called; aiohttp connects to these numbers and to nothing else.

    Forbidden addresses are left out; a name that has only such is refused (``line-forbidden-address``).
    Names of this machine are never looked up. Raises OSError when the name has no address at all.
    """

    def __init__(self, rules: AddressRules, lookup: Lookup | None = None) -> None:
        self._rules = rules
        self._names = SystemNames()
        self._lookup = lookup or self._names.find

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses, in the order of the look-up."""
        name = host.lower()
        texts = ("127.0.0.1", "::1") if is_loopback_name(name) else await self._lookup(name)
        addresses = [ipaddress.ip_address(text) for text in texts]
        if not addresses:
            raise OSError(f"{name} has no address")
        forbidden = None
        results: list[ResolveResult] = []
        for address in addresses:
            try:
                self._rules.check_address(name, address)
            except RenkeiError as error:
                forbidden = error
                continue
            kind = socket.AF_INET if address.version == 4 else socket.AF_INET6
            if family in (socket.AF_UNSPEC, kind):
                results.append(
                    ResolveResult(
                        hostname=host,
                        host=str(address),
                        port=port,
                        family=kind,
                        proto=socket.IPPROTO_TCP,
                        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
                    )
                )
        if not results and forbidden is not None:
            raise forbidden
        return results

    async def close(self) -> None:
        """Let the threads go that look names up."""
        self._names.close()


class SystemNames:
    """The operating system's name service, asked in threads of its own.

    A look-up cannot be broken off: where name servers keep silent, it is these threads that wait, and no others.
    """

    def __init__(self) -> None:
        self._threads: ThreadPoolExecutor | None = None

    async def find(self, name: str) -> Sequence[str]:
        """Its answer, without doubles. Raises OSError."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(_LOOKUPS_AT_ONCE, thread_name_prefix="renkei-names")
        found = await asyncio.get_running_loop().run_in_executor(self._threads, _addresses, name)
        return tuple(dict.fromkeys(found))

    def close(self) -> None:
        """End the threads as soon as their look-ups end."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
            self._threads = None


def _addresses(name: str) -> list[str]:
    return [str(sockaddr[0]) for *_, sockaddr in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)]


def is_loopback_name(host: str) -> bool:
    """Whether a name means this machine by RFC 6761."""
    return host == "localhost" or host.endswith(".localhost")


def shown(url: str) -> str:
    """A URL as it may stand in a log: without user, query and fragment, which may hold secrets."""
    bare = re.split(r"[?#]", url, maxsplit=1)[0]
    return re.sub(r"//[^/]*@", "//", bare)


def _literal(host: str) -> IpAddress | None:
    """The address a host is in so many words; only in its canonical form, so that nobody reads another one."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    if address.version == 6:
        return None if "%" in host else address
    return address if str(address) == host else None


def _within(address: IpAddress, networks: Iterable[IpNetwork]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def _is_public(address: IpAddress) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _SPECIAL_V4)
    return address in _PUBLIC_V6 and not any(address in network for network in _SPECIAL_V6)
