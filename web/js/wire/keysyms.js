// keysyms.js - from a KeyboardEvent to an X keysym: printable keys by their character, the others
// by name and side.

/** Names of KeyboardEvent.key: one keysym, or [left, right]. */
/** @type {Record<string, number | [number, number]>} */
const NAMED = {
    Backspace: 0xff08, Tab: 0xff09, Enter: [0xff0d, 0xff0d], Pause: 0xff13, ScrollLock: 0xff14,
    Escape: 0xff1b, Delete: 0xffff, Home: 0xff50, ArrowLeft: 0xff51, ArrowUp: 0xff52,
    ArrowRight: 0xff53, ArrowDown: 0xff54, PageUp: 0xff55, PageDown: 0xff56, End: 0xff57,
    Clear: 0xff0b, Select: 0xff60, PrintScreen: 0xff61, Execute: 0xff62, Insert: 0xff63,
    Undo: 0xff65, Redo: 0xff66, ContextMenu: 0xff67, Find: 0xff68, Cancel: 0xff69, Help: 0xff6a,
    NumLock: 0xff7f, CapsLock: 0xffe5,
    Shift: [0xffe1, 0xffe2], Control: [0xffe3, 0xffe4], Meta: [0xffeb, 0xffec],
    OS: [0xffeb, 0xffec], Super: [0xffeb, 0xffec], Hyper: [0xffed, 0xffee], Alt: [0xffe9, 0xffea],
    AltGraph: 0xfe03, ModeChange: 0xff7e,
    Convert: 0xff23, NonConvert: 0xff22, KanaMode: 0xff2d, KanjiMode: 0xff21, Romaji: 0xff24,
    Hiragana: 0xff25, Katakana: 0xff26, HiraganaKatakana: 0xff27, Zenkaku: 0xff28,
    Hankaku: 0xff29, ZenkakuHankaku: 0xff2a, Eisu: 0xff30, HangulMode: 0xff31, HanjaMode: 0xff34,
    AudioVolumeDown: 0x1008ff11, AudioVolumeMute: 0x1008ff12, AudioVolumeUp: 0x1008ff13,
    MediaPlayPause: 0x1008ff14, MediaStop: 0x1008ff15, MediaTrackPrevious: 0x1008ff16,
    MediaTrackNext: 0x1008ff17, BrowserBack: 0x1008ff26, BrowserForward: 0x1008ff27,
    BrowserRefresh: 0x1008ff29, BrowserStop: 0x1008ff28, BrowserSearch: 0x1008ff1b,
    BrowserHome: 0x1008ff18, BrowserFavorites: 0x1008ff30, LaunchMail: 0x1008ff19,
    LaunchApplication1: 0x1008ff33, LaunchApplication2: 0x1008ff1d, Copy: 0x1008ff57,
    Cut: 0x1008ff58, Paste: 0x1008ff6d, Open: 0x1008ff6b, Save: 0x1008ff77,
};

/** The number block: by name, and by character for what is printable. */
/** @type {Record<string, number>} */
const NUMPAD = {
    Enter: 0xff8d, Home: 0xff95, ArrowLeft: 0xff96, ArrowUp: 0xff97, ArrowRight: 0xff98,
    ArrowDown: 0xff99, PageUp: 0xff9a, PageDown: 0xff9b, End: 0xff9c, Clear: 0xff9d,
    Insert: 0xff9e, Delete: 0xff9f, "*": 0xffaa, "+": 0xffab, ",": 0xffac, "-": 0xffad,
    ".": 0xffae, "/": 0xffaf, "=": 0xffbd,
};

/** Names whose key produces nothing yet: an input method or a dead key composes. */
const COMPOSING = new Set(["Dead", "Process", "Unidentified", "Compose", ""]);

const NUMPAD_LOCATION = 3;
const RIGHT_LOCATION = 2;

/**
 * The keysym of one character; 0: no key has it.
 * @param {string} character
 */
export function characterKeysym(character) {
    const point = character.codePointAt(0) ?? 0;
    if (point === 0x0a || point === 0x0d) {
        return 0xff0d;
    }
    if (point === 0x09 || point === 0x08) {
        return 0xff00 + point;
    }
    if ((point >= 0x20 && point <= 0x7e) || (point >= 0xa0 && point <= 0xff)) {
        return point;
    }
    const isNone = point < 0xa0 || (point >= 0xd800 && point <= 0xdfff); // control, half a character
    return isNone ? 0 : 0x01000000 + point;
}

/**
 * With Ctrl, Alt or Cmd a shortcut is meant: on a layout without Latin letters the letter that is
 * printed on the key, which is what programs bind; and Caps Lock does not stand for Shift.
 * @param {KeyLike} event
 * @param {boolean} isMac there Alt is Option, which chooses characters
 */
function shortcutCharacter(event, isMac) {
    if (!event.ctrlKey && !event.metaKey && (isMac || !event.altKey)) {
        return event.key;
    }
    const letter = /^Key([A-Z])$/.exec(event.code);
    const character = letter && event.key >= "\u0250" ? letter[1] : event.key;
    return event.shiftKey ? character : character.toLowerCase();
}

/**
 * @typedef {object} KeyLike
 * @property {string} key
 * @property {string} code
 * @property {number} location
 * @property {boolean} ctrlKey
 * @property {boolean} altKey
 * @property {boolean} metaKey
 * @property {boolean} shiftKey
 */

/**
 * The keysym of a key, 0: none (it composes, or is unknown).
 * @param {KeyLike} event
 * @param {boolean} isMac
 */
export function eventKeysym(event, isMac) {
    const { key, location } = event;
    if (COMPOSING.has(key)) {
        return 0;
    }
    if (location === NUMPAD_LOCATION) {
        const keysym = NUMPAD[key] ?? (/^[0-9]$/.test(key) ? 0xffb0 + Number(key) : 0);
        if (keysym) {
            return keysym;
        }
    }
    if (isMac && (key === "Meta" || key === "Alt")) {
        return macKeysym(key, location);
    }
    const functionKey = /^F([1-9]|[12][0-9]|3[0-5])$/.exec(key);
    if (functionKey) {
        return 0xffbd + Number(functionKey[1]);
    }
    const named = NAMED[key];
    if (named !== undefined) {
        return typeof named === "number" ? named : named[location === RIGHT_LOCATION ? 1 : 0];
    }
    // A name that is not in the table is longer than one character.
    return [...key].length === 1 ? characterKeysym(shortcutCharacter(event, isMac)) : 0;
}

/**
 * A Mac's Command does what Ctrl does elsewhere (copy, paste); Option chooses characters, as
 * AltGr does.
 * @param {string} key
 * @param {number} location
 */
function macKeysym(key, location) {
    if (key === "Alt") {
        return 0xfe03;
    }
    return location === RIGHT_LOCATION ? 0xffe4 : 0xffe3;
}
