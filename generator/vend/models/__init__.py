"""The values that flow between the rooms: requests, what AWS has, root modules, results."""

from vend.models._approvals import Approval
from vend.models._aws import (
    AccountFactory,
    AccountInventory,
    IdentityCenter,
    LandingZone,
    Organization,
    OrganizationAccount,
    OrganizationalUnit,
    ProvisionedProduct,
)
from vend.models._organization_file import (
    ORGANIZATION_FORMAT,
    ORGANIZATION_VERSION,
    FiledAccount,
    FiledAccountFactory,
    FiledIdentityCenter,
    FiledLandingZone,
    FiledProduct,
    FiledUnit,
    OrganizationFile,
)
from vend.models._position import Position
from vend.models._requests import (
    AccessAssignment,
    AccountRequest,
    AlternateContact,
    Change,
    ContactKind,
    Fleet,
    OnRemoval,
    SsoUser,
)
from vend.models._results import AccountResult, Applied, AppliedStage, Report, StageResult
from vend.models._roots import ROOTS, STAGES, Hook, RootModule, Stage, StageName, Status

__all__ = [
    "ORGANIZATION_FORMAT",
    "ORGANIZATION_VERSION",
    "ROOTS",
    "STAGES",
    "AccessAssignment",
    "AccountFactory",
    "AccountInventory",
    "AccountRequest",
    "AccountResult",
    "AlternateContact",
    "Applied",
    "AppliedStage",
    "Approval",
    "Change",
    "ContactKind",
    "FiledAccount",
    "FiledAccountFactory",
    "FiledIdentityCenter",
    "FiledLandingZone",
    "FiledProduct",
    "FiledUnit",
    "Fleet",
    "Hook",
    "IdentityCenter",
    "LandingZone",
    "OnRemoval",
    "Organization",
    "OrganizationAccount",
    "OrganizationFile",
    "OrganizationalUnit",
    "Position",
    "ProvisionedProduct",
    "Report",
    "RootModule",
    "SsoUser",
    "Stage",
    "StageName",
    "StageResult",
    "Status",
]
