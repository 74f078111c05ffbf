"""Drive Firefox ESR through Marionette with Python's standard library alone (Debian has no geckodriver).

    with Firefox(prefs={"media.navigator.permission.disabled": True}) as browser:
        browser.get("http://127.0.0.1:8080/")
        width = browser.run("return document.querySelector('video').videoWidth")
        state = browser.run_async("const [done] = arguments; pc.getStats().then(s => done(s.size))")

Marionette speaks TCP: frames are LENGTH:JSON, requests [0, id, command, parameters], answers [1, id, error, result].
Sound needs a PulseAudio server with a null sink: without one an AudioContext stays suspended.
Clipboard reads without a prompt: pref "dom.events.testing.asyncClipboard". WebDriver cannot compose (IME): use Chromium's CDP.
"""
import base64
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time

PREFS = {
    "browser.shell.checkDefaultBrowser": False,
    "browser.aboutwelcome.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.enabled": False,
    "app.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "dom.security.https_first": False,
    "dom.security.https_only_mode": False,
    "media.autoplay.default": 0,
}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def add_authority(folder, certificate):
    """Who trusts that database of NSS trusts what is signed with that certificate (PEM)."""
    os.makedirs(folder, exist_ok=True)
    for words in ["-N", "--empty-password"], ["-A", "-n", "authority", "-t", "C,,", "-i", certificate]:
        subprocess.run(["certutil", "-d", f"sql:{folder}", *words], check=True, capture_output=True)


class Firefox:
    def __init__(self, prefs=None, headless=True, start_timeout_s=60, authority=None):
        """authority: the file of a certificate that others are to be signed with; without it all are good."""
        self.profile = tempfile.mkdtemp(prefix="firefox-")
        if authority:
            add_authority(self.profile, authority)
        port = free_port()
        with open(os.path.join(self.profile, "user.js"), "w") as f:
            for name, value in {**PREFS, "marionette.port": port, **(prefs or {})}.items():
                f.write(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n")
        command = ["firefox-esr", "--no-remote", "--marionette", "-remote-allow-system-access", "--profile", self.profile, "about:blank"]
        if headless:
            command.insert(1, "--headless")
        self.log = open(os.path.join(self.profile, "log"), "w")
        self.process = subprocess.Popen(command, env={**os.environ, "HOME": self.profile}, stdout=self.log, stderr=self.log)
        self.buffer, self.next_id = b"", 0
        self.socket = self._connect(port, time.monotonic() + start_timeout_s)
        self._receive()
        self.call("WebDriver:NewSession", acceptInsecureCerts=not authority)

    def _connect(self, port, deadline):
        while True:
            try:
                s = socket.create_connection(("127.0.0.1", port), 2)
                s.settimeout(120)
                return s
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise RuntimeError("firefox did not start, see " + self.log.name)
                time.sleep(0.1)

    def _receive(self):
        while b":" not in self.buffer:
            self.buffer += self._more()
        size, self.buffer = self.buffer.split(b":", 1)
        while len(self.buffer) < int(size):
            self.buffer += self._more()
        message, self.buffer = self.buffer[: int(size)], self.buffer[int(size):]
        return json.loads(message)

    def _more(self):
        data = self.socket.recv(65536)
        if not data:
            raise RuntimeError("firefox closed the connection, see " + self.log.name)
        return data

    def call(self, command, **parameters):
        """Any Marionette command, e.g. call('WebDriver:PerformActions', actions=[...])."""
        self.next_id += 1
        data = json.dumps([0, self.next_id, command, parameters]).encode()
        self.socket.sendall(b"%d:%s" % (len(data), data))
        _, _, error, result = self._receive()
        if error:
            raise RuntimeError(f"{command}: {error['error']}: {error['message']}")
        return result

    def get(self, url):
        self.call("WebDriver:Navigate", url=url)

    def run(self, script, *args):
        return self.call("WebDriver:ExecuteScript", script=script, args=list(args), newSandbox=False)["value"]

    def run_async(self, script, *args):
        """The last argument that the script gets is the function to call with the result."""
        return self.call("WebDriver:ExecuteAsyncScript", script=script, args=list(args), newSandbox=False)["value"]

    def screenshot(self, path):
        png = self.call("WebDriver:TakeScreenshot", full=False)["value"]
        with open(path, "wb") as f:
            f.write(base64.b64decode(png))

    def close(self):
        try:
            self.call("Marionette:Quit", flags=["eForceQuit"])
        except (RuntimeError, OSError):
            pass
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.socket.close()
        self.log.close()
        shutil.rmtree(self.profile, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
