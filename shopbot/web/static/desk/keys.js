// The desk by keyboard. Digits and letters typed into a box, or picked in an input method, are its own.

// `does`: digit(number), box(), next(), step(by).
export function listenToKeys(does) {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey) return;
    if (document.querySelector("dialog[open]")) return;
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code);
    if (digit && (event.altKey || !typing)) {
      event.preventDefault();
      does.digit(Number(digit[1]));
    } else if (event.key === "Escape" && typing) {
      typing.blur();
    } else if (!typing && !event.altKey) {
      plainKey(event, does);
    }
  });
}

function plainKey(event, does) {
  const deed = {
    "/": does.box,
    ArrowDown: () => does.step(1),
    ArrowUp: () => does.step(-1),
  }[event.key] ?? (event.code === "KeyN" ? does.next : null);
  if (!deed) return;
  event.preventDefault();
  deed();
}
