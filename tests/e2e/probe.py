"""An X client for tests: fills the screen with four colours, writes down what it gets, line by line.

    probe.py FILE      run inside of the desktop (no window manager)

Lines: ready W H | press BUTTON X Y | release BUTTON X Y | move X Y | down KEYSYM | up KEYSYM.
The key F2 swaps the colours of left and right, F3 takes the next cursor. Xlib alone, by ctypes.
"""
import ctypes
import sys
from ctypes import POINTER, Structure, byref, c_char_p, c_int, c_long, c_uint, c_ulong, c_void_p

COLOURS = (0x336699, 0xC8283C, 0x1E8C46, 0xE6E6DC)  # upper left and right, lower left and right
CURSORS = (68, 152, 60)  # left_ptr, xterm, hand2 of X's cursor font
KEY_PRESS, KEY_RELEASE, BUTTON_PRESS, BUTTON_RELEASE, MOTION, MAP = 2, 3, 4, 5, 6, 19
MASK = 0x1 | 0x2 | 0x4 | 0x8 | 0x40 | 0x20000  # keys, buttons, motion, structure
REVERT_TO_PARENT, CURRENT_TIME = 2, 0
KEYSYM_F2, KEYSYM_F3 = 0xFFBF, 0xFFC0


class Event(Structure):
    """XKeyEvent, XButtonEvent and XMotionEvent as far as they are alike."""
    _fields_ = [("type", c_int), ("serial", c_ulong), ("send_event", c_int), ("display", c_void_p),
                ("window", c_ulong), ("root", c_ulong), ("subwindow", c_ulong), ("time", c_ulong),
                ("x", c_int), ("y", c_int), ("x_root", c_int), ("y_root", c_int), ("state", c_uint),
                ("detail", c_uint), ("padding", c_long * 24)]


def load():
    lib = ctypes.CDLL("libX11.so.6")
    lib.XOpenDisplay.restype, lib.XOpenDisplay.argtypes = c_void_p, [c_char_p]
    lib.XRootWindow.restype = lib.XCreateSimpleWindow.restype = lib.XCreateFontCursor.restype = c_ulong
    lib.XRootWindow.argtypes = lib.XDisplayWidth.argtypes = lib.XDisplayHeight.argtypes = [c_void_p, c_int]
    lib.XCreateSimpleWindow.argtypes = [c_void_p, c_ulong, c_int, c_int, c_uint, c_uint, c_uint, c_ulong, c_ulong]
    lib.XSelectInput.argtypes = [c_void_p, c_ulong, c_long]
    for name in ("XMapWindow", "XMapSubwindows", "XClearWindow"):
        getattr(lib, name).argtypes = [c_void_p, c_ulong]
    for name in ("XSetWindowBackground", "XDefineCursor"):
        getattr(lib, name).argtypes = [c_void_p, c_ulong, c_ulong]
    lib.XCreateFontCursor.argtypes = [c_void_p, c_uint]
    lib.XSetInputFocus.argtypes = [c_void_p, c_ulong, c_int, c_ulong]
    lib.XNextEvent.argtypes = [c_void_p, POINTER(Event)]
    lib.XLookupString.argtypes = [POINTER(Event), c_char_p, c_int, POINTER(c_ulong), c_void_p]
    return lib


class Probe:
    def __init__(self, lib, display, output):
        self.lib, self.display, self.output = lib, display, output
        self.colours, self.cursor = COLOURS, 0
        width, height = lib.XDisplayWidth(display, 0), lib.XDisplayHeight(display, 0)
        self.size = width, height
        self.window = self._make(lib.XRootWindow(display, 0), 0, 0, width, height)
        w, h = width // 2, height // 2
        self.parts = [self._make(self.window, x, y, w, h) for y in (0, h) for x in (0, w)]
        lib.XSelectInput(display, self.window, MASK)
        self._paint()
        self._set_cursor()
        lib.XMapSubwindows(display, self.window)
        lib.XMapWindow(display, self.window)

    def _make(self, parent, x, y, width, height):
        return self.lib.XCreateSimpleWindow(self.display, parent, x, y, width, height, 0, 0, 0)

    def _paint(self):
        for part, colour in zip(self.parts, self.colours):
            self.lib.XSetWindowBackground(self.display, part, colour)
            self.lib.XClearWindow(self.display, part)

    def _set_cursor(self):
        shape = self.lib.XCreateFontCursor(self.display, CURSORS[self.cursor % len(CURSORS)])
        self.lib.XDefineCursor(self.display, self.window, shape)

    def _say(self, *words):
        print(*words, file=self.output, flush=True)

    def _on_key(self, event):
        keysym = c_ulong()
        self.lib.XLookupString(byref(event), None, 0, byref(keysym), None)
        self._say("down" if event.type == KEY_PRESS else "up", hex(keysym.value))
        if event.type == KEY_PRESS and keysym.value == KEYSYM_F2:
            a, b, c, d = self.colours
            self.colours = b, a, d, c
            self._paint()
        elif event.type == KEY_PRESS and keysym.value == KEYSYM_F3:
            self.cursor += 1
            self._set_cursor()

    def run(self):
        event = Event()
        while True:
            self.lib.XNextEvent(self.display, byref(event))
            if event.type in (KEY_PRESS, KEY_RELEASE):
                self._on_key(event)
            elif event.type in (BUTTON_PRESS, BUTTON_RELEASE):
                word = "press" if event.type == BUTTON_PRESS else "release"
                self._say(word, event.detail, event.x_root, event.y_root)
            elif event.type == MOTION:
                self._say("move", event.x_root, event.y_root)
            elif event.type == MAP:
                self.lib.XSetInputFocus(self.display, self.window, REVERT_TO_PARENT, CURRENT_TIME)
                self._say("ready", *self.size)


def main():
    lib = load()
    display = lib.XOpenDisplay(None)
    if not display:
        sys.exit("probe: no display")
    with open(sys.argv[1], "a") as output:
        Probe(lib, display, output).run()


if __name__ == "__main__":
    main()
