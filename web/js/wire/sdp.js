// sdp.js - the one thing that is changed in our own answer.

/**
 * Opus: browsers decode to mono unless the answer asks for stereo.
 * @param {string} sdp
 */
export function askForStereo(sdp) {
    const opus = /^a=rtpmap:(\d+) opus\/48000\/2\s*$/im.exec(sdp);
    if (!opus) {
        return sdp;
    }
    const line = new RegExp(`^(a=fmtp:${opus[1]} )(.*)$`, "m");
    return sdp.replace(line, (whole, start, parameters) =>
        /(^|;)\s*stereo=/.test(parameters) ? whole : `${start}stereo=1;${parameters}`);
}
