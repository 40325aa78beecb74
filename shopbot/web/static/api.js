// Calls to the server. Errors carry the server's `detail`. Who sits here is told by the session's cookie;
// unsafe calls also carry the page's own token, which other sites' pages cannot know.

export class ApiError extends Error {
  constructor(status, code, detail) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

let session = null; // as GET /api/v1/session tells it

// Returns who is signed in; a stranger is sent to the login page.
export async function whoAmI() {
  session = await ask("GET", "/api/v1/session");
  return session;
}

export async function signOut() {
  await call("/api/v1/session", undefined, "DELETE");
  location.assign("/login");
}

// With a body it is a POST, without one a GET, unless a method is named.
export async function call(path, body, method = body === undefined ? "GET" : "POST") {
  if (method !== "GET" && session === null) await whoAmI();
  try {
    return await ask(method, path, body);
  } catch (error) {
    if (error.code !== "auth.csrf") throw error;
    await whoAmI(); // signed in anew in another tab
    return ask(method, path, body);
  }
}

async function ask(method, path, body) {
  const headers = method === "GET" ? {} : { "X-Shopbot-Csrf": session?.csrf ?? "" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, {
      method, headers, body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new ApiError(0, "network", "");
  }
  const answer = await response.json().catch(() => ({}));
  if (response.status === 401) location.assign(`/login?next=${encodeURIComponent(location.pathname)}`);
  if (answer.error !== undefined) {
    throw new ApiError(response.status, answer.error, answer.message ?? answer.detail);
  }
  return answer;
}

// Gives an attachment (`media/…`) as a data: address, which the page's policy allows for pictures.
export async function fetchPicture(attachment) {
  const path = attachment.split("/").map(encodeURIComponent).join("/");
  const response = await fetch(`/api/v1/${path}`);
  if (!response.ok) throw new ApiError(response.status, "picture", "");
  const picture = await response.blob();
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(picture);
  });
}
