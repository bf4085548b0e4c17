"""A fleet's `.vend`: the folder itself, and the cache from one run to the next."""

from vend.working._cache import Cache
from vend.working._directory import prepare_working_directory

__all__ = ["Cache", "prepare_working_directory"]
