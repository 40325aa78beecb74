// The words of a page, from the server's message file.

let texts = {};

export async function loadTexts(path) {
  const response = await fetch(path);
  texts = await response.json();
}

export function text(key, values = {}) {
  const template = texts[key];
  if (template === undefined) return key;
  return template.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

export function hasText(key) {
  return texts[key] !== undefined;
}

// What went wrong, as a person may read it.
export function errorText(error) {
  const key = `talk.error.${error.code}`;
  if (hasText(key)) return text(key, { seconds: error.waitS || 1 });
  return text(error.status === 0 ? "talk.error.network" : "talk.error.other");
}

// The server's clock: the one here may be wrong.
let aheadMs = 0;

export function setServerTime(now) {
  aheadMs = Date.parse(now) - Date.now();
}

export function serverNow() {
  return Date.now() + aheadMs;
}

const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };

// 14:05 today, 11-21 14:05 before.
export function timeText(at, now = new Date(serverNow())) {
  const moment = new Date(at);
  const clock = moment.toLocaleTimeString("zh-CN", CLOCK);
  if (moment.toDateString() === now.toDateString()) return clock;
  const day = moment.toLocaleDateString("zh-CN", { month: "2-digit", day: "2-digit" });
  return `${day.replaceAll("/", "-")} ${clock}`;
}

// How long somebody waits: 45 秒, 12 分钟, 3 小时.
export function spanText(seconds) {
  if (seconds < 60) return text("talk.span.seconds", { count: Math.max(0, Math.round(seconds)) });
  if (seconds < 3600) return text("talk.span.minutes", { count: Math.floor(seconds / 60) });
  return text("talk.span.hours", { count: Math.floor(seconds / 3600) });
}
