"""Runs unittest's tests and prints TAP: a line a test with its time, the reason under a failed one."""
import sys
import time
import traceback
import unittest


class TapResult(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.number = self.failed = self.skipped_count = 0

    def startTest(self, test):
        super().startTest(test)
        self.start = time.monotonic()

    def _line(self, word, test, note="", detail=""):
        self.number += 1
        took = time.monotonic() - getattr(self, "start", time.monotonic())
        print(f"{word} {self.number} - {test.id()} ({took:.1f} s){note}", flush=True)
        for line in detail.rstrip().splitlines():
            print("#   " + line, flush=True)

    def addSuccess(self, test):
        self._line("ok", test)

    def addError(self, test, error):
        self.failed += 1
        self._line("not ok", test, "", "".join(traceback.format_exception(*error)))

    addFailure = addError

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self.addError(subtest, error)

    def addSkip(self, test, reason):
        self.skipped_count += 1
        self._line("ok", test, f" # SKIP {reason}")


def figure(name, value):
    """A figure that the run shows; no test depends on it."""
    print(f"# FIGURE {name}: {value}", flush=True)


def main():
    loader = unittest.TestLoader()
    suite = loader.loadTestsFromNames(sys.argv[1:]) if len(sys.argv) > 1 else loader.discover(".")
    result = TapResult()
    suite.run(result)
    print(f"1..{result.number}")
    passed = result.number - result.failed - result.skipped_count
    print(f"{passed} passed, {result.failed} failed, {result.skipped_count} skipped")
    return 1 if result.failed or not result.number else 0


if __name__ == "__main__":
    sys.exit(main())
