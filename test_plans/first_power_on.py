"""First power-on: one stage after the other, each rail beside its golden band, and nothing goes on by itself.

S0, the identity gate, is the runner's: it refuses the power before this plan begins, and again under standby power.
"""

from bringup import (
    Frozen,
    I2cBus,
    JtagProbe,
    Measure,
    Ohmmeter,
    Operator,
    PowerSequence,
    Sled,
    Verdict,
    at_most,
    between,
    exactly,
    of_product,
    plan,
    unjudged,
)


@plan(
    points=(),
    limits={
        "ohms.error": between(-30, 30, "%", source="estimate: ±30 % of the golden boards", requirement="FP-S1"),
        "i2c.missing": exactly(0, source="every regulator of the product answers", requirement="FP-S2"),
        "i2c.strangers": exactly(0, source="and nothing else does", requirement="FP-S2"),
        "rail.volts": unjudged("V"),
        "rail.error": of_product,
        "rail.current": unjudged("A"),
        "rail.disagreement": between(-1, 1, "%", source="telemetry against telemetry: V ±1 %", requirement="FP-S3"),
        "vin.after": unjudged("W"),
        "clock.error": between(-100, 100, source="estimate: reference ±100 ppm, in ppm", requirement="FP-S4"),
        "jtag.missing": exactly(0, source="devices that do not answer from TDO on", requirement="FP-S5"),
        "jtag.strangers": exactly(0, source="IDCODEs against the product's", requirement="FP-S5"),
        "fuses.cores": exactly(0, source="cores that the fuses leave out", requirement="FP-S5"),
        "fuses.sku": exactly(0, source="1 where the fuses say another SKU", requirement="FP-S5"),
        "mbist.overflow": exactly(0, source="1 where memory is beyond repair", requirement="FP-S5"),
        "tj.idle": at_most(
            70, "degC", source="estimate: an idle die at 30 degC coolant is below 45", requirement="FP-S6"
        ),
    },
    point_s=900,
)
def first_power_on(
    sled: Sled,
    power: PowerSequence,
    operator: Operator,
    measure: Measure,
    multimeter: Ohmmeter,
    controller: I2cBus,
    jtag: JtagProbe,
) -> None:
    """S1 to S6; whatever looks odd stops where it is, and the sled is made safe."""
    watch = Watch(operator, measure)
    operator.hold(f"Sled {sled.serial_number}: hands off the board, unpowered checks done. Measure ohms to ground?")
    unpowered(sled, watch, multimeter)
    operator.hold("S1 is through. Apply the input at the standby limit?")
    rails(sled, watch, power, controller)
    operator.hold("S3: every rail is in its band. Take them down in reverse, and up once more?")
    power.rails_down()
    for _ in power.steps():
        pass
    operator.hold("S3 is through, twice. Go on to clocks and the scan chain?")
    clocks(sled, watch)
    chain(sled, watch, jtag)
    operator.hold("S5 is through. Let the host boot?")
    power.boot()
    for place, celsius in sled.junctions().items():
        watch.take("S6", "tj.idle", celsius, place)
    operator.hold("S6: the host is ready. Make the sled safe and end here?")


class Watch:
    """Takes numbers, and freezes at the first that is out of its band."""

    def __init__(self, operator: Operator, measure: Measure) -> None:
        self.operator = operator
        self.measure = measure

    def take(self, stage: str, name: str, value: float, place: str = "", seen: str = "") -> None:
        """Measure; a number out of its band stops the plan here, with everything as it is for as long as one looks."""
        if self.measure(name, value, at=place) is not Verdict.FAIL:
            return
        what = f"{stage}: {name}{f' at {place}' if place else ''} = {value:g} is out of its band"
        what += f" ({seen})" if seen else ""
        self.operator.hold(f"FROZEN at {what}. Look now; going on makes the sled safe and ends the plan")
        raise Frozen(what)


