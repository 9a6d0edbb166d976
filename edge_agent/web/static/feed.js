// The WebSocket of a page: comes back by itself, and brings answers to those who asked.
const AGAIN_MS = 2000;

export function feed(path, { message, up, sound }) {
  const waiting = new Map(); // by the number of the request
  let socket, number = 0, isOver = false;

  function open() {
    socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`);
    socket.binaryType = "arraybuffer";
    socket.addEventListener("open", () => up(true));
    socket.addEventListener("message", ({ data }) => {
      if (typeof data !== "string") return sound(data);
      const told = JSON.parse(data);
      if (waiting.has(told.n)) {
        waiting.get(told.n)(told);
        waiting.delete(told.n);
      } else message(told);
    });
    socket.addEventListener("close", () => {
      for (const settle of waiting.values()) settle({ ok: false, error: "" });
      waiting.clear();
      if (isOver) return;
      up(false);
      setTimeout(open, AGAIN_MS);
    });
  }

  open();
  return {
    end() { isOver = true; },
    ask(request) {
      if (socket.readyState !== WebSocket.OPEN) return Promise.resolve({ ok: false, error: "" });
      const n = ++number;
      socket.send(JSON.stringify({ ...request, n }));
      return new Promise((settle) => waiting.set(n, settle));
    },
    send(block) {
      if (socket.readyState === WebSocket.OPEN) socket.send(block);
    },
  };
}
