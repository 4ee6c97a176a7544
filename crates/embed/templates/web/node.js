/* For Node, whose fetch reads no files. */
import { readFile } from "node:fs/promises";
import { Network } from "./onebit.js";

export * from "./onebit.js";

let module;

/** Opens the network of this package, or the packed file of these bytes. */
export async function load(file) {
  module ??= readFile(new URL("./onebit.wasm", import.meta.url)).then(bytes => WebAssembly.compile(bytes));
  return new Network(await module, file ?? await readFile(new URL("./net.onebit", import.meta.url)));
}

export default load;
