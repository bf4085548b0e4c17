"""Ids as Service Catalog gives them."""

from __future__ import annotations

import random
import string


def new_id(prefix: str, length: int = 13) -> str:
    """An id in Service Catalog's form: a prefix and 13 lower-case letters and digits."""
    letters = random.SystemRandom().choices(string.ascii_lowercase + string.digits, k=length)
    return f"{prefix}-{''.join(letters)}"
