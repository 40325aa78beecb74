// The talk where no socket can be had (a proxy blocks them): asked for every few seconds, by seq, over
// HTTP. What is said goes under the same key as on a socket, so that nothing is said twice.

import { setServerTime } from "./texts.js";

// `talks()` gives {id: last seq here}, `heard` takes the same frames as from a socket, `also()` is done
// before each look. The result is what `openLine` takes as `byHttp`.
export function talksByHttp({ call, talks, heard, also = async () => {} }) {
  const path = (id, what) => `/api/v1/conversations/${id}/${what}`;

  async function ask() {
    await also();
    for (const [id, last] of Object.entries(talks())) await catchUp(id, last);
  }

  async function catchUp(conversation, last) {
    for (let after = last, more = true; more;) {
      const told = await call("GET", path(conversation, `events?after=${after}`));
      setServerTime(told.now);
      if (told.events.length) heard({ type: "events", conversation, events: told.events });
      for (const mark of told.marks) heard({ type: "mark", conversation, ...mark });
      after = told.events.at(-1)?.seq ?? after;
      more = told.more;
    }
  }

  // Does what a frame asks and looks again `soon`; false for what HTTP has no way for (typing).
  function carry(frame, soon) {
    const deed = DEEDS[frame.type];
    if (!deed) return false;
    const conversation = frame.conversation ?? Object.keys(talks())[0];
    deed(conversation, frame).then(soon, (error) => {
      const type = error.status === 0 ? "lost" : "error";
      heard({ ...error.told, type, to: frame.type, conversation, client_key: frame.client_key, code: error.code, wait_s: error.waitS });
    });
    return true;
  }

  const DEEDS = {
    watch: async () => {}, // a talk was opened: look at it now
    send: (id, frame) => call("POST", path(id, "messages"), { ...frame.message, client_key: frame.client_key }),
    recall: (id, frame) => call("POST", path(id, `messages/${frame.seq}/recall`)),
    mark: (id, frame) => call("POST", path(id, "marks"), { delivered: frame.delivered, read: frame.read }),
  };

  return { ask, carry };
}
