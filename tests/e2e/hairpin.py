"""Starts Hairpin as a user would and talks to it: a process, its log, its REST and WebSocket."""
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
USER, ADMIN = "user-password", "admin-password"

# For a server that was built with them. No long quarantine, so that its memory can be measured; TSan sees
# neither GStreamer's nor GLib's own locks, and so must not look at what they do.
SANITIZERS = {
    "ASAN_OPTIONS": "quarantine_size_mb=8",
    "LSAN_OPTIONS": f"suppressions={TOP}/tests/lsan.supp:print_suppressions=0",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "G_SLICE": "always-malloc",
    "TSAN_OPTIONS": f"suppressions={TOP}/tests/tsan.supp:ignore_noninstrumented_modules=1:atexit_sleep_ms=0",
}


def wait_for(condition, timeout_s, what):
    """Polls until condition() is true, and returns that value. The time-out is several times the goal."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout_s} s for {what}")
        time.sleep(0.05)


# Served before the page's own modules: keeps its connections and sockets where a test finds them, and when the first
# connection got how far, in ms.
HOOK = """
window.__peers = [];
window.__sockets = [];
window.WebSocket = class extends WebSocket {
    constructor(...words) {
        super(...words);
        window.__sockets.push(this);
    }
};
window.__join = {};
const mark = (step) => { window.__join[step] ??= performance.now(); };
document.addEventListener("loadeddata", (event) => event.target.tagName === "VIDEO" && mark("shown"), true);
const Original = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Original {
    constructor(options) {
        super({ ...options, iceTransportPolicy: window.__policy ?? "%s" });
        window.__peers.push(this);
        this.addEventListener("connectionstatechange", () => this.connectionState === "connected" && mark("connected"));
    }
    async setRemoteDescription(...words) {
        mark("offered");
        return super.setRemoteDescription(...words);
    }
    async setLocalDescription(...words) {
        await super.setLocalDescription(...words);
        mark("answered");
    }
};
"""


def hooked_page(folder, policy):
    """A copy of the page with HOOK in front. policy: "all" or "relay" (nothing but a relay is used); None: the page itself."""
    if policy is None:
        return os.path.join(TOP, "web")
    page = os.path.join(folder, "web")
    shutil.copytree(os.path.join(TOP, "web"), page)
    with open(os.path.join(page, "js", "hook.js"), "w") as f:
        f.write(HOOK % policy)
    path = os.path.join(page, "index.html")
    with open(path) as f:
        text = f.read()
    with open(path, "w") as f:
        f.write(text.replace("<head>", '<head><script src="js/hook.js"></script>', 1))
    return page


class Server:
    """Hairpin on a free port. `prefix` runs it elsewhere, for instance in a network namespace. tunnel: may pages have
    their media by WebSocket where WebRTC has no path? On a busy machine it would stand in for what is tested."""

    def __init__(self, *options, env=None, prefix=(), bind="127.0.0.1:0", plugin="pattern", start=True, policy="all",
                 tunnel=False):
        self.build = os.environ["HAIRPIN_BUILD"]
        self.address = bind.rpartition(":")[0] or "127.0.0.1"
        self.state_dir = tempfile.TemporaryDirectory(prefix="hairpin-e2e-")
        plugins = ["--plugins.load", plugin] if plugin else []
        if not tunnel:
            plugins += ["--server.tunnel", "false"]
        self.command = [*prefix, os.path.join(self.build, "hairpin"), "--plugins.dir", os.path.join(self.build, ".libs"),
                        "--server.web_dir", hooked_page(self.state_dir.name, policy), "--server.state_dir", self.state_dir.name,
                        "--server.bind", bind, *plugins, *options]
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("HAIRPIN_", "NEKO_"))}
        self.env = {**clean, **SANITIZERS, "NEKO_PASSWORD": USER, "NEKO_PASSWORD_ADMIN": ADMIN, **(env or {})}
        self.lines, self.port = [], None
        if start:
            self.start()

    def start(self):
        since = len(self.lines)
        self.process = subprocess.Popen(self.command, env=self.env, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace",
                                        start_new_session=True)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.port = int(self.wait_log(r"listen\w* (?:at|on) \S*?:(\d+)", 30, since).group(1))
        return self

    def _read(self):
        for line in self.process.stderr:
            self.lines.append(line.rstrip("\n"))

    def log(self):
        return "\n".join(self.lines)

    def wait_log(self, pattern, timeout_s=20, since=0):
        """The match of the pattern in what is logged, from line number `since` on."""
        def look():
            has_ended = self.process.poll() is not None
            found = re.search(pattern, "\n".join(self.lines[since:]))
            if has_ended and not found:
                raise AssertionError(f"hairpin ended with {self.process.returncode}:\n{self.log()}")
            return found
        return wait_for(look, timeout_s, f"{pattern!r} in the log:\n{self.log()[-3000:]}")

    def url(self, host=None, path="/", scheme="http"):
        return f"{scheme}://{host or self.address}:{self.port}{path}"

    def request(self, method, path, body=None, token=None, timeout_s=20):
        """A REST call: (status, parsed JSON or None)."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url(path=path), data=data, method=method)
        if data is not None:
            request.add_header("Content-Type", "application/json")
        if token:
            request.add_header("Authorization", "Bearer " + token)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=timeout_s) as answer:
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read()
        return status, json.loads(text) if text else None

    def login(self, name, password=USER):
        status, answer = self.request("POST", "/api/login", {"username": name, "password": password})
        assert status == 200, (status, answer)
        return answer

    def memory_kib(self):
        with open(f"/proc/{self.pid()}/status") as f:
            return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1))

    def cpu_s(self):
        with open(f"/proc/{self.pid()}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid()}/fd"))

    def pid(self):
        """Of hairpin itself, also behind a prefix that stays its parent."""
        pid = self.process.pid
        while not os.path.basename(os.readlink(f"/proc/{pid}/exe")).startswith("hairpin"):
            with open(f"/proc/{pid}/task/{pid}/children") as f:
                pid = int(f.read().split()[0])
        return pid

    def stop(self, sig=signal.SIGTERM):
        """Asks it to end; returns (seconds that took, exit status)."""
        if self.process.poll() is None:
            start = time.monotonic()
            os.kill(self.pid(), sig)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
                raise AssertionError("hairpin did not end:\n" + self.log()[-3000:])
            self.took_s = time.monotonic() - start
        self.reader.join(5)
        return getattr(self, "took_s", 0), self.process.returncode

    def restart(self):
        """Ends and starts anew on the same port."""
        self.stop()
        where = self.command.index("--server.bind") + 1
        self.command[where] = f"{self.address}:{self.port}"
        return self.start()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        try:
            self.stop()
        finally:
            if kind is not None:
                print("# the server's log:\n# " + "\n# ".join(self.lines[-60:]))
            self.state_dir.cleanup()
        if kind is None:
            assert self.process.returncode == 0, f"exit status {self.process.returncode}\n{self.log()[-3000:]}"
            for word in ("AddressSanitizer", "runtime error:", "ThreadSanitizer", "LeakSanitizer"):
                assert word not in self.log(), self.log()[-6000:]
            for secret in (USER, ADMIN):
                assert secret not in self.log(), "a password is in the log"
