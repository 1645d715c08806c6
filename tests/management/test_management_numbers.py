"""Parts by name, part numbers of partners, partners from a table, and the inbox, over the management API."""

from __future__ import annotations

import asyncio

import pytest
from management_site import segment
from test_management_requests import INVENTORY, STATEMENT, arrived, ask, register

HEAD = "part,partner,side,number,plant,from,until\n"
PARTNERS = "name,participant,address,side,part,number\n"
BOM = "parent,component,supplier,amount,unit,yield,stages\n"


@pytest.fixture
async def maker(maker, buyer):
    """One that knows the buyer by a short name, too."""
    await maker.post("/partners/import", {"csv": f"name,participant\nbuyer,{buyer.did}\n"})
    return maker


async def found(site, **sought):
    pages, body = [], {"limit": 2, **sought}
    while True:
        page = await site.post("/parts/search", body)
        pages.append([item["id"] for item in page["items"]])
        if page["next"] is None:
            return pages
        body["after"] = page["next"]


async def test_parts_are_registered_with_a_name_and_searched_page_by_page(maker) -> None:
    for number, plant in [("P3", "大阪"), ("P1", "大阪"), ("P2", "Nagoya"), ("P4", "大阪")]:
        part = await register(maker, number, name=f"セル {number}", plant=plant, unit="kilogram", terminated=True)
        assert (part["name"], part["plant"], part["terminated"]) == (f"セル {number}", plant, True)
    assert await found(maker) == [["P1", "P2"], ["P3", "P4"]]
    assert await found(maker, name="ｾﾙ", plant="大阪", parent=False) == [["P1", "P3"], ["P4"]]
    assert await found(maker, parent=True) == [[]]
    status, error = await maker.call("POST", "/parts/search", {"after": "セル"})
    assert (status, error["code"]) == (400, "management-bad-body")
    body = {"inventory": INVENTORY, "due_diligence": STATEMENT, "name": "セル P1", "plant": "大阪"}
    status, error = await maker.call("PUT", "/parts/P9", body)
    assert (status, error["code"]) == (409, "part-not-unique")


async def test_numbers_are_linked_one_by_one_and_by_table_and_looked_up_from_either_end(maker, buyer) -> None:
    link = {"part": "P-1", "partner": "buyer", "side": "customer", "number": "Z/9"}
    made = await maker.post("/crosswalk", link)
    assert (made["partner"], made["partner_name"], made["source"]) == (buyer.did, "buyer", "operator")
    csv = HEAD + f"P-1,{buyer.did},customer,Z/10,,2026-01-01,2026-12-31\nP-2,buyer,customer,Z/9,大阪,,\n"
    assert len((await maker.post("/crosswalk/import", {"csv": csv}))["items"]) == 2
    assert await maker.get(f"/crosswalk/{made['id']}") == made

    async def listed(**query):
        return sorted((item["part"], item["number"]) for item in (await maker.get("/crosswalk", **query))["items"])

    assert await listed() == [("P-1", "Z/10"), ("P-1", "Z/9"), ("P-2", "Z/9")]
    assert await listed(number="Z/9", partner="buyer") == [("P-1", "Z/9"), ("P-2", "Z/9")]
    assert await listed(part="P-1", side="supplier") == []
    pages, after = [], ""
    while after is not None:
        page = await maker.get("/crosswalk", limit=1, after=after)
        pages += [item["id"] for item in page["items"]]
        after = page.get("next")
    assert pages == sorted(set(pages))
    assert len(pages) == 3
    status, _ = await maker.call("DELETE", f"/crosswalk/{made['id']}")
    assert status == 200
    status, error = await maker.call("GET", f"/crosswalk/{made['id']}")
    assert (status, error["code"]) == (404, "crosswalk-unknown")


@pytest.mark.parametrize(
    ("csv", "code"),
    [
        ("", "crosswalk-csv-broken"),
        (HEAD + "P,nobody,customer,Z,,,\n", "partner-unknown"),
        (HEAD + "P,buyer,supplier,Z,,,\nP,buyer,supplier,Y,,,\n", "crosswalk-overlap"),
        (HEAD + "P,buyer,supplier,Z,,2026-02-02,2026-01-01\n", "crosswalk-period"),
    ],
)
async def test_a_table_of_links_is_taken_whole_or_not_at_all(maker, buyer, csv, code) -> None:
    wanted = csv.replace(HEAD, HEAD + "first,buyer,customer,Z,,,\n")
    status, error = await maker.call("POST", "/crosswalk/import", {"csv": wanted})
    assert (status, error["code"]) == (404 if code == "partner-unknown" else 400, code)
    assert (await maker.get("/crosswalk"))["items"] == []


