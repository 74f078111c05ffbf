"""Control goes from one to the other: asked for, given, let go of, taken; who has none moves nothing."""
import contextlib
import unittest

from browsers import open_browser
from hairpin import ADMIN, USER, Server, wait_for
from page import Page

browsers = {}


def setUpModule():
    for name in ("chromium", "firefox"):
        browsers[name] = open_browser(name)
        unittest.addModuleCleanup(browsers[name].close)


class ControlTest:
    """Ann in Chromium is a user, Ben in Firefox too; the picture shows where the pointer is."""
    options = ()
    ben_password = USER

    @classmethod
    def setUpClass(cls):
        with contextlib.ExitStack() as stack:
            cls.server = stack.enter_context(Server(*cls.options))
            cls.ann = Page(browsers["chromium"], cls.server, "Ann").wait_live()
            cls.ben = Page(browsers["firefox"], cls.server, "Ben", cls.ben_password).wait_live()
            cls.addClassCleanup(stack.pop_all().close)

    def setUp(self):
        for page in (self.ann, self.ben):
            if page.control() == "mine":
                page.press("release")
        self.assert_controls("free", "free")

    def assert_controls(self, ann, ben):
        self.ann.wait_control(ann)
        self.ben.wait_control(ben)

    def assert_says(self, page, words):
        wait_for(lambda: words in page.text(), 20, f"{words!r} on the page")

    def assert_moves(self, page, x, y):
        """The pointer goes where that page says; the picture of Ann is read."""
        tries = iter(range(10000))

        def is_there():
            if next(tries) % 10 == 0:  # a hand moves on, also where a panel was just closing over the picture
                page.pointer(("move", x + 20, y + 20), ("move", x, y))
            read = self.ann.pattern()
            return read["isGood"] and abs(read["x"] - x) <= 3 and abs(read["y"] - y) <= 3
        wait_for(is_there, 20, f"the pointer to be at {x}, {y}; it is {self.ann.pattern()}")


class Users(ControlTest, unittest.TestCase):
    def test_who_has_no_control_moves_nothing(self):
        self.ann.take_control()
        self.assert_controls("mine", "other")
        self.assert_moves(self.ann, 200, 300)
        self.ben.pointer(("move", 900, 500), ("down", 0), ("up", 0))
        self.ben.type("x")
        self.assert_moves(self.ann, 240, 320)
        before = self.ann.pattern()["counter"]
        wait_for(lambda: (self.ann.pattern()["counter"] - before) % 65536 > 15, 20, "more pictures")
        self.assertLess(self.ann.pattern()["x"], 300)
        self.assertEqual(self.ben.control(), "other")

    def test_control_is_asked_for_and_handed_over(self):
        self.ann.take_control()
        self.assert_says(self.ben, "Ann has control")
        self.ben.press("ask")
        self.assert_says(self.ben, "Asked Ann")
        self.assert_says(self.ann, "Ben asks for control")
        self.ann.screenshot("control-asked")
        self.ann.press("handOver")
        self.assert_controls("other", "mine")
        self.assert_moves(self.ben, 700, 400)

    def test_control_is_given_from_the_list_of_people(self):
        self.ben.take_control()
        self.assert_controls("other", "mine")
        self.ben.press("people")
        self.ben.press("give")
        self.assert_controls("mine", "other")
        self.ben.press("people")
        self.assert_moves(self.ann, 640, 360)

    def test_a_request_is_withdrawn_and_declined(self):
        self.ann.take_control()
        self.assert_says(self.ben, "Ann has control")
        self.ben.press("ask")
        self.assert_says(self.ann, "Ben asks for control")
        self.ben.press("cancel")
        wait_for(lambda: not self.ann.browser.run("return document.querySelector('.capsule-asks')"), 20,
                 "the request to be gone")
        self.ben.press("ask")
        wait_for(lambda: self.ann.browser.run("return document.querySelector('.capsule-asks')"), 20, "the request")
        self.ann.press("notNow")
        self.assert_says(self.ben, "Ann keeps control for now")
        self.ben.screenshot("control-declined")
        self.ann.press("release")  # who was declined does not get it
        self.assert_controls("free", "free")

    def test_a_click_on_the_picture_takes_free_control_only(self):
        self.ann.pointer(("move", 300, 300), ("down", 0), ("up", 0))
        self.assert_controls("mine", "other")
        self.ben.pointer(("move", 310, 310), ("down", 0), ("up", 0))
        self.assert_moves(self.ann, 330, 330)
        self.assert_controls("mine", "other")


class Admin(ControlTest, unittest.TestCase):
    ben_password = ADMIN

    def test_an_admin_takes_control_from_a_user(self):
        self.ann.take_control()
        self.assert_controls("mine", "other")
        self.ben.press("take")
        self.assert_controls("other", "mine")
        self.assert_says(self.ann, "Ben")
        self.assert_moves(self.ben, 500, 450)


class ImplicitHosting(ControlTest, unittest.TestCase):
    options = ("--session.implicit_hosting",)

    def test_who_clicks_has_control(self):
        self.ann.pointer(("move", 400, 300), ("down", 0), ("up", 0))
        self.assert_controls("mine", "other")
        self.ben.pointer(("move", 800, 400), ("down", 0), ("up", 0))
        self.assert_controls("other", "mine")
        self.assert_moves(self.ben, 820, 420)
