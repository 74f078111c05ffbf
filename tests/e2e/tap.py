"""Runs unittest's tests and prints TAP: a line a test with its time, the reason under a failed one.

A browser on a busy machine can miss any deadline. So a few tests that fail are run once more at the end, alone, and
only the second result counts. The first one is shown all the same, and more failures than a few are never forgiven.
The line of a test that failed ends with its reason.
"""
import os
import re
import sys
import time
import traceback
import unittest


SECOND_RUNS = 8  # of a whole run, at most
ALL = os.environ.get("HAIRPIN_ALL") == "1"  # also what takes long and has a shorter sister


def needs_all():
    if not ALL:
        raise unittest.SkipTest("takes long: ./test.sh --all runs it")


def reason(detail):
    """The last line of a traceback that begins a message, shortened."""
    lines = [line for line in detail.splitlines() if line and not line.startswith(" ")]
    starts = [line for line in lines if re.match(r"\w[\w.]*(Error|Exception|Failure)\b", line)]
    return (starts or lines or [""])[-1][:160]


class TapResult(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.number = self.failed = self.skipped_count = 0
        self.may_repeat = True
        self.repeats = {}  # tests to run once more, and why

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
        detail = "".join(traceback.format_exception(*error))
        whole = getattr(test, "test_case", test)  # the test of a subtest
        if self.may_repeat and isinstance(whole, unittest.TestCase):
            self.repeats.setdefault(whole, reason(detail))
            print(f"# failed, to be run once more: {test.id()}", *detail.rstrip().splitlines(), sep="\n#   ", flush=True)
            return
        self.failed += 1
        self._line("not ok", test, f": {reason(detail)}", detail)

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


def run_again(result):
    """Runs the tests that failed once more, unless they are too many for chance."""
    result.may_repeat = False
    result._previousTestClass = None  # what modules and classes set up has been taken down
    if len(result.repeats) > SECOND_RUNS:
        for test, why in result.repeats.items():
            result.failed += 1
            result._line("not ok", test, f" of too many to be run once more: {why}")
        return
    unittest.TestSuite(result.repeats).run(result)
    if result.repeats:
        figure("tests that were run a second time", len(result.repeats))


def main():
    loader = unittest.TestLoader()
    suite = loader.loadTestsFromNames(sys.argv[1:]) if len(sys.argv) > 1 else loader.discover(".")
    result = TapResult()
    suite.run(result)
    run_again(result)
    print(f"1..{result.number}")
    passed = result.number - result.failed - result.skipped_count
    print(f"{passed} passed, {result.failed} failed, {result.skipped_count} skipped")
    return 1 if result.failed or not result.number else 0


if __name__ == "__main__":
    sys.exit(main())
