"""Azure, small, on loopback: for rehearsals and for the tests of whoever uses the library.

It behaves like the service and not like our client expects it to, so it shares no code with `rest`: both are written
from the documentation, and the tests are where they meet. Rules, lifecycles and quirks are data here.
"""
