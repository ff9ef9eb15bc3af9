# not validated by the provider, not executed here
resource "aws_kms_key" "zone" {
  description             = "Data of this zone"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  multi_region            = false
}

# Buckets lie in the region of the zone, which `allowed_regions` holds within residency. Nothing
# replicates them elsewhere.
resource "aws_s3_bucket" "data" {
  for_each      = var.buckets
  bucket_prefix = substr("${var.factory}-${each.key}-", 0, 37)
  force_destroy = false

  lifecycle {
    prevent_destroy = true

    precondition {
      condition     = contains(var.allowed_regions, var.region)
      error_message = "Data of this class may not lie in this region."
    }
  }
}

resource "aws_s3_bucket_public_access_block" "data" {
  for_each                = aws_s3_bucket.data
  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "data" {
  for_each = aws_s3_bucket.data
  bucket   = each.value.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.zone.arn
    }
  }
}

resource "aws_s3_bucket_versioning" "data" {
  for_each = aws_s3_bucket.data
  bucket   = each.value.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_policy" "data" {
  for_each = aws_s3_bucket.data
  bucket   = each.value.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "EncryptedInTransit"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [each.value.arn, "${each.value.arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "ObjectsFromThisNetworkAlone"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:GetObject", "s3:PutObject"]
        Resource  = "${each.value.arn}/*"
        Condition = { StringNotEquals = { "aws:SourceVpce" = aws_vpc_endpoint.storage.id } }
      },
    ]
  })
}
