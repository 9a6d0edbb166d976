// The set-up page: every choice is tried on the device itself before it is kept.
import { at } from "/elements.js";
import { feed } from "/feed.js";
import { light } from "/light.js";
import { forget, show as caption } from "/said.js";
import { language, say, translate } from "/words.js";
import "/setup_words.js";

const FIELDS = ["endpoint", "deployment", "key"];
let offered, code = location.hash.slice(1), isDone = false;

const values = () => Object.fromEntries(new FormData(at("choices")));
const provider = () => offered.providers.find(({ name }) => name === at("provider").value);
const board = () => offered.boards.find(({ name }) => name === at("board").value);

function options(id, all, present) {
  at(id).replaceChildren(...all.map(([value, text]) => new Option(text, value, false, value === present)));
}

function complain(wrong) {
  const rest = { ...wrong };
  for (const field of FIELDS) {
    at(`${field}-wrong`).textContent = rest[field] ?? "";
    at(field).setAttribute("aria-invalid", field in rest);
    delete rest[field];
  }
  at("other-wrong").textContent = Object.entries(rest).map(([name, what]) => `${name} ${what}`.trim()).join("; ");
  const first = FIELDS.find((field) => field in wrong);
  if (first) at(first).focus();
  return Object.keys(wrong).length === 0;
}

async function ask(what) {
  const answer = await device.ask({ do: what, values: values() });
  if (!answer.ok) complain({ "": answer.error || say("lost") });
  return answer.ok && complain(answer.wrong ?? {}) ? answer : null;
}

function fit() {
  const { has_endpoint, has_identity, deployment } = provider();
  at("endpoint-row").hidden = !has_endpoint;
  at("endpoint").disabled = !has_endpoint;
  at("endpoint").required = has_endpoint;
  at("sign_in-row").hidden = !has_identity;
  at("sign_in").disabled = !has_identity;
  const takesKey = !has_identity || at("sign_in").value === "api-key";
  at("key-row").hidden = at("key-note").hidden = !takesKey;
  at("key").disabled = !takesKey;
  at("sign-in-row").hidden = !has_identity || at("sign_in").value !== "device-code";
  at("deployment").placeholder = deployment;
}

function fitBoard() {
  at("watch").disabled = !board()?.has_button;
  for (const id of ["microphone", "speaker"]) {
    at(id).disabled = Boolean(board()?.has_sound);
  }
  at("turns").value = offered.present.mode ?? (board()?.has_button ? "button" : "hands-free");
}

async function enter() {
  const answer = await device.ask({ do: "enter", code });
  at("code-wrong").textContent = answer.ok ? "" : answer.error;
  if (!answer.ok) return;
  if (offered) open();
  else device.ask({ do: "offer" });
}

function open() {
  at("door").hidden = true;
  at("choices").hidden = false;
  at("network").hidden = !offered.networks;
  at(offered.networks ? "wifi_name" : "provider").focus();
}

function begin(offer) {
  offered = offer;
  const { present } = offered;
  options("provider", offered.providers.map(({ name, about }) => [name, `${name}: ${about}`]), present.provider);
  at("networks").replaceChildren(...(offered.networks ?? []).map((name) => new Option(name)));
  options("board", [["", say("no-board")], ...offered.boards.map(({ name, about }) => [name, about || name])], present.board ?? offered.board);
  for (const id of ["microphone", "speaker"]) {
    const found = offered.devices.filter(({ direction }) => direction === id);
    options(id, [["", say("system")], ...found.map(({ setting, name }) => [setting, name])], present[id]);
  }
  for (const id of ["endpoint", "deployment"]) at(id).value = present[id] ?? "";
  if ([...at("sign_in").options].some(({ value }) => value === present.sign_in)) at("sign_in").value = present.sign_in;
  at("language").value = present.language ?? language;
  at("sound").textContent = offered.sound;
  fit();
  fitBoard();
  open();
}

