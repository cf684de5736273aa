// Draws an annotated text. All words come in as data and go in as text nodes: none is ever parsed as HTML.

const VOICES = { writer: "the writer's voice", source: "a source's voice" };
const ATTRIBUTIONS = {
  named: "Its source is named.",
  unnamed: "Its source is not named.",
  carried: "Its source stands in an earlier sentence, or nowhere.",
};
const HINT = "Point at a sentence, or reach one with Tab and the arrow keys, to see why it is marked.";
const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

const drawn = new WeakMap();

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".reader");
  // A change of theme calls again with the same data; the style sheet follows it without a new drawing.
  if (drawn.get(root) === data) return;
  drawn.set(root, data);

  const labels = new Map(data.labels.map((label) => [label.id, label]));
  const parts = new Map();
  const article = element("article", { class: "text" }, ...data.parts.map((part) => partNode(part, labels, parts)));
  const details = element("aside", { class: "details", "aria-live": "polite" });
  listen(article, details, parts, labels);
  clear(details);
  root.replaceChildren(legend(data, article), element("div", { class: "columns" }, article, details));
}

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function percent(share) {
  return `${Math.round(100 * share)}%`;
}

function partNode(part, labels, parts) {
  if (typeof part === "string") return part;
  const attributes = { class: "sentence", "data-label": part.label, tabindex: 0, role: "group" };
  const node = element("bdi", attributes, ...part.pieces.map(pieceNode));
  node.setAttribute("aria-label", `${labels.get(part.label).name}, ${percent(part.score)}`);
  parts.set(node, part);
  return node;
}

function pieceNode({ text, marks, source }) {
  let node = text;
  if (source) node = element("span", { class: "source", "data-label": "sourced", "data-kind": source }, node);
  for (const [label, voice] of marks) node = element("mark", { "data-label": label, "data-voice": voice }, node);
  return node;
}

// The legend: pressing labels singles them out; with none pressed, all are shown.

function legend(data, article) {
  const chosen = new Set();
  const buttons = data.labels.map((label) => {
    const count = data.parts.filter((part) => part.label === label.id).length;
    const symbol = element("span", { class: "symbol", "aria-hidden": "true" }, label.symbol);
    const number = element("span", { class: "count" }, String(count));
    const attributes = { type: "button", class: "chip", "data-label": label.id, "aria-pressed": "false" };
    const button = element("button", { ...attributes, title: label.definition }, symbol, label.name, number);
    button.addEventListener("click", () => press(button, chosen, article));
    return button;
  });
  return element("div", { class: "filters", role: "group", "aria-label": "Show only" }, ...buttons);
}

function press(button, chosen, article) {
  const { label } = button.dataset;
  if (!chosen.delete(label)) chosen.add(label);
  button.setAttribute("aria-pressed", String(chosen.has(label)));
  for (const node of article.querySelectorAll("[data-label]")) {
    node.classList.toggle("muted", chosen.size > 0 && !chosen.has(node.dataset.label));
  }
}

// The details of the sentence under the pointer or in focus; they stay until the next one, or Escape.

function listen(article, details, parts, labels) {
  const nodes = [...parts.keys()];
  const places = new Map(nodes.map((node, place) => [node, place]));
  const show = (event) => {
    const node = event.target.closest(".sentence");
    if (node) fill(details, parts.get(node), labels);
  };
  article.addEventListener("pointerover", show);
  article.addEventListener("focusin", (event) => {
    show(event);
    event.target.scrollIntoView({ block: "nearest" });
  });
  article.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (event.key === "Escape") clear(details);
    if (!step || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    nodes[places.get(event.target) + step]?.focus();
  });
}

function clear(details) {
  details.classList.add("empty");
  details.replaceChildren(element("p", { class: "hint" }, HINT));
}

function fill(details, part, labels) {
  const label = labels.get(part.label);
  const close = element("button", { type: "button", class: "close", "aria-label": "Close the details" }, "×");
  close.addEventListener("click", () => clear(details));
  const symbol = element("span", { class: "symbol", "aria-hidden": "true" }, label.symbol);
  const title = element("h3", { "data-label": part.label }, symbol, label.name);
  details.classList.remove("empty");
  details.replaceChildren(
    close,
    title,
    element("p", { class: "hint" }, label.definition),
    shares("Primary label", part.primary, labels),
    shares("Marks", part.scores, labels),
    words(part, labels),
  );
}

function shares(heading, scores, labels) {
  const rows = Object.entries(scores).map(([id, share]) => {
    const meter = element("span", { class: "meter", "aria-hidden": "true" }, element("i"));
    meter.firstChild.style.width = percent(share);
    return element("li", { "data-label": id }, element("span", {}, labels.get(id).name), meter, percent(share));
  });
  return element("section", {}, element("h4", {}, heading), element("ul", { class: "shares" }, ...rows));
}

function words(part, labels) {
  const sources = part.sources.map(({ text, kind, resolved }) =>
    word(text, "sourced", `${kind} source${resolved ? `: ${resolved}` : ""}`),
  );
  const marks = part.marks.map(({ text, label, voice }) => {
    const name = label === "sourced" ? "Cue" : labels.get(label).name;
    return word(text, label, `${name}, in ${VOICES[voice]}`);
  });
  const attribution = ATTRIBUTIONS[part.attribution];
  const note = attribution ? [element("p", { class: "hint" }, attribution)] : [];
  if (!note.length && !sources.length && !marks.length) return "";
  return element("section", {}, element("h4", {}, "Words"), element("ul", { class: "words" }, ...sources, ...marks), ...note);
}

function word(text, label, note) {
  return element("li", { "data-label": label }, element("bdi", { class: "quoted" }, text), element("small", {}, note));
}
