"""Microsoft.DataProtection: backup vaults, their instances, recovery points, restores and jobs."""