def unpowered(sled: Sled, watch: Watch, meter: Ohmmeter) -> None:
    """S1: ohms from the core rail to ground, where the meter's leads are."""
    name = f"{sled.core}.0"
    golden = sled.product.rail(name).golden_ohms
    if golden is None:
        watch.operator.tell(f"  S1: {sled.product.name} has no golden ohms for {name}; nothing to compare with")
        return
    ohms = meter.ohms()
    watch.operator.tell(f"  S1: {name} {ohms:.4g} Ohm to ground, golden {golden:g} Ohm")
    watch.take("S1", "ohms.error", 100 * (ohms - golden) / golden, name, f"{ohms:.4g} Ohm, golden {golden:g} Ohm")


def rails(sled: Sled, watch: Watch, power: PowerSequence, bus: I2cBus) -> None:
    """S2 and S3: standby, the I2C map, then rail after rail, each by two witnesses."""
    for number, step in enumerate(power.steps()):
        if number == 0:
            i2c_map(sled, watch, bus)
        pmbus = power.by_pmbus(step.rail)
        for rail in step.readings:
            error = 100 * (rail.volts - step.nominal_volts) / step.nominal_volts
            watch.operator.tell(f"  {rail.name:<14} {rail.volts:7.4f} V  {error:+6.2f} %  {rail.amps:8.2f} A")
            watch.measure("rail.volts", rail.volts, at=rail.name)
            watch.measure("rail.current", rail.amps, at=rail.name)
            watch.take("S3", "rail.error", error, rail.name)
            if rail.name in pmbus:
                apart = 100 * (rail.volts - pmbus[rail.name]) / step.nominal_volts
                watch.take("S3", "rail.disagreement", apart, rail.name, "controller against PMBus")
        watch.measure("vin.after", step.input_watts, at=step.rail)
        watch.operator.hold(f"{step.rail} is up, {step.input_watts:.1f} W at the input; go on?")


def i2c_map(sled: Sled, watch: Watch, bus: I2cBus) -> None:
    """S2: whoever answers on I2C is a regulator of the product, and all of those answer."""
    expected: dict[int, set[int]] = {}
    for one in sled.product.facts.regulators:
        for chip in sled.product.chips if one.per_chip else [0]:
            expected.setdefault(one.bus + chip, set()).add(one.address)
    for number, addresses in sorted(expected.items()):
        found = set(bus.scan(number))
        named = ", ".join(f"0x{address:02x}" for address in sorted(found ^ addresses))
        watch.take("S2", "i2c.missing", len(addresses - found), f"bus {number}", named)
        watch.take("S2", "i2c.strangers", len(found - addresses), f"bus {number}", named)


def clocks(sled: Sled, watch: Watch) -> None:
    """S4: what the counter says, never what was commanded."""
    nominal = sled.product.facts.clock.nominal_hertz
    watch.take("S4", "clock.error", 1e6 * (sled.clock() - nominal) / nominal)


def chain(sled: Sled, watch: Watch, jtag: JtagProbe) -> None:
    """S5: who is on the scan chain, what its fuses say, and whether its memory can be repaired."""
    layout = sled.product.scan_chain
    walk = jtag.walk()
    missing = len(layout) - walk.taps
    opened = f"the chain is open in front of {layout[missing].name}" if 0 < missing < len(layout) else "of all devices"
    watch.take("S5", "jtag.missing", missing, "", f"{walk.taps} of {len(layout)} answer: {opened}")
    expected = {tap.name: tap.idcode for tap in layout}
    for tap in jtag.idcodes():
        wrong = tap.idcode != expected.get(tap.name)
        told = "none" if tap.idcode is None else f"0x{tap.idcode:08x}"
        watch.take("S5", "jtag.strangers", int(wrong), tap.name, f"IDCODE {told}")
    facts = sled.product.facts.chip
    for chip in sled.product.chips:
        fuses, test = jtag.fuses(chip), jtag.mbist(chip)
        place = f"chip{chip}"
        watch.operator.tell(f"  {place}: {fuses.sku}, {fuses.cores} cores, Vmin about {fuses.vmin_volts * 1000:.0f} mV")
        watch.take("S5", "fuses.sku", int(fuses.sku != facts.sku), place, f"{fuses.sku}, golden {facts.sku}")
        watch.take("S5", "fuses.cores", facts.cores - fuses.cores, place, f"{fuses.cores} of {facts.cores} cores")
        watch.take("S5", "mbist.overflow", int(test.overflow), place, f"{test.repairs} of {test.spares} spares used")
