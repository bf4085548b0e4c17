"""Values as JSON documents, and back: one way for all that vend prints, files and reads again."""

from vend.codec._document import JsonDocument, read_exactly
from vend.codec._layout import DocumentError, hidden, key, rounded, spread

__all__ = ["DocumentError", "JsonDocument", "hidden", "key", "read_exactly", "rounded", "spread"]
