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

function keyHeader() {
  const key = sessionStorage.getItem(KEY);
  return key ? { Authorization: `Bearer ${key}` } : {};
}

export async function call(path, body) {
  const headers = keyHeader();
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

// Gives an attachment (`media/…`) as a data: address, which the page's policy allows for pictures.
export async function fetchPicture(attachment) {
  const path = attachment.split("/").map(encodeURIComponent).join("/");
  const response = await fetch(`/api/v1/${path}`, { headers: keyHeader() });
  if (!response.ok) throw new ApiError(response.status, "picture", "");
  const picture = await response.blob();
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(picture);
  });
}
