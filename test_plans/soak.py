"""Soak: twelve hours of GEMM, an hour at a time. Nothing may throttle, nothing may be wrong, nothing may creep."""

from bringup import HostShell, Measure, Sled, at_most, between, exactly, of_product, plan

HOURS = 12


@plan(
    points=(),
    limits={
        "gemm.errors": at_most(0, source="bit-exact against golden results", requirement="SK-1"),
        "ecc.corrected": at_most(5, source="estimate: 0.05 an hour and chip at 85 degC", requirement="SK-2"),
        "ecc.uncorrected": exactly(0, source="none", requirement="SK-2"),
        "lock.losses": exactly(0, source="a PLL that is locked stays so", requirement="SK-3"),
        "link.transitions": exactly(0, source="a trained link stays up", requirement="SK-4"),
        "tj.max": of_product,
        "tj.drift": between(-3, 3, "degC", source="estimate: the last hour against the first", requirement="SK-5"),
        "vin.power": of_product,
    },
    point_s=HOURS * 3610.0,
)
def soak(sled: Sled, measure: Measure, host: HostShell) -> None:
    """Hour after hour the same load; counters are judged over all of it, temperatures by the hour."""
    before = {chip: host.counters(chip) for chip in sled.product.chips}
    hottest = []
    for hour in range(1, HOURS + 1):
        result = sled.run("gemm", seconds=3600)
        measure("gemm.errors", result.errors, at=f"hour{hour}")
        hottest.append(max(result.junctions.values()))
        measure("tj.max", hottest[-1], at=f"hour{hour}")
        measure("vin.power", result.input.watts, at=f"hour{hour}")
    measure("tj.drift", hottest[-1] - hottest[0])
    for chip in sled.product.chips:
        counted, place = host.counters(chip), f"chip{chip}"
        measure("ecc.corrected", counted.corrected - before[chip].corrected, at=place)
        measure("ecc.uncorrected", counted.uncorrected - before[chip].uncorrected, at=place)
        measure("lock.losses", counted.lock_losses - before[chip].lock_losses, at=place)
    measure("link.transitions", max((link.transitions for link in host.link_states()), default=0))
