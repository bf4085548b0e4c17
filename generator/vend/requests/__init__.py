"""HCL text in, account requests or diagnostics out."""

from vend.requests.aft import is_bare_checkout
from vend.requests.editing._assignments import Assignment, assignments
from vend.requests.editing._editor import Editor, FleetEdit, FleetGrowth
from vend.requests.editing._formatting import Formatted, format_fleet
from vend.requests.editing._new_request import new_request, place_for, refuse_label
from vend.requests.editing._saving import FileEdit, save
from vend.requests.importing._from_aft import Imported, import_aft
from vend.requests.importing._from_csv import CsvImport, import_csv
from vend.requests.importing._from_organization import Destination, ImportedAccount, LeftOut, choose, requests_for
from vend.requests.language._language import BlockType, Field, Rule
from vend.requests.language._request_fields import ACCOUNT, DEFAULTS, TEMPLATES
from vend.requests.language._schema import SchemaName, json_schema
from vend.requests.language._setting_fields import SETTINGS
from vend.requests.language._setting_rules import matching
from vend.requests.language._snippets import snippets
from vend.requests.reading._approvals import load_approvals, parse_approval
from vend.requests.reading._cache import open_cache
from vend.requests.reading._files import source_lines
from vend.requests.reading._fleet import FleetReading, find_fleet, load_fleet
from vend.requests.reading._settings import load_settings
from vend.requests.text._plain_block import PlainBlock
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
    "Destination",
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
    "PlainBlock",
    "Rule",
    "SchemaName",
    "assignments",
    "choose",
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
    "new_request",
    "open_cache",
    "parse_approval",
    "place_for",
    "refuse_label",
    "requests_for",
    "save",
    "snippets",
    "source_lines",
]
