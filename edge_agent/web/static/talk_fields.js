// The fields of a conversation: made of what the device says of each, with what is wrong beside it.
import { at, element } from "/elements.js";
import { say } from "/words.js";

const form = at("fields");
const KEY = { name: "key", label: "field-key", value: "", only_for: "", suggested: [], secret: true };
const ENDS = "[turns] end";

function control(field, id) {
  const common = { id, name: field.name, "aria-describedby": `${id}-wrong` };
  if (field.choices) {
    const choice = element("select", "", common);
    choice.append(...field.choices.map((value) => element("option", value, { value })));
    return choice;
  }
  if (field.label === "field-instructions") return element("textarea", "", { ...common, rows: 3 });
  if (field.step) return element("input", "", { ...common, type: "number", min: field.low, max: field.high, step: field.step });
  return element("input", "", {
    ...common, type: field.secret ? "password" : "text", autocomplete: "off", spellcheck: "false",
    ...(field.suggested.length ? { list: `${id}-list` } : {}),
  });
}

function row(field) {
  const id = field.label;
  const made = element("div", "", { class: "field", "data-only": field.only_for });
  const label = element("label", say(field.label) + (field.unit ? ` (${field.unit})` : ""), { for: id });
  const input = control(field, id);
  input.value = field.value;
  made.append(label, input, element("p", "", { class: "wrong", id: `${id}-wrong` }));
  if (field.suggested.length) {
    const list = element("datalist", "", { id: `${id}-list` });
    list.append(...field.suggested.map((value) => element("option", "", { value })));
    made.append(list);
  }
  return made;
}

// once: what somebody has entered stays
export function describe(fields) {
  if (form.childElementCount || !fields.length) return;
  const rows = fields.map(row);
  const endpoint = fields.findIndex(({ name }) => name === "[service] endpoint");
  rows.splice(endpoint + 1, 0, row(KEY));
  form.append(...rows);
  form.addEventListener("change", hide);
  hide();
}

function hide() {
  const end = form.elements[ENDS].value;
  for (const each of form.children) each.hidden = each.dataset.only !== "" && each.dataset.only !== end;
}

export function values() {
  const fields = {}, inputs = [...form.elements];
  for (const input of inputs) {
    if (input.name !== KEY.name) fields[input.name] = input.type === "number" ? input.valueAsNumber : input.value;
  }
  return { fields, key: form.elements[KEY.name]?.value ?? "" };
}

// what belongs to no field
export function complain(problems) {
  const rest = { ...problems };
  for (const input of form.elements) {
    const what = rest[input.name] ?? "";
    delete rest[input.name];
    at(`${input.id}-wrong`).textContent = what;
    input.setAttribute("aria-invalid", what ? "true" : "false");
  }
  return Object.entries(rest).map(([name, what]) => `${name}: ${what}`).join("; ");
}

export function lock(is) {
  for (const input of form.elements) input.disabled = is;
  if (!is) form.querySelector("[aria-invalid=true]")?.focus();
}
