"""What tests in a small internet share: a laboratory, a server and browsers in it, a coturn."""
import subprocess

from browsers import open_browser
from hairpin import Server, wait_for
from lab import Lab, needs_lab
from page import Page

TURN_USER, TURN_SECRET = "operator", "turn-secret-of-the-operator"

# As an operator pastes it into a compose file, as a YAML block: newlines and all.
ICE_SERVERS = """\
[
  {{
    "urls": "stun:{host}:3478"
  }},
  {{
    "urls": [
      "turn:{host}:3478?transport=udp"
    ],
    "username": "{user}",
    "credential": "{secret}"
  }}
]
"""

# By what the browser reaches its relay.
RELAY = """
const reports = [...(await window.__peers.at(-1).getStats()).values()];
const pair = reports.find((report) => report.type === "candidate-pair" && report.nominated
        && report.state === "succeeded" && (report.bytesReceived ?? 0) > 0);
const local = reports.find((report) => report.id === pair.localCandidateId);
return [local.candidateType, local.relayProtocol];
"""


def video(page):
    return page.stats().get("inbound-rtp/video", {})


def path(page):
    """How the page says that it is connected: direct, relay, tcp; None: not yet."""
    return page.browser.run("return document.querySelector('.link').dataset.path")


def took_ms(page):
    """From the page's answer to its connection."""
    return page.browser.run("return window.__join.connected - window.__join.answered")


class NetworkScene:
    """For a unittest.TestCase; whose browser_name says which browser open() starts."""
    browser_name = "chromium"

    def setUp(self):
        needs_lab()

    def open(self, lab, server, node="a.host1"):
        inside = lab.inside(node)
        inside.__enter__()
        self.addCleanup(inside.__exit__)
        browser = open_browser(self.browser_name)
        self.addCleanup(browser.close)
        return Page(browser, server, "Ann").wait_live()

    def lab(self, *words):
        lab = Lab(*words)
        lab.__enter__()
        self.addCleanup(lab.__exit__)
        return lab

    def server(self, lab, node="pub", words=(), port=0, **options):
        small = ["--pattern.size", "640x360", "--pattern.rate", "20"]  # the lines are tested, not the encoder
        server = Server(*small, *words, prefix=lab.prefix(node), bind=f"{lab.address(node)}:{port}", **options)
        server.__enter__()
        self.addCleanup(server.__exit__, None, None, None)
        return server

    def start_coturn(self, lab, node, *who):
        """who: the words that say who may use it; else TURN_USER may."""
        address = lab.address(node)
        who = who or ("--lt-cred-mech", "--user", f"{TURN_USER}:{TURN_SECRET}")
        process = subprocess.Popen(
            [*lab.prefix(node), "turnserver", "-n", "--listening-ip", address, "--relay-ip", address, *who,
             "--realm", "test", "--no-tls", "--no-dtls", "--no-cli", "--min-port", "40000", "--max-port", "40100",
             "--allow-loopback-peers", "--pidfile", "", "--log-file", "stdout"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)

    def assert_flows(self, page, count=20, timeout_s=60):
        before = video(page).get("framesDecoded", 0)
        wait_for(lambda: video(page).get("framesDecoded", 0) >= before + count, timeout_s, "pictures to flow")
        self.assertTrue(wait_for(lambda: page.pattern()["isGood"], 20, "a whole picture"))

    def assert_path(self, page, expected):
        wait_for(lambda: path(page) == expected, 20, f"the page to name its path {expected}")
