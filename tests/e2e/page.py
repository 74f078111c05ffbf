"""The page as a person sees it: log in, wait for the picture, read pixels, sound and states back."""
import os
import urllib.parse

from hairpin import ADMIN, USER, wait_for

LIVE_TIMEOUT_S = 40  # the goal is one second

# Reads the cells of the pattern plugin's picture (layout in plugins/pattern/picture.h).
READ_PATTERN = """
const readPattern = (video) => {
    const canvas = readPattern.canvas ??= document.createElement("canvas");
    [canvas.width, canvas.height] = [160, 40]; // ten pixels a cell
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(video, 0, 0, video.videoWidth, video.videoHeight / 4, 0, 0, 160, 40);
    const { data } = context.getImageData(0, 0, 160, 40);
    const rows = [0, 1, 2, 3].map((row) => {
        let value = 0;
        for (let column = 0; column < 16; column++) {
            const at = 4 * ((row * 10 + 5) * 160 + column * 10 + 5);
            value = value * 2 + (data[at] + data[at + 1] + data[at + 2] > 382 ? 1 : 0);
        }
        return value;
    });
    const [counter, x, y] = [rows[1], rows[2], rows[3]];
    const check = ((counter * 167 + x * 59 + y * 31 + 13) >> 3) & 255;
    return { isGood: rows[0] >> 8 === 0xa5 && (rows[0] & 255) === check, counter, x, y };
};
"""


class Door:
    """What a Page needs of a server, where the browser finds it."""

    def __init__(self, server, host, port):
        self.server, self.host, self.port = server, host, port

    def url(self, _host=None, path="/", scheme="http"):
        return f"{scheme}://{self.host}:{self.port}{path}"

    def log(self):
        return self.server.log()


