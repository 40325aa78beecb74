// Above the talk: whose it is, what can be done with it, what went wrong. And the hint below its box.

import { h } from "../dom.js";
import { text } from "../talk/texts.js";

export function headView(talk, me, tools) {
  return [
    button("back", "←", tools.back, { class: "only-phone", "aria-label": text("desk.back") }),
    h("div", { class: "who" }, h("h2", {}, talk.shopper ?? talk.visitor), h("p", { class: "status" },
      holderText(talk, me), talk.product ? ` · ${talk.product}` : "", " · ", text(`talk.mode.${talk.mode}`))),
    button("to-help", text("desk.tab.help"), tools.toHelp, { class: "only-phone" }),
    h("div", { class: "deeds" }, starButton(talk, tools), deeds(talk, me, tools)),
  ];
}

function button(id, words, action, extra = {}) {
  return h("button", { type: "button", id, onclick: action, ...extra }, words);
}

function deeds(talk, me, tools) {
  const act = (what) => () => tools.act(talk.id, what);
  if (talk.state === "closed") return button("reopen", text("desk.reopen"), act("reopen"));
  const mine = talk.holder === "agent" && talk.agent === me.id;
  return [
    mine ? button("hand-back", text("desk.hand-back"), act("hand-back")) : button("take", text("desk.take"), act("take"), { class: "primary" }),
    button("close", text("desk.close"), act("close")),
  ];
}

function starButton(talk, tools) {
  const on = Boolean(talk.important);
  return button("star", `${on ? "★" : "☆"} ${text("desk.important")}`, tools.star,
    { class: "important", "aria-pressed": String(on), title: text("desk.important-hint") });
}

function holderText(talk, me) {
  if (talk.state === "closed") return text("talk.line.closed");
  if (talk.holder === "bot") return text("desk.with-bot");
  if (talk.holder === "queue") return text("desk.queue");
  return talk.agent === me.id ? text("desk.mine") : text("desk.others");
}

export function hintText(talk) {
  if (!talk) return "";
  return talk.holder === "bot" ? text("desk.box-bot") : text("desk.box-hint");
}

// `state`: the page's; `dismiss`: what "知道了" does.
export function noticeView(state, dismiss) {
  if (state.error) {
    return h("p", { class: "bad" }, state.error, " ",
      state.line === "refused" ? h("a", { href: "/login" }, text("desk.login-link")) : null,
      state.anyway ? button("anyway", text("desk.blocked-anyway"), state.anyway, { class: "plain" }) : null,
      button("dismiss", text("talk.dismiss"), dismiss, { class: "plain" }));
  }
  if (state.line === "waiting") return h("p", { class: "warn" }, text("desk.offline"));
  if (state.told) return h("p", { class: "mild" }, state.told);
  if (state.line === "asking") return h("p", { class: "mild" }, text("desk.asking"));
  return null;
}
