"""What vend asks of AWS and tells it."""

from vend.aws._aws import Aws
from vend.aws._connection import CredentialSource, SessionCredentials
from vend.aws._endpoint import CredentialsEndpoint
from vend.aws._export import export_organization, sketch_organization
from vend.aws._parameters import product_parameters
from vend.aws._service_catalog import Pace
from vend.aws._state_access import STATE_PROFILE, state_key
from vend.aws._units import control_tower_value, resolve_unit

__all__ = [
    "STATE_PROFILE",
    "Aws",
    "CredentialSource",
    "CredentialsEndpoint",
    "Pace",
    "SessionCredentials",
    "control_tower_value",
    "export_organization",
    "product_parameters",
    "resolve_unit",
    "sketch_organization",
    "state_key",
]