async def test_partners_of_a_table_are_known_by_name_at_once_and_after_a_restart(maker) -> None:
    did = "did:web:cells.example.com"
    csv = PARTNERS + f"cells,{did},,,foil,C-1\ncells,{did},,customer,P-1,Z\nBPN,BPNL:1,https://b.example.com/dsp,,,\n"
    tried = await maker.post("/partners/import", {"csv": csv, "dry_run": True})
    assert tried == {"partners": 2, "new": 2, "links": 2}
    assert (await maker.get("/crosswalk"))["items"] == []
    assert (await maker.post("/partners/import", {"csv": csv})) == tried
    assert await maker.post("/partners/import", {"csv": csv}) == {**tried, "new": 0}
    bom = BOM + "P-1,foil,cells,1,kilogram,,component\n"
    await register(maker, "P-1", bom=bom)
    supplies = await maker.connector.participant.parts.supplies(await maker.connector.participant.parts.known("P-1"))
    assert [(one.supplier, one.component, one.ours) for one in supplies] == [(did, "C-1", "foil")]
    asked = await maker.post(
        "/requests", {"partner": "cells", "part": "C-1", "kinds": ["footprint"], "due": "2999-12-31"}
    )
    assert (asked["partner"], asked["partner_name"]) == (did, "cells")
    found = await maker.connector.participant.ports.directory.find("BPN")
    assert (found.id, found.address) == ("BPNL:1", "https://b.example.com/dsp")
    again = maker.connector.participant.onboarding
    again._names.clear()
    await again.start()
    assert {did: "cells", "BPNL:1": "BPN"}.items() <= again.names.items()


REFUSED = [
    ("x", "partner-csv-broken"),
    (PARTNERS + "a b,did:web:x.example,,,,\n", "partner-entry-unfit"),
    (PARTNERS + "a:b,did:web:x.example,,,,\n", "partner-entry-unfit"),
    (PARTNERS + "cells,BPNL1,,,,\n", "partner-entry-unfit"),
    (PARTNERS + "cells,BPNL:1,,,,\n", "partner-entry-unfit"),
    (PARTNERS + "cells,BPNL:1,ftp://cells.example/dsp,,,\n", "partner-entry-unfit"),
    (PARTNERS + "cells,did:web:x.example,,,,\ncells,did:web:y.example,,,,\n", "partner-entry-unfit"),
    (PARTNERS + "buyer,did:web:x.example,,,,\n", "partner-entry-unfit"),
    (PARTNERS + "cells,did:web:x.example,,,P,\n", "partner-entry-unfit"),
    (PARTNERS + "cells,did:web:x.example,,friend,P,N\n", "battery-input-field-malformed"),
    (PARTNERS + "cells,did:web:x.example,,,P,N\ncells,did:web:x.example,,,P,M\n", "crosswalk-overlap"),
]


@pytest.mark.parametrize(("csv", "code"), REFUSED)
async def test_a_table_of_partners_is_taken_whole_or_not_at_all(maker, buyer, csv, code) -> None:
    good = PARTNERS + "first,did:web:first.example,,,,\n"
    wanted = csv.replace(PARTNERS, good)
    status, error = await maker.call("POST", "/partners/import", {"csv": wanted})
    assert (status, error["code"]) == (400, code)
    assert "first" not in (await maker.get("/about"))["partners"].values()


async def test_the_inbox_holds_what_waits_what_is_wanted_first_at_the_top(maker, buyer) -> None:
    names = {}
    for part, due in [("late", "2999-12-31"), ("soon", "2998-01-01"), ("done", "2997-01-01")]:
        names[part] = (await ask(buyer, part, due=due))["request"]
        await arrived(maker, names[part])
    await maker.post(f"/requests/{segment(names['done'])}/reject", {"reason": "no"})
    waiting = (await maker.get("/inbox"))["items"]
    assert [item["part"] for item in waiting] == ["soon", "late"]
    assert (await maker.get("/inbox", partner=buyer.did, due="2998-12-31"))["items"] == waiting[:1]
    assert (await maker.get("/inbox", partner="did:web:other.example"))["items"] == []
    counts = (await maker.get("/completeness", direction="in"))["items"]
    assert [(one["due"], one["total"], one["open"], one["refused"], one["answered"]) for one in counts] == [
        ("2997-01-01", 1, 0, 1, 0),
        ("2998-01-01", 1, 1, 0, 0),
        ("2999-12-31", 1, 1, 0, 0),
    ]


