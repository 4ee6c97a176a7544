/* An export of Onebit @VERSION@. */
import { Network } from "./onebit.js";

export * from "./onebit.js";

/** Opens the network of this package, or the packed file of these bytes. */
export function load(file?: Uint8Array | ArrayBuffer): Promise<Network>;

export default load;
