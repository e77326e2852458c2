"""Situations that nobody made a rule for, a file for each kind of them: importing this package makes them all known."""

import importlib
import pkgutil

MODULES = tuple(importlib.import_module(f"{__name__}.{each.name}") for each in pkgutil.iter_modules(__path__))