async def test_a_request_is_reminded_of_written_about_and_its_answer_sent_back(maker, buyer) -> None:
    await register(maker)
    asked = await ask(buyer)
    path = f"/requests/{segment(asked['request'])}"
    await buyer.get(path, wait=30)
    returned = await buyer.post(f"{path}/return", {"reason": "電力が抜けています"})
    assert (returned["state"], returned["final"], returned["received"]) == ("returned", False, {})
    reminded = await buyer.post(f"{path}/remind")
    assert reminded["reminded"] == 1
    status, error = await buyer.call("POST", f"{path}/remind")
    assert (status, error["code"]) == (409, "request-reminded")
    written = await buyer.post(f"{path}/remark", {"text": "大阪工場分もお願いします"})
    assert [(word["ours"], word["text"]) for word in written["remarks"]] == [(True, "大阪工場分もお願いします")]
    for _ in range(3000):
        theirs = (await maker.get(path))["request"]
        if theirs["remarks"] and theirs["reminded"]:
            break
        await asyncio.sleep(0)
    assert (theirs["state"], theirs["reason"], theirs["reminded"]) == ("returned", "電力が抜けています", 1)
    await maker.post(f"{path}/answer")
    assert (await buyer.get(path, wait=30))["request"]["state"] == "answered"
    status, error = await buyer.call("POST", f"{path}/return", {})
    assert (status, error["code"]) == (400, "management-bad-body")


async def test_numbers_that_nothing_links_are_listed_with_what_they_may_stand_for(maker, buyer) -> None:
    await register(maker, "CELL-0012", name="Cell")
    bom = BOM + "CELL-0013,foil,buyer,1,kilogram,,component\n"
    await register(maker, "CELL-0013", name="Cell, large", bom=bom)
    asked = await ask(buyer, "ｃｅｌｌ0012")
    await arrived(maker, asked["request"])
    customer, supplier = (await maker.get("/unlinked"))["items"]
    assert (customer["side"], customer["number"], customer["needed"]) == (
        "customer",
        "ｃｅｌｌ0012",
        [asked["request"]],
    )
    assert [(one["number"], one["reasons"]) for one in customer["proposals"]] == [("CELL-0012", ["same-number"])]
    assert (supplier["side"], supplier["number"], supplier["needed"]) == ("supplier", "foil", ["CELL-0013"])
    assert supplier["proposals"] == []
    csv = HEAD + "CELL-0012,buyer,customer,ｃｅｌｌ0012,,,\nfoil,buyer,supplier,F,,,\n"
    await maker.post("/crosswalk/import", {"csv": csv})
    assert (await maker.get("/unlinked"))["items"] == []
    answered = await maker.post(f"/requests/{segment(asked['request'])}/answer")
    assert (answered["part"], answered["ours"]) == ("ｃｅｌｌ0012", "CELL-0012")
    detail = await buyer.get(f"/requests/{segment(asked['request'])}", wait=30)
    assert (detail["request"]["answered_as"], detail["records"]["footprint"]["part"]) == ("CELL-0012", "CELL-0012")


async def test_a_trace_is_kept_found_by_its_part_and_told_as_another_system_does(maker) -> None:
    trace = {
        "@type": "TraceRecord",
        "id": "lot 7/α",
        "contractor": "did:web:oem.example",
        "contract": "PO-1",
        "manufacturer": maker.did,
        "manufacturingContract": None,
        "part": "CELL",
        "partName": "セル",
        "parentPart": None,
        "partMaker": maker.did,
        "country": "JPN",
        "manufactured": "2026-04-01T08:30:00Z",
    }
    kept = await maker.post("/traces", {"trace": trace})
    assert kept["document"] == trace
    await maker.post("/traces", {"trace": {**trace, "country": "DEU"}})
    (listed,) = (await maker.get("/traces", part="CELL"))["items"]
    assert listed["document"]["country"] == "DEU"
    assert (await maker.get("/traces", part="PACK"))["items"] == []
    aspect = await maker.get(f"/traces/{segment('lot 7/α')}", form="serial-part", customer_part="Z")
    assert aspect["document"]["partTypeInformation"]["customerPartId"] == "Z"
    assert "contract" in aspect["left_out"]
    status, error = await maker.call("GET", "/traces/none")
    assert (status, error["code"]) == (404, "trace-unknown")
    status, error = await maker.call("POST", "/traces", {"trace": {"@type": "TraceRecord"}})
    assert (status, error["code"]) == (400, "battery-input-field-missing")
