"""Where Control Tower works: its shared accounts, and the landing zone as its resources see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from vend.sandbox.organizations._organization import Organization


@dataclass(kw_only=True)
class SharedAccounts:
    """The accounts that every landing zone has, and their unit."""

    KEPT: ClassVar[tuple[str, ...]] = ("security_unit", "log_archive", "audit")

    security_unit: str
    log_archive: str
    audit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """The accounts and names that Control Tower's resources refer to.

    Attributes:
        regions: the governed Regions; the home Region is the first.
        aggregates: whether accounts authorize the audit account's aggregator (below version 4.0).
    """

    organization: Organization
    shared: SharedAccounts
    regions: tuple[str, ...]
    aggregates: bool

    @property
    def management(self) -> str:
        """The management account."""
        return self.organization.management_account_id

    @property
    def log_archive(self) -> str:
        """The account of the logs."""
        return self.shared.log_archive

    @property
    def audit(self) -> str:
        """The account of the security team."""
        return self.shared.audit

    @property
    def home(self) -> str:
        """The home Region."""
        return self.regions[0]

    @property
    def log_bucket(self) -> str:
        """Where Config and CloudTrail deliver to."""
        return f"aws-controltower-logs-{self.log_archive}-{self.home}"
