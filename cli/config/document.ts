import { z } from "zod";
import type { Option } from "../options/option.ts";
import { kebab } from "../options/split_arguments.ts";
import { JSON_FORMS } from "../options/value.ts";
import type { Section } from "./section.ts";

/** The schema of a whole configuration file. */
export function documentSchema(sections: readonly Section[]) {
  return z.strictObject(Object.fromEntries(sections.map((section) => {
    const table = tableSchema(section);
    const schema = section.many ? z.array(table) : table;
    return [section.name, schema.optional().describe(`${section.summary}.`)];
  })));
}

/** The same schema as JSON Schema (draft 7), for editors. */
export function documentJsonSchema(sections: readonly Section[]): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(documentSchema(sections), {
    io: "input",
    target: "draft-7",
    override: ({ zodSchema, jsonSchema }) => {
      const form = JSON_FORMS.get(zodSchema as z.ZodUnion<[z.ZodString, z.ZodNumber]>);
      if (form !== undefined) Object.assign(jsonSchema, form);
      const { type, default: usual } = jsonSchema;
      if (type !== undefined) delete jsonSchema.anyOf;
      // Defaults are text, as on a command line.
      if (type === "integer" || type === "number") jsonSchema.default = usual && Number(usual);
    },
  });
  return { $schema, title: "Configuration of ssdaq (ssdaq.toml)", ...schema };
}

function tableSchema({ options }: Section) {
  return z.strictObject(Object.fromEntries(
    Object.entries(options).map(([name, option]) => [kebab(name), keySchema(option)]),
  ));
}

function keySchema({ schema, help }: Option<unknown>) {
  return schema.describe(help).optional();
}
