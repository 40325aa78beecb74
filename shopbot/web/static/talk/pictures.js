// Pictures of the knowledge: fetched with the caller's headers, shown as data: addresses. What was
// uploaded in a talk needs none of this: its event carries a short-lived address.

import { CallError } from "./http.js";

export function pictureFetcher(headers) {
  return async function fetchPicture(attachment) {
    const path = attachment.split("/").map(encodeURIComponent).join("/");
    const response = await fetch(`/api/v1/${path}`, { headers: headers() });
    if (!response.ok) throw new CallError(response.status, "picture", "", 0);
    return asDataAddress(await response.blob());
  };
}

function asDataAddress(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
