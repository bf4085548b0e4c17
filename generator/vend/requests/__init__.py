"""HCL text in, account requests or diagnostics out."""

from vend.requests._files import source_lines
from vend.requests._fleet import FleetReading, find_fleet, load_fleet
from vend.requests._settings import SETTINGS_FILE, load_settings

__all__ = ["SETTINGS_FILE", "FleetReading", "find_fleet", "load_fleet", "load_settings", "source_lines"]
