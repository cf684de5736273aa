// The details of one sentence: why it is marked, whom it rests on, how sure that is.

const VOICES = { writer: "the writer's voice", source: "a source's voice" };
const CARRIED = "Its source stands in an earlier sentence, or nowhere.";
const CORRECTED = "Labels and marks are your correction; the model's probabilities no longer stand.";
const HINT = "Point at a sentence, click it, or move to it with the keys, to see why it is marked and who answers for it.";

function drawDetails() {
  const details = element("aside", { class: "details", "aria-label": "Details", tabindex: -1 });
  clearDetails(details);
  return details;
}

function clearDetails(details) {
  details.classList.remove("editing");
  details.classList.add("empty");
  details.replaceChildren(element("p", { class: "hint" }, HINT));
}

/** `acts` are what the reader can do here: close, and correct or withdraw where corrections are heard of. */
function fillDetails(details, { part, now }, state, names, acts) {
  const label = names.get(now.label);
  const inside = details.getRootNode().activeElement;
  const key = details.contains(inside) ? inside.dataset.key : undefined;
  details.classList.remove("empty", "editing");
  details.replaceChildren(
    element("header", {}, heading(label, certainty(part, now)), closeButton(acts.close)),
    element("p", { class: "hint" }, label.definition),
    ...section("Why", "words", markRows(part, now, names)),
    ...section("Source", "words", sourceRows(part, now)),
    ...(part.corrected ? [element("p", { class: "hint" }, CORRECTED)] : probabilities(part, state, names)),
    ...correctingButtons(part, acts),
  );
  if (key) details.querySelector(`[data-key="${key}"]`)?.focus();
}

function probabilities(part, state, names) {
  return [
    ...section("Likeliest label", "shares", shareRows(part.primary, names)),
    ...section("Applies at all, and from where", "shares", shareRows(part.scores, names, state.thresholds)),
  ];
}

function certainty(part, now) {
  return part.corrected ? "corrected" : percent(now.score);
}

function closeButton(close) {
  const button = element("button", { type: "button", class: "close", "data-key": "close", "aria-label": "Close the details" }, "×");
  button.addEventListener("click", close);
  return button;
}

function correctingButtons(part, { correct, withdraw }) {
  if (!correct) return [];
  const buttons = [["Correct this sentence", "correct", correct]];
  if (part.corrected) buttons.push(["Undo the correction", "withdraw", withdraw]);
  const made = buttons.map(([text, key, act]) => {
    const button = element("button", { type: "button", class: "reset", "data-key": key }, text);
    button.addEventListener("click", act);
    return button;
  });
  return [element("div", { class: "row" }, ...made)];
}

function heading(label, note) {
  const symbol = element("span", { class: "symbol", "aria-hidden": "true" }, label.symbol);
  return element("h2", { "data-label": label.id }, symbol, label.name, element("span", { class: "count" }, note));
}

function section(title, kind, rows) {
  if (!rows.length) return [];
  return [element("section", {}, element("h3", {}, title), element("ul", { class: kind }, ...rows))];
}

function markRows(part, now, names) {
  const rows = part.marks.map((mark, place) => {
    if (!markApplies(mark, now)) return null;
    const name = mark.label === "sourced" ? "Cue" : names.get(mark.label).name;
    const note = `${name}, in ${VOICES[mark.voice]}, ${percent(mark.score)}`;
    return word(wordsUnder(part, "marks", place), mark.label, mark.voice, note);
  });
  return rows.filter(Boolean);
}

function sourceRows(part, now) {
  if (!now.labels.includes("sourced")) return [];
  if (now.attribution === "carried") return [element("li", {}, CARRIED)];
  return part.sources.map(({ kind, score, resolved }, place) => {
    const row = word(wordsUnder(part, "sources", place), "sourced", "writer", `${kind} source, ${percent(score)}`);
    if (resolved) row.append(element("small", {}, "stands for ", element("bdi", { class: "resolved" }, resolved)));
    return row;
  });
}

function word(text, label, voice, note) {
  const quoted = element("bdi", { class: "quoted", "data-voice": voice }, text);
  return element("li", { "data-label": label }, quoted, element("small", {}, note));
}

/** A row a label; where there is a threshold, a tick on the bar shows it. */
function shareRows(shares, names, thresholds = {}) {
  return Object.entries(shares).map(([id, share]) => {
    const meter = element("span", { class: "meter", "aria-hidden": "true" }, element("i"));
    meter.firstChild.style.width = percent(share);
    const row = element("li", { "data-label": id }, element("span", {}, names.get(id).name), meter, percent(share));
    if (id in thresholds) addTick(row, meter, thresholds[id]);
    return row;
  });
}

function addTick(row, meter, threshold) {
  const tick = element("b");
  tick.style.left = percent(threshold);
  meter.append(tick);
  row.append(element("span", { class: "spoken" }, ` from ${percent(threshold)}`));
}
