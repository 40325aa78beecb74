// A socket that comes back by itself. It tells frames and its own state; what was missed, the server
// tells after each `hello`, which names the last seq that is here. Where no socket can be had, HTTP
// stands in for it, and a socket is tried again now and then.

const PING_MS = 25_000;
const SILENT_MS = 60_000; // without any frame for so long, the line is dead
const OPEN_MS = 8_000; // a socket that takes longer to open is swallowed on its way
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 15_000;
const TRIES = 3; // sockets that did not open, one after another: then HTTP is asked
const ASK_MS = 3_000;
const ASK_HIDDEN_MS = 15_000;
const AGAIN_MS = 30_000; // until the next socket is tried while HTTP works
const NO_MORE = new Set([4401, 4403, 4404]); // coming back would end the same

// `hello` gives the first frame (anew each time), `heard` takes each frame, `changed` the state:
// "connecting", "open", "asking" (over HTTP), "waiting" (comes back by itself) or "refused" with the
// close code. `byHttp` is what poll.js makes.
export function openLine({ path, hello, heard, changed, byHttp }) {
  let socket = null;
  let tries = 0;
  let open = false; // the socket was welcomed
  let asking = false; // HTTP stands in for it
  let ended = false;
  let lastHeard = 0;
  const timers = { opening: 0, pinging: 0, returning: 0, looking: 0 };

  async function connect() {
    clearTimeout(timers.returning);
    if (ended || socket) return;
    if (!asking) changed("connecting");
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
    timers.opening = setTimeout(() => { tries = TRIES; drop(); }, OPEN_MS);
  }

  function hear(event) {
    lastHeard = performance.now();
    const frame = JSON.parse(event.data);
    if (frame.type === "welcome") welcomed();
    if (frame.type !== "pong") heard(frame);
  }

  function welcomed() {
    tries = 0;
    open = true;
    asking = false;
    clearTimeout(timers.opening);
    clearTimeout(timers.looking);
    clearInterval(timers.pinging);
    timers.pinging = setInterval(ping, PING_MS);
    changed("open");
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
    open = false;
    clearTimeout(timers.opening);
    clearInterval(timers.pinging);
    if (ended) return;
    if (NO_MORE.has(code)) return refused(code);
    tries += 1;
    returnIn(asking ? AGAIN_MS : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries));
    if (asking) return;
    if (tries < TRIES) changed("waiting");
    else look();
  }

  function returnIn(longest) {
    clearTimeout(timers.returning);
    timers.returning = setTimeout(connect, longest * (0.5 + Math.random() / 2));
  }

  function refused(code) {
    for (const timer of Object.values(timers)) clearTimeout(timer);
    asking = false;
    changed("refused", code);
  }

  // Asks over HTTP: if that works it stands in for the socket, else nobody is there.
  async function look() {
    clearTimeout(timers.looking);
    try {
      await byHttp.ask();
    } catch (error) {
      return lost(error);
    }
    if (ended || open) return;
    clearTimeout(timers.looking); // of a look at the same time
    timers.looking = setTimeout(look, document.hidden ? ASK_HIDDEN_MS : ASK_MS);
    if (asking) return;
    asking = true;
    changed("asking");
  }

  function lost(error) {
    if (ended || open) return;
    const code = 4000 + (error.status ?? 0);
    if (NO_MORE.has(code)) return refused(code);
    asking = false;
    returnIn(LONGEST_WAIT_MS);
    changed("waiting");
  }

  function send(frame) {
    if (asking) return byHttp.carry(frame, soon);
    if (socket?.readyState !== WebSocket.OPEN) return false;
    socket.send(JSON.stringify(frame));
    return true;
  }

  function soon() {
    if (asking) look();
  }

  function end() {
    ended = true;
    for (const timer of Object.values(timers)) clearTimeout(timer);
    socket?.close();
  }

  function again() {
    soon();
    if (!asking) tries = 0;
    connect();
  }

  window.addEventListener("online", again);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) again(); });
  connect();
  return { send, end, again };
}
