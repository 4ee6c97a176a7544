/* The time of an image in WebAssembly: node bench.mjs NET MODULE…
 *
 * Each module opens the packed file and computes the same image; their integers have to be equal. Then rounds of all modules, one
 * after the other; of each the fastest round counts. Time is that of the processor, so that other programs disturb little. */
import { readFileSync } from "node:fs";

const [net, ...modules] = process.argv.slice(2);
const ROUNDS = 10, IMAGES = 40, WARM_UP = 150;

const opened = modules.map(path => {
  const bytes = readFileSync(path), file = readFileSync(net);
  const code = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  const place = code.room(file.length);
  new Uint8Array(code.memory.buffer).set(file, place);
  if (!code.open()) throw new Error(Buffer.from(code.memory.buffer, code.text(), code.text_len()).toString());
  const image = new Uint8Array(code.memory.buffer, code.image(), code.image_len());
  image.forEach((_, index) => { image[index] = (index * 7919 + (index >> 5) * 31) & 255; });
  for (let i = 0; i < WARM_UP; i++) code.classify();
  const logits = new Int32Array(code.memory.buffer, code.logits(), code.logits_len()).join(" ");
  return { path, bytes: bytes.length, code, logits, best: Infinity };
});
if (opened.some(({ logits }) => logits !== opened[0].logits)) throw new Error("the modules give different integers");
/* Compilers of browsers go on in the background. */
await new Promise(done => setTimeout(done, 2000));
for (let round = 0; round < ROUNDS; round++) for (const one of opened) {
  const start = process.cpuUsage().user;
  for (let i = 0; i < IMAGES; i++) one.code.classify();
  one.best = Math.min(one.best, (process.cpuUsage().user - start) / 1000 / IMAGES);
}
for (const { path, bytes, best } of opened) console.log(`| ${path} | ${bytes} | ${best.toFixed(2)} |`);
