"""Where regions of providers lie, and which kinds of machine they rent: names, no prices.

Regions by AWS, "Regions and Zones" (docs.aws.amazon.com/global-infrastructure), their countries
from general knowledge: estimates, and a region that is not listed is refused, never guessed.
Kinds of machine by AWS, "Accelerated computing instances" (docs.aws.amazon.com/ec2), likewise.
"""

from __future__ import annotations

from dataclasses import dataclass

from millwright.model.sourced import Confidence

AWS = "aws"
REGIONS: dict[str, str] = {
    "us-east-1": "US", "us-east-2": "US", "us-west-1": "US", "us-west-2": "US",
    "us-gov-east-1": "US", "us-gov-west-1": "US", "ca-central-1": "CA", "ca-west-1": "CA",
    "eu-central-1": "DE", "eu-central-2": "CH", "eu-west-1": "IE", "eu-west-2": "GB",
    "eu-west-3": "FR", "eu-north-1": "SE", "eu-south-1": "IT", "eu-south-2": "ES",
    "ap-northeast-1": "JP", "ap-northeast-2": "KR", "ap-northeast-3": "JP", "ap-south-1": "IN",
    "ap-south-2": "IN", "ap-southeast-1": "SG", "ap-southeast-2": "AU", "ap-southeast-3": "ID",
    "ap-southeast-4": "AU", "ap-east-1": "HK", "sa-east-1": "BR", "me-south-1": "BH",
    "me-central-1": "AE", "il-central-1": "IL", "af-south-1": "ZA",
}  # fmt: skip
"""Countries of AWS' regions; none is known more closely than its country."""


@dataclass(frozen=True, slots=True)
class Rented:
    """A kind of machine that is rented, and the server of the catalogue that it is sized as."""

    name: str
    server: str
    gpus: int
    confidence: Confidence = "estimate"


RENTED: dict[str, Rented] = {
    each.server: each
    for each in (
        Rented("p5.48xlarge", "hgx-h100", 8), Rented("p5en.48xlarge", "hgx-h200", 8),
        Rented("p6-b200.48xlarge", "hgx-b200", 8), Rented("g6e.48xlarge", "pcie-l40s-8", 8),
    )
}  # fmt: skip
"""Kinds of AWS by the server of the catalogue with the same GPUs."""
