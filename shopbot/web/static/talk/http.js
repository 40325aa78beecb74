// Calls to the server with the headers of whoever sits here. Errors carry the server's code.

export class CallError extends Error {
  constructor(status, code, detail, waitS, told = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.waitS = waitS;
    this.told = told;
  }
}

// Makes `call(method, path, body, more)`; `headers()` is asked for each call, `more` are further ones.
// A Blob goes as it is.
export function caller(headers) {
  return async function call(method, path, body, more = {}) {
    const raw = body instanceof Blob;
    const sent = { ...headers(), ...more };
    if (raw) sent["Content-Type"] = body.type || "application/octet-stream";
    else if (body !== undefined) sent["Content-Type"] = "application/json";
    let response;
    try {
      response = await fetch(path, {
        method, headers: sent, body: body === undefined || raw ? body : JSON.stringify(body),
      });
    } catch {
      throw new CallError(0, "network", "", 0);
    }
    const answer = await response.json().catch(() => ({}));
    if (response.ok && answer.error === undefined) return answer;
    const waitS = Number(response.headers.get("Retry-After")) || 0;
    throw new CallError(response.status, answer.error ?? "unknown", answer.detail ?? "", waitS, answer);
  };
}

// A key that no other message has.
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return `m-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
