// Keeps a log at its end when it shrinks (a phone's keyboard opens, the box grows), if it was there before.

export function stickToEnd(log, nearPx) {
  let atEnd = true;
  let height = log.clientHeight;
  log.addEventListener("scroll", () => {
    if (log.clientHeight !== height) return; // shrunk already: this tells nothing of where it was read
    atEnd = log.scrollHeight - log.scrollTop - height < nearPx;
  });
  new ResizeObserver(() => {
    height = log.clientHeight;
    if (atEnd) log.scrollTop = log.scrollHeight;
  }).observe(log);
}
