#!/usr/bin/env python3
"""run.py GROUP ECHOD FOLDER: runs a group of checks of the live page in Chromium: see checks.py for what it prints.

The folder is empty, and gets the browser's profile and the logs. The exit status is 0 unless no check could be run.
"""

import os, sys

# Python must not write into the folder of the sources.
sys.dont_write_bytecode = True

import checks
from browser import Browser
from crowd import CrowdChecks
from daemon import Daemon
from hostile import HostileChecks
from live import LiveChecks
from outage import OutageChecks
from revisit import RevisitChecks

GROUPS = {"live": LiveChecks, "outage": OutageChecks, "hostile": HostileChecks, "crowd": CrowdChecks,
          "revisit": RevisitChecks}


class Session:
    """The browser of a group, and its daemons."""

    def __init__(self, echod, folder):
        self.echod, self.folder, self.daemons = os.path.abspath(echod), folder, []
        self.browser = Browser(folder)

    def daemon(self, listeners, **options):
        folder = os.path.join(self.folder, f"echod-{len(self.daemons)}")
        os.mkdir(folder)
        self.daemons.append(Daemon(self.echod, folder, listeners, **options))
        return self.daemons[-1]

    def close(self):
        self.browser.close()
        for daemon in self.daemons:
            daemon.stop()


def main():
    group, echod, folder = sys.argv[1:]
    session = Session(echod, folder)
    try:
        checks.run(GROUPS[group](session).run())
    finally:
        session.close()


main()
