"""The embedded engine: an unmodified Pulumi program on an unmodified SDK, without the Pulumi CLI.

It speaks Pulumi's own gRPC protocol and serves rehearsals and tests. Deployments belong to the Pulumi CLI. Nothing
in here knows anything of Azure.
"""
