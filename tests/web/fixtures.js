// fixtures.js - messages of a server, for tests.

/**
 * @param {string} id
 * @param {string} name
 * @param {{ isConnected?: boolean, isAdmin?: boolean, canHost?: boolean }} [rest]
 */
export function person(id, name, { isConnected = true, isAdmin = false, canHost = true } = {}) {
    return {
        id,
        profile: { name, is_admin: isAdmin, can_host: canHost, can_watch: true },
        state: { is_connected: isConnected, is_watching: isConnected },
    };
}

/** @param {{ host?: string, isAdmin?: boolean, canHost?: boolean }} [options] */
export function init({ host = "", isAdmin = false, canHost = true } = {}) {
    return {
        session_id: "me",
        control_host: host ? { id: "", has_host: true, host_id: host } : { id: "", has_host: false },
        screen_size: { width: 1920, height: 1080, rate: 60 },
        sessions: { me: person("me", "Me", { isAdmin, canHost }), ann: person("ann", "Ann") },
        settings: { heartbeat_interval: 10 },
    };
}
