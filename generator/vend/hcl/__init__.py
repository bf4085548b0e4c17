"""HCL syntax: text in, blocks and attributes with positions out.

The only importer of the two HCL libraries. pygohcl, HashiCorp's own parser, decides what is valid; python-hcl2
tells literals from expressions and knows positions.
"""

from vend.hcl._calls import CallScan, FunctionCall, function_calls
from vend.hcl._parse import BOM, MAX_BYTES, Parsed, collector_paused, parse
from vend.hcl._tree import Attribute, Block, Body, Expression, Value
from vend.hcl._write import key, literal

__all__ = [
    "BOM",
    "MAX_BYTES",
    "Attribute",
    "Block",
    "Body",
    "CallScan",
    "Expression",
    "FunctionCall",
    "Parsed",
    "Value",
    "collector_paused",
    "function_calls",
    "key",
    "literal",
    "parse",
]
