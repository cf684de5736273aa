// Which labels hold, and what of a sentence is shown: values in, values out, no page.

const MARK_LABELS = ["sourced", "framing", "speculation"];

/** A sentence's labels under other thresholds, as `Document.at` derives them in Python. */
function labelsAt(sentence, thresholds) {
  const labels = MARK_LABELS.filter((label) => sentence.scores[label] >= thresholds[label]);
  const likelier = (best, next) => (sentence.primary[next] > sentence.primary[best] ? next : best);
  const label = labels.length ? labels.reduce(likelier) : "plain";
  const attribution = labels.includes("sourced") ? attributionOf(sentence.sources) : "none";
  return { label, score: sentence.primary[label], labels, attribution };
}

/** A named source wins over an unnamed one; none at all is carried over from elsewhere. */
function attributionOf(sources) {
  return ["named", "unnamed"].find((kind) => sources.some((source) => source.kind === kind)) ?? "carried";
}

function sameThresholds(one, other) {
  return MARK_LABELS.every((label) => one[label] === other[label]);
}

/** What holds of a sentence now; until a threshold is moved, what the document says. */
function current(sentence, state) {
  return sameThresholds(state.thresholds, state.data.thresholds) ? sentence : labelsAt(sentence, state.thresholds);
}

function markApplies(mark, now) {
  return mark.voice === "source" || now.labels.includes(mark.label);
}

function isChosen(label, state) {
  return state.chosen.size === 0 || state.chosen.has(label);
}

/** With "writer's voice only", sourced sentences, their cues and all that a source says step back. */
function sentenceShows(now, state) {
  return isChosen(now.label, state) && !(state.writerOnly && now.label === "sourced");
}

function markShows(mark, now, state) {
  const elsewhere = state.writerOnly && (mark.voice === "source" || mark.label === "sourced");
  return markApplies(mark, now) && isChosen(mark.label, state) && !elsewhere;
}

function sourceShows(now, state) {
  return now.labels.includes("sourced") && isChosen("sourced", state) && !state.writerOnly;
}

function percent(share) {
  return `${Math.round(100 * share)}%`;
}
