"""Account vending for AWS Control Tower: requests in git, planned in review, applied with Terraform."""

__version__ = "0.1.0"

__all__ = ["__version__"]
