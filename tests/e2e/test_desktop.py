"""A real desktop in real browsers: live picture, right colours, keys, buttons and wheel at the right place."""
import array
import contextlib
import math
import os
import subprocess
import sys
import tempfile
import time
import unittest

from browsers import open_browser, stopped
from hairpin import ADMIN, TOP, Server, wait_for
from page import Page
from person import Person, message
from probe import COLOURS
from tap import figure

PROBE = os.path.join(TOP, "tests", "e2e", "probe.py")
SIZE = (640, 400)  # small enough to be shown magnified
LEFT_SHIFT, F2, F3 = "\ue008", "\ue032", "\ue033"  # WebDriver's names of keys
KEYSYM_SHIFT, KEYSYM_A = "0xffe1", "0x41"
TYPED = int(os.environ.get("HAIRPIN_TYPED", "400"))  # characters of a long text
browsers = {}


def setUpModule():
    for name in ("chromium", "firefox"):
        browsers[name] = open_browser(name)
        unittest.addModuleCleanup(browsers[name].close)


def rgb(colour):
    return colour >> 16, colour >> 8 & 255, colour & 255


class Seen:
    """What the probe has written down."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "events")
        self.mark = 0

    def lines(self):
        if not os.path.exists(self.path):
            return []
        with open(self.path) as f:
            return f.read().splitlines()

    def forget(self):
        self.mark = len(self.lines())

    def new(self, *words):
        """Lines since forget() that begin with one of the words."""
        return [line for line in self.lines()[self.mark:] if line.startswith(words)]

    def wait(self, count, *words):
        try:
            wait_for(lambda: len(self.new(*words)) >= count, 20, f"{count} of {words}")
        except AssertionError as error:
            raise AssertionError(f"{error}; there is {self.lines()[self.mark:]}") from None
        return self.new(*words)


class ProbeDesktop:
    """A desktop of the plugin's own, with the probe on all of its screen."""
    options = ()
    viewers = ()

    @classmethod
    def setUpClass(cls):
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="hairpin-probe-"))
            cls.seen = Seen(folder)
            cls.server = stack.enter_context(cls.make_server(stack))
            cls.seen.wait(1, "ready")
            cls.pages = {}
            for name in cls.viewers:
                browsers[name].set_view(1500, 1100, 1)
                password = {"password": ADMIN} if name == "firefox" else {}
                cls.pages[name] = Page(browsers[name], cls.server, name.title(), **password).wait_live()
            cls.addClassCleanup(stack.pop_all().close)

    @classmethod
    def make_server(cls, stack):
        return Server("--desktop.screen", f"{SIZE[0]}x{SIZE[1]}@30", "--desktop.window_manager", "", "--desktop.program",
                      f"{sys.executable} {PROBE} {cls.seen.path}", *cls.options, plugin="desktop")

    def each(self):
        for page in self.pages.values():
            self.take_control(page)
            yield page

    def take_control(self, page):
        for other in self.pages.values():
            if other.control() == "mine":
                other.press("release")
        page.wait_control("free")
        page.take_control()
        self.seen.forget()

    def assert_colours(self, page, should):
        width, height = SIZE
        places = [(width * x // 4, height * y // 4) for y in (1, 3) for x in (1, 3)]

        def worst():
            return max(abs(a - b) for place, colour in zip(places, should)
                       for a, b in zip(page.colour(*place), rgb(colour)))
        try:
            wait_for(lambda: worst() <= 4, 20, "the colours")
        except AssertionError:
            raise AssertionError([page.colour(*place) for place in places]) from None
        figure(f"largest error of a colour, {page.browser.name}", f"{worst():.1f} of 255")

    def test_the_picture_is_live_and_its_colours_are_right(self):
        for page in self.each():
            page.screenshot(f"desktop-{page.browser.name}-{type(self).__name__}")
            self.assert_colours(page, COLOURS)
            page.type(F2)
            self.assert_colours(page, [COLOURS[i] for i in (1, 0, 3, 2)])
            page.type(F2)
            self.assert_colours(page, COLOURS)


class Desktop(ProbeDesktop, unittest.TestCase):
    options = ("--capture.video.codec", "vp8")
    viewers = ("chromium", "firefox")

    def assert_click_hits(self, page, target, scale):
        """The pixel that is clicked is the one that is shown there."""
        for _ in range(3):
            self.seen.forget()
            rect, (x, y) = page.rect(), page.to_page(*target)
            page.pointer(("move", *target), ("down", 0), ("up", 0))
            line = self.seen.wait(1, "release")[0].split()
            if page.rect() == rect:  # else the page has moved meanwhile
                break
        hit = int(line[2]), int(line[3])
        for axis, css in enumerate((round(x), round(y))):
            start, size = (("left", "width"), ("top", "height"))[axis]
            pixels = rect["pixels"][axis] / rect[size]
            device = math.floor(css * scale) / scale  # a mouse stands on whole pixels of the screen
            shown = [(at - rect[start]) * pixels for at in (device, css + 1 / scale)]
            message = f"{target} hit {hit}, shown {shown}, {rect}, scale {scale}"
            self.assertGreaterEqual(hit[axis], min(math.floor(shown[0] + 0.01), target[axis]), message)
            self.assertLess(hit[axis], max(shown[1] + 0.01, target[axis] + 1), message)
            if pixels <= 0.5:  # two pixels of the page for one of the desktop: the middle is exact
                self.assertEqual(hit[axis], target[axis], message)
        return rect

    def test_a_click_hits_the_exact_pixel_at_every_scale(self):
        width, height = SIZE
        targets = [(0, 0), (width - 1, 0), (0, height - 1), (width - 1, height - 1), (333, 211)]
        for page in self.each():
            for view in ((1500, 1100, 1), (1500, 1100, 1.5), (1500, 1100, 2), (900, 700, 1), (600, 500, 1.5)):
                page.browser.set_view(*view)
                with self.subTest(browser=page.browser.name, view=view):
                    wait_for(lambda: self.is_settled(page, view[2]), 10, "the page's layout")
                    for target in targets:
                        rect = self.assert_click_hits(page, target, page.browser.run("return devicePixelRatio"))
                    figure(f"a pixel of the desktop, {page.browser.name}, {view}",
                           f"{rect['width'] / width:.2f} of the page")
            page.browser.set_view(1500, 1100, 1)

    def is_settled(self, page, scale):
        """The page has the scale that it was given and has looked the same a few times."""
        return page.browser.run("""
            const now = JSON.stringify([devicePixelRatio, innerWidth, innerHeight,
                document.querySelector("video").getBoundingClientRect()]);
            window.__same = now === window.__last ? window.__same + 1 : 0;
            window.__last = now;
            return Math.abs(devicePixelRatio - arguments[0]) < 0.01 && window.__same >= 5;""", scale)

    def test_buttons_and_wheel_arrive_in_order(self):
        for page in self.each():
            page.pointer(("move", 100, 100), ("down", 2), ("move", 150, 120), ("up", 2))
            self.assertEqual(self.seen.wait(2, "press", "release"), ["press 3 100 100", "release 3 150 120"])
            for delta_y, button in (240, "5"), (-240, "4"):
                self.seen.forget()
                page.wheel(100, 100, delta_y)  # browsers differ in how far a notch is
                self.seen.wait(1, "press " + button)
                page.pointer(("move", 100, 100), ("down", 2), ("up", 2))  # comes behind all notches
                self.seen.wait(1, "release 3")
                self.assertEqual({line.split()[1] for line in self.seen.new("press")}, {button, "3"})

    def test_a_right_click_behind_a_text_that_is_stopped_leaves_nothing_held(self):
        """Signs that no keyboard has make the desktop change its map all the time."""
        text = "".join(f"{i} {chr(0x4e00 + i)}ü\n" for i in range(400))
        for page in self.each():
            with self.subTest(browser=page.browser.name):
                page.pointer(("move", 100, 100), ("down", 0), ("up", 0))
                self.seen.wait(1, "release")
                for _ in range(3):
                    self.seen.forget()
                    page.browser.run("document.querySelector('.typing').dispatchEvent(new InputEvent('input',"
                                     "{ inputType: 'insertText', data: arguments[0], bubbles: true }))", text)
                    wait_for(lambda: page.browser.run("return !!document.querySelector('.capsule-typing')"), 20, "the way out")
                    page.pointer(("move", 150, 120), ("down", 2), ("up", 2))
                    page.press("typing-cancel")
                    page.pointer(("move", 200, 130), ("down", 2), ("up", 2))
                    page.type("e")
                    self.seen.wait(1, "up 0x65")
                    self.assert_clicked_once(self.seen.new("press", "release", "move", "down", "up"))

    def assert_clicked_once(self, lines):
        """One whole right click, without a move in it; keys that went down have come up."""
        clicks = [line for line in lines if line.startswith(("press", "release"))]
        self.assertEqual(clicks, ["press 3 200 130", "release 3 200 130"])
        start = lines.index(clicks[0])
        self.assertEqual(lines[start + 1], clicks[1])
        keys = [line.split() for line in lines if line.startswith(("down", "up"))]
        self.assertEqual(sum(way == "down" for way, _ in keys), sum(way == "up" for way, _ in keys))

    def test_held_keys_come_up_when_control_goes(self):
        for page in self.each():
            page.keys(("down", LEFT_SHIFT), ("down", "A"))
            self.seen.wait(1, "down " + KEYSYM_SHIFT)
            self.seen.wait(1, "down " + KEYSYM_A)
            page.press("release")
            up = self.seen.wait(2, "up")
            self.assertIn("up " + KEYSYM_SHIFT, up)
            page.keys(("up", "A"), ("up", LEFT_SHIFT))

    def test_held_keys_come_up_when_their_browser_falls_silent(self):
        for page in self.each():
            with self.subTest(browser=page.browser.name):
                page.keys(("down", "a"))
                self.seen.wait(1, "down")
                self.seen.wait(40, "down")  # held on purpose: the desktop repeats it for seconds
                with stopped(page.browser):
                    start = last = time.monotonic()
                    count = len(self.seen.new("down"))
                    while time.monotonic() - last < 1:
                        if len(self.seen.new("down")) != count:
                            count, last = len(self.seen.new("down")), time.monotonic()
                figure(f"held keys released after silence, {page.browser.name}", f"{last - start:.2f} s of 1.5 s")
                self.assertLess(last - start, 1.5)
                page.keys(("up", "a"))

    def test_held_keys_come_up_when_an_admin_takes_control(self):
        first, second = self.pages["chromium"], self.pages["firefox"]
        self.take_control(first)
        first.pointer(("move", 20, 20), ("down", 0))
        first.keys(("down", LEFT_SHIFT))
        self.seen.wait(2, "press", "down")
        second.press("take")
        second.wait_control("mine")
        self.assertEqual(len(self.seen.wait(2, "release", "up")), 2)
        first.keys(("up", LEFT_SHIFT))
        first.pointer(("up", 0))
        second.type("b")
        self.seen.wait(1, "up 0x62")

    def test_the_shape_of_the_cursor_reaches_every_page(self):
        mine, other = self.pages["firefox"], self.pages["chromium"]
        self.take_control(mine)
        mine.pointer(("move", 60, 60))
        own = "return document.querySelector('.picture').style.cursor"
        drawn = "const i = document.querySelector('.cursor-image'); return i.naturalWidth > 0 && i.src"
        wait_for(lambda: "url" in mine.browser.run(own), 20, "a cursor")
        wait_for(lambda: other.browser.run(drawn), 20, "the other's cursor")
        before = mine.browser.run(own), other.browser.run(drawn)
        mine.type(F3)
        wait_for(lambda: mine.browser.run(own) != before[0], 20, "another cursor")
        wait_for(lambda: other.browser.run(drawn) not in (before[1], False), 20, "the other's new cursor")
        mine.pointer(("move", 300, 200))
        wait_for(lambda: self.is_drawn_at(other, 300, 200), 20, "the pointer to be drawn where it is")

    def is_drawn_at(self, page, x, y):
        left, top = page.to_page(x, y)
        box = page.browser.run("const r = document.querySelector('.cursor-image').getBoundingClientRect();"
                               "return [r.left, r.top, r.right, r.bottom]")
        return box[0] - 2 <= left <= box[2] + 2 and box[1] - 2 <= top <= box[3] + 2


class DesktopH264(ProbeDesktop, unittest.TestCase):
    options = ("--capture.video.codec", "h264")
    viewers = ("chromium",)


class GivenDisplay(ProbeDesktop, unittest.TestCase):
    """DISPLAY says which one: an X server that was there before."""
    viewers = ("chromium",)
    listen, host, env = "-nolisten", "", {}

    @classmethod
    def make_server(cls, stack):
        read, write = os.pipe()
        xvfb = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24", cls.listen,
                                 "tcp", "-noreset"], pass_fds=[write], stderr=subprocess.DEVNULL)
        os.close(write)
        stack.callback(xvfb.wait)
        stack.callback(xvfb.terminate)
        with open(read) as f:
            env = {"DISPLAY": f"{cls.host}:{f.readline().strip()}"}
        probe = subprocess.Popen([sys.executable, PROBE, cls.seen.path], env={**os.environ, **env})
        stack.callback(probe.wait)
        stack.callback(probe.terminate)
        return Server(*cls.options, plugin="desktop", env={**env, **cls.env})


