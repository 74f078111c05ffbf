// sources.js - the page's own files, for checks over all of them.

import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "../../web");

/**
 * All files below a folder of web/ that end like this.
 * @param {string} [folder]
 * @param {string} [ending]
 * @returns {string[]}
 */
export function sources(folder = join(root, "js"), ending = ".js") {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) {
            return sources(path, ending);
        }
        return entry.name.endsWith(ending) ? [path] : [];
    });
}
