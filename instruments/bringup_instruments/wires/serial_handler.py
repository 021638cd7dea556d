"""The door from pyserial to the simulated lab's consoles.

`register()` once, then `serial.serial_for_url(serial_url(station, address))` opens a console like any serial port.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

import serial

_PACKAGE = "bringup_instruments.wires.serial_urls"
SCHEME = "bringup"


def register() -> None:
    """Let pyserial find `bringup://` URLs; a second call does nothing."""
    if _PACKAGE not in serial.protocol_handler_packages:
        serial.protocol_handler_packages.append(_PACKAGE)


def serial_url(station: Path, address: str) -> str:
    """The URL of a console: a station file's path, percent-encoded, and the address that it gives the console."""
    return f"{SCHEME}://{quote(str(station), safe='')}?port={quote(address, safe='')}"


def parse_serial_url(url: str) -> tuple[Path, str]:
    """The other way round.

    Raises:
        ValueError: not such a URL; the text says what one looks like.
    """
    parts = urlsplit(url)
    options = parse_qs(parts.query, keep_blank_values=True)
    station, ports = unquote(parts.netloc + parts.path), options.get("port", [])
    if parts.scheme != SCHEME or not station or len(ports) != 1 or not ports[0] or set(options) != {"port"}:
        raise ValueError(f"{url!r} should read {SCHEME}://<percent-encoded station file>?port=<console address>")
    return Path(station), ports[0]
