"""How much faster than the clock on the wall sleds are simulated, while their telemetry is polled once a second.

Every sensor of every sled is read, as its BMC shows it, once a lab second: idle, through the step of a load, and under
the load at rest. A rack of 36 sleds (144 chips) and a bench of 8, in one process; a sled idle beside them for scale.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

from bringup.files.lab_folder import lab_at, shipped_folder
from bringup.files.product import Product
from bringup_instruments.physics import CoolantLoop, SledPhysics
from bringup_instruments.product_parameters import coolant_parameters, sled_parameters
from bringup_instruments.world import Source
from tests.benchmarks.rounds import interleaved
from tests.benchmarks.table import Bound, Row

RACK, BENCH = 36, 8
RACK_SPEED, BENCH_SPEED = 100.0, 1000.0
LAB_S = 120.0  # of polling: the first half idle, the second under GEMM


def rows(rounds: int) -> Iterator[Row]:
    """Lab seconds in one of the wall's."""
    product = lab_at(shipped_folder()).station(None).products["S1"]
    cases = {str(sleds): partial(_speed, product, sleds) for sleds in (RACK, BENCH, 1)}
    taken = interleaved(cases, rounds)
    for sleds, least in ((RACK, RACK_SPEED), (BENCH, BENCH_SPEED)):
        what = f"simulated, {sleds} sleds with {sleds * len(product.chips)} chips polled at 1 Hz"
        yield Row(what, "x", taken[str(sleds)], taken["1"], "of one sled", Bound(least=least))


def _speed(product: Product, count: int) -> float:
    loop = CoolantLoop(coolant_parameters(product))
    sleds = [_booted(SledPhysics(f"SPEED-{n}", sled_parameters(product), loop), product) for n in range(count)]
    names = sleds[0].telemetry.names("bmc")
    began_s = now_s = 1000.0
    for sled in sleds:
        sled.advance(now_s)
    began = time.perf_counter()
    while now_s < began_s + LAB_S:
        now_s += 1.0
        for sled in sleds:
            if now_s == began_s + LAB_S / 2:
                sled.start_workload(now_s, "gemm", LAB_S)
            for name in names:
                sled.telemetry.read(now_s, name, "bmc")
    return LAB_S / (time.perf_counter() - began)


def _booted(sled: SledPhysics, product: Product) -> SledPhysics:
    entry = product.facts.input
    sled.load.feed(1.0, Source(entry.nominal_volts, entry.current_limit_amps, on=True))
    for place, rail in enumerate(product.facts.rails):
        if not rail.comes_with_input:
            sled.rail_on(2.0 + 0.1 * place, rail.name)
    sled.host_on(10.0)
    return sled
