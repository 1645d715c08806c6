"""Which route a raw path is for."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.exchange.machine.endpoint import Reply, Route
from renkei.http.routing import RouteTable, read_query
from renkei.kernel.problems import LocalError, PeerError


async def _nothing(_):
    return Reply()


def route(method, path):
    return Route(method=method, path=path, handler=_nothing)


ROUTES = [
    route("GET", "/"),
    route("POST", "/catalog/request"),
    route("GET", "/catalog/datasets/{id}"),
    route("POST", "/negotiations/request"),
    route("GET", "/negotiations/{pid}"),
    route("POST", "/negotiations/{pid}/request"),
    route("POST", "/negotiations/{pid}/agreement/verification"),
    route("GET", "/a/{x}/b/{y}"),
    route("PUT", "/a/{z}/b/c"),
]
TABLE = RouteTable(ROUTES)


@pytest.mark.parametrize(
    ("method", "path", "template", "values"),
    [
        ("GET", "/", "/", {}),
        ("POST", "/catalog/request", "/catalog/request", {}),
        ("POST", "/catalog/request/", "/catalog/request", {}),
        ("POST", "/c%61talog/request", "/catalog/request", {}),
        ("GET", "/catalog/datasets/urn:uuid:1", "/catalog/datasets/{id}", {"id": "urn:uuid:1"}),
        (
            "GET",
            "/catalog/datasets/https%3A%2F%2Fx.example%2Fa%23b",
            "/catalog/datasets/{id}",
            {"id": "https://x.example/a#b"},
        ),
        ("GET", "/catalog/datasets/a%2F/", "/catalog/datasets/{id}", {"id": "a/"}),
        ("GET", "/catalog/datasets/%252F", "/catalog/datasets/{id}", {"id": "%2F"}),
        ("GET", "/catalog/datasets/a+b", "/catalog/datasets/{id}", {"id": "a+b"}),
        ("GET", "/catalog/datasets/%E9%80%A3%E6%90%BA", "/catalog/datasets/{id}", {"id": "連携"}),
        ("GET", "/catalog/datasets/..", "/catalog/datasets/{id}", {"id": ".."}),
        ("POST", "/negotiations/request", "/negotiations/request", {}),
        ("GET", "/negotiations/request", "/negotiations/{pid}", {"pid": "request"}),
        ("POST", "/negotiations/request/request", "/negotiations/{pid}/request", {"pid": "request"}),
        ("GET", "/a/1/b/c", "/a/{x}/b/{y}", {"x": "1", "y": "c"}),
        ("PUT", "/a/1/b/c", "/a/{z}/b/c", {"z": "1"}),
    ],
)
def test_a_path_finds_its_route(method, path, template, values):
    found, decoded = TABLE.find(method, path)
    assert found.path == template
    assert decoded == values


@pytest.mark.parametrize(
    "path",
    ["", "*", "catalog/request", "//catalog/request", "/catalog//request", "/catalog/datasets/", "/catalog/datasets/a/b",
     "/Catalog/request", "/catalog%2Frequest", "/catalog/request//", "/catalog/../catalog/request", "/x" * 1000],
)  # fmt: skip
def test_another_path_is_not_found(path):
    with pytest.raises(PeerError) as caught:
        TABLE.find("POST", path)
    assert caught.value.code == "http-not-found"


@pytest.mark.parametrize(
    "path", ["/catalog/datasets/%", "/catalog/datasets/%2", "/%zz", "/%ff", "/a%00b", "/a%0d%0ab", "/\x1b"]
)
def test_a_path_that_cannot_be_decoded_is_malformed(path):
    with pytest.raises(PeerError) as caught:
        TABLE.find("GET", path)
    assert caught.value.code == "http-malformed"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/negotiations/request", "GET, POST"),
        ("HEAD", "/", "GET"),
        ("GET", "/a/1/b/c/", None),
        ("POST", "/a/1/b/c", "GET, PUT"),
    ],
)
def test_another_method_is_told_which_are_taken(method, path, allowed):
    if allowed is None:
        assert TABLE.find(method, path)
        return
    with pytest.raises(PeerError) as caught:
        TABLE.find(method, path)
    assert caught.value.code == "http-method-not-allowed"
    assert caught.value.values["allowed"] == allowed


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1), st.integers(1, 10))
def test_an_id_survives_being_one_segment_however_often_it_was_encoded_before(text, times):
    inner = text
    for _ in range(times - 1):
        inner = quote(inner, safe="")
    _, values = TABLE.find("GET", "/catalog/datasets/" + quote(inner, safe=""))
    assert values == {"id": inner}


def outcome(path):
    try:
        TABLE.find("GET", path)
    except PeerError as error:
        return error.problem.status
    return 200


@given(st.text())
def test_any_path_is_a_route_or_a_typed_error(text):
    assert outcome("/" + text) in {200, 400, 404, 405}


@pytest.mark.parametrize(
    "rows", [[("GET", "/a/{x}"), ("GET", "/a/{y}")], [("GET", "/a"), ("GET", "/a/")], [("GET", "a")]]
)
def test_a_table_that_says_one_thing_twice_is_refused(rows):
    with pytest.raises(LocalError) as caught:
        RouteTable([route(method, path) for method, path in rows])
    assert caught.value.code == "http-route-twice"


@pytest.mark.parametrize(
    ("text", "values"),
    [("", {}), ("a=1&b=%2F", {"a": "1", "b": "/"}), ("a=", {"a": ""}), ("a", {"a": ""}), ("a=1+2", {"a": "1 2"})],
)
def test_a_query_is_read(text, values):
    assert read_query(text) == values


@pytest.mark.parametrize("text", ["a=1&a=2", "a=1&%61=2", "a=%ff", "&".join(f"a{n}=" for n in range(101))])
def test_an_ambiguous_or_broken_query_is_malformed(text):
    with pytest.raises(PeerError) as caught:
        read_query(text)
    assert caught.value.code == "http-malformed"
