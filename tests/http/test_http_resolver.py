"""did:web documents: fetched, kept, refreshed, refused."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from renkei.exchange.machine.endpoint import Reply, Route
from renkei.http.addresses import AddressRules
from renkei.http.client import GuardedLine
from renkei.http.problems import TIMEOUT, UNREACHABLE
from renkei.http.resolver import MOST_WAITING, WebDidResolver
from renkei.http.server import Listener, ServerLimits
from renkei.kernel.problems import PeerError, RenkeiError

DID = "did:web:partner.example"
URL = "https://partner.example/.well-known/did.json"


def document(did=DID, **members):
    return json.dumps({"id": did, **members}).encode()


class SetClock:
    def __init__(self):
        self.moment = datetime(2026, 11, 22, tzinfo=UTC)

    def now(self):
        return self.moment

    def on(self, seconds):
        self.moment += timedelta(seconds=seconds)


class Answer:
    def __init__(self, status=200, body=b"", **headers):
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.body = body
        self.given = 0

    async def pieces(self):
        for start in range(0, len(self.body), 65536):
            self.given += 1
            yield self.body[start : start + 65536]


class Host:
    """The line to a host whose answers a test sets. ``gate`` holds answers back until it is set."""

    def __init__(self, answer=None):
        self.answer = answer or Answer(body=document())
        self.asked = []
        self.called = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    def check(self, url):
        pass

    async def send(self, method, url, *, headers=None, body=b""):
        raise NotImplementedError

    @asynccontextmanager
    async def stream(self, method, url, *, headers=None, body=b""):
        self.asked.append(url)
        self.called.set()
        await self.gate.wait()
        if isinstance(self.answer, RenkeiError):
            raise self.answer
        yield self.answer


@pytest.fixture
def clock():
    return SetClock()


async def code_of(resolver, did=DID, **options):
    with pytest.raises(RenkeiError) as caught:
        await resolver.resolve(did, **options)
    return caught.value.code


async def test_a_document_is_found_at_its_address(clock):
    host = Host()
    assert (await WebDidResolver(host, clock).resolve(DID)).did == DID
    assert host.asked == [URL]


@pytest.mark.parametrize(
    ("cache_control", "seconds"),
    [
        ("", 300),
        ("max-age=0", 60),
        ("max-age=61", 61),
        ("public, MAX-AGE=120", 120),
        ("max-age=86400", 600),
        ("max-age=99999999999999", 600),
        ("s-maxage=599, max-age=90", 90),
        ("no-store", 60),
        ("no-cache, max-age=500", 60),
        ("max-age=nonsense", 300),
    ],
)
async def test_a_document_is_used_for_its_max_age_within_bounds(clock, cache_control, seconds):
    host = Host(Answer(body=document(), cache_control=cache_control))
    resolver = WebDidResolver(host, clock)
    await resolver.resolve(DID)
    clock.on(seconds - 1)
    await resolver.resolve(DID)
    assert len(host.asked) == 1
    clock.on(1)
    await resolver.resolve(DID)
    assert len(host.asked) == 2


async def test_many_callers_share_one_fetch(clock):
    host = Host()
    host.gate.clear()
    resolver = WebDidResolver(host, clock)
    waiting = [asyncio.create_task(resolver.resolve(DID, fresh=n % 2 == 0)) for n in range(50)]
    await asyncio.wait_for(host.called.wait(), 10)
    waiting[0].cancel()
    host.gate.set()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(outcomes[0], asyncio.CancelledError)
    assert {outcome.did for outcome in outcomes[1:]} == {DID}
    assert len(host.asked) == 1


async def test_a_thousand_unknown_keys_cause_one_refresh_in_thirty_seconds(clock):
    host = Host()
    resolver = WebDidResolver(host, clock)
    await resolver.resolve(DID)
    for _ in range(1000):
        await resolver.resolve(DID, fresh=True)
    assert len(host.asked) == 2
    clock.on(29)
    await resolver.resolve(DID, fresh=True)
    assert len(host.asked) == 2
    clock.on(1)
    await resolver.resolve(DID, fresh=True)
    assert len(host.asked) == 3


async def test_a_refresh_sees_the_new_document(clock):
    host = Host()
    resolver = WebDidResolver(host, clock)
    assert (await resolver.resolve(DID)).services == ()
    service = {"id": "#dsp", "type": "DataService", "serviceEndpoint": "https://partner.example/dsp"}
    host.answer = Answer(body=document(service=[service]))
    assert (await resolver.resolve(DID)).services == ()
    assert (await resolver.resolve(DID, fresh=True)).endpoints("DataService") == ("https://partner.example/dsp",)
    assert (await resolver.resolve(DID)).endpoints("DataService") == ("https://partner.example/dsp",)


REFUSED = {
    "absent": (Answer(404), "trust-did-refused"),
    "forbidden": (Answer(403), "trust-did-refused"),
    "moved": (Answer(302, location="https://evil.example/"), "trust-did-refused"),
    "no content": (Answer(204), "trust-did-refused"),
    "web page": (Answer(body=document(), content_type="text/html; charset=utf-8"), "trust-did-refused"),
    "text": (Answer(body=document(), content_type="text/plain"), "trust-did-refused"),
    "not JSON": (Answer(body=b"<html>"), "trust-did-refused"),
    "empty": (Answer(), "trust-did-refused"),
    "an array": (Answer(body=b"[]"), "trust-did-refused"),
    "a name twice": (Answer(body=b'{"id":"did:web:evil.example","id":"did:web:partner.example"}'), "trust-did-refused"),
    "too deep": (
        Answer(body=b'{"id":"did:web:partner.example","a":' + b"[" * 40 + b"]" * 40 + b"}"),
        "trust-did-refused",
    ),
    "too large": (Answer(body=document(padding="x" * 256 * 1024)), "trust-did-refused"),
    "another's document": (Answer(body=document("did:web:evil.example")), "trust-document-refused"),
}


@pytest.mark.parametrize(("answer", "code"), REFUSED.values(), ids=REFUSED.keys())
async def test_what_is_no_document_is_refused_for_thirty_seconds(clock, answer, code):
    host = Host(answer)
    resolver = WebDidResolver(host, clock)
    assert await code_of(resolver) == code
    host.answer = Answer(body=document())
    clock.on(29)
    assert await code_of(resolver) == code
    assert len(host.asked) == 1
    clock.on(1)
    assert (await resolver.resolve(DID)).did == DID


@pytest.mark.parametrize(
    "failure",
    [UNREACHABLE(url=URL, cause="refused"), TIMEOUT(url=URL), Answer(503), Answer(500), Answer(429), Answer(408)],
)
async def test_a_host_that_is_not_there_yet_is_asked_again_after_a_second(clock, failure):
    host = Host(failure)
    resolver = WebDidResolver(host, clock)
    for _ in range(3):
        with pytest.raises(PeerError) as caught:
            await resolver.resolve(DID)
        assert (caught.value.code, caught.value.problem.status) == ("trust-did-unresolvable", 503)
    assert len(host.asked) == 1
    clock.on(1)
    host.answer = Answer(body=document())
    assert (await resolver.resolve(DID)).did == DID


async def test_a_host_that_is_down_for_a_moment_does_not_cost_the_good_document(clock):
    host = Host()
    resolver = WebDidResolver(host, clock)
    await resolver.resolve(DID)
    host.answer = UNREACHABLE(url=URL, cause="refused")
    assert await code_of(resolver, fresh=True) == "trust-did-unresolvable"
    assert (await resolver.resolve(DID)).did == DID
    clock.on(300)
    assert await code_of(resolver) == "trust-did-unresolvable"


async def test_a_document_that_was_taken_away_is_gone_after_a_refresh(clock):
    host = Host()
    resolver = WebDidResolver(host, clock)
    await resolver.resolve(DID)
    host.answer = Answer(404)
    assert await code_of(resolver, fresh=True) == "trust-did-refused"
    assert await code_of(resolver) == "trust-did-refused"


async def test_a_document_that_is_too_large_is_not_read_to_its_end(clock):
    answer = Answer(body=b"x" * 64 * 65536)
    assert await code_of(WebDidResolver(Host(answer), clock)) == "trust-did-refused"
    assert answer.given == 5


async def test_a_host_that_drips_is_given_up(clock):
    host = Host()
    host.gate.clear()
    resolver = WebDidResolver(host, clock, fetch_seconds=0.05)
    assert await code_of(resolver) == "trust-did-unresolvable"


@pytest.mark.parametrize(
    ("did", "code"),
    [
        ("did:key:z6Mk", "trust-did-malformed"),
        ("did:web:", "trust-did-malformed"),
        ("did:web:10.0.0.1", "trust-did-malformed"),
        ("did:web:a%2Fb", "trust-did-malformed"),
        ("did:web:127.0.0.1%3A8080", "trust-did-loopback"),
    ],
)
async def test_a_did_that_names_no_place_is_never_fetched(clock, did, code):
    host = Host()
    assert await code_of(WebDidResolver(host, clock), did) == code
    assert host.asked == []


async def test_the_cache_is_bounded_and_keeps_what_is_used(clock):
    class AnyHost(Host):
        def stream(self, method, url, **options):
            self.answer = Answer(body=document("did:web:" + url.split("/")[2]))
            return super().stream(method, url, **options)

    host = AnyHost()
    resolver = WebDidResolver(host, clock, most=8)
    for number in range(8):
        await resolver.resolve(f"did:web:h{number}.example")
    await resolver.resolve("did:web:h0.example")
    await resolver.resolve("did:web:new.example")
    assert len(host.asked) == 9
    await resolver.resolve("did:web:h0.example")
    assert len(host.asked) == 9
    await resolver.resolve("did:web:h1.example")
    assert len(host.asked) == 10


async def test_names_that_lead_nowhere_cost_no_partner_its_document(clock):
    host = Host()
    resolver = WebDidResolver(host, clock, most=4, most_failures=4)
    await resolver.resolve(DID)
    for answer in (Answer(404), UNREACHABLE(url=URL, cause="refused")):
        host.answer = answer
        for number in range(20):
            await code_of(resolver, f"did:web:h{number}.example")
            clock.on(1)
    asked = len(host.asked)
    assert (await resolver.resolve(DID)).did == DID
    assert len(host.asked) == asked


async def test_failures_are_bounded_and_the_oldest_goes_first(clock):
    host = Host(Answer(404))
    resolver = WebDidResolver(host, clock, most_failures=4)
    for number in range(5):
        await code_of(resolver, f"did:web:h{number}.example")
    asked = len(host.asked)
    for number in range(4, 0, -1):
        assert await code_of(resolver, f"did:web:h{number}.example") == "trust-did-refused"
    assert len(host.asked) == asked
    assert await code_of(resolver, "did:web:h0.example") == "trust-did-refused"
    assert len(host.asked) == asked + 1


async def test_a_failure_is_forgotten_when_the_document_is_there(clock):
    host = Host(Answer(404))
    resolver = WebDidResolver(host, clock)
    assert await code_of(resolver) == "trust-did-refused"
    host.answer = Answer(body=document(), cache_control="max-age=60")
    clock.on(30)
    assert (await resolver.resolve(DID)).did == DID
    host.answer = Answer(404)
    clock.on(59)
    assert (await resolver.resolve(DID)).did == DID
    clock.on(1)
    assert await code_of(resolver) == "trust-did-refused"


async def test_close_breaks_off_a_fetch(clock):
    host = Host()
    host.gate.clear()
    resolver = WebDidResolver(host, clock)
    waiting = asyncio.create_task(resolver.resolve(DID))
    await asyncio.wait_for(host.called.wait(), 10)
    await resolver.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting


@pytest.mark.e2e
async def test_a_document_is_fetched_over_the_line_by_the_loopback_switch(clock):
    served = []

    async def did_json(inbound):
        did = f"did:web:localhost%3A{listener.port}:cell-maker"
        served.append(inbound.headers["accept"])
        return Reply(body=document(did), content_type="application/did+json")

    listener = Listener([Route(method="GET", path="/cell-maker/did.json", handler=did_json)])
    async with listener, GuardedLine(AddressRules(insecure_loopback=True)) as line:
        resolver = WebDidResolver(line, clock, insecure_loopback=True)
        did = f"did:web:localhost%3A{listener.port}:cell-maker"
        assert (await resolver.resolve(did)).did == did
        assert (await resolver.resolve(did)).did == did
        missing = f"did:web:localhost%3A{listener.port}:other"
        assert await code_of(resolver, missing) == "trust-did-refused"
    assert served == ["application/did+json, application/json"]


@pytest.mark.e2e
async def test_a_stranger_cannot_make_us_look_inside(clock):
    async def lookup(name):
        return ["169.254.169.254"]

    async with GuardedLine(AddressRules(), lookup=lookup) as line:
        assert await code_of(WebDidResolver(line, clock)) == "trust-did-refused"


@pytest.mark.parametrize("escape", [r"\ud800", r"\udfff\ud800"])
async def test_a_document_that_could_not_be_written_again_is_refused(clock, escape):
    body = b'{"id": "%s", "alsoKnownAs": ["%s"]}' % (DID.encode(), escape.encode())
    resolver = WebDidResolver(Host(Answer(body=body)), clock)
    assert await code_of(resolver) == "trust-did-refused"


async def test_the_cache_is_bounded_in_bytes(clock):
    class Lavish(Host):
        def stream(self, method, url, **options):
            self.answer = Answer(body=document("did:web:" + url.split("/")[2], alsoKnownAs=["x" * 10_000]))
            return super().stream(method, url, **options)

    host = Lavish()
    resolver = WebDidResolver(host, clock, most_bytes=35_000)
    for number in (0, 1, 2, 0, 3):
        await resolver.resolve(f"did:web:h{number}.example")
    assert len(host.asked) == 4
    await resolver.resolve("did:web:h0.example")
    await resolver.resolve("did:web:h3.example")
    assert len(host.asked) == 4
    await resolver.resolve("did:web:h1.example")
    assert len(host.asked) == 5


async def test_a_document_that_is_fetched_again_counts_once(clock):
    host = Host(Answer(body=document(alsoKnownAs=["x" * 10_000])))
    resolver = WebDidResolver(host, clock, most_bytes=15_000)
    for _ in range(5):
        await resolver.resolve(DID)
        clock.on(601)
    asked = len(host.asked)
    await resolver.resolve(DID)
    await resolver.resolve(DID)
    assert len(host.asked) == asked + 1


class SilentHosts(Host):
    """A line on which the hosts below ``evil.example`` never answer; ``under_way``: what they are being asked."""

    def __init__(self):
        super().__init__()
        self.under_way = []

    @asynccontextmanager
    async def stream(self, method, url, **options):
        if "evil.example" not in url:
            async with super().stream(method, url, **options) as answer:
                yield answer
            return
        self.under_way.append(url)
        try:
            await asyncio.Event().wait()
            yield Answer(404)
        finally:
            self.under_way.remove(url)


class Callers:
    """Whoever asks and asks. ``codes``: what those were told that have an answer."""

    def __init__(self, resolver):
        self.resolver = resolver
        self.tasks = []

    async def ask(self, *dids):
        self.tasks += [asyncio.create_task(self.resolver.resolve(did)) for did in dids]
        for _ in range(10):
            await asyncio.sleep(0)

    @property
    def codes(self):
        return [task.exception().code for task in self.tasks if task.done()]

    @property
    def waiting(self):
        return [number for number, task in enumerate(self.tasks) if not task.done()]


@pytest.fixture
async def silent(clock):
    """The line, and a resolver on it for which six may wait."""
    host = SilentHosts()
    resolver = WebDidResolver(host, clock, most_waiting=6)
    yield host, resolver, Callers(resolver)
    await resolver.close()


async def test_few_names_of_one_host_are_fetched_at_a_time_on_whatever_port(silent):
    host, _, callers = silent
    await callers.ask(*(f"did:web:evil.example%3A{8000 + number}:x" for number in range(6)))
    assert len(host.under_way) == 4
    assert callers.waiting == [0, 1, 2, 3, 4, 5]


async def test_callers_of_a_silent_host_are_bounded_and_the_next_are_told_to_come_again(silent):
    host, _, callers = silent
    await callers.ask(*["did:web:evil.example"] * 50)
    assert (len(callers.waiting), set(callers.codes)) == (6, {"trust-did-unresolvable"})
    await callers.ask("did:web:evil.example:another")
    assert len(callers.waiting) == 6
    assert len(host.under_way) == 1


async def test_the_oldest_fetch_of_the_host_with_most_callers_makes_room(silent):
    host, resolver, callers = silent
    few = ["did:web:few.evil.example", "did:web:few.evil.example:2"]
    await callers.ask(*few, *["did:web:evil.example"] * 2, *["did:web:evil.example:2"] * 2)
    assert (await resolver.resolve(DID)).did == DID
    assert callers.waiting == [0, 1, 4, 5]
    assert callers.codes == ["trust-did-unresolvable"] * 2
    assert len(host.under_way) == 3


async def test_where_every_host_has_one_the_first_makes_room(silent):
    host, resolver, callers = silent
    await callers.ask(*(f"did:web:h{number}.evil.example" for number in range(6)))
    assert (await resolver.resolve(DID)).did == DID
    assert callers.waiting == [1, 2, 3, 4, 5]
    assert len(host.under_way) == 5


async def test_a_fetch_that_makes_room_before_it_has_begun_is_an_answer_too(silent):
    _, _, callers = silent
    await callers.ask(*(f"did:web:h{number}.evil.example" for number in range(20)))
    assert callers.waiting == list(range(14, 20))
    assert callers.codes == ["trust-did-unresolvable"] * 14


async def test_a_name_that_made_room_is_fetched_anew(silent):
    host, resolver, callers = silent
    await callers.ask(*(f"did:web:h{number}.evil.example" for number in range(6)))
    await resolver.resolve(DID)
    await callers.ask("did:web:h0.evil.example")
    assert callers.waiting == [1, 2, 3, 4, 5, 6]
    assert len(host.under_way) == 6


async def test_a_fetch_that_is_being_broken_off_is_not_joined(silent):
    host, resolver, callers = silent
    await callers.ask(*(f"did:web:h{number}.evil.example" for number in range(6)))
    honest = asyncio.create_task(resolver.resolve(DID))
    await callers.ask("did:web:h0.evil.example")
    await honest
    await callers.ask("did:web:h0.evil.example")
    assert callers.codes == ["trust-did-unresolvable"] * 2
    assert callers.waiting == [2, 3, 4, 5, 6, 7]
    assert len(host.under_way) == 5


async def test_who_gives_up_waiting_leaves_its_place(silent):
    _, _, callers = silent
    await callers.ask(*["did:web:evil.example"] * 6)
    for task in callers.tasks:
        task.cancel()
    await asyncio.gather(*callers.tasks, return_exceptions=True)
    callers.tasks.clear()
    await callers.ask(*["did:web:evil.example"] * 6)
    assert callers.waiting == [0, 1, 2, 3, 4, 5]


async def test_who_gives_up_as_its_fetch_makes_room_has_given_up(silent):
    _, resolver, callers = silent
    await callers.ask(*["did:web:evil.example"] * 6)
    honest = asyncio.create_task(resolver.resolve(DID))
    callers.tasks[0].cancel()
    assert (await honest).did == DID
    assert callers.tasks[0].cancelled()


async def test_strangers_take_no_places_of_those_who_have_been_found(clock, silent):
    host, resolver, callers = silent
    await resolver.resolve(DID)
    clock.on(601)
    host.gate.clear()
    asking = [asyncio.create_task(resolver.resolve(DID)) for _ in range(6)]
    await callers.ask(*(f"did:web:h{number}.evil.example" for number in range(100)))
    host.gate.set()
    assert {(await one).did for one in asking} == {DID}


def test_those_who_wait_for_documents_leave_half_of_a_listener():
    assert ServerLimits().connections / 2 >= 2 * MOST_WAITING
