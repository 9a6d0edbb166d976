// Talk to the device with this browser's microphone and speaker.
import { at } from "/elements.js";
import { feed } from "/feed.js";
import { light } from "/light.js";
import { forget, show } from "/said.js";
import { complain, describe, lock, values } from "/talk_fields.js";
import { hasMicrophone, openSound } from "/talk_sound.js";
import { say, translate } from "/words.js";

const HEADER_BYTES = 4;
let sound = null, conversation = "", asks = false;

function tell(words) {
  at("outcome").textContent = words;
}

function level(block) {
  let peak = 1;
  for (const sample of new Int16Array(block, HEADER_BYTES)) peak = Math.max(peak, Math.abs(sample));
  at("level").value = 20 * Math.log10(peak / 32768);
}

function hear(block) {
  if (!conversation) return;
  level(block);
  device.send(block);
}

async function start() {
  buttons(true);
  complain({});
  forget();
  tell(say("working_on"));
  try {
    sound = await openSound(hear, () => stop(say("no-microphone")));
  } catch (error) {
    over(`${say("no-microphone")} (${error.message})`);
    return;
  }
  if (asks) tell(say("asking"));
  const answer = await device.ask({ do: "start", rate_hz: sound.rateHz, ...values() });
  if (!sound) return; // stopped meanwhile
  if (answer.ok) conversation = answer.name;
  else over(wrong(answer));
}

function wrong({ error, problems }) {
  return problems ? complain(problems) || say("see-fields") : error || say("lost");
}

async function stop(words) {
  over(words);
  await device.ask({ do: "stop" });
}

function over(words) {
  sound?.close();
  sound = null;
  conversation = "";
  at("level").value = at("level").min;
  buttons(false);
  tell(words);
}

function buttons(talking) {
  at("record").disabled = talking || !hasMicrophone;
  at("stop").disabled = at("interrupt").disabled = !talking;
  lock(talking);
}

function ended({ why, field }) {
  const rest = field ? complain({ [field]: why }) || say("see-fields") : why;
  over(rest || say("stopped"));
}

translate();
at("insecure").hidden = isSecureContext;
const device = feed("/socket/talk", {
  message(told) {
    if (told.about) {
      at("settings").hidden = !told.about.fields.length;
      at("simulated").hidden = !told.about.simulated;
      asks = told.about.asks;
      describe(told.about.fields);
      buttons(Boolean(sound));
    }
    if (told.forget) forget();
    if (told.caption) show(told.caption);
    if (told.light) light(told.light);
    if (told.session) tell(`${say("session-started")} (${told.session.model})`);
    if (told.trouble) tell(told.trouble);
    if (told.ended) ended(told.ended);
  },
  sound: (block) => sound?.play(block),
  async up(is) {
    at("lost").hidden = is;
    sound?.silence();
    if (!is || !conversation) return;
    const answer = await device.ask({ do: "resume", name: conversation });
    if (!answer.ok) over(answer.error || say("stopped"));
  },
});
at("record").addEventListener("click", start);
at("stop").addEventListener("click", () => stop(say("stopped")));
at("interrupt").addEventListener("click", () => device.ask({ do: "interrupt" }));
