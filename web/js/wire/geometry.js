// geometry.js - where the picture stands and which pixel of the desktop lies under a pointer.

/** Outside the picture, but so near that the nearest pixel is meant. */
export const CLAMP_PX = 24;

/** @typedef {{ left: number, top: number, width: number, height: number }} Rect */
/** @typedef {{ width: number, height: number }} Size */
/** @typedef {{ x: number, y: number }} Point */

/**
 * The largest picture of the desktop's shape inside the box, centred, its edges on device pixels.
 * @param {Size} box CSS pixels
 * @param {Size} desktop pixels of the desktop
 * @param {number} dpr device pixels per CSS pixel
 * @returns {Rect}
 */
export function fitPicture(box, desktop, dpr) {
    const boxWidth = Math.max(1, Math.floor(box.width * dpr));
    const boxHeight = Math.max(1, Math.floor(box.height * dpr));
    const scale = Math.min(boxWidth / desktop.width, boxHeight / desktop.height);
    const width = Math.min(boxWidth, Math.max(1, Math.round(desktop.width * scale)));
    const height = Math.min(boxHeight, Math.max(1, Math.round(desktop.height * scale)));
    return {
        left: Math.floor((boxWidth - width) / 2) / dpr,
        top: Math.floor((boxHeight - height) / 2) / dpr,
        width: width / dpr,
        height: height / dpr,
    };
}

/**
 * One axis. A mouse reports the corner of the device pixel that it points at; where one device
 * pixel is smaller than one of the desktop, its middle is what tells them apart.
 * @param {number} position CSS pixels
 * @param {number} start of the picture
 * @param {number} length of the picture
 * @param {number} count pixels of the desktop
 * @param {number} dpr
 */
function pixelAt(position, start, length, count, dpr) {
    const scale = length / count;
    const isOnCorner = Math.abs(position * dpr - Math.round(position * dpr)) < 1e-6;
    const centred = isOnCorner && scale * dpr > 1 ? position + 0.5 / dpr : position;
    // The small term keeps an edge on its own side in spite of binary fractions.
    const pixel = Math.floor((centred - start) / scale + 1e-6);
    return Math.min(count - 1, Math.max(0, pixel));
}

/**
 * The pixel of the desktop under a point of the page, clamped to the desktop.
 * @param {Point} point CSS pixels
 * @param {Rect} picture CSS pixels, the same origin
 * @param {Size} desktop
 * @param {number} dpr
 * @returns {Point}
 */
export function toDesktop(point, picture, desktop, dpr) {
    return {
        x: pixelAt(point.x, picture.left, picture.width, desktop.width, dpr),
        y: pixelAt(point.y, picture.top, picture.height, desktop.height, dpr),
    };
}

/**
 * Where a pixel of the desktop stands inside the picture (its upper left corner).
 * @param {Point} pixel
 * @param {Size} picture
 * @param {Size} desktop
 * @returns {Point}
 */
export function toPicture(pixel, picture, desktop) {
    return {
        x: (pixel.x * picture.width) / desktop.width,
        y: (pixel.y * picture.height) / desktop.height,
    };
}

/**
 * How far a point lies outside the picture; 0 inside.
 * @param {Point} point
 * @param {Rect} picture
 */
export function distanceOutside(point, picture) {
    const dx = Math.max(picture.left - point.x, 0, point.x - (picture.left + picture.width));
    const dy = Math.max(picture.top - point.y, 0, point.y - (picture.top + picture.height));
    return Math.max(dx, dy);
}

/** Width of a rail, height of a dock below. */
const DOCK_PX = 72;

/** Of its width a phone held upright keeps at least this as height while its keyboard is open. */
const TYPING_SHARE = 0.6;

/** The side changes only when the other one gains this much. */
const SIDE_HYSTERESIS_PX = 40;

/**
 * What the largest picture leaves free below itself, and beside itself.
 * @param {Size} space
 * @param {Size} desktop
 */
function marginsOf(space, desktop) {
    return {
        below: space.height - (space.width * desktop.height) / desktop.width,
        beside: space.width - (space.height * desktop.width) / desktop.height,
    };
}

/**
 * Does the dock stand in the margin alone, and take nothing from the picture?
 * @param {Size} space
 * @param {Size} desktop
 * @param {string} dock by chooseDock
 */
export function hasDockMargin(space, desktop, dock) {
    const { below, beside } = marginsOf(space, desktop);
    return (dock === "bottom" && below >= DOCK_PX) || (dock === "rail" && beside >= DOCK_PX);
}

/**
 * Where the dock stands: in the margin that the picture leaves anyway.
 * @param {Size} space
 * @param {Size} desktop
 * @param {string} current
 * @returns {"bottom" | "rail" | "phone"}
 */
export function chooseDock(space, desktop, current) {
    // A phone held upright stays one when its keyboard takes the lower half.
    const least = current === "phone" ? TYPING_SHARE : 1;
    if (space.width < 600 && space.height >= space.width * least) {
        return "phone";
    }
    if (space.height < 480) {
        return "rail";
    }
    const { below, beside } = marginsOf(space, desktop);
    const gain = current === "rail" ? below - beside : beside - below;
    if (current === "rail") {
        return gain >= SIDE_HYSTERESIS_PX ? "bottom" : "rail";
    }
    return gain > (current === "bottom" ? SIDE_HYSTERESIS_PX : 0) ? "rail" : "bottom";
}
