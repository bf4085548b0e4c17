"""Retrying calls of GitHub, within a time limit; imported only with PyGithub."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self, cast

from github import GithubRetry, RateLimitExceededException

if TYPE_CHECKING:
    from urllib3.connectionpool import ConnectionPool
    from urllib3.response import HTTPResponse

_LIMITS = frozenset({403, 429})


class BoundedRetry(GithubRetry):
    """Waits for a limit on calls only if that is within `max_rate_limit_wait`.

    GithubRetry does so by the times that GitHub's bodies imply, and obeys a Retry-After of any length.
    """

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: HTTPResponse | None = None,  # type: ignore[override]  # as GithubRetry narrows it
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        """The retry that follows a call that came to nothing.

        Raises:
            RateLimitExceededException: GitHub asks for a longer wait than there is patience for.
        """
        longest = self.max_rate_limit_wait
        if response is not None and response.status in _LIMITS and longest is not None:
            wait = self.get_retry_after(response)
            if wait is not None and wait > longest:
                said = self.get_content(response, url or "").decode(errors="replace")
                raise RateLimitExceededException(response.status, {"message": said}, dict(response.headers))
        return cast("Self", super().increment(method, url, response, error, _pool, _stacktrace))
