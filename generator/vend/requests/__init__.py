"""HCL text in, account requests or diagnostics out."""

from vend.requests._aft import is_bare_checkout
from vend.requests._approvals import load_approvals, parse_approval
from vend.requests._assignments import Assignment, assignments
from vend.requests._caching import open_cache
from vend.requests._editing import Editor, FleetEdit, FleetGrowth
from vend.requests._files import source_lines
from vend.requests._fleet import FleetReading, find_fleet, load_fleet
from vend.requests._formatting import Formatted, format_fleet
from vend.requests._importing import Imported, import_aft
from vend.requests._importing_csv import CsvImport, import_csv
from vend.requests._language import BlockType, Field, Rule
from vend.requests._organization import ImportedAccount, LeftOut, Place, choose, requests_for
from vend.requests._placing import file_for
from vend.requests._plain import PlainBlock
from vend.requests._request_fields import ACCOUNT, DEFAULTS, TEMPLATES
from vend.requests._saving import FileEdit, save
from vend.requests._schema import SchemaName, json_schema
from vend.requests._setting_fields import SETTINGS
from vend.requests._setting_rules import matching
from vend.requests._settings import load_settings
from vend.requests._snippets import snippets
from vend.requests._wishes import edits_for
from vend.settings import SETTINGS_FILE

__all__ = [
    "ACCOUNT",
    "DEFAULTS",
    "SETTINGS",
    "SETTINGS_FILE",
    "TEMPLATES",
    "Assignment",
    "BlockType",
    "CsvImport",
    "Editor",
    "Field",
    "FileEdit",
    "FleetEdit",
    "FleetGrowth",
    "FleetReading",
    "Formatted",
    "Imported",
    "ImportedAccount",
    "LeftOut",
    "Place",
    "PlainBlock",
    "Rule",
    "SchemaName",
    "assignments",
    "choose",
    "edits_for",
    "file_for",
    "find_fleet",
    "format_fleet",
    "import_aft",
    "import_csv",
    "is_bare_checkout",
    "json_schema",
    "load_approvals",
    "load_fleet",
    "load_settings",
    "matching",
    "open_cache",
    "parse_approval",
    "requests_for",
    "save",
    "snippets",
    "source_lines",
]
