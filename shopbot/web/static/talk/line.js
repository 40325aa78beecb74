// A socket that comes back by itself. It tells frames and its own state; what was missed, the server
// tells after each `hello`, which names the last seq that is here.

const PING_MS = 25_000;
const SILENT_MS = 60_000; // without any frame for so long, the line is dead
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 15_000;
const NO_MORE = new Set([4401, 4403, 4404]); // coming back would end the same

// `hello` gives the first frame (anew each time), `heard` takes each frame, `changed` the state:
// "connecting", "open", "waiting" (comes back by itself) or "refused" with the close code.
export function openLine({ path, hello, heard, changed }) {
  let socket = null;
  let tries = 0;
  let ended = false;
  let lastHeard = 0;
  let pinging = 0;
  let returning = 0;

  async function connect() {
    clearTimeout(returning);
    if (ended || socket) return;
    changed("connecting");
    let first;
    try {
      first = await hello();
    } catch {
      return comeBack(0);
    }
    if (ended || socket || first === null) return;
    socket = new WebSocket(location.origin.replace(/^http/, "ws") + path);
    socket.onopen = () => socket?.send(JSON.stringify(first));
    socket.onmessage = hear;
    socket.onclose = (event) => comeBack(event.code);
  }

  function hear(event) {
    lastHeard = performance.now();
    const frame = JSON.parse(event.data);
    if (frame.type === "welcome") {
      tries = 0;
      clearInterval(pinging);
      pinging = setInterval(ping, PING_MS);
      changed("open");
    }
    if (frame.type !== "pong") heard(frame);
  }

  function ping() {
    if (performance.now() - lastHeard > SILENT_MS) return drop();
    send({ type: "ping" });
  }

  function drop() {
    const dead = socket;
    socket = null;
    if (dead) {
      dead.onclose = null;
      dead.close();
    }
    comeBack(0);
  }

  function comeBack(code) {
    socket = null;
    clearInterval(pinging);
    if (ended) return;
    if (NO_MORE.has(code)) return changed("refused", code);
    tries += 1;
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries);
    clearTimeout(returning);
    returning = setTimeout(connect, longest * (0.5 + Math.random() / 2));
    changed("waiting");
  }

  function send(frame) {
    if (socket?.readyState !== WebSocket.OPEN) return false;
    socket.send(JSON.stringify(frame));
    return true;
  }

  function end() {
    ended = true;
    clearInterval(pinging);
    clearTimeout(returning);
    socket?.close();
  }

  const soon = () => { tries = 0; connect(); };
  window.addEventListener("online", soon);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) soon(); });
  connect();
  return { send, end, again: soon };
}
