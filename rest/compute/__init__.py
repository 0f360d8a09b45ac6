"""Microsoft.Compute: restore point collections, restore points and disk restore points."""
