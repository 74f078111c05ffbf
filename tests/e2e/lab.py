"""A small internet of network namespaces (tests/natlab/natlab), entered by this very process."""
import ctypes
import os
import re
import subprocess
import unittest

from hairpin import TOP

NATLAB = os.path.join(TOP, "tests", "natlab", "natlab")
CLONE_NEWNET = 0x40000000


def needs_lab():
    """Skips by name where no network namespaces can be made."""
    if os.geteuid() != 0:
        raise unittest.SkipTest("network namespaces need root")
    probe = subprocess.run(["ip", "netns", "add", f"hairpin-probe-{os.getpid()}"], capture_output=True, text=True)
    if probe.returncode != 0:
        raise unittest.SkipTest("no network namespaces here: " + probe.stderr.strip())
    subprocess.run(["ip", "netns", "del", f"hairpin-probe-{os.getpid()}"], check=False)


class Lab:
    """Lab("--public", "pub", "--home", "a:port-restricted"): up as long as the block lasts."""

    def __init__(self, *words):
        self.id = f"e2e{os.getpid()}"
        self.env = {**os.environ, "NATLAB_ID": self.id}
        self.words = words

    def natlab(self, *words):
        run = subprocess.run([NATLAB, *words], env=self.env, capture_output=True, text=True, timeout=120)
        assert run.returncode == 0, f"natlab {words}: {run.stderr}"
        return run.stdout.strip()

    def address(self, node):
        return self.natlab("addr", node)

    def prefix(self, node):
        """In front of a command that shall run on that node."""
        return ["ip", "netns", "exec", f"nl-{self.id}-{node}"]

    def inside(self, node):
        # A browser asks for names at its start. This machine's name server is not in the lab, and must not be waited for.
        with open("/etc/resolv.conf", encoding="utf-8") as file:
            for server in re.findall(r"^nameserver\s+([\da-fA-F.:]+)\s*$", file.read(), re.MULTILINE):
                subprocess.run([*self.prefix(node), "ip", "route", "replace", "unreachable", server], check=False)
        return Inside(f"/run/netns/nl-{self.id}-{node}")

    def __enter__(self):
        self.natlab("up", *self.words)
        return self

    def __exit__(self, *_):
        self.natlab("down")


class Inside:
    """This thread, and what it starts, is on another node as long as the block lasts."""

    def __init__(self, path):
        self.path = path

    def _enter(self, descriptor):
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(descriptor, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")

    def __enter__(self):
        self.home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(self.path, os.O_RDONLY)
        self._enter(there)
        os.close(there)
        return self

    def __exit__(self, *_):
        self._enter(self.home)
        os.close(self.home)
