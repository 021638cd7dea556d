"""URL handlers that pyserial finds by name: `protocol_bringup` serves `bringup://`."""
