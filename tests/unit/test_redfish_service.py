"""What every Redfish unit of the lab does with good and bad requests, on the management controller."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bringup_instruments.models.bmc_power import TARGET
from bringup_instruments.models.bmc_uris import CONTROLS, SYSTEM
from bringup_instruments.models.redfish_service import LARGEST_BODY, ROOT
from bringup_instruments.models.redfish_sessions import MOST, SERVICE, SESSIONS
from tests.unit.redfish_bench import RedfishBench

CLOCK = f"{CONTROLS}/core_clock"
BENCH = RedfishBench()  # for what changes nothing


@pytest.fixture
def bench() -> Iterator[RedfishBench]:
    made = RedfishBench()
    yield made
    made.close()


def reason(answer: httpx.Response) -> tuple[int, str]:
    (info,) = answer.json()["error"]["@Message.ExtendedInfo"]
    return answer.status_code, str(info["MessageId"]).rpartition(".")[2]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{", (400, "MalformedJSON")),
        (b"[" * 100_000, (413, "GeneralError")),
        (b"[" * 60_000, (400, "MalformedJSON")),
        (b'"On"', (400, "UnrecognizedRequestBody")),
        (b"{}", (400, "NoOperation")),
        (b'{"Setpoint": 1}', (400, "PropertyUnknown")),
        (b'{"SetPoint": null}', (400, "PropertyValueTypeError")),
        (b'{"SetPoint": 1e999}', (400, "PropertyValueTypeError")),
        (b'{"SetPoint": 1}', (400, "PropertyValueOutOfRange")),
        (b" " * (LARGEST_BODY + 1), (413, "GeneralError")),
    ],
)
def test_bad_bodies(body: bytes, expected: tuple[int, str]) -> None:
    assert reason(BENCH.client.patch(CLOCK, content=body)) == expected


@pytest.mark.parametrize(
    ("method", "uri", "allow"),
    [
        ("POST", SYSTEM, "GET, HEAD"),
        ("DELETE", CLOCK, "GET, HEAD, PATCH"),
        ("PUT", SESSIONS, "GET, HEAD, POST"),
        ("GET", TARGET, "POST"),
        ("BREW", ROOT, "GET, HEAD"),
    ],
)
def test_methods_that_are_not_allowed_are_told_which_are(method: str, uri: str, allow: str) -> None:
    answer = BENCH.client.request(method, uri)
    assert reason(answer) == (405, "OperationNotAllowed")
    assert answer.headers["Allow"] == allow


@pytest.mark.parametrize(
    ("query", "status"), [("?$select=Id", 501), ("?%24expand=.", 501), ("?only", 200), ("?x=$y", 200), ("?", 200)]
)
def test_queries_with_a_dollar_are_refused_and_others_ignored(query: str, status: int) -> None:
    assert BENCH.client.get(f"{SYSTEM}{query}").status_code == status


def test_another_content_type_is_refused() -> None:
    answer = BENCH.client.patch(CLOCK, content=b"SetPoint=1", headers={"Content-Type": "text/plain"})
    assert reason(answer)[0] == 415


def test_etags(bench: RedfishBench) -> None:
    tag = bench.client.get(CLOCK).headers["ETag"]
    assert bench.client.get(CLOCK, headers={"If-None-Match": tag}).status_code == 304
    assert bench.client.patch(CLOCK, json={"SetPoint": 1000}, headers={"If-Match": tag}).status_code == 200
    late = bench.client.patch(CLOCK, json={"SetPoint": 1100}, headers={"If-Match": tag})
    assert reason(late) == (412, "PreconditionFailed")
    assert bench.client.patch(CLOCK, json={"SetPoint": 1100}, headers={"If-Match": "*"}).status_code == 200
    assert bench.client.get(CLOCK, headers={"If-None-Match": tag}).status_code == 200


def test_head_has_the_headers_and_no_body() -> None:
    answer = BENCH.client.head(SYSTEM)
    assert (answer.status_code, answer.content, answer.headers["OData-Version"]) == (200, b"", "4.0")
    assert BENCH.client.get("/redfish").json() == {"v1": "/redfish/v1/"}


def login(bench: RedfishBench, user: str = "bringup", password: str = "bringup") -> httpx.Response:
    return bench.client.post(SESSIONS, json={"UserName": user, "Password": password})


def test_a_session_begins_is_used_and_ends(bench: RedfishBench) -> None:
    answer = login(bench)
    assert answer.status_code == 201
    token, uri = answer.headers["X-Auth-Token"], answer.headers["Location"]
    assert answer.json()["Password"] is None
    assert token not in bench.client.get(uri).text
    assert bench.client.get(SYSTEM, headers={"X-Auth-Token": token}).status_code == 200
    assert bench.client.get(SESSIONS).json()["Members"] == [{"@odata.id": uri}]
    assert bench.client.delete(uri).status_code == 204
    gone = bench.client.get(SYSTEM, headers={"X-Auth-Token": token})
    assert reason(gone) == (401, "NoValidSession")
    assert "WWW-Authenticate" in gone.headers
    assert bench.client.get(ROOT, headers={"X-Auth-Token": token}).status_code == 200, "the root is everybody's"


def test_a_session_that_nobody_uses_expires(bench: RedfishBench) -> None:
    assert bench.client.patch(SERVICE, json={"SessionTimeout": 60}).status_code == 200
    token = login(bench).headers["X-Auth-Token"]
    for _ in range(3):
        bench.clock.sleep(50.0)
        assert bench.client.get(SYSTEM, headers={"X-Auth-Token": token}).status_code == 200
    bench.clock.sleep(61.0)
    assert bench.client.get(SYSTEM, headers={"X-Auth-Token": token}).status_code == 401


@pytest.mark.parametrize("value", [29, 86401, 60.5, True, "60", None, 10**400])
def test_a_session_timeout_that_cannot_be(bench: RedfishBench, value: object) -> None:
    assert bench.client.patch(SERVICE, json={"SessionTimeout": value}).status_code == 400


def test_wrong_credentials_and_too_many_sessions(bench: RedfishBench) -> None:
    assert login(bench, password="other").status_code == 401
    assert login(bench, user="").status_code == 401
    assert bench.client.post(SESSIONS, json={"UserName": "bringup"}).status_code == 400
    assert [login(bench).status_code for _ in range(MOST + 1)] == [201] * MOST + [503]


@pytest.mark.parametrize(
    ("said", "status"),
    [("bringup:bringup", 200), ("bringup:", 401), (":", 401), ("", 401), ("\xff", 401)],
)
def test_basic_authentication(said: str, status: int) -> None:
    header = {"Authorization": "Basic " + base64.b64encode(said.encode("latin-1")).decode()}
    assert BENCH.client.get(SYSTEM, headers=header).status_code == status


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["GET", "POST", "PATCH", "DELETE", "HEAD"]),
    st.sampled_from([SYSTEM, TARGET, CLOCK, SESSIONS, SERVICE, f"{ROOT}/TaskService/Tasks/²", f"{SESSIONS}/1"]),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["ResetType", "SetPoint", "UserName"]), inner),
    ),
)
def test_no_request_is_a_traceback(method: str, uri: str, body: object) -> None:
    status, _, answer = BENCH.bmc.handle(method, uri, json.dumps(body).encode(), {})
    assert 200 <= status < 500 or status == 501
    if answer:
        json.loads(answer)
