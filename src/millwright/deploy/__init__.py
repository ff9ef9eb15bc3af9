"""Deploy: from bare hosts to a cluster that equals its design, role by role, each proven."""
