// Pictures of the knowledge: fetched with the caller's headers, shown as data: addresses. What was
// uploaded in a talk has a short-lived address in its event; when that is over, the event is asked again.

import { CallError } from "./http.js";

export function pictureFetcher(headers) {
  return async function fetchPicture(attachment) {
    const path = attachment.split("/").map(encodeURIComponent).join("/");
    const response = await fetch(`/api/v1/${path}`, { headers: headers() });
    if (!response.ok) throw new CallError(response.status, "picture", "", 0);
    return asDataAddress(await response.blob());
  };
}

// Makes `fresh(conversation, event)`: the address of what was uploaded, as it holds now.
export function freshAddress(call) {
  return async function fresh(conversation, event) {
    const path = `/api/v1/conversations/${conversation}/events?after=${event.seq - 1}&limit=1`;
    const { events } = await call("GET", path);
    const { address } = events[0]?.seq === event.seq ? events[0].body : {};
    if (!address) throw new CallError(404, "picture", "", 0);
    event.body.address = address;
    return address;
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
