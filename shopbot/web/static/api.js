// Calls to the server. Errors carry the server's `detail`; the key stays in this tab.

const KEY = "shopbot-key";

export class ApiError extends Error {
  constructor(status, code, detail) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

export function saveKey(key) {
  sessionStorage.setItem(KEY, key);
}

export async function call(path, body) {
  const headers = {};
  const key = sessionStorage.getItem(KEY);
  if (key) headers.Authorization = `Bearer ${key}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, {
      method: body === undefined ? "GET" : "POST",
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new ApiError(0, "network", "");
  }
  const answer = await response.json().catch(() => ({}));
  if (answer.error !== undefined) throw new ApiError(response.status, answer.error, answer.detail);
  return answer;
}
