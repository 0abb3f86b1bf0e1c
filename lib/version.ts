import configuration from "../deno.json" with { type: "json" };

/** Version of ssdaq. */
export const VERSION: string = configuration.version;
