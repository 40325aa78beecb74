// Messages on their way. Each keeps its key until the server has it, over reloads too, so that
// sending again never makes a second message.

const MOST_KEPT = 50;

export class Outbox {
  constructor(storage, name) {
    this.storage = storage;
    this.name = name;
    this.waiting = [];
    try {
      const kept = JSON.parse(storage.getItem(name) ?? "[]");
      if (Array.isArray(kept)) this.waiting = kept.filter((one) => one?.key && one?.message);
    } catch {
      storage.removeItem(name);
    }
  }

  put(one) {
    this.waiting.push(one);
    this.keep();
  }

  drop(key) {
    this.waiting = this.waiting.filter((one) => one.key !== key);
    this.keep();
  }

  fail(key, words) {
    const one = this.waiting.find((waiting) => waiting.key === key);
    if (one) one.failed = words;
    this.keep();
  }

  keep() {
    try {
      this.storage.setItem(this.name, JSON.stringify(this.waiting.slice(-MOST_KEPT)));
    } catch {
      // a browser without storage forgets on reload, no more
    }
  }
}
