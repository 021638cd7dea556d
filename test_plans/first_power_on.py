"""First power-on: one rail after the other, and nothing goes on by itself while you watch."""

from bringup import Measure, Operator, PowerSequence, Sled, of_product, plan, unjudged


@plan(
    points=(),
    limits={
        "rail.volts": unjudged("V"),
        "rail.error": of_product,
        "rail.current": unjudged("A"),
        "vin.after": unjudged("W"),
        "tj.idle": unjudged("degC"),
    },
    point_s=600,
)
def first_power_on(sled: Sled, power: PowerSequence, operator: Operator, measure: Measure) -> None:
    """Hold after every rail; whatever looks odd stops here, with the sled made safe."""
    operator.hold(
        f"Sled {sled.serial_number}: unpowered checks done, hands off the board. Apply 54 V at standby limit?"
    )
    for step in power.steps():
        for rail in step.readings:
            error = 100 * (rail.volts - step.nominal_volts) / step.nominal_volts
            measure("rail.volts", rail.volts, at=rail.name)
            measure("rail.error", error, at=rail.name)
            measure("rail.current", rail.amps, at=rail.name)
            operator.tell(f"  {rail.name:<14} {rail.volts:7.4f} V  {error:+6.2f} %  {rail.amps:8.2f} A")
        measure("vin.after", step.input_watts, at=step.rail)
        operator.hold(f"{step.rail} is up, {step.input_watts:.1f} W at 54 V; go on?")
    power.boot()
    for place, celsius in sled.junctions().items():
        measure("tj.idle", celsius, at=place)
    operator.hold("Host is ready. Make the sled safe and end here?")
