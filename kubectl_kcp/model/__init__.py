"""The field's things as frozen records (msgspec.Struct). No I/O, no clock, no printing; imports nothing above it."""
