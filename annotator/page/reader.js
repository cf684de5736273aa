// Mounts the reading view and keeps what the reader chose: filters, voice, thresholds, the sentence in focus, and the
// correction that is being made (`draft`), of which Python hears when it is saved.

const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

const mounted = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".reader");
  if (!mounted.has(root)) mounted.set(root, mount(root));
  const view = mounted.get(root);
  view.send = setTriggerValue;
  const content = JSON.stringify(data);
  // A change of theme, or of something else on the page, calls again with the same data.
  if (view.content === content) return;
  view.content = content;
  update(view, data);
}

function mount(root) {
  const state = { data: null, thresholds: {}, chosen: new Set(), writerOnly: false };
  const view = { state, text: emptyText(), map: drawMap(), details: drawDetails(), shown: null, kept: false, active: 0, draft: null };
  view.controls = element("div");
  root.replaceChildren(view.controls, element("div", { class: "columns" }, view.map.svg, view.text.article, view.details));
  listenToText(view);
  listenToMap(view);
  listenToDetails(view);
  return view;
}

/** Show other data: a text that has grown or was corrected, or another one. What the reader chose is kept. */
function update(view, data) {
  const { state, text } = view;
  const known = state.data && sameThresholds(state.data.thresholds, data.thresholds);
  if (!known) state.thresholds = { ...data.thresholds };
  state.data = data;
  view.names = new Map(data.labels.map((label) => [label.id, label]));
  if (!known) replaceControls(view);
  const before = text.records[view.active];
  const focused = before?.node.matches(":focus");
  layText(text, data.parts);
  const active = again(text.records, before);
  view.active = Math.max(0, text.records.indexOf(active));
  view.shown = again(text.records, view.shown);
  keepDraft(view);
  paint(view);
  if (focused && active) active.node.focus({ preventScroll: true });
  if (!view.shown) clearDetails(view.details);
  frameView(view.map, text.article);
}

/** A correction goes on if its sentence is still there as it was. */
function keepDraft(view) {
  if (!view.draft) return;
  view.draft.record.node.classList.remove("edited");
  const record = again(view.text.records, view.draft.record);
  const same = record && JSON.stringify(record.part) === JSON.stringify(view.draft.record.part);
  if (!same) view.draft = null;
  else {
    view.draft.record = record;
    record.node.classList.add("edited");
  }
}

function replaceControls(view) {
  const controls = drawControls(view.state, () => paint(view));
  view.controls.replaceWith(controls);
  view.controls = controls;
}

/** The record of the same words at the same place. */
function again(records, old) {
  const same = ({ start, node }) => start === old.start && node.textContent === old.node.textContent;
  return old && records.find(same);
}

function paint(view) {
  const { state, names, text, map, shown } = view;
  for (const record of text.records) paintSentence(record, state, names);
  paintMap(map, text, state);
  countInto(view.controls, text.records);
  if (text.records.length) setActive(view, view.active);
  if (shown) showDetails(view, shown);
}

// One sentence at a time can be reached with Tab; the keys move on from there.

function setActive(view, place) {
  const { records } = view.text;
  for (const [other, tab] of [[view.active, -1], [place, 0]]) {
    records[other].node.tabIndex = tab;
    nameSentence(records[other], view.names);
  }
  view.active = place;
}

function goTo(view, place, block = "nearest") {
  const { node } = view.text.records[place];
  node.focus({ preventScroll: true });
  node.scrollIntoView({ block });
}

/** The place of the next sentence after `from` that `wanted` takes, backwards with step -1; undefined if none. */
function findFrom(records, from, step, wanted) {
  for (let place = from + step; place >= 0 && place < records.length; place += step) {
    if (wanted(records[place])) return place;
  }
  return undefined;
}

