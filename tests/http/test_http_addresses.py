"""Which URLs and which numeric addresses may be called."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.http.addresses import AddressRules, PinnedResolver, SystemNames, Target, shown
from renkei.kernel.problems import ConfigurationError

PUBLIC = AddressRules()
LOOPBACK = AddressRules(insecure_loopback=True)

ALLOWED = [
    ("https://partner.example", Target("https", "partner.example", 443)),
    ("https://Partner.EXAMPLE:8443/a?b=c", Target("https", "partner.example", 8443)),
    ("https://partner.example/datasets/urn%3Ax%2Fy%23z", Target("https", "partner.example", 443)),
    ("https://93.184.216.34/x", Target("https", "93.184.216.34", 443)),
    ("https://[2606:2800:220:1:248:1893:25c8:1946]/x", Target("https", "2606:2800:220:1:248:1893:25c8:1946", 443)),
    ("https://xn--8mv7cx1b.example", Target("https", "xn--8mv7cx1b.example", 443)),
    ("https://my_host.example", Target("https", "my_host.example", 443)),
]

REFUSED = {
    "plain http": "http://partner.example/",
    "file": "file:///etc/passwd",
    "ftp": "ftp://partner.example/",
    "gopher": "gopher://partner.example/",
    "no scheme": "partner.example/x",
    "no host": "https:///x",
    "empty": "",
    "user": "https://partner.example@evil.example/",
    "user and password": "https://a:b@evil.example/",
    "empty user": "https://@evil.example/",
    "backslash before at": "https://partner.example\\@evil.example/",
    "fragment": "https://partner.example/#x",
    "fragment hides the host": "https://evil.example#@partner.example/",
    "blank": "https://partner.example /x",
    "new line": "https://partner.example/\r\nx: y",
    "tab": "https://par\ttner.example/",
    "nul": "https://partner.example/\0",
    "not ascii": "https://pärtner.example/",
    "full-width digits": "https://１２７.0.0.1/",
    "too long": "https://partner.example/" + "a" * 2048,
    "port zero": "https://partner.example:0/",
    "port too large": "https://partner.example:65536/",
    "port not a number": "https://partner.example:x/",
    "port negative": "https://partner.example:-1/",
    "empty port": "https://partner.example:/",
    "percent in the host": "https://127%2e0.0.1/",
    "empty label": "https://partner..example/",
    "dot at the end": "https://partner.example./",
    "label too long": f"https://{'a' * 64}.example/",
    "name too long": f"https://{'a.' * 130}example/",
    "loopback": "https://127.0.0.1/",
    "loopback name": "https://localhost/",
    "loopback name below": "https://a.localhost/",
    "loopback v6": "https://[::1]/",
    "loopback short": "https://127.1/",
    "loopback hexadecimal": "https://0x7f.1/",
    "loopback hexadecimal whole": "https://0x7f000001/",
    "loopback decimal": "https://2130706433/",
    "loopback octal": "https://0177.0.0.1/",
    "loopback octal padded": "https://127.0.0.01/",
    "name that ends in a number": "https://partner.1/",
    "this network": "https://0.0.0.0/",
    "unspecified v6": "https://[::]/",
    "cloud metadata": "https://169.254.169.254/latest/meta-data/",
    "cloud metadata v6": "https://[fd00:ec2::254]/",
    "private 10": "https://10.0.0.1/",
    "private 172": "https://172.31.255.255/",
    "private 192": "https://192.168.0.1/",
    "carrier-grade NAT": "https://100.64.0.1/",
    "benchmark": "https://198.18.0.1/",
    "documentation": "https://192.0.2.1/",
    "multicast": "https://224.0.0.1/",
    "broadcast": "https://255.255.255.255/",
    "reserved": "https://240.0.0.1/",
    "mapped private": "https://[::ffff:10.0.0.1]/",
    "mapped public": "https://[::ffff:93.184.216.34]/",
    "compatible": "https://[::10.0.0.1]/",
    "translated": "https://[::ffff:0:10.0.0.1]/",
    "NAT64": "https://[64:ff9b::a00:1]/",
    "NAT64 local": "https://[64:ff9b:1::a00:1]/",
    "6to4": "https://[2002:7f00:1::]/",
    "Teredo": "https://[2001:0:7f00:1::]/",
    "unique local": "https://[fc00::1]/",
    "link-local v6": "https://[fe80::1]/",
    "zone": "https://[fe80::1%25eth0]/",
    "site-local": "https://[fec0::1]/",
    "multicast v6": "https://[ff02::1]/",
    "documentation v6": "https://[2001:db8::1]/",
    "address of the future": "https://[v1.x]/",
    "bracket open": "https://[::1/",
    "bracket and an empty host": "https://[::1]@",
}


@pytest.mark.parametrize(("url", "target"), ALLOWED)
def test_a_public_https_url_may_be_called(url, target):
    assert PUBLIC.check_url(url) == target


@pytest.mark.parametrize("url", REFUSED.values(), ids=REFUSED.keys())
def test_any_other_url_is_refused(url):
    with pytest.raises(ConfigurationError) as caught:
        PUBLIC.check_url(url)
    assert caught.value.code == "line-forbidden-address"
    assert caught.value.problem.status == 400


def refusal(url):
    try:
        PUBLIC.check_url(url)
    except ConfigurationError as error:
        return error.code
    return None


@given(st.text())
def test_any_text_is_a_target_or_a_typed_error(text):
    for url in (text, f"https://{text}", f"https://partner.example{text}"):
        if (code := refusal(url)) is not None:
            assert code == "line-forbidden-address"


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_that_python_calls_not_global_is_refused(address):
    if address.is_global and not address.is_multicast:
        return
    with pytest.raises(ConfigurationError):
        PUBLIC.check_address(str(address), address)


@given(st.ip_addresses(v=4), st.sampled_from(["::ffff:0:0", "64:ff9b::", "64:ff9b:1::", "::"]))
def test_an_ipv4_address_inside_an_ipv6_one_is_refused(address, prefix):
    inside = ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) + int(address))
    with pytest.raises(ConfigurationError):
        PUBLIC.check_address("partner.example", inside)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8080/x",
        "http://cell-maker.localhost/x",
        "http://127.0.0.1:8080/x",
        "http://127.9.9.9/",
        "http://[::1]:8080/",
        "https://localhost/",
    ],
)
def test_loopback_is_open_by_the_switch(url):
    LOOPBACK.check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://partner.example/",
        "https://10.0.0.1/",
        "http://10.0.0.1/",
        "http://127.1/",
        "https://[::ffff:127.0.0.1]/",
    ],
)
def test_the_switch_opens_nothing_but_loopback(url):
    with pytest.raises(ConfigurationError):
        LOOPBACK.check_url(url)


def test_a_network_the_operator_names_is_open_over_https_only():
    rules = AddressRules.of(["10.20.0.0/16"])
    assert rules.check_url("https://10.20.3.4/").host == "10.20.3.4"
    for url in ("http://10.20.3.4/", "https://10.21.0.1/"):
        with pytest.raises(ConfigurationError):
            rules.check_url(url)


def test_a_host_the_operator_names_may_lie_in_a_private_network_but_not_on_this_machine():
    rules = AddressRules.of(["ERP.example.com"], insecure_loopback=True)
    rules.check_address("erp.example.com", ipaddress.ip_address("10.0.0.1"))
    for host, address in (
        ("other.example.com", "10.0.0.1"),
        ("erp.example.com", "127.0.0.1"),
        ("erp.example.com", "169.254.169.254"),
    ):
        with pytest.raises(ConfigurationError):
            rules.check_address(host, ipaddress.ip_address(address))


@pytest.mark.parametrize("entry", ["", "10.0.0.1/8", "127.1", "a b", "https://x.example", "*.example.com"])
def test_an_allowance_that_is_neither_host_nor_network_is_refused(entry):
    with pytest.raises(ConfigurationError) as caught:
        AddressRules.of([entry])
    assert caught.value.code == "line-bad-allowance"


async def test_the_resolver_leaves_out_forbidden_addresses():
    async def lookup(name):
        return ["10.0.0.1", "93.184.216.34", "::1", "2606:2800:220:1::1"]

    resolver = PinnedResolver(PUBLIC, lookup)
    found = await resolver.resolve("partner.example", 443)
    assert [(each["host"], each["port"]) for each in found] == [("93.184.216.34", 443), ("2606:2800:220:1::1", 443)]
    only_v4 = await resolver.resolve("partner.example", 443, socket.AF_INET)
    assert [each["host"] for each in only_v4] == ["93.184.216.34"]


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "169.254.169.254", "::ffff:10.0.0.1", "192.168.1.1"])
@pytest.mark.parametrize("rules", [PUBLIC, LOOPBACK], ids=["closed", "loopback open"])
async def test_a_name_that_leads_inside_is_refused(rules, address):
    async def lookup(name):
        return [address]

    with pytest.raises(ConfigurationError) as caught:
        await PinnedResolver(rules, lookup).resolve("partner.example", 443)
    assert caught.value.code == "line-forbidden-address"


async def test_the_system_answers_with_numbers_each_once():
    names = SystemNames()
    assert await names.find("93.184.216.34") == ("93.184.216.34",)
    names.close()


async def test_a_silent_name_service_keeps_only_its_own_threads(monkeypatch) -> None:
    silent = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: (silent.wait(30), [])[1])
    names, more = SystemNames(), 40
    waiting = [asyncio.ensure_future(names.find(f"pit-{number}.example")) for number in range(more)]
    await asyncio.sleep(0)
    # Files and databases are read in the loop's own threads: they are as free as before.
    assert await asyncio.gather(*(asyncio.to_thread(int) for _ in range(more))) == [0] * more
    silent.set()
    assert await asyncio.gather(*waiting) == [()] * more
    names.close()


async def test_a_name_without_addresses_is_an_os_error():
    async def lookup(name):
        return []

    with pytest.raises(OSError, match="no address"):
        await PinnedResolver(PUBLIC, lookup).resolve("partner.example", 443)


async def test_loopback_names_are_never_looked_up():
    async def lookup(name):
        raise AssertionError(name)

    found = await PinnedResolver(LOOPBACK, lookup).resolve("cell-maker.localhost", 80)
    assert [each["host"] for each in found] == ["127.0.0.1", "::1"]
    with pytest.raises(ConfigurationError):
        await PinnedResolver(PUBLIC, lookup).resolve("localhost", 80)


def test_a_url_is_shown_without_its_secrets():
    assert shown("https://user:pass@partner.example/cb?token=abc#f") == "https://partner.example/cb"
