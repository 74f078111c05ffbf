// icon.js - line icons on a grid of 24, stroke 1.75, round ends.

const SVG = "http://www.w3.org/2000/svg";

/** @type {Record<string, string[]>} */
const PATHS = {
    pointer: ["M5 4l6.2 15.2 2.2-6.3 6.3-2.2z"],
    hand: [
        "M8 13V6.5a1.5 1.5 0 0 1 3 0V11m0-1V4.5a1.5 1.5 0 0 1 3 0V11m0-.5v-4a1.5 1.5 0 0 1 3 0V14"
            + "a7 7 0 0 1-7 7c-2.6 0-4-1.2-5.4-3.4l-2.3-3.8a1.5 1.5 0 0 1 2.6-1.5L8 14",
    ],
    arrow: ["M5 12h14M13 6l6 6-6 6"],
    close: ["M6 6l12 12M18 6L6 18"],
    lock: ["M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3"],
    eye: ["M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z",
        "M12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z"],
    sound: ["M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9a4 4 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11"],
    mute: ["M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM16 9.5l5 5M21 9.5l-5 5"],
    full: ["M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5"],
    keyboard: ["M3 6.5h18v11H3zM7 10h.01M10.3 10h.01M13.7 10h.01M17 10h.01M8 14h8"],
    people: ["M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 19.5a6.5 6.5 0 0 1 13 0",
        "M15.5 4.8a3.5 3.5 0 0 1 0 6.4M18 14.2a6.5 6.5 0 0 1 3.5 5.3"],
    leave: ["M10 4H5v16h5M14 8l4 4-4 4M18 12H9"],
    check: ["M5 12.5l4.5 4.5L19 7.5"],
};

/**
 * @param {string} tag
 * @param {Record<string, string>} attributes
 */
function svg(tag, attributes) {
    const node = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) {
        node.setAttribute(name, value);
    }
    return node;
}

/**
 * An icon of the table, for the eye only.
 * @param {string} name
 */
export function icon(name) {
    const node = svg("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" });
    for (const d of PATHS[name] ?? []) {
        node.append(svg("path", { d }));
    }
    return node;
}

/** The mark: a hairpin bend and the point it leads to. */
export function mark() {
    const node = svg("svg", { viewBox: "0 0 24 24", class: "mark", "aria-hidden": "true" });
    node.append(
        svg("path", { d: "M5 22V9a5.5 5.5 0 0 1 11 0v6" }),
        svg("circle", { cx: "16", cy: "20", r: "2.2" }),
    );
    return node;
}

/**
 * Four bars, the first `count` of them full.
 * @param {number} count
 */
export function bars(count) {
    const node = svg("svg", { viewBox: "0 0 24 24", class: "bars", "aria-hidden": "true" });
    for (let index = 0; index < 4; index += 1) {
        const height = 5 + index * 4;
        node.append(
            svg("rect", {
                x: String(3 + index * 5),
                y: String(20 - height),
                width: "3.2",
                height: String(height),
                rx: "1",
                class: index < count ? "bar bar-full" : "bar",
            }),
        );
    }
    return node;
}
