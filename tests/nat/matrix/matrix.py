"""Runs the cells of cells.py in real browsers: one line of TAP for each, and the times by kind of path."""
import statistics
import sys
import time
import unittest

import tap
from browsers import Chromium, open_browser
from cells import CHROMIUM_ONLY_6, CLIENTS, CLIENTS_6, SERVERS, SERVERS_6, all_cells, all_cells_6, why_not
from hairpin import wait_for
from homes import Homes, Six
from lab import needs_lab
from page import LIVE_TIMEOUT_S, Door, Page

BROWSERS = ("chromium", "firefox", "shut-in")
SETTLED_S = 3  # until the best way has taken the place of one that was found first
NONE_S = 6  # what has not connected so long after the answer does not

KINDS = {"H": "direct, same host", "L": "direct, LAN", "B": "direct, container's bridge", "P": "direct, public",
         "6": "direct, IPv6", "A": "direct, IPv4 or IPv6", "N": "direct, LAN", "T": "TCP", "R": "relay, TCP"}
PATHS = {"A": ("6", "P"), "N": ("L", "P")}  # codes that stand for two
# The goals are 60, 150 and 300 ms, of a machine that does nothing else.
LIMITS_MS = {"direct": 300, "TCP": 750, "relay": 1500}
MEDIAN_OF = 3  # at least
WHERE = {**SERVERS, **SERVERS_6}
WHO = {**CLIENTS, **CLIENTS_6}

# The pair in use, as both sides see it.
LOOK = """
const pc = window.__peers?.at(-1);
if (pc?.connectionState !== "connected") return null;
const reports = new Map([...(await pc.getStats()).values()].map((report) => [report.id, report]));
const all = [...reports.values()];
const selected = all.find((report) => report.type === "transport")?.selectedCandidatePairId;
const pair = reports.get(selected) ?? all.find((report) => report.type === "candidate-pair" && report.selected);
const [local, remote] = [reports.get(pair?.localCandidateId), reports.get(pair?.remoteCandidateId)];
if (!remote) return null;
const socket = window.__sockets.at(-1);
const server = await new Promise((resolve) => {
    socket.addEventListener("message", ({ data }) => {
        const { event, payload } = JSON.parse(data);
        if (event === "hairpin/stats") resolve(payload);
    });
    socket.send(JSON.stringify({ event: "hairpin/stats" }));
});
return { protocol: local.protocol, localType: local.candidateType, remoteType: remote.candidateType,
         remote: remote.address || "", port: remote.port, server, took: window.__join.connected - window.__join.answered };
"""


def shut_in():
    """Chromium with Local Network Access on, and denied: pages of public addresses get nothing of the LAN."""
    browser = Chromium("--enable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebRTC")
    browser.driver.execute_cdp_cmd("Browser.setPermission", {
        "permission": {"name": "local-network-access"}, "setting": "denied"})
    return browser


def split_pair(text):
    """(our address, the browser's) of "host A:P - prflx B:Q tcp"."""
    ours, _, theirs = text.partition(" - ")
    return tuple(end.split()[1].rpartition(":")[0].strip("[]") for end in (ours, theirs))


