"""Chromium (Debian's python3-selenium) and Firefox (firefox.py) behind one small interface."""
import contextlib
import os
import shutil
import signal
import tempfile

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from firefox import Firefox as Marionette, add_authority

CHROMIUM_FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                  "--disable-background-networking", "--disable-component-update", "--disable-sync",
                  "--disable-dev-shm-usage", "--no-proxy-server", "--force-color-profile=srgb"]

# autoplay: may a page play sound before the person has touched it? Tests may, a fresh profile does not allow it.
CHROMIUM_AUTOPLAY = "--autoplay-policy=no-user-gesture-required"
FIREFOX_NO_AUTOPLAY = {"media.autoplay.default": 1, "media.autoplay.blocking_policy": 0}


class Chromium:
    name = "chromium"
    codecs = ("vp8", "h264")

    def __init__(self, *flags, size=(1280, 800), scale=1, autoplay=True, authority=None):
        """authority: the file of a certificate that others are to be signed with; without it all are good."""
        self.profile = tempfile.mkdtemp(prefix="chromium-")
        options, env = webdriver.ChromeOptions(), dict(os.environ)
        if authority:
            env["HOME"] = self.profile
            add_authority(os.path.join(self.profile, ".pki", "nssdb"), authority)
        for flag in [*CHROMIUM_FLAGS, *([] if authority else ["--ignore-certificate-errors"]),
                     *([CHROMIUM_AUTOPLAY] if autoplay else []), f"--user-data-dir={self.profile}",
                     f"--window-size={size[0]},{size[1]}", f"--force-device-scale-factor={scale}", *flags]:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver", env=env), options=options)
        self.driver.set_script_timeout(90)
        self.pid = self.driver.service.process.pid

    def get(self, url):
        self.driver.get(url)

    def run(self, script, *args):
        return self.driver.execute_script(script, *args)

    def run_async(self, script, *args):
        """The script returns a promise (it is the body of an async function with `args`)."""
        result = self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1], args = [...arguments].slice(0, -1);"
            f"(async () => {{ {script} }})().then(v => done([v]), e => done(['' + e, 'failed']))", *args)
        if len(result) > 1:
            raise RuntimeError(result[0])
        return result[0]

    def actions(self, sources):
        """W3C actions: a list of input sources."""
        self.driver.execute("actions", {"actions": sources})

    def set_view(self, width, height, scale):
        """The window as large as that in CSS pixels, with that many device pixels to one of them."""
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": scale, "mobile": False})

    def set_inner(self, width, height):
        """The page itself as large as that in CSS pixels."""
        self.set_view(width, height, 1)

    def screenshot(self, path):
        self.driver.save_screenshot(path)

    def console(self):
        return "\n".join(entry["message"] for entry in self.driver.get_log("browser"))

    def close(self):
        self.driver.quit()
        shutil.rmtree(self.profile, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Firefox:
    name = "firefox"
    codecs = ("vp8",)

    def __init__(self, prefs=None, size=(1280, 800), scale=1, autoplay=True, authority=None):
        """authority: see Chromium."""
        self.driver = Marionette(authority=authority, prefs={
            "layout.css.devPixelsPerPx": str(scale), "network.proxy.type": 0, "media.gmp-manager.updateEnabled": False,
            **({} if autoplay else FIREFOX_NO_AUTOPLAY), **(prefs or {})})
        self.driver.call("WebDriver:SetTimeouts", script=90000, pageLoad=60000)
        self.pid = self.driver.process.pid
        self.driver.call("WebDriver:SetWindowRect", width=size[0], height=size[1])

    def get(self, url):
        self.driver.get(url)

    def run(self, script, *args):
        return self.driver.run(script, *args)

    def run_async(self, script, *args):
        result = self.driver.run_async(
            "const done = arguments[arguments.length - 1], args = [...arguments].slice(0, -1);"
            f"(async () => {{ {script} }})().then(v => done([v]), e => done(['' + e, 'failed']))", *args)
        if len(result) > 1:
            raise RuntimeError(result[0])
        return result[0]

    def actions(self, sources):
        self.driver.call("WebDriver:PerformActions", actions=sources)

    def set_view(self, width, height, scale):
        self.driver.call("Marionette:SetContext", value="chrome")
        self.run("Services.prefs.setCharPref('layout.css.devPixelsPerPx', arguments[0])", str(scale))
        self.driver.call("Marionette:SetContext", value="content")
        self.driver.call("WebDriver:SetWindowRect", width=width, height=height)

    def set_inner(self, width, height):
        self.driver.call("Marionette:SetContext", value="chrome")
        # The window itself does not become so narrow.
        self.run("const { style } = gBrowser.selectedBrowser; style.width = style.maxWidth = `${arguments[0]}px`;"
                 "style.height = style.maxHeight = `${arguments[1]}px`;", width, height)
        self.driver.call("Marionette:SetContext", value="content")

    def screenshot(self, path):
        self.driver.screenshot(path)

    def console(self):
        return ""

    def close(self):
        self.driver.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


@contextlib.contextmanager
def stopped(browser):
    """The whole browser stands still, and so does all that it would send."""
    parents = {}
    for entry in os.listdir("/proc"):
        with contextlib.suppress(OSError, ValueError):
            with open(f"/proc/{int(entry)}/stat") as f:
                parents.setdefault(int(f.read().rsplit(")", 1)[1].split()[1]), []).append(int(entry))
    pids = [browser.pid]
    for pid in pids:
        pids += parents.get(pid, [])
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in reversed(pids):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def open_browser(name, **options):
    return {"chromium": Chromium, "firefox": Firefox}[name](**options)
