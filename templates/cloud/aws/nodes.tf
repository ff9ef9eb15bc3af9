# not validated by the provider, not executed here
resource "aws_ebs_encryption_by_default" "zone" {
  enabled = true
}

resource "aws_instance" "node" {
  count                       = var.node_count
  ami                         = var.ami
  instance_type               = var.instance_type
  subnet_id                   = aws_subnet.nodes.id
  vpc_security_group_ids      = [aws_security_group.nodes.id]
  key_name                    = var.key_name
  associate_public_ip_address = false
  disable_api_termination     = true

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
  }

  root_block_device {
    volume_size = var.root_gib
    volume_type = "gp3"
    encrypted   = true
    kms_key_id  = aws_kms_key.zone.arn
  }

  tags = {
    Name = format("%s-%03d", var.zone, count.index + 1)
  }
}
