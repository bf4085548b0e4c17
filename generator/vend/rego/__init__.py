"""A fleet's own policies in Rego: read from files, evaluated in a separate process."""

from vend.rego._evaluate import SECONDS, Finding, PolicyEvaluation, evaluate
from vend.rego._files import PolicyFile, read_policies

__all__ = ["SECONDS", "Finding", "PolicyEvaluation", "PolicyFile", "evaluate", "read_policies"]
