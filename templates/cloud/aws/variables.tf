# not validated by the provider, not executed here
variable "factory" {
  type = string
}

variable "zone" {
  type = string
}

variable "region" {
  type = string

  validation {
    condition     = contains(var.allowed_regions, var.region)
    error_message = "The region is none in which data of this zone may lie."
  }
}

variable "allowed_regions" {
  description = "Regions that lie where the residency of all data of this zone allows."
  type        = list(string)
}

variable "cidr" {
  description = "Range of the zone; it overlaps none of the site."
  type        = string
}

variable "site_networks" {
  description = "Ranges of the site that reach nodes, and are reached, through the private link."
  type        = list(string)
}

variable "node_count" {
  type = number
}

variable "instance_type" {
  type = string
}

variable "root_gib" {
  type = number
}

variable "buckets" {
  description = "One bucket for each workload with data of its own."
  type        = map(object({ data_class = string }))
}

# What nobody has said yet: these have no default, and nothing is made without them.
variable "ami" {
  description = "Image of the system that the roles of the site expect."
  type        = string
}

variable "key_name" {
  description = "Key pair by which the site's head node comes in."
  type        = string
}

variable "site_gateway" {
  description = "Public address of the site's VPN gateway."
  type        = string
}

variable "site_asn" {
  description = "BGP number of the site's VPN gateway."
  type        = number
}

variable "availability_zone" {
  type = string
}