class Page:
    def __init__(self, browser, server, name="", password=USER, host=None, scheme="http", path="/", query=None):
        """Without a name it is opened as it is, and shows its login. query: what else stands in the address."""
        self.browser, self.server, self.name = browser, server, name
        query = {**({"usr": name, "pwd": password} if name else {}), **(query or {})}
        browser.get(server.url(host, path, scheme) + ("?" + urllib.parse.urlencode(query) if query else ""))

    def state(self):
        return self.browser.run("return document.body?.dataset.state")

    def control(self):
        return self.browser.run("return document.body.dataset.control")

    def wait_state(self, state, timeout_s=LIVE_TIMEOUT_S):
        try:
            wait_for(lambda: self.state() == state, timeout_s, f"the page's state {state}")
        except AssertionError as error:
            raise AssertionError(f"{error}: it is {self.state()}\n{self.text()}\n{self.browser.console()[-3000:]}"
                                 f"\nserver's log:\n{self.server.log()[-3000:]}") from None

    def wait_live(self, timeout_s=LIVE_TIMEOUT_S):
        self.wait_state("live", timeout_s)
        return self

    def wait_control(self, control, timeout_s=20):
        wait_for(lambda: self.control() == control, timeout_s, f"control {control}; it is {self.control()}")

    def text(self):
        return self.browser.run("return document.body.innerText")

    def card(self):
        """What the card over a dead picture says, "" while a person cannot read it."""
        return self.browser.run("""
            const box = document.querySelector(".dead"), card = box?.firstElementChild, r = card?.getBoundingClientRect();
            if (!r?.width || getComputedStyle(box).opacity !== "1") return "";
            const top = document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2);
            return card.contains(top) ? card.innerText : "";""")

    def wait_card(self, words, timeout_s=30):
        wait_for(lambda: words in self.card(), timeout_s, f"a card with {words!r}; the page says:\n{self.text()}")

    def press(self, action):
        """Presses the button with that data-action."""
        pressed = self.browser.run(
            "const b = [...document.querySelectorAll(`[data-action='${arguments[0]}']`)].find(b => b.offsetParent);"
            "b?.click(); return !!b", action)
        assert pressed, f"no button {action}; the page says:\n{self.text()}"

    def click(self, selector):
        """A real click, by the pointer, on the middle of what can be seen there."""
        at = self.browser.run("""
            const node = document.querySelector(arguments[0]), r = node?.getBoundingClientRect();
            if (!r?.width) return null;
            const [x, y] = [r.left + r.width / 2, r.top + r.height / 2];
            return node.contains(document.elementFromPoint(x, y)) ? [x, y] : null;""", selector)
        assert at, f"nothing to click at {selector}; the page says:\n{self.text()}"
        self.browser.actions([{"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": [
            {"type": "pointerMove", "duration": 0, "x": round(at[0]), "y": round(at[1]), "origin": "viewport"},
            {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]}])

    def take_control(self):
        if self.control() != "mine":
            self.press("take")
        self.wait_control("mine")

    def pattern(self):
        """What the picture says just now: {isGood, counter, x, y}."""
        return self.browser.run(READ_PATTERN + "return readPattern(document.querySelector('video'))")

    def counters(self, count):
        """The counters of the next `count` pictures that the browser presents."""
        return self.browser.run_async(READ_PATTERN + """
            const video = document.querySelector("video"), counters = [];
            const next = () => new Promise((resolve) => video.requestVideoFrameCallback
                ? video.requestVideoFrameCallback(() => resolve()) : requestAnimationFrame(() => resolve()));
            while (counters.length < args[0]) {
                await next();
                const read = readPattern(video);
                if (read.isGood && read.counter !== counters.at(-1)) counters.push(read.counter);
            }
            return counters;""", count)

    def colour(self, x, y):
        """Mean colour of 8 by 8 pixels of the desktop's picture around (x, y) in its own pixels."""
        return self.browser.run("""
            const video = document.querySelector("video"), canvas = document.createElement("canvas");
            canvas.width = video.videoWidth; canvas.height = video.videoHeight;
            const context = canvas.getContext("2d", { willReadFrequently: true });
            context.drawImage(video, 0, 0);
            const { data } = context.getImageData(arguments[0] - 4, arguments[1] - 4, 8, 8), sum = [0, 0, 0];
            for (let i = 0; i < data.length; i++) if (i % 4 < 3) sum[i % 4] += data[i] / 64;
            return sum;""", x, y)

    def tone_hz(self):
        """The strongest frequency of what is heard, over half a second."""
        return self.browser.run_async("""
            const context = new AudioContext();
            await context.resume();
            const analyser = context.createAnalyser();
            analyser.fftSize = 16384;
            analyser.smoothingTimeConstant = 0;
            const { srcObject } = document.querySelector("video");
            context.createMediaStreamSource(new MediaStream(srcObject.getAudioTracks())).connect(analyser);
            const bins = new Float32Array(analyser.frequencyBinCount);
            for (let tries = 0; tries < 40; tries++) {
                await new Promise((resolve) => setTimeout(resolve, 250));
                analyser.getFloatFrequencyData(bins);
                const best = bins.indexOf(Math.max(...bins));
                if (bins[best] > -60 && tries > 2) {
                    return best * context.sampleRate / analyser.fftSize;
                }
            }
            return 0;""")

    def stats(self):
        """The browser's own figures of the page's connection, by type (inbound-rtp/video) and by id."""
        return self.browser.run_async("""
            const all = {};
            for (const pc of window.__peers ?? []) {
                if (pc.connectionState === "closed") continue;
                for (const s of (await pc.getStats()).values()) {
                    all[s.kind && s.type.endsWith("rtp") ? s.type + "/" + s.kind : s.type + (s.nominated ? "/nominated" : "")] = s;
                    all[s.id] = s;
                }
            }
            return JSON.parse(JSON.stringify(all));""")

    def rect(self):
        """Where the picture of the desktop stands on the page: {left, top, width, height} in CSS pixels."""
        return self.browser.run("""
            const video = document.querySelector("video"), r = video.getBoundingClientRect();
            const scale = Math.min(r.width / video.videoWidth, r.height / video.videoHeight);
            const [w, h] = [video.videoWidth * scale, video.videoHeight * scale];
            return { left: r.left + (r.width - w) / 2, top: r.top + (r.height - h) / 2, width: w, height: h,
                     pixels: [video.videoWidth, video.videoHeight] };""")

    def to_page(self, x, y):
        """The CSS pixel that shows the middle of pixel (x, y) of the desktop."""
        rect = self.rect()
        return (rect["left"] + (x + 0.5) * rect["width"] / rect["pixels"][0],
                rect["top"] + (y + 0.5) * rect["height"] / rect["pixels"][1])

    def pointer(self, *steps):
        """Pointer actions: ("move", x, y) in pixels of the desktop, ("down", button), ("up", button)."""
        actions = []
        for step in steps:
            if step[0] == "move":
                x, y = self.to_page(step[1], step[2])
                actions.append({"type": "pointerMove", "duration": 0, "x": round(x), "y": round(y), "origin": "viewport"})
            else:
                actions.append({"type": "pointer" + step[0].title(), "button": step[1]})
        self.browser.actions([{"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"},
                               "actions": actions}])

    def wheel(self, x, y, delta_y):
        at = self.to_page(x, y)
        self.browser.actions([{"type": "wheel", "id": "wheel", "actions": [
            {"type": "scroll", "x": round(at[0]), "y": round(at[1]), "deltaX": 0, "deltaY": delta_y,
             "duration": 0, "origin": "viewport"}]}])

    def type(self, text):
        actions = []
        for letter in text:
            actions += [{"type": "keyDown", "value": letter}, {"type": "keyUp", "value": letter}]
        self.browser.actions([{"type": "key", "id": "keyboard", "actions": actions}])

    def keys(self, *steps):
        """Single steps: ("down", key), ("up", key); key is a letter or one of WebDriver's."""
        self.browser.actions([{"type": "key", "id": "keyboard", "actions": [
            {"type": "key" + word.title(), "value": key} for word, key in steps]}])

    def screenshot(self, name):
        """Keeps a picture for a person to look at, where HAIRPIN_SHOTS says."""
        folder = os.environ.get("HAIRPIN_SHOTS")
        if folder:
            os.makedirs(folder, exist_ok=True)
            self.browser.screenshot(os.path.join(folder, name + ".png"))


__all__ = ["ADMIN", "USER", "Page"]
