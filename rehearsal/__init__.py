"""The command line, and what it takes to rehearse a recovery on this machine: progress, report, fixtures.

It starts an emulator, an engine and a program, and puts them together. What Azure does belongs to `emulator`, what
Pulumi does to `engine`.
"""
