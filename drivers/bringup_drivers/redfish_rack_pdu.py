"""A rack's power distribution unit over Redfish: outlets that are switched and metered.

Source: DMTF schemas PowerEquipment, PowerDistribution and Outlet (DSP8010 2025.4). The way is found from the service
root: PowerEquipment, RackPDUs, Outlets. An outlet is switched by the target of its `#Outlet.PowerControl` action; that
the service accepts it is not that it has happened, so the outlet's `PowerState` is read until it has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bringup.capabilities import Identity
from bringup.errors import BadReply, InstrumentError, UsageError
from bringup.hooks import Connection

from .redfish_session import Payload, RedfishSession

HIGHEST_WATTS = 1e5
"""Beyond it no outlet's power is believed."""

SWITCHED_WITHIN_S = 15.0
"""How long an outlet may take: units stagger their outlets against inrush (estimate)."""

POLL_S = 0.25

_ACTION = "#Outlet.PowerControl"


@dataclass(frozen=True, slots=True)
class Unit:
    """Where the unit's resources are, as the payloads named them; outlets in the collection's order, from 1 on."""

    unit: str
    outlets: tuple[str, ...]


class RedfishRackPdu:
    """A `PowerDistribution` on the first rack PDU of a Redfish service."""

    def __init__(self, connection: Connection) -> None:
        self._clock = connection.lab.clock
        self._redfish = RedfishSession(connection)
        self._found: Unit | None = None

    def identify(self) -> Identity:
        """The unit's Manufacturer, Model, SerialNumber and FirmwareVersion."""
        unit = self._redfish.get(self._unit().unit)
        fields = [unit.get(name, "") for name in ("Manufacturer", "Model", "SerialNumber", "FirmwareVersion")]
        if not all(isinstance(field, str) for field in fields) or not fields[1]:
            raise BadReply(f"{self._redfish.where}: {fields!r} is no identity of a power distribution unit")
        return Identity(*fields)

    def close(self) -> None:
        """Give the connections back; the outlets stay as they are."""
        self._redfish.close()

    @property
    def outlets(self) -> tuple[int, ...]:
        """The numbers of its outlets, asked for once."""
        return tuple(range(1, len(self._unit().outlets) + 1))

    def outlet_on(self, outlet: int) -> None:
        """Switch an outlet on; verified by reading back.

        Raises:
            UsageError: no such outlet.
            InstrumentError: the unit refused it, or the outlet did not come on.
        """
        self._switch(outlet, "On")

    def outlet_off(self, outlet: int) -> None:
        """Switch an outlet off; verified by reading back.

        Raises:
            UsageError: no such outlet.
            InstrumentError: the unit refused it, or the outlet did not go off.
        """
        self._switch(outlet, "Off")

    def outlet_is_on(self, outlet: int) -> bool:
        """Whether an outlet is on; one on its way is not."""
        uri = self._uri(outlet)
        return self._state(uri, self._redfish.get(uri)) == "On"

    def watts(self, outlet: int) -> float:
        """Power that an outlet delivers, in watts."""
        payload = self._redfish.get(self._uri(outlet))
        return self._redfish.number(payload, "PowerWatts", "Reading", low=0, high=HIGHEST_WATTS)

    def _switch(self, outlet: int, state: str) -> None:
        uri = self._uri(outlet)
        with self._redfish.lock:
            self._redfish.post(self._target(uri, state), {"PowerState": state})
            give_up_at_s = self._clock.now() + SWITCHED_WITHIN_S
            while (seen := self._state(uri, self._redfish.get(uri))) != state:
                if self._clock.now() >= give_up_at_s:
                    what = f"outlet {outlet} was switched {state}, after {SWITCHED_WITHIN_S:g} s it says {seen}"
                    raise InstrumentError(f"{self._redfish.where}: {what}")
                self._clock.sleep(POLL_S)

    def _target(self, uri: str, state: str) -> str:
        """Where the outlet takes its action, which must offer the state (DSP0266, 7.11)."""
        actions = self._redfish.get(uri).get("Actions")
        action = actions.get(_ACTION) if isinstance(actions, Mapping) else None
        if not isinstance(action, Mapping):
            raise InstrumentError(f"{self._redfish.where}: {uri} cannot be switched: it has no {_ACTION}")
        offered = action.get("PowerState@Redfish.AllowableValues")
        if isinstance(offered, list) and state not in offered:
            raise InstrumentError(f"{self._redfish.where}: {uri} cannot be switched {state}, only {offered!r}")
        return self._redfish.uri(action, "target", _ACTION)

    def _state(self, uri: str, payload: Payload) -> str:
        state = payload.get("PowerState")
        if state not in ("On", "Off", "PoweringOn", "PoweringOff"):
            raise BadReply(f"{self._redfish.where}: {uri} has the power state {str(state)[:80]!r}")
        return str(state)

    def _uri(self, outlet: int) -> str:
        uris = self._unit().outlets
        if isinstance(outlet, bool) or not 1 <= outlet <= len(uris):
            raise UsageError(f"{self._redfish.where} has outlets 1 to {len(uris)}, no {outlet}")
        return uris[outlet - 1]

    def _unit(self) -> Unit:
        if self._found is None:
            with self._redfish.lock:
                self._found = self._discover()
        return self._found

    def _discover(self) -> Unit:
        redfish = self._redfish
        unit = redfish.first_member(redfish.follow(redfish.root(), "PowerEquipment"), "RackPDUs")
        members = redfish.follow(unit, "Outlets").get("Members")
        if not isinstance(members, list) or not members:
            raise InstrumentError(f"{redfish.where}: its unit has no outlets")
        return Unit(redfish.uri(unit, "@odata.id"), tuple(redfish.uri(member, "@odata.id") for member in members))
