// Correcting a sentence: a form in place of its details. Nothing is sent before it is saved, then all of it at once.

const MARK_KINDS = [
  { label: "sourced", voice: "writer", name: "Cue of a source" },
  { label: "framing", voice: "writer", name: "Framing" },
  { label: "speculation", voice: "writer", name: "Speculation" },
  { label: "framing", voice: "source", name: "Framing, a source's" },
  { label: "speculation", voice: "source", name: "Speculation, a source's" },
];
const NEEDS_WORDS = ["framing", "speculation"];
const WORD_STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** What the reader is about to say of a sentence. Marks are stretches of words, counted from 0 as Python counts them. */
function draftOf(record, state) {
  const text = record.part.pieces.map((piece) => piece.text).join("");
  const words = [...text.matchAll(new RegExp(state.data.word, "gu"))].map(({ 0: word, index }) => ({ word, index }));
  const marks = record.part.marks.map((mark, place) => {
    const [start, end] = rangeOf(record.part, place);
    const touched = words.flatMap(({ word, index }, at) => (index < end && start < index + word.length ? [at] : []));
    return { label: mark.label, voice: mark.voice, first: touched[0], last: touched.at(-1) };
  });
  const draft = { record, text, words: words.map(({ word }) => word), labels: new Set(record.now.labels), choice: null, cursor: 0 };
  return { ...draft, primary: record.now.label, kind: 1, marks: marks.filter(({ first }) => first !== undefined) };
}

/** From where to where in its sentence a mark goes, in JavaScript's own count. */
function rangeOf({ pieces }, place) {
  let [at, start, end] = [0, 0, 0];
  for (const { text, marks = [] } of pieces) {
    if (marks.includes(place)) {
      if (end === 0) start = at;
      end = at + text.length;
    }
    at += text.length;
  }
  return [start, end];
}

function draftMarks({ marks, labels }) {
  return marks.filter((mark) => markApplies(mark, { labels: [...labels] }));
}

function draftLabel({ labels, primary }) {
  return labels.has(primary) ? primary : (MARK_LABELS.find((label) => labels.has(label)) ?? "plain");
}

/** Why the draft cannot be saved, in words; nothing is empty. */
function lacking(draft, names) {
  const voiced = (label) => draft.marks.some((mark) => mark.label === label && mark.voice === "writer");
  const label = NEEDS_WORDS.find((one) => draft.labels.has(one) && !voiced(one));
  return label ? `${names.get(label).name} needs the words that do it: mark some in the writer's voice.` : "";
}

/** The draft as `Correction.read` in Python takes it. */
function correctionOf(draft, sentence) {
  const labels = MARK_LABELS.filter((label) => draft.labels.has(label));
  return { sentence, text: draft.text, label: draftLabel(draft), labels, marks: draftMarks(draft) };
}

function addMark(draft) {
  const { label, voice } = MARK_KINDS[draft.kind];
  draft.marks = [...draft.marks, { label, voice, first: draft.choice.first, last: draft.choice.last }];
  if (voice === "writer") draft.labels.add(label);
  draft.choice = null;
}

/** A label that lives on its words goes with the last of them. */
function dropMark(draft, mark) {
  draft.marks = draft.marks.filter((one) => one !== mark);
  const left = draft.marks.some((one) => one.label === mark.label && one.voice === "writer");
  if (mark.voice === "writer" && NEEDS_WORDS.includes(mark.label) && !left) draft.labels.delete(mark.label);
}

function changeMark(draft, mark, kind) {
  const { label, voice } = MARK_KINDS[kind];
  const changed = { ...mark, label, voice };
  const place = draft.marks.indexOf(mark);
  dropMark(draft, mark);
  draft.marks.splice(place, 0, changed);
  if (voice === "writer") draft.labels.add(label);
}

/** Draw the form anew; the control that had the focus has it again, by its `data-key`, or else the words have it. */
function fillForm(details, draft, names, done) {
  const key = details.getRootNode().activeElement?.dataset.key;
  const change = (act) => {
    act();
    fillForm(details, draft, names, done);
  };
  const problem = lacking(draft, names);
  const form = element("form", { class: "correction", "aria-label": "Correct this sentence" },
    element("h2", {}, "Correct this sentence"),
    labelBoxes(draft, names, change),
    ...(draft.labels.size > 1 ? [primaryChoice(draft, names, change)] : []),
    ...section("Marked words", "words", markEditors(draft, change)),
    wordPicker(draft, change),
    element("p", { class: "problem", role: "status" }, problem),
    formButtons(problem, done),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (draft.choice) addMark(draft);  // words that were chosen were meant
    if (!lacking(draft, names)) done(draft);
  });
  details.classList.remove("empty");
  details.classList.add("editing");
  details.replaceChildren(form);
  if (key) (form.querySelector(`[data-key="${key}"]:not(:disabled)`) ?? form.querySelector(".word[tabindex='0']")).focus();
}

