// Swaps only the rows that changed, so that pictures do not flicker, selections stay and a screen
// reader hears what is new and nothing else.

export function patch(place, rows) {
  const wanted = rows.flat(Infinity).filter((row) => row instanceof Node);
  wanted.forEach((row, at) => {
    const old = place.children[at];
    if (old && isSame(old, row)) return;
    const later = old && row.id && [...place.children].slice(at + 1).find((one) => one.id === row.id);
    if (later && isSame(later, row)) {
      while (place.children[at] !== later) place.children[at].remove();
    } else if (old && old.id === row.id) old.replaceWith(row);
    else place.insertBefore(row, old ?? null);
  });
  while (place.children.length > wanted.length) place.lastElementChild.remove();
}

function isSame(old, row) {
  if (old.id !== row.id) return false;
  if (old.dataset.seen !== undefined || row.dataset.seen !== undefined) return old.dataset.seen === row.dataset.seen;
  return old.isEqualNode(row);
}
