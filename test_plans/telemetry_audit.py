"""Telemetry audit: does what the sled says of itself agree with the bench, at no load, half and full?

Precedent for asking: a whole generation of accelerators was found to sample its power for a quarter of the time only
(arXiv 2312.02741).
"""

from datetime import datetime

from bringup import Clock, ManagementController, Measure, Multimeter, PowerSupply, Sled, at_most, between, plan

LOADS = (("idle", 300.0), ("memory", 300.0), ("gemm", 300.0))
SETTLED_S = 240.0  # into a load, when its heat is in balance


@plan(
    points=(),
    limits={
        "vin.volts.error": between(-1, 1, "%", source="board voltage against the supply: ±1 %", requirement="TA-1"),
        "vin.power.error": between(
            -3, 3, "%", source="board power against the supply: ±2 %, cable 1 %", requirement="TA-2"
        ),
        "core.volts.error": between(-1, 1, "%", source="core voltage against a multimeter: ±1 %", requirement="TA-3"),
        "core.amps.error": between(
            -3, 3, "%", source="BMC against the regulator: ±3 % above 20 % load", requirement="TA-4"
        ),
        "sensor.age": at_most(
            1.5, "s", source="no older than a second, and half a second of network", requirement="TA-5"
        ),
        "sensor.missing": at_most(0, source="every sensor of the product is shown", requirement="TA-6"),
    },
    point_s=1500,
)
def telemetry_audit(
    sled: Sled,
    measure: Measure,
    clock: Clock,
    management: ManagementController,
    multimeter: Multimeter,
    supply: PowerSupply,
) -> None:
    """Three loads, each by both witnesses, four minutes into it."""
    core = f"{sled.core}.0"
    for load, seconds in LOADS:
        with sled.running(load, seconds=seconds):
            clock.sleep(SETTLED_S)
            seen, now = management.sensors(), clock.utc()
            volts, amps, bench = supply.volts(), supply.amps(), multimeter.dc_volts()
            rail = sled.rail(core)[0]
        shown = {name: reading.value for name, reading in seen.items()}
        measure("vin.volts.error", 100 * (shown["vin.volts"] - volts) / volts, at=load)
        measure("vin.power.error", 100 * (shown["vin.watts"] - volts * amps) / (volts * amps), at=load)
        measure("core.volts.error", 100 * (shown[f"{sled.core}.volts.0"] - bench) / bench, at=load)
        if load != "idle":
            measure("core.amps.error", 100 * (shown[f"{sled.core}.amps.0"] - rail.amps) / rail.amps, at=load)
        ages = [age(now, reading.sampled_utc) for reading in seen.values() if reading.sampled_utc is not None]
        measure("sensor.age", max(ages, default=0.0), at=load)
        wanted = {
            name for one in sled.product.facts.sensors if "bmc" in one.read_at for name in sled.product.instances(one)
        }
        measure("sensor.missing", len(wanted - set(seen)), at=load)


def age(now: datetime, sampled: datetime) -> float:
    """Seconds since a sample was taken."""
    return (now - sampled).total_seconds()