/** Where a key leads to: undefined for a key that means nothing here. */
function target({ state, text: { records }, active }, event) {
  const { key, code, shiftKey } = event;
  const digit = state.data.labels[Number(code.replace(/^(Digit|Numpad)/, "")) - 1];
  if (digit) return findFrom(records, active, shiftKey ? -1 : 1, ({ now }) => now.label === digit.id);
  const marked = ({ now }) => now.label !== "plain" && sentenceShows(now, state);
  if (/^[np]$/i.test(key)) return findFrom(records, active, /n/i.test(key) ? 1 : -1, marked);
  if (key === "Home") return 0;
  if (key === "End") return records.length - 1;
  return key in STEPS && !shiftKey ? findFrom(records, active, STEPS[key], () => true) : undefined;
}

function listenToText(view) {
  const { article } = view.text;
  const placeOf = (event) => view.text.places.get(event.target.closest(".sentence"));
  article.addEventListener("pointerover", (event) => {
    if (placeOf(event) !== undefined && !view.kept) showDetails(view, view.text.records[placeOf(event)]);
  });
  article.addEventListener("focusin", (event) => {
    setActive(view, placeOf(event));
    view.kept = true;
    showDetails(view, view.text.records[view.active]);
  });
  article.addEventListener("keydown", (event) => pressed(view, event));
  for (const part of [article, view.details]) part.addEventListener("focusout", (event) => left(view, event));
}

/** Once the focus is elsewhere, pointing shows details again. */
function left(view, { relatedTarget }) {
  if (![view.text.article, view.details].some((part) => part.contains(relatedTarget))) view.kept = false;
}

function pressed(view, event) {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key === "Escape") return view.draft ? endDraft(view, null) : hideDetails(view);
  const place = target(view, event);
  if (place === undefined && event.key !== "Enter" && !(event.key in STEPS)) return;
  event.preventDefault();
  if (place !== undefined) return goTo(view, place);
  if (event.key !== "Enter") return;
  showDetails(view, view.text.records[view.active]);
  view.kept = true;
  view.details.focus();
}

// The details of a sentence that was pointed at stay until the next one; of one that was clicked or moved to (`kept`) the
// pointer can cross others on its way to them. A correction that is being made stays until it is saved or given up.

function showDetails(view, record) {
  if (view.draft) return;
  view.shown = record;
  const close = () => closeDetails(view);
  const acts = view.send ? { close, correct: () => startDraft(view), withdraw: () => withdraw(view) } : { close };
  fillDetails(view.details, record, view.state, view.names, acts);
}

function hideDetails(view) {
  view.shown = null;
  view.kept = false;
  clearDetails(view.details);
}

function closeDetails(view) {
  goTo(view, view.active);
  hideDetails(view);
}

function startDraft(view) {
  view.draft = draftOf(view.shown, view.state);
  view.shown.node.classList.add("edited");
  fillForm(view.details, view.draft, view.names, (draft) => endDraft(view, draft));
  view.details.querySelector("input").focus();
}

/** Send what was saved; null is given up. Either way the reader is back at the sentence. */
function endDraft(view, saved) {
  const { record } = view.draft;
  const place = view.text.places.get(record.node);
  record.node.classList.remove("edited");
  view.draft = null;
  if (saved) view.send("corrected", correctionOf(saved, place));
  goTo(view, place);
  showDetails(view, record);
}

function withdraw(view) {
  const place = view.text.places.get(view.shown.node);
  view.send("withdrawn", place);
  goTo(view, place);
}

function listenToDetails(view) {
  view.details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (view.draft) endDraft(view, null);
    else closeDetails(view);
  });
}

function listenToMap(view) {
  const { map, text } = view;
  map.svg.addEventListener("click", (event) => {
    const record = recordAt(map, text, event.clientY);
    if (record) goTo(view, text.records.indexOf(record), "center");
  });
  const follow = () => {
    if (text.article.isConnected) frameView(map, text.article);
    else document.removeEventListener("scroll", follow, true);
  };
  document.addEventListener("scroll", follow, { capture: true, passive: true });
}