class DisplayOverTcp(GivenDisplay):
    """An X server elsewhere, as ssh forwards it: its shared memory is none that we can see."""
    listen, host = "-listen", "127.0.0.1"


class NoSoundServer(GivenDisplay):
    """A configured sound needs none."""
    options = ("--capture.audio.pipeline", "audiotestsrc freq=440 is-live=true ! audio/x-raw,channels=2,rate=48000"
               " ! opusenc ! appsink name=appsink")
    env = {"PULSE_SERVER": "", "XDG_RUNTIME_DIR": "/nonexistent"}

    def test_the_configured_sound_is_heard(self):
        self.assertAlmostEqual(self.pages["chromium"].tone_hz(), 440, delta=8)


class NekoPipelines(ProbeDesktop, unittest.TestCase):
    """Pipelines as users of Neko write them find the display and the sound of a desktop of our own."""
    viewers = ("chromium",)
    VIDEO = ("ximagesrc display-name={display} show-pointer=false use-damage=false ! video/x-raw,framerate=25/1"
             " ! videoconvert ! queue ! vp8enc name=encoder target-bitrate=2000000 cpu-used=4 end-usage=cbr threads=2"
             " deadline=1 keyframe-max-dist=25 ! appsink name=appsink")
    AUDIO = ("pulsesrc device={device} ! audio/x-raw,channels=2 ! audioconvert ! queue ! opusenc bitrate=128000"
             " ! appsink name=appsink")

    @classmethod
    def make_server(cls, stack):
        folder = os.path.dirname(cls.seen.path)
        wave = (math.sin(2 * math.pi * 440 * i / 48000) for i in range(48000))
        with open(f"{folder}/tone", "wb") as f:
            f.write(array.array("h", (int(16000 * value) for value in wave)).tobytes() * 10)
        with open(f"{folder}/program", "w") as f:
            f.write(f"while pacat --rate=48000 --channels=1 {folder}/tone; do :; done &\n"
                    f"exec {sys.executable} {PROBE} {cls.seen.path}\n")
        return Server("--desktop.screen", f"{SIZE[0]}x{SIZE[1]}@30", "--desktop.window_manager", "", "--desktop.program",
                      f"sh {folder}/program", plugin="desktop",
                      env={"NEKO_CAPTURE_VIDEO_CODEC": "vp8", "NEKO_CAPTURE_VIDEO_PIPELINE": cls.VIDEO,
                           "NEKO_CAPTURE_AUDIO_PIPELINE": cls.AUDIO})

    def test_what_the_desktop_plays_is_heard(self):
        self.assertAlmostEqual(self.pages["chromium"].tone_hz(), 440, delta=8)


