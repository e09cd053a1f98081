// A spoken conversation by OpenAI's agents package, unmodified but for its address: a question, an interruption, a function of ours.
import { readFileSync } from "node:fs";
import { OpenAIRealtimeWebSocket, RealtimeAgent, RealtimeSession, tool } from "@openai/agents-realtime";
import { z } from "zod";

const [url, folder] = process.argv.slice(2);
const PIECE = 4800; // 100 ms of 24 kHz
const give_up = setTimeout(() => fail("nothing happened for too long"), 120_000);

function fail(why) {
  console.error(why);
  process.exit(1);
}

let called;
const weather = tool({
  name: "get_weather",
  description: "The present weather in a city",
  parameters: z.object({ city: z.string() }),
  execute: async ({ city }) => {
    called = city;
    return JSON.stringify({ sky: "clear", celsius: 4 });
  },
});

const agent = new RealtimeAgent({ name: "Traveller's friend", instructions: "Be brief.", tools: [weather] });
const transport = new OpenAIRealtimeWebSocket({ useInsecureApiKey: true });
const session = new RealtimeSession(agent, { transport, model: "gpt-realtime", tracingDisabled: true });
session.on("error", (error) => fail(`error: ${JSON.stringify(error)}`));

const seen = [];
const waiting = [];
transport.on("*", (event) => {
  seen.push(event);
  for (const one of [...waiting]) {
    if (one.wanted(event)) {
      waiting.splice(waiting.indexOf(one), 1);
      one.done(event);
    }
  }
});
const until = (wanted) => new Promise((done) => waiting.push({ wanted, done }));

async function speak(name) {
  const pcm = Buffer.concat([readFileSync(`${folder}/${name}`), Buffer.alloc(PIECE * 15)]);
  for (let at = 0; at < pcm.length; at += PIECE) {
    const piece = pcm.subarray(at, at + PIECE);
    session.sendAudio(piece.buffer.slice(piece.byteOffset, piece.byteOffset + piece.byteLength));
    await new Promise((done) => setTimeout(done, 100));
  }
}

await session.connect({ apiKey: "none", url: `${url.replace("http", "ws")}/v1/realtime?model=gpt-realtime` });
let sound = 0;
session.on("audio", (event) => (sound += event.data.byteLength));
const answered = until((event) => event.type === "response.done" && JSON.stringify(event).includes("Denver"));
await speak("ask.pcm");
await answered;
if (sound < 24_000) fail(`only ${sound} bytes of sound`);
console.log("answered:", sound, "bytes of sound");

const cut = until((event) => event.type === "conversation.item.truncated");
const told = until((event) => event.type === "response.output_audio_transcript.done" && event.transcript?.includes("clear"));
const speaking = speak("stop.pcm");
const { item_id, audio_end_ms } = await cut;
console.log("interrupted:", item_id, audio_end_ms);
const { transcript } = await told;
if (called !== "Paris") fail(`called for ${called}`);
console.log("called:", called, "told:", transcript);
await speaking;
const roles = session.history.filter((item) => item.type === "message").map((item) => item.role);
console.log("history:", roles.join(" "));
clearTimeout(give_up);
session.close();
process.exit(0);
