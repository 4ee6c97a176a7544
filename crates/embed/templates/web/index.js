/* For browsers, bundlers, Deno and Bun: files are beside this one, by their addresses. */
import { Network, NetworkError } from "./onebit.js";

export * from "./onebit.js";

async function read(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new NetworkError(`${address}: expected a file, found status ${answer.status}`);
  return answer.arrayBuffer();
}

let module;

/** Opens the network of this package, or the packed file of these bytes. */
export async function load(file) {
  module ??= read(new URL("./onebit.wasm", import.meta.url)).then(bytes => WebAssembly.compile(bytes));
  try {
    return new Network(await module, file ?? new Uint8Array(await read(new URL("./net.onebit", import.meta.url))));
  } catch (error) {
    /* Another try asks again. */
    module = undefined;
    throw error;
  }
}

export default load;