function signIn({ code, link, picture }) {
  at("user-code").textContent = code;
  at("sign-in-link").textContent = at("sign-in-link").href = link;
  at("sign-in-picture").hidden = !picture;
  if (picture) at("sign-in-picture").src = picture;
  at("sign-in-code").hidden = false;
}

function endSignIn(wrong, status) {
  at("sign-in-code").hidden = true;
  at("key-wrong").textContent = wrong;
  at("signed-in").textContent = status;
}

function show(told) {
  if (told.sign_in) signIn(told.sign_in);
  if (told.not_signed_in) endSignIn(told.not_signed_in, "");
  if (told.signed_in !== undefined) endSignIn("", `${say("signed-in")} ${told.signed_in}`);
  if (told.offer) begin(told.offer);
  if (told.level_db !== undefined) {
    at("level").value = told.level_db;
    at("level-db").textContent = `${told.level_db} dBFS`;
  }
  if (told.played) at("played").textContent = told.played;
  if (told.sound) at("sound").textContent = told.sound;
  if (told.panel !== undefined) at("pressed").textContent = told.panel || say("press-now");
  if (told.pressed !== undefined) at("pressed").textContent = say(told.pressed ? "is-pressed" : "was-pressed");
  if (told.forget) forget();
  if (told.caption) caption(told.caption);
  if (told.trouble) at("trouble").textContent = told.trouble;
  if (told.light) {
    light(told.light);
    if (told.light.mode !== "offline") at("trouble").textContent = "";
  }
}

async function attempt(button, what, status) {
  if (status) at(status).textContent = say("working_on");
  at("sound").textContent = "";
  at(button).disabled = true;
  const answer = await ask(what);
  at(button).disabled = false;
  if (status && (!answer || what === "check")) at(status).textContent = "";
  return answer;
}

const device = feed("/socket/setup", {
  message: show,
  up(is) {
    at("lost").hidden = is || isDone;
    if (!is) endSignIn("", "");  // it ends with the page
    if (is && code) enter();
  },
});
translate();
at("enter").addEventListener("submit", (event) => {
  event.preventDefault();
  code = at("code").value;
  enter();
});
at("say-code").addEventListener("click", () => device.ask({ do: "say code" }));
for (const id of ["provider", "sign_in"]) at(id).addEventListener("change", fit);
at("board").addEventListener("change", fitBoard);
at("check").addEventListener("click", async () => {
  if (await attempt("check", "check", "checked")) at("checked").textContent = say("accepted");
});
at("sign-in").addEventListener("click", () => {
  endSignIn("", "");
  attempt("sign-in", "sign in");
});
at("listen").addEventListener("click", () => attempt("listen", "listen"));
at("play").addEventListener("click", () => attempt("play", "play", "played"));
at("watch").addEventListener("click", () => attempt("watch", "watch button", "pressed"));
at("talk").addEventListener("click", async () => {
  at("trouble").textContent = "";
  const begun = await attempt("talk", "talk");
  at("hold").disabled = !begun;
  at("light").hidden = !begun;
});
for (const [down, does] of [["pointerdown", "press"], ["pointerup", "release"], ["pointerleave", "release"]]) {
  at("hold").addEventListener(down, () => device.ask({ do: does }));
}
for (const [key, does] of [["keydown", "press"], ["keyup", "release"]]) {
  at("hold").addEventListener(key, (event) => {
    if ((event.key === " " || event.key === "Enter") && !event.repeat) device.ask({ do: does });
  });
}
at("choices").addEventListener("submit", async (event) => {
  event.preventDefault();
  at("kept").textContent = say("working_on");
  const answer = await ask("keep");
  at("kept").textContent = "";
  if (!answer) return;
  end("end");
});
at("network").addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await device.ask({ do: "join", values: Object.fromEntries(new FormData(at("network"))) });
  at("network-wrong").textContent = answer.error ?? Object.values(answer.wrong ?? {}).join("; ");
  if (answer.kept) end("joins");
});

function end(word) {
  isDone = true;
  at("choices").hidden = at("network").hidden = true;
  at("ended").textContent = say(word);
  at("end").hidden = false;
  at("end").focus();
}
