"""The clipboard both ways in real browsers, against a real program that copies and one that pastes (xclip)."""
import contextlib
import os
import subprocess
import sys
import tempfile
import unittest

from browsers import Chromium, Firefox
from hairpin import ADMIN, TOP, Server, wait_for
from page import Page
from person import Person, message

PROBE = os.path.join(TOP, "tests", "e2e", "probe.py")
CONTROL, INSERT, LEFT_SHIFT = "\ue009", "\ue016", "\ue008"  # WebDriver's names of keys
NAME = "desktop.test"  # by plain HTTP it is no secure context
TEXT = "Grüße ✂ 中文\nsecond line\twith \"quotes\""
browsers = {}


def setUpModule():
    browsers["chromium"] = Chromium(f"--host-resolver-rules=MAP {NAME} 127.0.0.1")
    browsers["firefox"] = Firefox({"network.dns.forceResolve": "127.0.0.1", "dom.events.testing.asyncClipboard": True})
    for browser in browsers.values():
        unittest.addModuleCleanup(browser.close)
    browsers["chromium"].driver.execute_cdp_cmd("Browser.grantPermissions", {
        "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]})


class Program:
    """A program on the desktop that copies and pastes."""

    def __init__(self, display):
        self.env = {**os.environ, "DISPLAY": display}

    def copy(self, text):
        subprocess.run(["xclip", "-selection", "clipboard", "-i"], input=text.encode(), env=self.env, check=True, timeout=20,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def copy_until_read(self, text):
        """Copies a text and ends as soon as one has read it: the server, which does so only a while after another copy."""
        subprocess.run(["xclip", "-selection", "clipboard", "-i", "-quiet", "-loops", "1"], input=text.encode(), env=self.env,
                       check=True, timeout=20, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def paste(self):
        run = subprocess.run(["xclip", "-selection", "clipboard", "-o", "-t", "UTF8_STRING"], env=self.env, timeout=20,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return run.stdout.decode()

    def wait_paste(self, text):
        wait_for(lambda: self.paste() == text, 20, f"{text[:40]!r} on the desktop; there is {self.paste()[:40]!r}")


class ClipboardOfDesktop:
    host = None  # the address in the page's URL
    is_secure = True

    @classmethod
    def setUpClass(cls):
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="hairpin-clipboard-"))
            cls.events = os.path.join(folder, "events")
            display = cls.start_display(stack)
            cls.program = Program(display)
            probe = subprocess.Popen([sys.executable, PROBE, cls.events], env=cls.program.env)
            stack.callback(probe.wait)
            stack.callback(probe.terminate)
            cls.server = stack.enter_context(Server(plugin="desktop", env={"DISPLAY": display}))
            wait_for(lambda: "ready" in cls.seen(), 20, "the probe")
            cls.addClassCleanup(stack.pop_all().close)

    @classmethod
    def start_display(cls, stack):
        read, write = os.pipe()
        xvfb = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-screen", "0", "640x400x24", "-nolisten", "tcp",
                                 "-noreset"], pass_fds=[write], stderr=subprocess.DEVNULL)
        os.close(write)
        stack.callback(xvfb.wait)
        stack.callback(xvfb.terminate)
        with open(read) as f:
            return f":{f.readline().strip()}"

    @classmethod
    def seen(cls):
        with contextlib.suppress(FileNotFoundError), open(cls.events) as f:
            return f.read()
        return ""

    def copy_here(self, browser, text):
        """Puts a text into the browser's clipboard, by a page of its own that may."""
        browser.get(self.server.url(path="/health"))
        browser.run_async("await navigator.clipboard.writeText(args[0])", text)

    def each(self, copied=""):
        """A page in control in each browser, which has `copied` in its clipboard; "": a text of its own."""
        for name, browser in browsers.items():
            with self.subTest(browser=name):
                self.copy_here(browser, copied or f"{TEXT} {name}")
                page = Page(browser, self.server, name.title(), password=ADMIN, host=self.host).wait_live()
                self.assertEqual(browser.run("return isSecureContext"), self.is_secure)
                page.take_control()
                page.pointer(("move", 300, 200))
                yield page
                page.press("release")
                page.wait_control("free")

    def note(self, page):
        return page.browser.run("return document.querySelector('.capsule-clip')?.innerText ?? ''")

    def ctrl(self, page, letter):
        page.keys(("down", CONTROL), ("down", letter), ("up", letter), ("up", CONTROL))

    def test_what_is_pasted_is_on_the_desktop_before_the_key(self):
        for page in self.each():
            before = self.seen()
            self.ctrl(page, "v")
            wait_for(lambda: "up 0xffe3" in self.seen()[len(before):], 20, f"the keys; there is {self.seen()[len(before):]}")
            self.assertEqual(self.program.paste(), f"{TEXT} {page.browser.name}")
            keys = [line for line in self.seen()[len(before):].splitlines() if line.startswith(("down", "up"))]
            self.assertEqual(keys, ["down 0xffe3", "down 0x76", "up 0x76", "up 0xffe3"])

    def test_a_large_text_is_pasted_whole(self):
        text = "".join(f"{i} line with ü and 中\n" for i in range(30000))[:700000]
        for page in self.each(text):
            self.ctrl(page, "v")
            self.program.wait_paste(text)

    def test_a_key_leaves_alone_what_a_program_copied_since(self):
        text = "too large " * 120000
        for page in self.each():
            self.program.copy(text)
            wait_for(lambda: "too large" in self.note(page), 20, "the word that it is too large")
            before = self.seen()
            self.ctrl(page, "v")
            wait_for(lambda: "up 0xffe3" in self.seen()[len(before):], 20, f"the keys; there is {self.seen()[len(before):]}")
            self.assertIn("down 0x76", self.seen()[len(before):])
            self.assertEqual(len(self.program.paste()), len(text))

    def test_shift_and_insert_paste_too(self):
        for page in self.each("by Insert"):
            page.keys(("down", LEFT_SHIFT), ("down", INSERT), ("up", INSERT), ("up", LEFT_SHIFT))
            self.program.wait_paste("by Insert")

    def test_the_box_takes_a_text_by_hand(self):
        for page in self.each():
            self.program.copy("offered by hand")
            wait_for(lambda: self.is_here(page, "offered by hand"), 20, "the text")
            self.open_box(page)
            self.assertEqual(page.browser.run("return document.querySelector('.clip-field').value"), "offered by hand")
            page.screenshot(f"clipboard-box-{page.browser.name}-{type(self).__name__}")
            page.type("typed")  # what was there is selected
            page.click("[data-action=clip-paste]")
            self.program.wait_paste("typed")
            self.assertEqual(page.browser.run("return document.activeElement.className"), "typing")

    def open_box(self, page):
        page.click(".stage .picture")
        page.keys(("down", CONTROL), ("down", "\ue00a"), ("down", LEFT_SHIFT), ("down", "v"),
                  ("up", "v"), ("up", LEFT_SHIFT), ("up", "\ue00a"), ("up", CONTROL))
        wait_for(lambda: page.browser.run("return document.querySelector('.clip-box').open"), 20, "the box")

    def is_here(self, page, text):
        """Has the page heard of what the desktop has copied?"""
        return self.note(page) != "" or page.browser.run_async("return navigator.clipboard?.readText().catch(() => '') ?? ''") == text


class ByTheBrowsersClipboard(ClipboardOfDesktop, unittest.TestCase):
    def read_here(self, page):
        return page.browser.run_async("return navigator.clipboard.readText().catch(() => '')")

    def test_what_a_program_copies_is_in_the_browsers_clipboard(self):
        for page in self.each():
            self.program.copy("from the desktop ✂ 中")
            wait_for(lambda: self.read_here(page) == "from the desktop ✂ 中", 20, "the text in the browser")
            self.assertEqual(self.note(page), "")

    def test_a_browser_that_refuses_is_offered_the_text(self):
        for page in self.each():
            page.browser.run("""
                window.__write = navigator.clipboard.writeText.bind(navigator.clipboard);
                navigator.clipboard.writeText = () => Promise.reject(new Error("no permission"));""")
            self.program.copy("refused at first")
            wait_for(lambda: "Copied on the desktop" in self.note(page), 20, "the offer")
            page.screenshot(f"clipboard-copied-{page.browser.name}")
            page.browser.run("navigator.clipboard.writeText = window.__write")
            page.click("[data-action=clip]")
            wait_for(lambda: self.read_here(page) == "refused at first", 20, "the text in the browser")
            wait_for(lambda: self.note(page) == "", 20, "the offer to go")

    def test_a_page_that_is_denied_the_clipboard_offers_its_field_and_says_why(self):
        browser = browsers["chromium"]
        page = Page(browser, self.server, "Denied", password=ADMIN).wait_live()
        page.take_control()
        self.addCleanup(self.set_permission, "granted")
        self.set_permission("denied")
        self.program.copy("copied all the same")
        wait_for(lambda: "Copied on the desktop" in self.note(page), 20, "the offer")
        page.click("[data-action=clip]")
        wait_for(lambda: browser.run("return document.querySelector('.clip-box').open"), 20, "the field")
        self.assertEqual(browser.run("return document.querySelector('.clip-field').value"), "copied all the same")
        self.assertIn("denies", browser.run("return document.querySelector('.clip-why').innerText"))
        page.screenshot("clipboard-denied")
        page.type("typed by hand")
        page.click("[data-action=clip-paste]")
        self.program.wait_paste("typed by hand")
        page.press("release")

    def set_permission(self, setting):
        """As a person does it in the browser's settings of the page."""
        for names in ({"name": "clipboard-read"}, {"name": "clipboard-write"},
                      {"name": "clipboard-write", "allowWithoutSanitization": True}):
            browsers["chromium"].driver.execute_cdp_cmd("Browser.setPermission", {"permission": names, "setting": setting})


class ByThePasteEvent(ClipboardOfDesktop, unittest.TestCase):
    """A page by plain HTTP has no clipboard API."""
    host, is_secure = NAME, False

    def test_what_a_program_copies_is_offered(self):
        for page in self.each():
            text = f"offered ✂ {page.browser.name}"
            if page.browser.name == "firefox":  # its preference above lets a page copy without a click
                page.browser.run("window.__do = document.execCommand.bind(document); document.execCommand = () => false")
            self.program.copy(text)
            wait_for(lambda: "Copied on the desktop" in self.note(page), 20, "the offer")
            page.browser.run("document.execCommand = window.__do ?? document.execCommand")
            page.click("[data-action=clip]")
            wait_for(lambda: self.note(page) == "", 20, "the offer to go")
            page.press("release")
            page.wait_control("free")
            self.program.copy_until_read("another")  # of which a page without control does not hear
            page.take_control()
            page.click(".stage .picture")
            self.ctrl(page, "v")
            self.program.wait_paste(text)


if __name__ == "__main__":
    unittest.main()


class DemoTerminal(unittest.TestCase):
    """The terminal of ./run.sh's desktop, with a shell that keeps what arrives."""
    SHIFT, CTRL, KEY_INSERT, RETURN = 0xffe1, 0xffe3, 0xff63, 0xff0d

    def test_the_keys_of_other_terminals_paste(self):
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="hairpin-terminal-"))
        shell, kept = os.path.join(folder, "shell"), os.path.join(folder, "kept")
        with open(shell, "w") as f:
            f.write(f"#!/bin/sh\nexec cat >>{kept}\n")
        os.chmod(shell, 0o755)
        server = self.enterContext(Server("--desktop.program", f"{TOP}/conf/demo/program terminal", plugin="desktop",
                                          env={"SHELL": shell}))
        wait_for(lambda: os.path.exists(kept), 20, "the terminal")
        ann = self.enterContext(Person(server, "Ann"))
        ann.send("control/request")
        ann.expect("control/host", lambda p: p.get("host_id") == ann.id)
        for name, keys in (("V", (self.CTRL, self.SHIFT, ord("V"))), ("Insert", (self.SHIFT, self.KEY_INSERT))):
            answer = server.request("POST", "/api/room/clipboard", {"text": f"by {name}"}, ann.token)
            self.assertEqual(answer[0], 204)
            wait_for(lambda: self.press(ann, *keys) or self.press(ann, self.RETURN) or f"by {name}\n" in self.read(kept), 20,
                     f"the text in the terminal; there is {self.read(kept)!r}")

    def press(self, person, *keysyms):
        person.send_raw(b"".join([*(message("control/keydown", {"keysym": key}) for key in keysyms),
                                  *(message("control/keyup", {"keysym": key}) for key in reversed(keysyms))]))

    def read(self, path):
        with open(path) as f:
            return f.read()
