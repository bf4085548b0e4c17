"""AFT's account-request repositories, read unchanged.

Module blocks whose every value stands there are read by vend; whatever else asks for an account is evaluated by
Terraform, with no provider but its builtin one.
"""

from vend.requests.aft._cache import AftRequests, aft_requests
from vend.requests.aft._evaluate import Tools
from vend.requests.aft._read import AftReading, read_aft
from vend.requests.aft._repository import MODULE, ROOT, Repository, is_bare_checkout, is_checkout, open_repository
from vend.requests.aft._rewrite import Rewritten, rewrite
from vend.requests.aft._settings import checkout_settings

__all__ = [
    "MODULE",
    "ROOT",
    "AftReading",
    "AftRequests",
    "Repository",
    "Rewritten",
    "Tools",
    "aft_requests",
    "checkout_settings",
    "is_bare_checkout",
    "is_checkout",
    "open_repository",
    "read_aft",
    "rewrite",
]
