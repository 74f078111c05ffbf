// element.js - makes DOM elements without markup in strings.

/** @typedef {Node | string | null | undefined} Child */
/** @typedef {Record<string, string | boolean | ((event: Event) => void) | undefined>} Props */

/**
 * element("button", { class: "button", type: "button", onclick: take }, "Take")
 * A function under "on..." is a listener, true an empty attribute, false and undefined none.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Props} [props]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(tag, props = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(props)) {
        if (typeof value === "function") {
            node.addEventListener(name.slice(2), value);
        } else if (typeof value === "string") {
            node.setAttribute(name, value);
        } else if (value === true) {
            node.setAttribute(name, "");
        }
    }
    node.append(...present(children));
    return node;
}

/**
 * Puts these children in place of all others.
 * @param {Element} node
 * @param {...Child} children
 */
export function fill(node, ...children) {
    node.replaceChildren(...present(children));
}

/**
 * Sets the text only if it differs, so that screen readers and layout are left alone otherwise.
 * @param {Element} node
 * @param {string} text
 */
export function setText(node, text) {
    if (node.textContent !== text) {
        node.textContent = text;
    }
}

/**
 * @param {Child[]} children
 * @returns {(Node | string)[]}
 */
function present(children) {
    /** @type {(Node | string)[]} */
    const kept = [];
    for (const child of children) {
        if (child !== null && child !== undefined && child !== "") {
            kept.push(child);
        }
    }
    return kept;
}
