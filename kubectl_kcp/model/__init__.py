"""The field's things as frozen dataclasses. No I/O, no clock, no printing; imports nothing above it."""
