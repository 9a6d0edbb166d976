// Microphone and speaker of this browser.
const RATE_HZ = 24000;
const WANTED = { audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true } };

export const hasMicrophone = isSecureContext && Boolean(navigator.mediaDevices);

// `hear` takes each block of the microphone, `lost` that it is gone. Rejects with a DOMException, as getUserMedia does.
export async function openSound(hear, lost) {
  const stream = await navigator.mediaDevices.getUserMedia(WANTED);
  const [track] = stream.getTracks();
  track.addEventListener("ended", lost);
  let context;
  const close = () => {
    track.stop();
    context?.close();
  };
  try {
    let source;
    try {
      context = new AudioContext({ sampleRate: RATE_HZ });
      source = context.createMediaStreamSource(stream);
    } catch (error) {
      if (error.name !== "NotSupportedError") throw error;
      context.close();
      context = new AudioContext(); // some browsers do not change the rate of a microphone: the device does it
      source = context.createMediaStreamSource(stream);
    }
    await context.audioWorklet.addModule("/talk_worklet.js");
    const card = new AudioWorkletNode(context, "sound-card", { outputChannelCount: [1] });
    card.port.onmessage = ({ data }) => hear(data);
    source.connect(card).connect(context.destination);
    await context.resume();
    return {
      rateHz: context.sampleRate,
      play: (block) => card.port.postMessage(block, [block]),
      silence: () => card.port.postMessage(null),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}
