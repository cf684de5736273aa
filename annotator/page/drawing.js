// The text and its map. All words come in as data and go in as text nodes: none is ever parsed as HTML.

const SVG = "http://www.w3.org/2000/svg";
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const BLOCK = { enough: 8, most: 60 };
const MAP = { height: 1000, thinnest: 4, widths: { sourced: 3, speculation: 7, framing: 12 } };

function element(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function shape(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** The words under a mark or source of a sentence, put together from its pieces. */
function wordsUnder(part, kind, place) {
  return part.pieces.filter((piece) => piece[kind]?.includes(place)).map((piece) => piece.text).join("");
}

// A sentence's record: its data (`part`), its node, its marks' and sources' nodes, its place in the text.

function emptyText() {
  const article = element("article", { class: "text", "aria-label": "Annotated text" });
  return { article, blocks: [], records: [], places: new Map(), length: 0 };
}

/** Draw the parts; blocks that are as before keep their nodes, and with them focus and scroll. */
function layText(text, parts) {
  const before = text.blocks;
  text.length = 0;
  text.blocks = blocksOf(parts).map((block, index) => {
    const content = JSON.stringify(block);
    const same = before[index]?.content === content && before[index].start === text.length;
    const laid = same ? before[index] : { content, start: text.length, ...drawBlock(block, text.length) };
    text.length = laid.end;
    return laid;
  });
  for (const [index, { node }] of text.blocks.entries()) {
    if (!before[index]) text.article.append(node);
    else if (before[index].node !== node) before[index].node.replaceWith(node);
  }
  for (const { node } of before.slice(text.blocks.length)) node.remove();
  text.records = text.blocks.flatMap(({ records }) => records);
  text.places = new Map(text.records.map(({ node }, place) => [node, place]));
}

function drawBlock(block, start) {
  const records = [];
  let end = start;
  const nodes = block.map((part) => {
    end += lengthOf(part);
    if (typeof part === "string") return isolated(part);
    records.push({ ...sentenceNodes(part), start: end - lengthOf(part), end });
    return records.at(-1).node;
  });
  return { node: blockNode(nodes, block), records, end };
}

function lengthOf(part) {
  return typeof part === "string" ? part.length : part.pieces.reduce((sum, piece) => sum + piece.text.length, 0);
}

/** The text in blocks that the browser may leave undrawn while they are far away; they end with a line, if they can. */
function blocksOf(parts) {
  const blocks = [[]];
  let sentences = 0;
  for (const part of parts) {
    blocks.at(-1).push(part);
    if (typeof part !== "string") sentences += 1;
    else if ((sentences >= BLOCK.enough && /[\n\r]/.test(part)) || sentences >= BLOCK.most) {
      blocks.push([]);
      sentences = 0;
    }
  }
  return blocks.filter((block) => block.length);
}

function blockNode(nodes, block) {
  const breaks = block.filter((part) => typeof part === "string" && part.includes("\n")).length;
  const node = element("div", { class: "block" }, ...nodes);
  node.style.setProperty("--lines", Math.ceil(2 * breaks + block.reduce((sum, part) => sum + lengthOf(part), 0) / 62));
  return node;
}

/** Characters that turn the direction of writing act no further than their own piece. */
function isolated(text) {
  return BIDI.test(text) ? element("bdi", {}, text) : text;
}

function sentenceNodes(part) {
  const record = { part, marks: [], sources: [] };
  const pieces = part.pieces.map((piece) => pieceNode(piece, record));
  record.node = element("bdi", { class: "sentence", role: "group", tabindex: -1 }, ...pieces);
  return record;
}

function pieceNode({ text, marks = [], sources = [] }, record) {
  let node = isolated(text);
  if (sources.length) {
    const { kind } = record.part.sources[sources[0]];
    node = element("span", { class: "source", "data-label": "sourced", "data-kind": kind }, node);
    record.sources.push(node);
  }
  for (const mark of marks.map((place) => record.part.marks[place])) {
    node = element("mark", { "data-label": mark.label, "data-voice": mark.voice }, node);
    record.marks.push({ node, mark });
  }
  return node;
}

/** Bring a sentence's looks in line with what holds and what is asked for; nodes stay, only attributes change. */
function paintSentence(record, state, names) {
  const { node, part, marks, sources } = record;
  const now = current(part, state);
  record.now = now;
  node.dataset.label = now.label;
  nameSentence(record, names);
  node.classList.toggle("muted", !sentenceShows(now, state));
  node.classList.toggle("corrected", Boolean(part.corrected));
  for (const { node: words, mark } of marks) mute(words, !markShows(mark, now, state));
  for (const words of sources) mute(words, !sourceShows(now, state));
}

/** Words that are not shown as marked are not spoken of as marked either. */
function mute(words, muted) {
  words.classList.toggle("muted", muted);
  if (muted) words.setAttribute("role", "none");
  else words.removeAttribute("role");
}

/** What a screen reader calls the sentence; the one in focus is read out whole. */
function nameSentence({ node, part, now }, names) {
  const name = `${names.get(now.label).name}, ${certainty(part, now)}`;
  node.setAttribute("aria-label", node.tabIndex === 0 ? `${name}: ${node.textContent}` : name);
}

// The map: one band a sentence, from top to bottom as in the text; its width tells the label without its colour.

function drawMap() {
  const paths = Object.keys(MAP.widths).map((label) => shape("path", { "data-label": label }));
  const frame = shape("rect", { class: "frame", x: 0, width: 16 });
  const attributes = { class: "map", role: "img", viewBox: `0 0 16 ${MAP.height}`, preserveAspectRatio: "none" };
  return { svg: shape("svg", attributes, ...paths, frame), paths, frame };
}

function paintMap({ svg, paths }, { records, length }, state) {
  for (const path of paths) {
    const { label } = path.dataset;
    const bands = records.filter(({ now }) => now.label === label && sentenceShows(now, state));
    path.setAttribute("d", bands.map((record) => band(record, length, MAP.widths[label])).join(""));
  }
  const count = (label) => records.filter(({ now }) => now.label === label).length;
  svg.setAttribute("aria-label", `Map: where ${count("framing")} framing, ${count("speculation")} speculation sit`);
}

function band({ start, end }, length, width) {
  const top = (MAP.height * start) / length;
  const height = Math.max(MAP.thinnest, (MAP.height * (end - start)) / length - 1);
  return `M2 ${top.toFixed(1)}h${width}v${height.toFixed(1)}h-${width}z`;
}

/** Frame on the map what of the text is in view; a text that is not laid out, as in a hidden tab, is in no view. */
function frameView({ frame }, article) {
  const { top, height } = article.getBoundingClientRect();
  if (!height) return;
  const share = (edge) => Math.min(1, Math.max(0, (edge - top) / height)) * MAP.height;
  frame.setAttribute("y", share(0).toFixed(1));
  frame.setAttribute("height", (share(window.innerHeight) - share(0)).toFixed(1));
}

function recordAt({ svg }, { records, length }, y) {
  const { top, height } = svg.getBoundingClientRect();
  if (!height) return undefined;
  const place = (length * (y - top)) / height;
  return records.find((record) => record.end > place) ?? records.at(-1);
}
