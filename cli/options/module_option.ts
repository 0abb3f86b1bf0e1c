import { ModuleMap } from "../../lib/address/module_map.ts";
import { list, type Option } from "./option.ts";
import { moduleAddress } from "./value.ts";

const modules = list(moduleAddress, {
  placeholder: "ADDRESS=SLOT",
  pairs: true,
  help: "address (IPv4 or IPv6) and slot of a module; others become unknown",
});

/** `--module ADDRESS=SLOT`, all of them as one map; undefined without any. */
export const moduleOption: Option<ModuleMap | undefined> = {
  ...modules,
  read: (key, texts) =>
    texts.length === 0 ? undefined : ModuleMap.ofAddresses(modules.read(key, texts), key),
};