class Typing(unittest.TestCase):
    """The desktop as it comes, window manager and all; `cat` in a terminal keeps what arrives."""
    TEXT = "Hairpin 2024: The quick (brown) fox_jumps@over ~50% {of} [the] lazy dog! #1 $2 ^3 &4 *5 +6 =7 \"q\" 'r' <s>?\\|/`"
    UMLAUTS = "Grüße, 12 € für Ñandú"

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="hairpin-typing-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        server = Server("--desktop.program", f"xterm -e sh -c 'echo >{folder.name}/ready; exec cat >>{folder.name}/text'",
                        plugin="desktop")
        cls.server = cls.enterClassContext(server)
        wait_for(lambda: os.path.exists(f"{folder.name}/ready"), 30, "the terminal")

    def typed(self):
        with open(f"{self.folder}/text", encoding="utf-8", errors="replace") as f:
            return f.read()

    def assert_arrives(self, page, keys, should):
        before = self.typed()
        page.type(keys + "\ue007")  # Enter
        try:
            wait_for(lambda: self.typed().endswith("\n") and len(self.typed()) > len(before), 30, "the line")
        finally:
            got = self.typed()[len(before):]
            self.assertEqual(got, should + "\n")

    def test_typed_text_arrives_exactly(self):
        for name, browser in browsers.items():
            with self.subTest(browser=name):
                browser.set_view(1280, 800, 1)
                page = Page(browser, self.server, name.title()).wait_live()
                page.take_control()
                self.click_the_terminal(page)
                self.assert_arrives(page, self.TEXT, self.TEXT)
                self.assert_arrives(page, self.UMLAUTS, self.UMLAUTS)
                self.assert_arrives(page, "wrongü\ue003\ue003\ue003\ue003\ue003\ue003right", "right")
                page.screenshot(f"typing-{name}")
                page.press("release")
                page.wait_control("free")

    def test_a_burst_of_key_events_arrives_whole(self):
        """The letters of a composition, which no keyboard has, in one go: far more than it lends keys at a time."""
        letters = "".join(chr(0x4e00 + i) for i in range(40))
        keysyms = [*(0x1000000 + ord(letter) for letter in letters), 0xff0d]  # Return
        before = self.typed()
        with Person(self.server, "Composer") as person:
            person.send("control/request")
            person.expect("control/host", lambda p: p.get("host_id") == person.id)
            person.send_raw(b"".join(message(f"control/key{way}", {"keysym": keysym})
                                     for keysym in keysyms for way in ("down", "up")))
            wait_for(lambda: len(self.typed()) > len(before) and self.typed().endswith("\n"), 30, "the line")
            person.send("control/release")
            person.expect("control/host", lambda p: not p["has_host"])
        self.assertEqual(self.typed()[len(before):], letters + "\n")

    def test_a_long_text_arrives_whole_and_can_be_stopped(self):
        signs = "".join(chr(0x4e00 + i) for i in range(40))  # not on the keyboard, and more than it lends keys
        text = (f"{signs}\n" + "".join(f"{i} Grüße from a long text\n" for i in range(TYPED // 26 + 1)))[:TYPED] + "\n"
        for name, browser in browsers.items():
            with self.subTest(browser=name):
                browser.set_view(1280, 800, 1)
                page = Page(browser, self.server, name.title()).wait_live()
                page.take_control()
                self.click_the_terminal(page)
                before, start = self.typed(), time.monotonic()
                self.enter(page, text)
                shown = wait_for(lambda: self.progress(page), 20, "words about the text")
                page.screenshot(f"typing-long-{name}")
                wait_for(lambda: len(self.typed()) >= len(before + text), TYPED / 50 + 20,
                         f"the text; there is {self.typed()[len(before):][-200:]!r}")
                figure(f"a text of {len(text)} characters, {name}", f"{len(text) / (time.monotonic() - start):.0f} characters/s")
                self.assertEqual(self.typed()[len(before):], text)
                self.assertRegex(shown, r"^Typing… \d+ %$")
                wait_for(lambda: not self.progress(page), 20, "no more words about the text")
                self.stop(page, text)
                page.press("release")
                page.wait_control("free")

    def stop(self, page, text):
        before, lines = self.typed(), "a line of a text that is stopped\n" * 100
        self.enter(page, lines)
        wait_for(lambda: self.progress(page), 20, "words about the text")
        page.press("typing-cancel")
        wait_for(lambda: not self.progress(page), 20, "no more words about the text")
        page.keys(("down", "\ue009"), ("down", "u"), ("up", "u"), ("up", "\ue009"))  # Ctrl+U: without the line begun
        self.assert_ends(page, before, lines)

    def assert_ends(self, page, before, lines):
        page.type("end\ue007")
        wait_for(lambda: self.typed().endswith("end\n"), 20, f"the end; there is {self.typed()[-100:]!r}")
        got = self.typed()[len(before):].removesuffix("end\n")
        self.assertTrue(lines.startswith(got), got)
        self.assertLess(len(got), len(lines) / 2)

    def enter(self, page, text):
        """As an on-screen keyboard or dictation does it."""
        page.browser.run("document.querySelector('.typing').dispatchEvent(new InputEvent('input',"
                         "{ inputType: 'insertText', data: arguments[0], bubbles: true }))", text)

    def progress(self, page):
        return page.browser.run("return document.querySelector('.capsule-typing .capsule-text')?.innerText ?? ''")

    def click_the_terminal(self, page):
        """Gives it the focus: it is white, the rest of the desktop is dark."""
        width, height = page.rect()["pixels"]
        places = [(x, y) for y in range(40, height, 80) for x in range(40, width, 80)]

        def find():
            return next((at for at in places if min(page.colour(*at)) > 200), None)
        page.pointer(("move", *wait_for(find, 30, "a terminal on the picture")), ("down", 0), ("up", 0))
