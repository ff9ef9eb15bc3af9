# not validated by the provider, not executed here
# There is no internet gateway: nothing of this network is reached, or reaches anything, but by the
# private link and the endpoint of storage.
resource "aws_vpc" "zone" {
  cidr_block           = var.cidr
  enable_dns_support   = true
  enable_dns_hostnames = true
}

resource "aws_subnet" "nodes" {
  vpc_id                  = aws_vpc.zone.id
  cidr_block              = cidrsubnet(var.cidr, 4, 0)
  availability_zone       = var.availability_zone
  map_public_ip_on_launch = false
}

resource "aws_route_table" "nodes" {
  vpc_id = aws_vpc.zone.id
}

resource "aws_route_table_association" "nodes" {
  subnet_id      = aws_subnet.nodes.id
  route_table_id = aws_route_table.nodes.id
}

resource "aws_default_security_group" "closed" {
  vpc_id = aws_vpc.zone.id
}

resource "aws_security_group" "nodes" {
  name        = "nodes"
  description = "Nodes of the factory"
  vpc_id      = aws_vpc.zone.id
}

resource "aws_vpc_security_group_ingress_rule" "site" {
  for_each          = toset(var.site_networks)
  security_group_id = aws_security_group.nodes.id
  cidr_ipv4         = each.value
  ip_protocol       = "-1"
}

resource "aws_vpc_security_group_ingress_rule" "between_nodes" {
  security_group_id            = aws_security_group.nodes.id
  referenced_security_group_id = aws_security_group.nodes.id
  ip_protocol                  = "-1"
}

resource "aws_vpc_security_group_egress_rule" "site" {
  for_each          = toset(var.site_networks)
  security_group_id = aws_security_group.nodes.id
  cidr_ipv4         = each.value
  ip_protocol       = "-1"
}

resource "aws_vpc_security_group_egress_rule" "between_nodes" {
  security_group_id            = aws_security_group.nodes.id
  referenced_security_group_id = aws_security_group.nodes.id
  ip_protocol                  = "-1"
}

resource "aws_vpc_security_group_egress_rule" "storage" {
  security_group_id = aws_security_group.nodes.id
  prefix_list_id    = aws_vpc_endpoint.storage.prefix_list_id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_endpoint" "storage" {
  vpc_id            = aws_vpc.zone.id
  service_name      = "com.amazonaws.${var.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [aws_route_table.nodes.id]
}

# The private link: IPsec with the site's gateway, by IKEv2 and AES-256 alone.
resource "aws_customer_gateway" "site" {
  bgp_asn    = var.site_asn
  ip_address = var.site_gateway
  type       = "ipsec.1"
}

resource "aws_vpn_gateway" "zone" {
  vpc_id = aws_vpc.zone.id
}

resource "aws_vpn_gateway_route_propagation" "nodes" {
  vpn_gateway_id = aws_vpn_gateway.zone.id
  route_table_id = aws_route_table.nodes.id
}

resource "aws_vpn_connection" "site" {
  vpn_gateway_id      = aws_vpn_gateway.zone.id
  customer_gateway_id = aws_customer_gateway.site.id
  type                = "ipsec.1"

  tunnel1_ike_versions                 = ["ikev2"]
  tunnel1_phase1_encryption_algorithms = ["AES256-GCM-16"]
  tunnel1_phase2_encryption_algorithms = ["AES256-GCM-16"]
  tunnel1_phase1_integrity_algorithms  = ["SHA2-384"]
  tunnel1_phase2_integrity_algorithms  = ["SHA2-384"]
  tunnel1_phase1_dh_group_numbers      = [20]
  tunnel1_phase2_dh_group_numbers      = [20]

  tunnel2_ike_versions                 = ["ikev2"]
  tunnel2_phase1_encryption_algorithms = ["AES256-GCM-16"]
  tunnel2_phase2_encryption_algorithms = ["AES256-GCM-16"]
  tunnel2_phase1_integrity_algorithms  = ["SHA2-384"]
  tunnel2_phase2_integrity_algorithms  = ["SHA2-384"]
  tunnel2_phase1_dh_group_numbers      = [20]
  tunnel2_phase2_dh_group_numbers      = [20]
}
