// The technician's page: every command here is a request of the control socket.
import { editor } from "/editor.js";
import { at, element } from "/elements.js";
import { feed } from "/feed.js";
import { light } from "/light.js";
import { plotDay, plotTurns } from "/plots.js";
import { say, translate } from "/words.js";

const STATUS_MS = 1000, TURNS_AGAIN_MS = 1500, MOST_LINES = 200;
let turnsShown = "", hoursShown = "", isAsking = false, isDragging = false, mayChange = true, hasSound = false;

function facts(status) {
  const { link, sound, costs, processes, latency } = status;
  const mib = Object.values(processes).reduce((sum, { memory_bytes }) => sum + memory_bytes, 0) / 2 ** 20;
  const p50 = latency.p50.release_to_sound_ms, p95 = latency.p95.release_to_sound_ms;
  const rows = {
    link: `${say(link.state)}, ${link.model || link.deployment} (${link.provider})`,
    sound: sound.devices || sound.missing || say("none"),
    turns: status.turns,
    latency: p50 === undefined ? "–" : `p50 ${p50} ms, p95 ${p95} ms`,
    cost: `${costs.today.cost.toFixed(4)} ${costs.currency}`,
    memory: `${mib.toFixed(0)} MiB`,
    version: status.version,
    ...(status.reload_waits && { configuration: say("waits") }),
  };
  at("facts").replaceChildren(...Object.entries(rows).flatMap(([name, value]) => [element("dt", say(name)), element("dd", value)]));
}

function findings(all) {
  at("nothing-wrong").hidden = all.length > 0;
  const text = JSON.stringify(all);
  if (at("findings").dataset.shown === text) return; // a screen reader would say it again
  at("findings").dataset.shown = text;
  at("findings").replaceChildren(...all.map(({ code, what, todo }) => {
    const line = element("li");
    line.append(element("b", code), `${what}; ${todo}`);
    return line;
  }));
}

function show(status) {
  hasSound = status.sound.up;
  meter("echo", status.sound.erle_db, "dB");
  if (!isDragging) volume(status.volume);
  facts(status);
  findings(status.findings);
  const hoursNow = JSON.stringify([status.hours, status.costs.daily_cost]);
  if (hoursNow !== hoursShown) plotDay(status.hours, status.costs);
  hoursShown = hoursNow;
  const turnsNow = JSON.stringify([status.turns, status.latency.last, status.turn]);
  if (status.turn === "idle" && turnsNow !== turnsShown) turns(turnsNow);
}

function levels({ level_db, noise_db, speaker_db }) {
  meter("microphone", hasSound ? level_db : null, "dBFS");
  meter("snr", hasSound && noise_db !== null ? Math.max(0, level_db - noise_db) : null, "dB");
  meter("speaker", hasSound ? speaker_db : null, "dBFS");
}

function meter(id, value, unit) {
  at(id).value = value ?? at(id).min;
  at(`${id}-db`).textContent = value === null ? "–" : `${value.toFixed(1)} ${unit}`;
}

function volume(percent) {
  at("volume").value = percent;
  at("percent").textContent = `${percent} %`;
}

async function turns(now) {
  turnsShown = now;
  const answer = await device.ask({ do: "turns" });
  if (!answer.ok) {
    setTimeout(() => { turnsShown = ""; }, TURNS_AGAIN_MS); // another has just asked
    return;
  }
  at("no-turns").hidden = answer.turns.length > 0;
  plotTurns(answer.turns.map((turn) => turn.release_to_sound_ms).filter((ms) => ms != null).reverse());
  at("turns").replaceChildren(...answer.turns.filter((turn) => turn.picture).map((turn) => {
    const figure = element("figure"), image = element("img");
    image.src = turn.picture;
    image.alt = turn.summary;
    figure.append(element("figcaption", turn.summary), image);
    return figure;
  }));
}

function add(pre, line) {
  const follows = pre.scrollTop + pre.clientHeight >= pre.scrollHeight - 8;
  pre.append(`${line}\n`);
  while (pre.childNodes.length > MOST_LINES) pre.firstChild.remove();
  if (follows) pre.scrollTop = pre.scrollHeight;
}

async function command(request) {
  const answer = await device.ask(request);
  at("outcome").textContent = answer.ok ? say("done") : answer.error || say("lost");
  if (answer.ok) show(answer);
  return answer.ok;
}

async function look() {
  if (document.hidden || isAsking) return;
  isAsking = true;
  const status = await device.ask({ do: "status" });
  isAsking = false;
  if (status.ok) show(status);
}

async function report() {
  at("report").disabled = true;
  at("made").textContent = say("working_on");
  const answer = await device.ask({ do: "report file" });
  at("report").disabled = false;
  at("made").textContent = answer.ok ? "" : answer.error || say("lost");
  if (!answer.ok) return;
  const link = element("a", say("download"));
  link.href = answer.path;
  link.download = "";
  at("made").append(link);
}

async function doctor() {
  at("checks").replaceChildren();
  at("checks").hidden = false;
  const answer = await device.ask({ do: "doctor" });
  at("doctor").disabled = answer.ok;
  if (!answer.ok) add(at("checks"), answer.error || say("lost"));
}

translate();
const device = feed("/socket/technician", {
  message(told) {
    if (told.light) light(told.light);
    if (told.log) add(at("journal"), told.log);
    if (told.levels) levels(told.levels);
    if (told.role === "reader") {
      mayChange = false;
      at("look-only").hidden = false;
      for (const control of document.querySelectorAll("button, input")) control.disabled = true;
    }
    if (told.doctor === null) at("doctor").disabled = false;
    else if (told.doctor !== undefined) add(at("checks"), told.doctor);
  },
  async up(is) {
    at("lost").hidden = is;
    if (!is) return;
    turnsShown = "";
    isAsking = false;
    at("doctor").disabled = false; // its end may have been told while nobody listened; a reader's is disabled next
    look();
    const journal = await device.ask({ do: "journal" });
    at("journal").replaceChildren();
    for (const line of journal.lines ?? []) add(at("journal"), line);
  },
});
for (const button of document.querySelectorAll("[data-do]")) {
  button.addEventListener("click", () => command({ do: button.dataset.do }));
}
at("volume").addEventListener("pointerdown", () => { isDragging = true; });
at("volume").addEventListener("input", () => { at("percent").textContent = `${at("volume").value} %`; });
at("volume").addEventListener("change", () => {
  isDragging = false;
  command({ do: "volume", percent: Number(at("volume").value) });
});
at("ask").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (await command({ do: "say", text: at("question").value })) at("question").value = "";
});
at("doctor").addEventListener("click", doctor);
at("report").addEventListener("click", report);
editor(device.ask, () => mayChange);
setInterval(look, STATUS_MS);
