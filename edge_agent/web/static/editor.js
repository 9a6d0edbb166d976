// The configuration that may be changed here: a form, and its text in TOML. The device judges every change, and makes
// the text of it; what is saved is the text.
import { at, element } from "/elements.js";
import { say } from "/words.js";

const LONG = new Set(["assistant.instructions"]);

export function editor(ask, mayChange) {
  const fields = new Map(); // by SECTION.KEY
  let revision = "", asked = 0;

  function build(form) {
    fields.clear();
    at("settings").replaceChildren(...Object.entries(form).map(([section, { about, settings }]) => {
      const part = element("details"), title = element("summary");
      title.append(element("b", section), ` ${about}`);
      part.append(title, ...Object.entries(settings).map(([key, known]) => field(`${section}.${key}`, known, part)));
      return part;
    }));
  }

  function field(name, known, part) {
    const row = element("div", "", { class: "setting" }), id = `set-${name}`;
    const input = control(name, known, id);
    const source = element("span", "", { class: "quiet" });
    const reset = element("button", "↺", { type: "button", title: say("reset"), "aria-label": `${say("reset")}: ${name}` });
    const error = element("p", "", { class: "wrong", id: `wrong-${name}` });
    const range = known.minimum === undefined ? "" : ` (${known.minimum}–${known.maximum}${known.unit && ` ${known.unit}`})`;
    input.setAttribute("aria-describedby", `about-${name} wrong-${name}`);
    input.addEventListener("change", () => check({ [name]: valueOf(input, known) }));
    reset.addEventListener("click", () => check({ [name]: null }));
    row.append(element("label", name.split(".")[1], { for: id }), input, source, reset,
      element("p", known.description + range, { class: "quiet", id: `about-${name}` }), error);
    fields.set(name, { input, source, reset, error, part });
    return row;
  }

  function control(name, known, id) {
    if (known.enum || known.type === "boolean") {
      const input = element("select", "", { id });
      input.append(...(known.enum ?? ["true", "false"]).map((choice) => element("option", choice)));
      return input;
    }
    return LONG.has(name) ? element("textarea", "", { id, rows: 4 }) : element("input", "", { id, type: "text", autocomplete: "off" });
  }

  function valueOf(input, known) {
    if (known.type === "boolean") return input.value === "true";
    const isNumber = known.type === "integer" || known.type === "number";
    const number = input.value.trim() === "" ? NaN : Number(input.value);
    return isNumber && Number.isFinite(number) ? number : input.value; // what is wrong with it, the device says
  }

  function show({ text, values, problems }) {
    at("changes").value = text;
    const wrong = new Map(problems.map(({ key, what }) => [key, what]));
    for (const [name, { input, source, reset, error, part }] of fields) {
      const { value, source: from, fixed } = values[name];
      if (!wrong.has(name)) input.value = String(value);
      input.disabled = fixed || !mayChange();
      input.setAttribute("aria-invalid", wrong.has(name));
      source.textContent = fixed ? `${say("fixed")} ${from}` : say(`from-${from}`);
      reset.hidden = !wrong.has(name) && from !== "changes";
      reset.disabled = !mayChange();
      error.textContent = wrong.get(name) ?? "";
      if (wrong.has(name)) part.open = true;
    }
    at("problems").replaceChildren(...problems.map(({ where, what }) => element("li", where ? `${where}: ${what}` : what)));
  }

  async function check(set = {}) {
    const number = ++asked;
    const answer = await ask({ do: "config-check", text: at("changes").value, set });
    if (number !== asked) return; // something was changed again
    if (answer.ok) show(answer);
    tell(answer, "");
  }

  function tell(answer, done) {
    at("changed").textContent = answer.ok ? done : answer.error || say("lost");
  }

  function begin(answer) {
    build(answer.form);
    ({ revision } = answer);
    show(answer);
    at("save").disabled = at("changes").disabled = !mayChange();
    at("undo").disabled = !mayChange() || !answer.can_undo;
    at("read").disabled = false;
  }

  async function take(request, done) {
    asked += 1;
    const open = new Set([...fields.values()].filter(({ part }) => part.open).map(({ part }) => part.querySelector("b").textContent));
    const answer = await ask(request);
    if (answer.ok) begin(answer);
    for (const part of at("settings").children) part.open ||= open.has(part.querySelector("b").textContent);
    tell(answer, done);
  }

  const read = () => take({ do: "config-read" }, "");
  at("configuration").addEventListener("toggle", () => { if (at("configuration").open && !fields.size) read(); });
  at("changes").addEventListener("change", () => check());
  at("read").addEventListener("click", read);
  at("save").addEventListener("click", () => take({ do: "config-write", text: at("changes").value, revision }, say("saved")));
  at("undo").addEventListener("click", () => take({ do: "config-undo", revision }, say("undone")));
}
