"""Attributes of resources as AWS' provider documents them, for those that our templates use.

Source: hashicorp/terraform-provider-aws, website/docs/r/NAME.html.markdown. `READ` were read there;
the others are from general knowledge, and the first account that plans them will tell.
"""

from __future__ import annotations

READ = (
    "aws_customer_gateway", "aws_ebs_encryption_by_default", "aws_instance", "aws_kms_key",
    "aws_route_table_association", "aws_s3_bucket", "aws_s3_bucket_policy",
    "aws_s3_bucket_public_access_block", "aws_s3_bucket_server_side_encryption_configuration",
    "aws_subnet", "aws_vpc", "aws_vpc_endpoint", "aws_vpc_security_group_ingress_rule",
    "aws_vpn_connection", "aws_vpn_gateway", "aws_vpn_gateway_route_propagation",
)  # fmt: skip
MEMORY = (
    "aws_default_security_group", "aws_route_table", "aws_s3_bucket_versioning",
    "aws_security_group", "aws_vpc_security_group_egress_rule",
)  # fmt: skip

_RULE = {
    "cidr_ipv4", "cidr_ipv6", "description", "from_port", "ip_protocol", "prefix_list_id",
    "referenced_security_group_id", "security_group_id", "tags", "to_port",
}  # fmt: skip
_TUNNEL = {
    f"tunnel{number}_{name}"
    for number in (1, 2)
    for name in (
        "ike_versions", "phase1_dh_group_numbers", "phase2_dh_group_numbers",
        "phase1_encryption_algorithms", "phase2_encryption_algorithms",
        "phase1_integrity_algorithms", "phase2_integrity_algorithms",
        "phase1_lifetime_seconds", "phase2_lifetime_seconds", "startup_action",
    )
}  # fmt: skip
ATTRIBUTES: dict[str, set[str]] = {
    "aws_vpc": {"cidr_block", "instance_tenancy", "enable_dns_support", "enable_dns_hostnames",
                "assign_generated_ipv6_cidr_block", "tags"},
    "aws_subnet": {"availability_zone", "availability_zone_id", "cidr_block",
                   "map_public_ip_on_launch", "vpc_id", "tags"},
    "aws_route_table": {"vpc_id", "route", "propagating_vgws", "tags"},
    "aws_route_table_association": {"subnet_id", "gateway_id", "route_table_id", "region"},
    "aws_default_security_group": {"vpc_id", "ingress", "egress", "tags"},
    "aws_security_group": {"name", "name_prefix", "description", "vpc_id", "ingress", "egress",
                           "tags", "revoke_rules_on_delete"},
    "aws_vpc_security_group_ingress_rule": _RULE,
    "aws_vpc_security_group_egress_rule": _RULE,
    "aws_vpc_endpoint": {"service_name", "vpc_id", "policy", "private_dns_enabled",
                         "route_table_ids", "subnet_ids", "security_group_ids", "tags",
                         "vpc_endpoint_type"},
    "aws_customer_gateway": {"bgp_asn", "device_name", "ip_address", "type", "tags"},
    "aws_vpn_gateway": {"vpc_id", "availability_zone", "tags", "amazon_side_asn"},
    "aws_vpn_gateway_route_propagation": {"vpn_gateway_id", "route_table_id"},
    "aws_vpn_connection": {"customer_gateway_id", "type", "transit_gateway_id", "vpn_gateway_id",
                           "static_routes_only", "tags", *_TUNNEL},
    "aws_kms_key": {"region", "description", "key_usage", "policy", "deletion_window_in_days",
                    "is_enabled", "enable_key_rotation", "rotation_period_in_days",
                    "multi_region", "tags"},
    "aws_s3_bucket": {"bucket", "bucket_prefix", "force_destroy", "tags"},
    "aws_s3_bucket_public_access_block": {"region", "bucket", "block_public_acls",
                                          "block_public_policy", "ignore_public_acls",
                                          "restrict_public_buckets", "skip_destroy"},
    "aws_s3_bucket_server_side_encryption_configuration": {
        "bucket", "expected_bucket_owner", "rule", "rule.apply_server_side_encryption_by_default",
        "rule.bucket_key_enabled", "rule.apply_server_side_encryption_by_default.sse_algorithm",
        "rule.apply_server_side_encryption_by_default.kms_master_key_id",
    },
    "aws_s3_bucket_versioning": {"bucket", "versioning_configuration",
                                 "versioning_configuration.status"},
    "aws_s3_bucket_policy": {"bucket", "policy"},
    "aws_ebs_encryption_by_default": {"enabled"},
    "aws_instance": {"ami", "associate_public_ip_address", "availability_zone",
                     "disable_api_termination", "instance_type", "key_name", "metadata_options",
                     "metadata_options.http_endpoint", "metadata_options.http_tokens",
                     "root_block_device", "root_block_device.volume_size",
                     "root_block_device.volume_type", "root_block_device.encrypted",
                     "root_block_device.kms_key_id", "subnet_id", "tags",
                     "vpc_security_group_ids"},
}  # fmt: skip
META = {"count", "for_each", "provider", "depends_on", "lifecycle"}
"""What the language itself takes in every resource."""
LIFECYCLE = {"prevent_destroy", "create_before_destroy", "ignore_changes", "precondition",
             "postcondition", "replace_triggered_by"}  # fmt: skip
