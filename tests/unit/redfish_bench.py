"""A sled with its management controller on virtual time, and an httpx client, for tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from bringup.files.product import load_product
from bringup.virtual_clock import VirtualClock
from bringup_instruments.models.bmc import Bmc
from bringup_instruments.physics import CoolantLoop, SledPhysics
from bringup_instruments.product_parameters import sled_parameters
from bringup_instruments.wires.http_transport import InProcessTransport
from bringup_instruments.world import Source

PRODUCT = load_product(Path(__file__).parents[2] / "test_plans" / "products" / "liquid-sled.toml")
ON, OFF = Source(54.0, 100.0, on=True), Source(0.0, 0.0, on=False)


class RedfishBench:
    """The sled under 54 V with every rail on, its host off."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.sled = SledPhysics("SN-1", sled_parameters(PRODUCT), CoolantLoop())
        self.sled.load.feed(0.0, ON)
        self.bmc = Bmc(self.clock, self.sled, PRODUCT)
        self.transport = InProcessTransport({"bmc.lab": self.bmc}, self.clock)
        self.client = httpx.Client(base_url="http://bmc.lab", transport=self.transport)
        self.visa_library: Any = ""

    def rails_up(self) -> None:
        for rail in self.sled.parameters.rails:
            self.sled.rail_on(self.clock.now(), rail.name)
            self.clock.sleep(0.1)

    def boot(self) -> None:
        self.rails_up()
        self.sled.host_on(self.clock.now())
        self.clock.sleep(self.sled.parameters.host.boot_s + 1.0)

    def get(self, uri: str) -> Any:
        answer = self.client.get(uri)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, uri: str, **body: object) -> httpx.Response:
        return self.client.post(uri, json=body)

    # As a lab, for drivers.

    def serial_url(self, address: str) -> str:
        return address

    def http_transport(self) -> Any:
        return self.transport

    def close(self) -> None:
        self.client.close()


def links(value: Any) -> Iterator[str]:
    """Every URI that a payload points to."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in {"@odata.id", "DataSourceUri"}:
                yield inner
            elif key != "Actions":
                yield from links(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from links(inner)


def walk(client: httpx.Client) -> dict[str, Any]:
    """Every resource that links from the root lead to, by URI."""
    todo, seen = ["/redfish/v1"], {}
    while todo:
        uri = todo.pop().partition("#")[0].rstrip("/")
        if uri not in seen:
            answer = client.get(uri)
            assert answer.status_code == 200, (uri, answer.text)
            payload = seen[uri] = answer.json()
            assert payload["@odata.id"] == uri
            assert payload["@odata.type"].startswith("#"), uri
            todo += links(payload)
    return seen
