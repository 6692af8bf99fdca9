#!/usr/bin/env python3
"""terminal.py COMMAND...: runs a command on a terminal of its own, until standard input ends: then the terminal goes.

The command's process id is printed at first, and how it ended at last. Its errors are this program's.
"""
import os
import pty
import sys

errors = os.dup(2)
pid, terminal = pty.fork()
if pid == 0:
    os.dup2(errors, 2)
    os.execvp(sys.argv[1], sys.argv[1:])
print(pid, flush=True)
sys.stdin.read()
os.close(terminal)
status = os.waitpid(pid, 0)[1]
print("ended with", os.waitstatus_to_exitcode(status), flush=True)
