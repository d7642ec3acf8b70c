"""The process tree of one installation: database, web, worker and dispatcher under one supervisor.

Every process holds the read end of a pipe whose only writer is the supervisor, and ends when it closes: whatever way the supervisor dies, nothing
is left running.
"""
