// login.js - the card with name and password.
// Events:
//   join { username, password }

import { element, fill, setText } from "../lib/element.js";
import { emit } from "../lib/emitter.js";
import { icon, mark } from "../lib/icon.js";
import { text } from "../lib/texts.js";
import { avatar } from "./person.js";

/** Of the ornament behind the card. */
const BENDS = 6;

/** Characters of a name that the server takes; a field counts those of emoji twice or more. */
const NAME_MAX = 64;

/** @typedef {"name" | "password" | "form"} Place */

export class Login extends EventTarget {
    #name = input("name", "text", "username");
    #password = input("password", "password", "current-password");
    #avatar = element("span", { class: "field-end" });
    #error = element("p", { class: "login-error", role: "alert", id: "login-error" });
    #join = element("button", { class: "button button-primary button-wide", type: "submit" });
    #form;
    /** The element to show. */
    root;

    constructor() {
        super();
        this.#form = this.#makeForm();
        const bends = Array.from({ length: BENDS }, () => element("i", { class: "login-bend" }));
        this.root = element("div", { class: "login" },
            element("div", { class: "login-bends", "aria-hidden": "true" }, ...bends), this.#form);
        this.#name.addEventListener("input", () => this.#showAvatar());
        this.setBusy(false);
    }

    get username() {
        return this.#name.value.trim();
    }

    /**
     * Are these what the fields say? Else somebody is typing something new.
     * @param {{ username: string, password: string }} credentials
     */
    shows(credentials) {
        return this.username === credentials.username
            && this.#password.value === credentials.password;
    }

    /** @param {string} name */
    setName(name) {
        this.#name.value = name;
        this.#showAvatar();
    }

    /** @param {boolean} isBusy */
    setBusy(isBusy) {
        this.#join.disabled = isBusy;
        setText(this.#join, text(isBusy ? "login.joining" : "login.join"));
    }

    /**
     * Says what went wrong at the field that it concerns; "" clears.
     * @param {string} message
     * @param {Place} [place]
     */
    setError(message, place = "form") {
        setText(this.#error, message);
        const wrong = message ? place : "form";
        this.#name.setAttribute("aria-invalid", String(wrong === "name"));
        this.#password.setAttribute("aria-invalid", String(wrong === "password"));
        if (message && place === "password") {
            this.retype();
        }
    }

    /** @param {Place} [place] */
    focus(place = "form") {
        (place === "name" || !this.#name.value ? this.#name : this.#password).focus();
    }

    /** What is typed next replaces the password. */
    retype() {
        this.#password.focus();
        this.#password.select();
    }

    clearPassword() {
        this.#password.value = "";
    }

    #makeForm() {
        const reveal = element("button", {
            class: "icon-button field-end", type: "button", "aria-label": text("login.show"),
            "aria-pressed": "false",
        }, icon("eye"));
        reveal.addEventListener("click", () => {
            const isShown = this.#password.type === "text";
            this.#password.type = isShown ? "password" : "text";
            reveal.setAttribute("aria-pressed", String(!isShown));
        });
        const form = element("form", { class: "card login-card", novalidate: true },
            element("div", { class: "brand" }, mark(), element("span", {}, "Hairpin")),
            element("h1", { class: "title" }, text("login.join")),
            element("p", { class: "lead" }, text("login.lead")),
            field("name", this.#name, this.#avatar),
            field("password", this.#password, reveal),
            this.#error,
            this.#join);
        form.addEventListener("submit", (event) => {
            event.preventDefault();
            this.#submit();
        });
        return form;
    }

    #submit() {
        const size = [...this.username].length;
        if (size === 0 || size > NAME_MAX) {
            this.setError(text(size === 0 ? "login.noName" : "login.longName", { n: NAME_MAX }), "name");
            this.#name.focus();
            return;
        }
        this.setError("");
        emit(this, "join", { username: this.username, password: this.#password.value });
    }

    #showAvatar() {
        fill(this.#avatar, this.username ? avatar(this.username, 1) : null);
    }
}

/**
 * @param {string} name
 * @param {string} type
 * @param {string} autocomplete
 */
function input(name, type, autocomplete) {
    return element("input", {
        class: "input", id: `login-${name}`, name, type, autocomplete, spellcheck: "false",
        autocapitalize: "off", maxlength: "128", dir: "auto", "aria-describedby": "login-error",
    });
}

/**
 * @param {string} name
 * @param {HTMLInputElement} control
 * @param {HTMLElement} end
 */
function field(name, control, end) {
    return element("div", { class: "field" },
        element("label", { for: `login-${name}` }, text(`login.${name}`)),
        element("div", { class: "field-box" }, control, end));
}
