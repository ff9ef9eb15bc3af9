# not validated by the provider, not executed here
output "nodes" {
  description = "Names and addresses of the nodes, for the site's reach.yaml."
  value       = { for each in aws_instance.node : each.tags["Name"] => each.private_ip }
}

output "buckets" {
  value = { for name, each in aws_s3_bucket.data : name => each.id }
}

output "link" {
  value = aws_vpn_connection.site.id
}
