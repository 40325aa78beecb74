// Where a sent message came from, in a dialog.

import { h } from "../dom.js";
import { text, timeText } from "../talk/texts.js";

export function showReceipt(receipt, speaker) {
  const rows = receipt.sources.flatMap((source) => [
    ["desk.receipt.entry", source.entry],
    ["desk.receipt.version", source.version],
    ["desk.receipt.place", source.file ? `${source.file}:${source.line}` : ""],
    ["desk.receipt.phrasing", source.phrasing ?? source.matched?.phrasing],
    ["desk.receipt.probability", source.probability === undefined ? "" : `${Math.round(source.probability * 100)}%`],
  ]);
  const facts = [
    ...(rows.length ? rows : [["desk.receipt.entry", text("desk.receipt.hand")]]),
    ["desk.receipt.rule", receipt.rule],
    ["desk.receipt.reasons", receipt.reasons_told.join("；")],
    ["desk.receipt.order", Object.entries(receipt.order).map(([name, value]) => `${name} ${value}`).join("，")],
    ["desk.receipt.by", `${speaker} ${timeText(receipt.at)}${receipt.edited ? `（${text("desk.receipt.edited")}）` : ""}`],
    ["desk.receipt.software", receipt.software],
  ];
  const dialog = h("dialog", { class: "receipt", "aria-labelledby": "receipt-title", onclose: () => dialog.remove() },
    h("h2", { id: "receipt-title" }, text("desk.receipt")),
    h("dl", {}, facts.filter(([, value]) => value).map(([key, value]) => [h("dt", {}, text(key)), h("dd", {}, value)])),
    h("button", { type: "button", class: "primary", id: "receipt-close", onclick: () => dialog.close() }, text("desk.dialog-close")));
  document.body.append(dialog);
  dialog.showModal();
}
