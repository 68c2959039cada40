// Labelled fields for the options of a command, and their values as one would type them.

import { choice, h } from "./dom.js";
import { get } from "./office.js";

const WHOM = ["person", "role", "channel", "whole"]; // a command takes at most one of these
const WAYS = ["dry_run", "confirm"]; // no fields: the buttons of the dialog choose these
const FORMS = { person: "One person", role: "A role or group", channel: "A channel" };
const EXAMPLES = { person: "@name", role: "its id", channel: "its id", money: "2.50", integer: "10" };

export function fieldsOf(command, options, values) {
  const whom = options.filter(({ name, required }) => WHOM.includes(name) && !required);
  const rest = options.filter(({ name }) => !WAYS.includes(name) && !whom.some((each) => each.name === name));
  return [
    ...(whom.length ? [whomField(whom, values)] : []),
    ...rest.map((option) => (option.kind === "choices" ? ticks(option, values) : field(command, option, values[option.name] ?? ""))),
  ];
}

// Collects the values of the fields. Empty fields are left out.
export function chosenIn(root) {
  const chosen = {};
  for (const node of root.querySelectorAll("[name]")) {
    const { name, type, value, checked } = node;
    if (node.closest("[hidden]") || value === "") continue;
    if (type !== "checkbox") chosen[name] = value;
    else if (checked) chosen[name] = chosen[name] ? `${chosen[name]},${value}` : value;
  }
  return chosen;
}

// A choice of whom the change is for, with a field for the name if the choice needs one.
function whomField(options, values) {
  const picker = h("select", { id: "for" }, ...choicesOfWhom(options));
  const line = h("div", {}), whole = h("input", { type: "hidden" });
  const show = (value = "") => {
    const [kind, place = ""] = picker.value.split(" ");
    const option = options.find(({ name }) => name === kind && !place);
    Object.assign(whole, { name: place && kind, value: place });
    line.hidden = !option;
    line.replaceChildren(...(option ? field("", { ...option, required: true }, value).childNodes : []));
  };
  const set = options.find(({ name }) => values[name] !== undefined)?.name;
  picker.value = set === "whole" ? `whole ${values.whole}` : set ?? "";
  if (picker.selectedIndex < 0) picker.value = "";
  show(values[set]);
  picker.onchange = () => show();
  return h("div", { className: "whom" }, h("div", {}, h("label", { htmlFor: "for" }, "For"), picker), line, whole);
}

function choicesOfWhom(options) {
  const nobody = options.every(({ name }) => name === "whole"); // then an empty choice means the workspace
  return [choice("", nobody ? "This workspace" : "Everyone"), ...options.flatMap(({ name, choices }) => {
    if (name !== "whole") return [choice(name, FORMS[name])];
    return choices.filter((place) => !nobody || place !== "workspace").map((place) => choice(`whole ${place}`, `The whole ${place}`));
  })];
}

function field(command, option, value) {
  const { name, kind, help, choices, required, longest, unlimited, suggested } = option;
  const id = `option-${name}`, hint = `${id}-help`;
  const common = { id, name, required: Boolean(required), "aria-describedby": hint };
  const label = h("label", { htmlFor: id }, titled(name));
  const said = h("small", { id: hint }, unlimited ? `${help}, or “unlimited”` : help);
  if (kind === "flag" || choices.length) {
    const pairs = kind === "flag" ? ["yes", "no"] : choices;
    const select = h("select", common, choice("", "—"), ...pairs.map((each) => choice(each)));
    select.value = value;
    return h("div", {}, label, select, said);
  }
  const input = h("input", { ...common, type: kind === "day" ? "date" : "text", autocomplete: "off", value });
  if (longest) input.maxLength = longest;
  if (EXAMPLES[kind]) input.placeholder = EXAMPLES[kind];
  if (!unlimited && kind === "integer") input.inputMode = "numeric";
  return h("div", {}, label, input, said, suggested && kind !== "day" ? suggestions(command, name, input) : null);
}

function ticks({ name, help, choices }, values) {
  const set = (values[name] ?? "").split(",");
  return h("fieldset", {}, h("legend", {}, titled(name)), h("div", { className: "row" }, ...choices.map((value) =>
    h("label", { className: "check" }, h("input", { type: "checkbox", name, value, checked: set.includes(value) }), value))),
    h("small", {}, help));
}

// Suggestions for what is typed so far. If the server gives none, the field stays a plain one.
function suggestions(command, option, input) {
  const list = h("datalist", { id: `${input.id}-list` });
  const fill = async () => {
    const { choices } = await get("/api/admin/suggest", { command, option, typed: input.value }).catch(() => ({ choices: [] }));
    list.replaceChildren(...choices.map(({ value, label }) => h("option", { value, label: label === value ? "" : label })));
  };
  input.setAttribute("list", list.id);
  input.addEventListener("focus", fill);
  input.addEventListener("input", fill);
  return list;
}

function titled(name) {
  const words = name.replaceAll("_", " ");
  return words[0].toUpperCase() + words.slice(1);
}
