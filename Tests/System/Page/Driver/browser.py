"""Chromium without a window, driven through ChromeDriver."""

import json, os, select, subprocess, time

from selenium import webdriver
from selenium.webdriver.chromium.remote_connection import ChromiumRemoteConnection

from checks import PATIENCE, wait_for

# How long ChromeDriver and Chromium may take to start.
START_SECONDS = 60
# Chromium requests nothing by itself, and runs as root in a container with a small /dev/shm.
ARGUMENTS = [
    "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--no-first-run", "--no-default-browser-check",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--disable-crash-reporter", "--disable-gpu", "--no-proxy-server", "--hide-scrollbars", "--force-color-profile=srgb",
]
# Ends a program with the one that started it, however that ends.
WITH_PARENT = ["setpriv", "--pdeathsig", "KILL"]


def source(name):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name)) as file:
        return file.read()


class Browser:
    def __init__(self, folder):
        """Starts it; its profile and logs are in the folder."""
        self.folder = folder
        for name in list(os.environ):
            if name.lower().endswith("_proxy"):
                del os.environ[name]
        self.service = subprocess.Popen(
            [*WITH_PARENT, "chromedriver", "--port=0", f"--log-path={folder}/chromedriver.log"], stdout=subprocess.PIPE, text=True)
        try:
            self.driver = self.connect(self.service_port(), folder)
        except Exception as error:
            self.service.kill()
            raise RuntimeError(f"Chromium did not start: {error}\n{self.logs()}") from error

    def service_port(self):
        """Reads the port that ChromeDriver has chosen."""
        end = time.monotonic() + START_SECONDS
        while select.select([self.service.stdout], [], [], max(0, end - time.monotonic()))[0]:
            line = self.service.stdout.readline()
            if "started successfully on port" in line:
                return int(line.split()[-1].rstrip("."))
            if not line:
                raise RuntimeError(f"ChromeDriver ended with {self.service.wait()}")
        raise TimeoutError(f"ChromeDriver named no port within {START_SECONDS} s")

    def connect(self, port, folder):
        program = os.path.join(folder, "chromium")
        with open(program, "w") as script:
            script.write(f'#!/bin/sh\nexec {" ".join(WITH_PARENT)} chromium "$@" 2> "{folder}/chromium.log"\n')
        os.chmod(program, 0o755)
        options = webdriver.ChromeOptions()
        options.binary_location = program
        for argument in [*ARGUMENTS, f"--user-data-dir={folder}/profile"]:
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        connection = ChromiumRemoteConnection(f"http://127.0.0.1:{port}", "goog", "chrome")
        connection.set_timeout(START_SECONDS)
        driver = webdriver.Remote(command_executor=connection, options=options)
        driver.set_script_timeout(PATIENCE)
        driver.set_page_load_timeout(PATIENCE)
        return driver

    def logs(self):
        """The ends of what ChromeDriver and Chromium have said."""
        ends = []
        for name in ("chromedriver.log", "chromium.log"):
            try:
                with open(os.path.join(self.folder, name)) as log:
                    ends.append(f"{name}:\n{log.read()[-2000:]}")
            except OSError as error:
                ends.append(str(error))
        return "\n".join(ends)

    def open(self, url):
        self.driver.get(url)

    def script(self, text, *arguments):
        return self.driver.execute_script(text, *arguments)

    def file(self, name, *arguments):
        """Runs a script of this folder."""
        return self.script(source(name), *arguments)

    def asynchronously(self, text, *arguments):
        """Runs a script that ends when it calls its last argument."""
        return self.driver.execute_async_script(text, *arguments)

    def wait(self, what, condition, *arguments):
        """Waits until an expression of JavaScript is true, and returns its value."""
        return wait_for(what, lambda: self.script(f"return ({condition})", *arguments))

    def cdp(self, command, **parameters):
        """A command of the Chrome DevTools Protocol."""
        return self.driver.execute("executeCdpCommand", {"cmd": command, "params": parameters})["value"]

    def size(self, width, height):
        """Gives the page a viewport of so many CSS pixels."""
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def console(self):
        """The messages since the last call, including errors of the network and of the policy."""
        return [f"{entry['level']} {entry['message']}" for entry in self.driver.get_log("browser")]

    def requests(self, origin):
        """The addresses that documents of an origin requested since the last call."""
        messages = (json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance"))
        return [each["params"]["request"]["url"] for each in messages
                if each["method"] == "Network.requestWillBeSent" and each["params"]["documentURL"].startswith(origin)]

    def close(self):
        try:
            self.driver.quit()
        finally:
            self.service.kill()
            self.service.wait()
