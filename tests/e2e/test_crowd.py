"""Many connections of one address: a room that comes in at once, and strangers that flood it from behind the same NAT."""
import asyncio
import re
import unittest
import urllib.request

import joiner
from hairpin import Server
from person import Person
from tap import ALL, figure
from test_hardening_ice import forge_answer

FLOOD_PER_S = 240
COMERS, MUST_COME = 8, 7
WAY_S = 0.1  # there and back
ROOM = 200 if ALL else 32


class Crowd(unittest.TestCase):
    def start(self, *words):
        self.server = Server("--turn.public", "127.0.0.1", *words)
        self.server.__enter__()
        self.addCleanup(self.server.__exit__, None, None, None)

    def invite(self):
        """What a page is told: how to allocate, and how to check."""
        person = Person(self.server, "Ann")
        self.addCleanup(person.close)
        person.send("signal/request", {"video": {}, "audio": {}})
        offer = person.expect("signal/provide")[1]
        person.send("signal/answer", {"sdp": forge_answer(offer["sdp"], [])})
        turn = next(told for told in offer["iceservers"] if "turn:" in told["urls"][0] + told["urls"][-1])
        ufrag, password = (re.search(rf"^a=ice-{name}:(\S+)", offer["sdp"], re.M).group(1) for name in ("ufrag", "pwd"))
        return {"TURN over TCP": (joiner.allocate, self.server, turn["username"], turn["credential"], WAY_S),
                "ICE over TCP": (joiner.check, self.server, f"{ufrag}:forged", password, WAY_S)}

    async def come(self, join, count, pause_s):
        """How long it took those who came in."""
        tasks = []
        for _ in range(count):
            tasks.append(asyncio.create_task(joiner.has_joined(*join)))
            await asyncio.sleep(pause_s)
        came = [result for result in await asyncio.gather(*tasks) if result]
        for _, writer in came:
            writer.close()
        return [took for took, _ in came]

    async def come_in_a_flood(self, hello):
        async with joiner.Flood(self.server, FLOOD_PER_S, hello):
            await asyncio.sleep(1.5)  # until there are as many as may stay
            loop = asyncio.get_running_loop()
            invitation = await loop.run_in_executor(None, self.invite)
            return {name: await self.come(join, COMERS, 0.05) for name, join in invitation.items()}

    def check_flood(self, what, hello):
        self.start()
        for name, took in asyncio.run(self.come_in_a_flood(hello)).items():
            figure(f"joins by {name} while {FLOOD_PER_S} strangers a second {what}",
                   f"{len(took)} of {COMERS}, {max(took, default=0):.2f} s")
            self.assertGreaterEqual(len(took), MUST_COME)

    def test_a_flood_that_asks_for_allocations_keeps_nobody_of_its_address_out(self):
        self.check_flood("ask for an allocation", joiner.TURN_HELLO)

        with urllib.request.urlopen(self.server.url(path="/metrics"), timeout=20) as answer:
            evicted = re.search(r'^hairpin_tcp_evicted_total\{of="strangers"\} (\d+)$', answer.read().decode(), re.M)
        self.assertGreater(int(evicted.group(1)), 0)

    def test_a_flood_that_begins_requests_of_http_keeps_nobody_of_its_address_out(self):
        self.check_flood("begin a request", b"GET / HTTP/1.1\r\n")

    async def come_in_by_all_ways(self, invitations):
        """How many came in, and stayed, by each way."""
        came = {name: [joiner.has_joined(*invitation[name]) for invitation in invitations] for name in invitations[0]}
        return {name: [result for result in await asyncio.gather(*joins) if result] for name, joins in came.items()}

    def test_a_room_behind_one_address_comes_in_at_once_and_leaves_room_for_strangers(self):
        limit = ROOM * 5 // 4  # of strangers; those who have logged in have three connections each
        # Two hundred invitations take their time.
        self.start("--server.max_connections_per_address", str(limit), "--webrtc.timeout", "120s")
        invitations = [self.invite() for _ in range(ROOM)]
        came = asyncio.run(self.come_in_by_all_ways(invitations))
        for name, results in came.items():
            figure(f"joins by {name} of {ROOM} at once", f"{len(results)}, {max(took for took, _ in results):.2f} s")
            self.assertEqual(len(results), ROOM)
        self.invite()


if __name__ == "__main__":
    unittest.main()