class CellTest(unittest.TestCase):
    """One cell in one browser."""
    scene, times = None, {}

    def __init__(self, cell, browser_name, note=""):
        super().__init__("connects_as_the_table_says")
        self.cell, self.browser_name, self.note = cell, browser_name, note
        is_deaf = browser_name == "chromium" and cell.client == "only6"
        self.path = CHROMIUM_ONLY_6[cell.server] if is_deaf else cell.path

    # All have one method, which unittest takes for the test.
    def __eq__(self, other):
        return self is other

    __hash__ = object.__hash__

    def id(self):
        cell = self.cell
        hairpin = f", hairpin {cell.hairpin}" if cell.hairpin else ""
        return f"{self.browser_name}{self.note} {cell.server}/{cell.client}{hairpin}: {KINDS.get(self.path, 'none')}"

    def connects_as_the_table_says(self):
        scene, cell = self.scene, self.cell
        scene.need_server(cell.server)
        scene.need_client(cell)
        with scene.browser(cell) as browser:
            page = Page(browser, Door(scene.server, *scene.door(cell)), "Ann")
            if self.path == "-":
                self.stays_apart(page)
            else:
                self.connects(page)

    def stays_apart(self, page):
        wait_for(lambda: page.browser.run("return window.__join?.answered"), LIVE_TIMEOUT_S, "the answer")
        end = time.monotonic() + NONE_S
        while time.monotonic() < end:
            seen = page.browser.run_async(LOOK)
            self.assertIsNone(seen, f"connects, although the table says that nothing does: {why_not(self.cell)}")
            time.sleep(0.5)

    def connects(self, page):
        cell, scene = self.cell, self.scene
        seen = wait_for(lambda: page.browser.run_async(LOOK), LIVE_TIMEOUT_S, f"a pair; {WHERE[cell.server]}, "
                        f"{WHO[cell.client]}:\n{scene.server.log()[-3000:]}")
        wanted = PATHS.get(self.path, self.path)
        end = time.monotonic() + SETTLED_S
        while self.kind(seen) not in wanted and time.monotonic() < end:
            time.sleep(0.2)
            seen = page.browser.run_async(LOOK) or seen
        self.assertIn(self.kind(seen), wanted, seen)
        page.wait_live()
        self.times.setdefault((KINDS[self.path], self.browser_name + self.note), []).append(seen["took"])

    def kind(self, seen):
        """The code of that path."""
        scene, cell = self.scene, self.cell
        if seen["protocol"] == seen["server"]["path"] == "tcp":
            return "T"
        if seen["localType"] == "relay" and seen["server"]["path"] == "relay":
            return "R"
        if seen["protocol"] != seen["server"]["path"] or "relay" in (seen["localType"], seen["remoteType"]):
            return "?"
        ours, theirs = split_pair(seen["server"]["pair"])
        if cell.client == "host":
            return "B" if ours == "172.17.0.2" else "H"
        if cell.client in ("lan", "name", "split", "lan6") and seen["remote"] in ("", ours) and self.is_client(theirs):
            return "L"
        return "6" if ":" in theirs else "P"

    def is_client(self, address):
        node = self.scene.client_node(self.cell)
        return address in (self.scene.address(node), self.cell.client == "lan6" and self.scene.address6(node))


class GoalTest(unittest.TestCase):
    """The times of one way, in all cells of a browser."""

    def __init__(self, way, browser, times):
        super().__init__("is_near_the_goal")
        self.way, self.browser, self.times = way, browser, times

    def id(self):
        return f"{self.browser}: {self.way}, the median is near the goal"

    def is_near_the_goal(self):
        self.assertLess(statistics.median(self.times), LIMITS_MS[self.way], self.times)


def check_times(result):
    ways = {}
    for (kind, browser), times in CellTest.times.items():
        ways.setdefault((kind.partition(",")[0], browser), []).extend(times)
    result.may_repeat = False  # the times stay what they are
    unittest.TestSuite(GoalTest(*way, times) for way, times in ways.items() if len(times) >= MEDIAN_OF).run(result)


def is_wanted(cell, words):
    name = f"{cell.server}/{cell.client}/{cell.hairpin}"
    parts = [word for word in words if word not in BROWSERS]
    return any(part in name for part in parts) if parts else cell.in_ci or tap.ALL


def run_cells(make_scene, cells, browser_name, result, note=""):
    if not cells:
        return
    with make_scene() as scene:
        CellTest.scene = scene
        unittest.TestSuite(CellTest(cell, browser_name, note) for cell in cells).run(result)
        tap.run_again(result)
        result.repeats.clear()
        result.may_repeat = True


def main():
    words = sys.argv[1:]
    try:
        needs_lab()
    except unittest.SkipTest as reason:
        print(f"skipped: {reason}")
        return 77
    result = tap.TapResult()
    cells = [cell for cell in all_cells() if is_wanted(cell, words)]
    cells_6 = [cell for cell in all_cells_6() if is_wanted(cell, words)]
    chosen = set(words) & set(BROWSERS) or {"chromium", "firefox", *(["shut-in"] if tap.ALL else [])}
    for name in ("chromium", "firefox"):
        if name in chosen:
            run_cells(lambda: Homes(lambda: open_browser(name)), cells, name, result)
            run_cells(lambda: Six(lambda: open_browser(name)), cells_6, name, result)
    if "shut-in" in chosen:
        for make_scene, some in ((Homes, cells), (Six, cells_6)):
            run_cells(lambda make=make_scene: make(shut_in), some, "chromium", result, " that may not send into the LAN")
    check_times(result)
    print(f"1..{result.number}")
    for (kind, browser), times in sorted(CellTest.times.items()):
        tap.figure(f"answer to connected, {kind}, {browser}", f"{statistics.median(times):.0f} ms (median of {len(times)})")
    print(f"{result.number - result.failed} passed, {result.failed} failed")
    return 1 if result.failed or not result.number else 0


if __name__ == "__main__":
    sys.exit(main())
