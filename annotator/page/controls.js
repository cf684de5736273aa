// The legend that filters, the "writer's voice only" switch, the threshold sliders, and the help line.

const KEYS = [
  [["↓", "↑"], "next, previous sentence"],
  [["N", "P"], "next, previous marked one"],
  [["1", "2", "3", "4"], "next of that label, with Shift the previous"],
  [["Enter"], "details"],
  [["Esc"], "close"],
];

/** `update` is called whenever the reader has changed the state. */
function drawControls(state, update) {
  const chips = state.data.labels.map((label, place) => chip(label, place + 1, state, update));
  const legend = element("div", { class: "filters", role: "group", "aria-label": "Show only" }, ...chips, voiceSwitch(state, update));
  return element("div", { class: "controls" }, legend, thresholds(state, update), help());
}

/** A label of the legend: pressing labels singles them out; with none pressed, all are shown. */
function chip(label, digit, state, update) {
  const symbol = element("span", { class: "symbol", "aria-hidden": "true" }, label.symbol);
  const name = element("span", { class: "name" }, label.name);
  const attributes = { type: "button", class: "chip", "data-label": label.id, "aria-keyshortcuts": digit };
  const button = element("button", { ...attributes, title: label.definition }, symbol, name, element("span", { class: "count" }));
  const press = () => button.setAttribute("aria-pressed", String(state.chosen.has(label.id)));
  press();
  button.addEventListener("click", () => {
    if (!state.chosen.delete(label.id)) state.chosen.add(label.id);
    press();
    update();
  });
  return button;
}

function voiceSwitch(state, update) {
  const box = element("input", { type: "checkbox", role: "switch" });
  box.checked = state.writerOnly;
  box.addEventListener("change", () => {
    state.writerOnly = box.checked;
    update();
  });
  return element("label", { class: "switch" }, box, "Writer's voice only");
}

function thresholds(state, update) {
  const sliders = MARK_LABELS.map((id) => slider(state.data.labels.find((label) => label.id === id), state, update));
  const reset = element("button", { type: "button", class: "reset" }, "Reset");
  reset.addEventListener("click", () => {
    state.thresholds = { ...state.data.thresholds };
    for (const { show } of sliders) show();
    update();
  });
  const rows = sliders.map(({ row }) => row);
  const note = element("p", { class: "hint" }, "A label applies from this probability on. Lower shows more, higher is surer.");
  const box = element("div", { class: "sliders" }, note, ...rows, reset);
  return element("details", { class: "thresholds" }, element("summary", {}, "Thresholds"), box);
}

function slider({ id, name }, state, update) {
  const [min, max] = state.data.range;
  const input = element("input", { type: "range", min, max, step: 0.01 });
  const output = element("span", { class: "count", "aria-hidden": "true" });
  const show = () => {
    input.value = state.thresholds[id];
    output.textContent = percent(state.thresholds[id]);
    input.setAttribute("aria-valuetext", output.textContent);
  };
  input.addEventListener("input", () => {
    state.thresholds = { ...state.thresholds, [id]: input.valueAsNumber };
    show();
    update();
  });
  show();
  return { row: element("label", { "data-label": id }, element("span", {}, name), input, output), show };
}

function help() {
  const entries = KEYS.map(([keys, what]) => element("span", {}, ...keys.map((key) => element("kbd", {}, key)), ` ${what}`));
  return element("p", { class: "help" }, "Keys in the text: ", ...entries);
}

function countInto(controls, records) {
  for (const button of controls.querySelectorAll(".chip")) {
    const count = records.filter(({ now }) => now.label === button.dataset.label).length;
    button.querySelector(".count").textContent = String(count);
  }
}
