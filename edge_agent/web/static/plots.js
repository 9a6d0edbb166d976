// Plots of the last turns, and of the hours of the day.
import { at, draw } from "/elements.js";

const WIDE = 480, HIGH = 150, LEFT = 4, TOP = 16, FLOOR = 130, HOUR = (WIDE - 2 * LEFT) / 24;

// How long people waited for the answers of the last turns, in ms, the oldest first.
export function plotTurns(all) {
  at("waits").hidden = all.length === 0;
  at("longest").textContent = all.length ? `${Math.min(...all)}–${Math.max(...all)} ms` : "";
  const most = Math.max(1000, ...all), wide = 800 / Math.max(20, all.length);
  at("waits").querySelector("svg").replaceChildren(...all.map((ms, number) => {
    const height = 130 * ms / most;
    return titled(draw("rect", { x: 800 - wide * (all.length - number) + 1, y: 140 - height, width: wide - 2, height }), `${ms} ms`);
  }));
}

// `hours`, `daily_cost` and `currency` as in the status.
export function plotDay(hours, { daily_cost, currency }) {
  at("day").hidden = hours.length === 0;
  const waits = hours.filter(({ turns }) => turns);
  const slowest = Math.max(1000, ...waits.map(({ p95_ms }) => p95_ms));
  fill("day-waits", slowest, `${slowest} ms`, waits.flatMap(({ hour, turns, p50_ms, p95_ms }) => {
    const title = `${hour}:00  p50 ${p50_ms} ms, p95 ${p95_ms} ms (${turns})`, x = middle(hour);
    return [bar(hour, p50_ms, slowest, title), draw("line", { x1: x, x2: x, y1: y(p95_ms, slowest), y2: y(p50_ms, slowest) })];
  }));
  const total = hours.reduce((sum, { cost }) => sum + cost, 0), most = Math.max(total, daily_cost, 0.0001);
  let sum = 0;
  const steps = hours.map(({ hour, cost }) => `H${LEFT + hour * HOUR}V${y(sum += cost, most)}`).join("");
  fill("day-costs", most, `${most.toFixed(most < 1 ? 4 : 2)} ${currency}`, [
    ...hours.map(({ hour, cost }) => bar(hour, cost, most, `${hour}:00  ${cost.toFixed(4)} ${currency}`)),
    draw("path", { d: `M${LEFT} ${FLOOR}${steps}H${WIDE - LEFT}` }),
    ...(daily_cost ? [draw("line", { class: "budget", x1: 0, x2: WIDE, y1: y(daily_cost, most), y2: y(daily_cost, most) })] : []),
  ]);
}

const y = (value, most) => FLOOR - (FLOOR - TOP) * value / most;
const middle = (hour) => LEFT + (hour + 0.5) * HOUR;

function bar(hour, value, most, title) {
  const top = y(value, most);
  return titled(draw("rect", { x: LEFT + hour * HOUR + 1, y: top, width: HOUR - 2, height: FLOOR - top }), title);
}

function fill(id, most, label, marks) {
  const hours = [0, 6, 12, 18, 24].map((hour) => draw("text", {
    x: LEFT + hour * HOUR, y: HIGH - 4, "text-anchor": hour === 0 ? "start" : hour === 24 ? "end" : "middle",
  }, `${hour}:00`));
  at(id).replaceChildren(draw("text", { x: 0, y: 11 }, label), ...marks, ...hours);
}

function titled(mark, title) {
  mark.append(draw("title", {}, title));
  return mark;
}
