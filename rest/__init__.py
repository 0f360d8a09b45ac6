"""The services as Python: how to ask Azure, how to ask again, and when something is over.

The room is asynchronous throughout. A wait is most of what the product does, and hundreds of copies are
waited for in one process: as tasks of one event loop they share a connection pool, a token and what the service
said about throttling, cost a few kilobytes each, and end together when the user presses Ctrl-C.

No word of Pulumi belongs in here, and no decision about what a user wants: `dynamic_providers` makes those.
"""
