"""What an address may look like, by the kind of wire; each function gives its one canonical spelling.

PyVISA and urllib are loaded when an address is looked at. Neighbours: `plugin.py` says which driver takes which.
"""

from __future__ import annotations

RAW_SOCKET_OR_INSTR = (
    "a VISA resource string such as TCPIP::10.0.0.7::hislip0::INSTR, TCPIP::10.0.0.7::5025::SOCKET, "
    "GPIB0::5::INSTR or ASRL/dev/ttyUSB0::INSTR"
)


def visa(address: str) -> str:
    """A VISA resource string (VPP-4.3, 4.3.1.1), of something that takes messages.

    Raises:
        ValueError: it is none; the message says what one looks like.
    """
    from pyvisa import rname  # noqa: PLC0415 - a plugin is cheap to import

    try:
        parsed = rname.parse_resource_name(address)
    except rname.InvalidResourceName as problem:
        raise ValueError(f"{address!r} is not {RAW_SOCKET_OR_INSTR} ({_reason(problem)})") from None
    if parsed.resource_class not in ("INSTR", "SOCKET", "RAW"):
        raise ValueError(f"{address!r} names no instrument; it should be {RAW_SOCKET_OR_INSTR}")
    # Names of hosts and LAN devices have no case; those of serial devices have.
    return str(parsed) if address.upper().startswith("ASRL") else str(parsed).casefold()


def web(address: str) -> str:
    """The base URL of an HTTP device.

    Raises:
        ValueError: it is none.
    """
    from urllib.parse import urlsplit  # noqa: PLC0415 - a plugin is cheap to import

    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or any(character.isspace() for character in address):
        raise ValueError(f"{address!r} is no base URL such as http://10.0.0.8")
    return address.rstrip("/").casefold()


def _reason(problem: Exception) -> str:
    """The last sentence of PyVISA's, which says what is missing."""
    text = str(problem)
    return text[text.rfind("(") + 1 :].rstrip(").") if "(" in text else text.rpartition(": ")[2]