function labelBoxes(draft, names, change) {
  const boxes = MARK_LABELS.map((label) => {
    const box = element("input", { type: "checkbox", "data-key": `label-${label}` });
    box.checked = draft.labels.has(label);
    box.addEventListener("change", () => change(() => (box.checked ? draft.labels.add(label) : draft.labels.delete(label))));
    return element("label", { "data-label": label }, box, element("span", { class: "name" }, names.get(label).name));
  });
  const legend = element("legend", {}, "Labels that apply");
  return element("fieldset", {}, legend, ...boxes, element("p", { class: "hint" }, draft.labels.size ? "" : "None: the sentence is plain."));
}

function primaryChoice(draft, names, change) {
  const options = MARK_LABELS.filter((label) => draft.labels.has(label)).map((label) => [label, names.get(label).name]);
  const select = choice(options, draftLabel(draft), { "data-key": "primary" });
  select.addEventListener("change", () => change(() => (draft.primary = select.value)));
  return element("label", { class: "field" }, "To be seen first", select);
}

function choice(options, chosen, attributes) {
  const select = element("select", attributes);
  for (const [value, name] of options) select.append(element("option", { value }, name));
  select.value = String(chosen);
  return select;
}

function kindChoice(chosen, attributes) {
  return choice(MARK_KINDS.map(({ name }, place) => [place, name]), chosen, attributes);
}

function wordsBetween({ words }, { first, last }) {
  return words.slice(first, last + 1).join(" ");
}

function markEditors(draft, change) {
  return draftMarks(draft).map((mark, place) => {
    const text = wordsBetween(draft, mark);
    const kind = MARK_KINDS.findIndex(({ label, voice }) => label === mark.label && voice === mark.voice);
    const select = kindChoice(kind, { "data-key": `kind-${place}`, "aria-label": `What “${text}” is` });
    select.addEventListener("change", () => change(() => changeMark(draft, mark, select.value)));
    const remove = element("button", { type: "button", class: "reset", "data-key": `remove-${place}`, "aria-label": `Remove the mark of “${text}”` }, "Remove");
    remove.addEventListener("click", () => change(() => dropMark(draft, mark)));
    const quoted = element("bdi", { class: "quoted", "data-voice": mark.voice }, text);
    return element("li", { "data-label": mark.label }, quoted, element("span", { class: "row" }, select, remove));
  });
}

/** The sentence's words as buttons: one chooses the first, a second one the last of those to be marked. */
function wordPicker(draft, change) {
  const buttons = draft.words.map((word, place) => element("button", { type: "button", class: "word", "data-key": `word-${place}` }, element("bdi", {}, word)));
  const kind = kindChoice(draft.kind, { "data-key": "new-kind", "aria-label": "Mark them as" });
  kind.addEventListener("change", () => (draft.kind = Number(kind.value)));
  const add = element("button", { type: "button", class: "reset", "data-key": "add" }, "Mark");
  add.addEventListener("click", () => change(() => addMark(draft)));
  const paint = () => paintChoice(draft, buttons, add);
  for (const [place, button] of buttons.entries()) button.addEventListener("click", () => paint(chooseWord(draft, place)));
  const picker = element("div", { class: "picker", role: "group", "aria-label": "Words of the sentence" }, ...buttons);
  picker.addEventListener("keydown", (event) => moveWord(event, draft, buttons, paint));
  paint();
  const hint = element("p", { class: "hint" }, "Choose the first word, then the last. What is chosen is marked when you save.");
  return element("section", {}, element("h3", {}, "Mark more words"), hint, picker, element("span", { class: "row" }, kind, add));
}

/** A click opens a stretch, the next one closes it, one inside a closed one lets go of it. */
function chooseWord(draft, place) {
  draft.cursor = place;
  const { first, last, open } = draft.choice ?? {};
  if (open === false && first <= place && place <= last) {
    draft.choice = null;
    return;
  }
  const from = draft.choice?.open ? draft.choice.from : place;
  draft.choice = { from, first: Math.min(from, place), last: Math.max(from, place), open: !draft.choice?.open };
}

function paintChoice({ choice: chosen, cursor }, buttons, add) {
  for (const [place, button] of buttons.entries()) {
    button.setAttribute("aria-pressed", String(chosen !== null && chosen.first <= place && place <= chosen.last));
    button.tabIndex = place === cursor ? 0 : -1;
  }
  add.disabled = chosen === null;
}

function moveWord(event, draft, buttons, paint) {
  const edge = { Home: 0, End: buttons.length - 1 }[event.key];
  const place = edge ?? draft.cursor + (WORD_STEPS[event.key] ?? 0);
  if (!(event.key in WORD_STEPS) && edge === undefined) return;
  event.preventDefault();
  draft.cursor = Math.min(buttons.length - 1, Math.max(0, place));
  paint();
  buttons[draft.cursor].focus();
}

function formButtons(problem, done) {
  const save = element("button", { class: "save", "data-key": "save" }, "Save");
  save.disabled = problem !== "";
  const cancel = element("button", { type: "button", class: "reset", "data-key": "cancel" }, "Cancel");
  cancel.addEventListener("click", () => done(null));
  return element("div", { class: "row" }, save, cancel);
}
