"""Microsoft.RecoveryServices: whether and how a resource is backed up."""
