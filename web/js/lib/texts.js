// texts.js - every sentence of the page, English and Chinese, and the choice between them.

/** @type {Record<string, [string, string]>} */
const TEXTS = {
    // Login
    "login.lead": [
        "Join with your name and the room's password.",
        "输入名字和房间密码即可加入。",
    ],
    "login.name": ["Your name", "你的名字"],
    "login.password": ["Password", "密码"],
    "login.show": ["Show the password", "显示密码"],
    "login.join": ["Join", "加入"],
    "login.joining": ["Joining…", "正在加入…"],
    "login.wrong": [
        "This password does not open the room. Check capitals and keyboard layout.",
        "密码不对，请检查大小写和输入法。",
    ],
    "login.connected": [
        "{n} is already inside. Choose another name.",
        "{n} 已在房间里，请换一个名字。",
    ],
    "login.nobody": [
        "Nobody can log in here: this server does not know its members yet. Ask who runs it.",
        "目前无人可以登录：此服务器尚不支持其成员设置。请联系管理员。",
    ],
    "login.tooMany": ["Too many tries. Try again in {t}.", "尝试次数过多，请在 {t} 后重试。"],
    "login.crowded": [
        "Very many log-ins come from your network. We let you in as soon as it is your turn…",
        "你所在的网络有大量登录请求，轮到你时会自动进入…",
    ],
    "login.locked": [
        "The room takes nobody in just now. Ask an admin.",
        "房间暂不接纳新成员，请联系管理员。",
    ],
    "login.full": [
        "The room is full. We let you in when someone leaves.",
        "房间已满，有人离开后会自动让你进入。",
    ],
    "login.noName": ["Choose a name.", "请输入名字。"],
    "login.longName": ["A name has at most {n} characters.", "名字最多 {n} 个字符。"],
    "login.badName": [
        "This name is too long, or has a character that cannot stand in a name. Choose another one.",
        "这个名字过长，或含有不能用于名字的字符，请换一个。",
    ],
    "login.refused": ["The server refuses this login.", "服务器拒绝了此次登录。"],
    "login.origin": [
        "The server does not know {a} as an address of its own. Its log tells the operator what to do.",
        "服务器不认识地址 {a}。管理员可在服务器日志中看到解决办法。",
    ],
    "login.kicked": ["An admin removed you from the room.", "管理员已将你移出房间。"],
    "login.restarted": ["The server was started again. Join again.", "服务器已重新启动，请重新加入。"],
    "login.forgotten": [
        "The server knows your login no more; it may have been started again. Join again.",
        "服务器已不认识你的登录，它可能重新启动过。请重新加入。",
    ],
    "login.over": ["Your login has ended. Join again.", "登录已失效，请重新加入。"],

    // Control
    "control.other": ["{n} has control", "{n} 正在控制"],
    "control.hostAway": ["{n} is away", "{n} 已离开"],
    "control.free": ["Nobody has control", "无人控制"],
    "control.asked": ["Asked {n}, waiting {t}", "已请求 {n}，等待 {t}"],
    "control.noAnswer": ["{n} did not answer", "{n} 没有回应"],
    "control.declined": ["{n} keeps control for now", "{n} 暂不交出控制"],
    "control.mine": ["You have control", "你正在控制"],
    "control.given": ["{n} gave you control", "{n} 把控制交给了你"],
    "control.first": ["Ctrl+\u200bAlt+\u200bShift brings you back here", "按 Ctrl+\u200bAlt+\u200bShift 可回到这里"],
    "control.firstMac": [
        "Control+Option+Shift brings you back",
        "按 Control+Option+Shift 可回到这里",
    ],
    "control.asks": ["{n} asks for control", "{n} 请求控制"],
    "control.asksMore": ["{n} asks for control, +{c}", "{n} 请求控制，另有 {c} 人"],
    "control.taken": ["{n} took control", "{n} 接管了控制"],
    "control.locked": ["Only admins can take control", "只有管理员可以控制"],
    "control.watching": ["You are watching", "你正在观看"],
    "control.ask": ["Ask", "请求控制"],
    "control.askAgain": ["Ask again", "再次请求"],
    "control.take": ["Take", "接管"],
    "control.takeFree": ["Take control", "开始控制"],
    "control.release": ["Release", "释放"],
    "control.cancel": ["Cancel", "取消"],
    "control.handOver": ["Hand over", "交出控制"],
    "control.notNow": ["Not now", "暂不"],
    "control.give": ["Give control", "交出控制"],
    "control.restarted": ["The server was started again", "服务器已重新启动"],
    "control.paused": ["Paused", "已暂停"],
    "control.away": ["Re\u00adconnecting", "正在重新连接"],
    "sound.held": ["Sound is off", "声音已关闭"],
    "sound.turnOn": ["Turn on sound", "打开声音"],

    // Clipboard
    "clip.copied": ["Copied on the desktop", "桌面上已复制"],
    "clip.copy": ["Copy", "复制到本机"],
    "clip.shut": ["Browser keeps its clipboard shut", "浏览器未开放剪贴板"],
    "clip.pasteHere": ["Paste here", "在此粘贴"],
    "clip.failed": ["Text did not reach the desktop", "文字未能送达桌面"],
    "clip.tooLarge": ["Text is too large to be copied", "文字过长，无法复制"],
    "clip.title": ["Clipboard", "剪贴板"],
    "clip.denied": [
        "The browser denies this page the clipboard; its settings for this page can allow it.",
        "浏览器不允许本页面使用剪贴板，可在浏览器的网站设置中允许。",
    ],
    "clip.plain": [
        "Browsers open their clipboard to pages by HTTPS only.",
        "浏览器只向 HTTPS 页面开放剪贴板。",
    ],
    "clip.lead": [
        "Paste text for the desktop into this field, or copy the desktop's text from it.",
        "将要发送到桌面的文字粘贴到这里，或从这里复制桌面的文字。",
    ],
    "clip.send": ["Paste on the desktop", "粘贴到桌面"],

    // A text that is typed
    "typing.running": ["Typing… {p} %", "正在输入… {p} %"],
    "typing.cut": ["Text is cut off after 64 KB", "文字超过 64 KB，其余部分已略去"],
    "typing.stopped": ["Typing ended, {p} % surely arrived", "输入中止，至少 {p} % 已送达"],

    // Dead picture
    "dead.connecting": ["Connecting", "正在连接"],
    "dead.other": ["Trying another way…", "正在尝试其他线路…"],
    "dead.stepServer": ["Server answers", "服务器已应答"],
    "dead.stepPath": ["Finding a path", "正在寻找线路"],
    "dead.stepPicture": ["Picture and sound", "画面和声音"],
    "dead.reconnecting": ["Reconnecting", "正在重新连接"],
    "dead.reconnectingWhy": [
        "Your network changed. Your place is kept for {t}; you need not do anything.",
        "网络发生了变化。你的位置会保留 {t}，无需操作。",
    ],
    "dead.brokenWhy": [
        "The connection broke off. Your place is kept for {t}; you need not do anything.",
        "连接中断。你的位置会保留 {t}，无需操作。",
    ],
    "dead.lateWhy": [
        "The connection broke off. You come back by yourself.",
        "连接中断。恢复后会自动重新加入。",
    ],
    "dead.ended": ["The server was stopped.", "服务器已停止。"],
    "dead.endedWhy": [
        "It may be starting again. Next try in {t}; you need not do anything.",
        "它可能正在重新启动。{t} 后自动重试，无需操作。",
    ],
    "dead.endedNow": [
        "It may be starting again. Trying now; you need not do anything.",
        "它可能正在重新启动。正在重试，无需操作。",
    ],
    "dead.restarted": ["The server was started again.", "服务器已重新启动。"],
    "dead.restartedWhy": ["You come back by yourself.", "你会自动重新加入。"],
    "dead.still": ["Still trying", "仍在尝试"],
    "dead.stillWhy": [
        "The server answers, but the picture finds no way.",
        "服务器有应答，但画面找不到线路。",
    ],
    "dead.noPathWhy": [
        "The server answers, but neither UDP nor TCP for the picture gets through. A firewall or a router may be in the way.",
        "服务器有应答，但画面的 UDP 和 TCP 都无法通过，可能被防火墙或路由器阻挡。",
    ],
    "dead.noRelayWhy": [
        "There is no direct way for the picture, and the relay refuses the server's password. Ask who runs the server.",
        "画面没有直连线路，而且中继拒绝了服务器的密码。请联系管理员。",
    ],
    "dead.noDtlsWhy": [
        "A way was found, but the encrypted connection could not be set up.",
        "找到了线路，但无法建立加密连接。",
    ],
    "dead.tryNow": ["Try now", "立即重试"],
    "dead.elsewhere": ["You opened this room in another window.", "你已在另一个窗口打开此房间。"],
    "dead.elsewhereWhy": ["This one is paused.", "此窗口已暂停。"],
    "dead.useHere": ["Use it here", "在这里继续"],
    "dead.gone": ["The server does not answer.", "服务器没有应答。"],
    "dead.goneWhy": [
        "Next try in {t}; you need not do anything.",
        "{t} 后自动重试，无需操作。",
    ],
    "dead.goneNow": ["Trying now; you need not do anything.", "正在重试，无需操作。"],
    "dead.blocked": [
        "The server answers, but its WebSocket does not come through.",
        "服务器有应答，但 WebSocket 无法连通。",
    ],
    "dead.blockedWhy": [
        "A reverse proxy in front of it has to pass WebSockets on. Next try in {t}.",
        "服务器前的反向代理必须转发 WebSocket。{t} 后自动重试。",
    ],
    "dead.blockedNow": [
        "A reverse proxy in front of it has to pass WebSockets on. Trying now.",
        "服务器前的反向代理必须转发 WebSocket。正在重试。",
    ],
    "dead.offline": ["This device has no network.", "此设备没有网络。"],
    "dead.offlineWhy": ["We go on when it is back.", "恢复后会自动继续。"],
    "dead.starting": ["The desktop is starting.", "桌面正在启动。"],
    "dead.startingWhy": ["A few seconds; it comes by itself.", "只需几秒，会自动显示。"],
    "dead.startingLong": [
        "It takes long. The server tries again by itself; the reason is in its log.",
        "耗时较长。服务器会自动重试，原因见服务器日志。",
    ],
    "dead.capture": ["The server cannot read its screen.", "服务器无法读取屏幕。"],
    "dead.captureWhy": [
        "It tries again by itself. The reason is in the server's log.",
        "服务器会自动重试，原因见服务器日志。",
    ],
    "dead.noWatch": ["You may not see this desktop.", "你没有观看权限。"],
    "dead.noWatchWhy": ["Ask an admin to let you watch.", "请联系管理员。"],
    "dead.private": ["An admin has hidden the desktop.", "管理员暂时隐藏了桌面。"],
    "dead.privateWhy": ["It comes back by itself.", "恢复后会自动显示。"],
    "dead.noWebRtc": [
        "This browser cannot show a live desktop.",
        "此浏览器无法显示实时桌面。",
    ],
    "dead.noWebRtcWhy": [
        "Use a current Firefox, Chrome, Edge or Safari, or allow WebRTC in its settings.",
        "请使用新版 Firefox、Chrome、Edge 或 Safari，或在设置中允许 WebRTC。",
    ],
    "dead.noCodec": [
        "This browser cannot decode what the server sends.",
        "此浏览器无法解码服务器发送的画面。",
    ],
    "dead.noCodecWhy": [
        "Use a current Chrome, Edge or Safari, or ask whoever runs the server to choose VP8.",
        "请使用新版 Chrome、Edge 或 Safari，或请服务器管理者改用 VP8。",
    ],
    "dead.noPort": [
        "The server has no port left for one more person.",
        "服务器已没有空闲的端口。",
    ],
    "dead.noPortWhy": [
        "Try again when someone has left. Whoever runs the server can widen webrtc.epr.",
        "请在有人离开后重试。服务器管理者可以扩大 webrtc.epr 的范围。",
    ],
    "dead.tryAgain": ["Try again", "重试"],

    // Connection
    "link.none": ["No signal", "无信号"],
    "link.waiting": ["Con\u00adnecting", "正在连接"],
    "link.direct": ["direct", "直连"],
    "link.relay": ["relay", "中继"],
    "link.tcp": ["TCP", "TCP"],
    "link.websocket": ["WebSocket", "WebSocket"],
    "link.good": ["Good connection", "连接良好"],
    "link.weak": ["Weak connection", "连接较弱"],
    "link.bad": ["Bad connection", "连接很差"],
    "link.lost": ["Con\u00adnection lost", "连接已断开"],
    "link.directWhy": [
        "Direct to the server, the shortest way there is.",
        "直接连到服务器，这是最短的线路。",
    ],
    "link.tcpWhy": ["By TCP, since UDP does not get through.", "UDP 无法通过，因此使用 TCP。"],
    "link.websocketWhy": [
        "Through the page's own connection, since no other way opens. A better one is taken as soon as it does.",
        "其他线路不通，经由页面自身的连接传输；有更好的线路时会自动切换。",
    ],
    "link.relayWhy": ["Through a relay on the way.", "经由中继服务器。"],
    "link.server": ["The server is not answering just now.", "服务器暂时没有应答。"],
    "link.roundTrip": ["Round trip", "往返时间"],
    "link.bitrate": ["Bitrate", "码率"],
    "link.frames": ["Frames", "帧率"],
    "link.picture": ["Picture", "画面"],
    "link.codec": ["Codec", "编码"],
    "link.path": ["Path", "线路"],
    "link.loss": ["Lost", "丢包"],
    "unit.ms": ["{v} ms", "{v} 毫秒"],
    "unit.s": ["{v} s", "{v} 秒"],

    // Dock and people
    "dock.name": ["Controls", "控制栏"],
    "dock.mute": ["Sound, on", "声音，已打开"],
    "dock.unmute": ["Sound, off", "声音，已关闭"],
    "dock.noSound": ["This desktop has no sound", "此桌面没有声音"],
    "dock.soundFailed": [
        "No sound now: the server cannot read the desktop's. It tries again by itself.",
        "暂无声音：服务器无法读取桌面的声音，会自动重试。",
    ],
    "dock.volume": ["Volume", "音量"],
    "dock.keys": ["Keyboard", "键盘"],
    "dock.full": ["Full screen", "全屏"],
    "dock.people": ["People, {c}", "成员，{c}"],
    "dock.leave": ["Log out", "退出登录"],
    "dock.show": ["Show the controls", "显示控制栏"],
    "people.title": ["People", "成员"],
    "people.you": ["You", "你"],
    "people.admin": ["admin", "管理员"],
    "people.inControl": ["in control", "控制中"],
    "people.giveTo": ["Give control to {n}", "交出控制给 {n}"],
    "people.close": ["Close", "关闭"],
    "people.joined": ["{n} joined", "{n} 加入了"],
    "people.joinedMore": ["{n} and {c} more joined", "{n} 和另外 {c} 人加入了"],
    "stage.name": ["Shared desktop, {who}", "共享桌面，{who}"],
    "stage.escape": [
        "Press the left Ctrl, the left Alt and Shift to leave the desktop.",
        "按左 Ctrl、左 Alt 和 Shift 离开桌面。",
    ],
    "stage.typing": ["Text for the desktop", "发送到桌面的文字"],
};

