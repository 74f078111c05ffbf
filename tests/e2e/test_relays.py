"""Relays beside the server, on the same LAN: the operator's coturn, and our own service behind a forwarded port."""
import unittest

from browsers import open_browser
from hairpin import wait_for
from network import ICE_SERVERS, TURN_SECRET, TURN_USER, NetworkScene, took_ms
from page import Door, Page
from tap import figure, needs_all

HOME = "a:port-restricted,hosts=3,hairpin=off"
SHARED = "secret-of-both-relays"


def relays(page):
    """The TURN servers that gave the browser an address."""
    found = page.stats().values()
    return {one["url"] for one in found if one["type"] == "local-candidate" and one["candidateType"] == "relay"}


def gather(page):
    """The TURN servers that give an address to a connection that only gathers: the page's own ends that when it has a path."""
    return set(page.browser.run_async("""
        const peer = new RTCPeerConnection(window.__peers.at(-1).getConfiguration());
        const urls = [];
        peer.addEventListener("icecandidate", (event) => urls.push(event.candidate?.url));
        peer.createDataChannel("none");
        await peer.setLocalDescription();
        while (peer.iceGatheringState !== "complete") {
            await new Promise((resolve) => { peer.addEventListener("icegatheringstatechange", resolve, { once: true }); });
        }
        peer.close();
        return urls.filter(Boolean);"""))


class Relays(NetworkScene, unittest.TestCase):
    def check_coturn_on_the_lan(self, **more):
        """Neko's usual recipe. The browser may use nothing but that relay."""
        lab = self.lab("--public", "pub", "--home", HOME)
        self.start_coturn(lab, "a.host3")
        text = ICE_SERVERS.format(host=lab.address("a.host3"), user=TURN_USER, secret=TURN_SECRET)
        env = {"NEKO_ICESERVERS": text, **{key: lab.address(node) for key, node in more.items()}}
        page = self.open(lab, self.server(lab, "a.host2", ["--turn.service", "off"], env=env, policy="relay"))
        self.assert_flows(page)
        self.assert_path(page, "relay")
        self.assertEqual(relays(page), {f"turn:{lab.address('a.host3')}:3478?transport=udp"})

    def test_a_coturn_on_the_lan_serves_who_may_only_relay(self):
        self.check_coturn_on_the_lan()

    def test_a_coturn_on_the_lan_serves_who_may_only_relay_although_we_tell_a_public_address(self):
        needs_all()
        self.check_coturn_on_the_lan(NEKO_NAT1TO1="a")

    def test_a_relay_that_refuses_the_password_makes_no_reconnection_and_is_named(self):
        """Whoever never had a picture has lost no connection."""
        lab = self.lab("--public", "pub", "--home", HOME)
        self.start_coturn(lab, "a.host3")
        text = ICE_SERVERS.format(host=lab.address("a.host3"), user=TURN_USER, secret="another")
        server = self.server(lab, "a.host2", ["--webrtc.timeout", "2s"], env={"HAIRPIN_WEBRTC_ICESERVERS_FRONTEND": text},
                             policy="relay")
        self.enterContext(lab.inside("a.host1"))
        browser = self.enterContext(open_browser("chromium"))
        page, states = Page(browser, server, "Ann"), set()

        def is_named():
            states.add(page.state())
            return "the relay refuses the server's password" in page.card()
        wait_for(is_named, 60, "the reason")
        self.assertGreater(browser.run("return window.__peers.length"), 1)
        self.assertLessEqual(states, {"starting", "connecting", "still"})
        page.screenshot("relay-refused")

    def test_one_secret_opens_our_own_relay_and_a_coturn_beside_it(self):
        lab = self.lab("--public", "pub", "--home", HOME)
        self.start_coturn(lab, "a.host3", "--use-auth-secret", "--static-auth-secret", SHARED)
        theirs = f"turn:{lab.address('a.host3')}:3478?transport=udp"
        env = {"HAIRPIN_TURN_SECRET": SHARED, "HAIRPIN_WEBRTC_ICESERVERS_FRONTEND": f'[{{"urls":["{theirs}"]}}]'}
        ours = f"{lab.address('a.host2')}:8080"
        server = self.server(lab, "a.host2", ["--turn.public", ours], port=8080, env=env, policy="relay")
        page = self.open(lab, server)
        self.assert_flows(page)
        self.assert_path(page, "relay")
        both = {theirs, f"turn:{ours}?transport=udp"}
        self.assertLessEqual(both, gather(page))
        self.assertNotIn(SHARED, server.log())

    def test_our_own_relay_behind_a_forwarded_port_serves_a_symmetric_router_far_away(self):
        forwards = "forward=tcp/8443=8080+udp/3478=8080+tcp/3478=8080:host2"
        lab = self.lab("--public", "pub", "--home", f"{HOME},{forwards}", "--home", "b:symmetric")
        public = lab.address("a")
        server = self.server(lab, "a.host2", ["--turn.public", f"{public}:3478"], port=8080, policy="relay")
        page = self.open(lab, Door(server, public, 8443), "b.host1")
        self.assert_flows(page)
        self.assert_path(page, "relay")
        self.assertIn(f"turn:{public}:3478?transport=udp", relays(page))
        figure("our own relay behind a forwarded port", f"answer to connected {took_ms(page):.0f} ms")


if __name__ == "__main__":
    unittest.main()
