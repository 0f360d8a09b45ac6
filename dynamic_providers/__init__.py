"""Azure's recovery lifecycles as Pulumi resources that are done only when they are usable."""
