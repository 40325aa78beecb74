// What is known of one talk: its events by seq, without doubles and gaps, and both sides' marks.

export class History {
  constructor(id) {
    this.id = id;
    this.events = []; // by seq
    this.marks = { shopper: { delivered: 0, read: 0 }, staff: { delivered: 0, read: 0 } };
    this.recalled = new Set();
  }

  get last() {
    return this.events.at(-1)?.seq ?? 0;
  }

  // Takes events that came once, twice or late; returns those that are new here.
  add(events) {
    const fresh = events.filter((event) => event.seq > this.last);
    for (const event of fresh) {
      this.events.push(event);
      if (event.kind === "recalled") this.recalled.add(event.body.message);
    }
    return fresh;
  }

  mark({ side, delivered, read }) {
    const known = this.marks[side];
    if (!known) return;
    known.delivered = Math.max(known.delivered, delivered);
    known.read = Math.max(known.read, read);
  }

  hasKey(key) {
    return this.events.some((event) => event.client_key === key);
  }

  // Messages of the other side that came after this side's read mark.
  unread(side) {
    const read = this.marks[side].read;
    return this.events.filter((event) => event.kind === "message" && event.seq > read
      && (event.author === "shopper") !== (side === "shopper")).length;
  }
}