/**
 * 0 English, 1 Chinese.
 * @param {readonly string[]} wanted the browser's languages
 */
export function chooseLanguage(wanted) {
    const first = wanted.find((name) => /^(en|zh)\b/i.test(name)) ?? "en";
    return first.toLowerCase().startsWith("zh") ? 1 : 0;
}

const language = chooseLanguage(
    typeof navigator === "undefined" ? [] : navigator.languages ?? [navigator.language],
);

/** For <html lang>. */
export const languageTag = language === 1 ? "zh-CN" : "en";

export const textNames = Object.keys(TEXTS);

/**
 * The sentence as pieces; what was filled in is marked, so that a view can set names in bold.
 * @param {string} name
 * @param {Record<string, string | number>} [values]
 * @param {number} [which] language
 * @returns {{ text: string, value: string | null }[]}
 */
export function textPieces(name, values = {}, which = language) {
    const sentence = TEXTS[name];
    if (!sentence) {
        throw new Error(`no text ${name}`);
    }
    const pieces = [];
    for (const piece of sentence[which].split(/(\{\w+\})/)) {
        const key = /^\{(\w+)\}$/.exec(piece);
        if (key) {
            pieces.push({ text: String(values[key[1]] ?? ""), value: key[1] });
        } else if (piece) {
            pieces.push({ text: piece, value: null });
        }
    }
    return pieces;
}

/**
 * @param {string} name
 * @param {Record<string, string | number>} [values]
 * @param {number} [which] language
 */
export function text(name, values = {}, which = language) {
    return textPieces(name, values, which).map((piece) => piece.text).join("");
}

/**
 * "12 s", "1:05".
 * @param {number} ms
 */
export function duration(ms) {
    const seconds = Math.max(0, Math.ceil(ms / 1000));
    if (seconds < 60) {
        return text("unit.s", { v: seconds });
    }
    return clock(ms);
}

/**
 * "0:12", for a wait that counts up or down.
 * @param {number} ms
 */
export function clock(ms) {
    const seconds = Math.max(0, Math.ceil(ms / 1000));
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
