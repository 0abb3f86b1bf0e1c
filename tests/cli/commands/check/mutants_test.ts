import configuration from "../../../../deno.json" with { type: "json" };
import { assert, assertEquals, assertMatch } from "../../../assert.ts";
import { first } from "../../../elements.ts";
import { inFolder } from "../../../lib/recording/fixtures.ts";

const ROOT = new URL("../../../../", import.meta.url);

/** A mistake: in a file, other text in place of a text that it has. */
interface Mistake {
  file: string;
  from: string;
  to: string;
}

interface Found {
  ok: boolean;
  made: number;
  fates: Record<string, number>;
  problems: string[];
}

/** The chain with a mistake in it, everywhere where its file is used. */
function chainWith(mistake: Mistake | undefined): Promise<Found> {
  return inFolder(async (folder) => {
    const imports: Record<string, string> = { ...configuration.imports };
    if (mistake !== undefined) {
      const original = new URL(mistake.file, ROOT);
      const source = Deno.readTextFileSync(original);
      assert(source.includes(mistake.from), `${mistake.file} has no ${mistake.from}`);
      const mutant = source.replace(mistake.from, mistake.to)
        .replaceAll(/from "(\.[^"]+)"/g, (_, path) => `from "${new URL(path, original)}"`);
      imports[`${original}`] = `file://${folder}/mutant.ts`;
      Deno.writeTextFileSync(`${folder}/mutant.ts`, mutant);
    }
    Deno.writeTextFileSync(`${folder}/imports.json`, JSON.stringify({ imports }));
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--allow-all", "--no-check", "--no-config", "--no-lock"],
        ...["--unstable-net", "--unstable-raw-imports", `--import-map=${folder}/imports.json`],
        new URL("mutant_chain.ts", import.meta.url).href,
        folder,
      ],
    }).output();
    assert(success, new TextDecoder().decode(stderr));
    return JSON.parse(new TextDecoder().decode(stdout));
  });
}

const PACKET = "lib/wire/packet.ts";

Deno.test("check proves the chain that has no mistake in it", async () => {
  const { ok, made, fates, problems } = await chainWith(undefined);
  assertEquals([ok, made, fates.stored, problems], [true, 60, 60, []]);
});

for (
  const [what, mistake, told] of [
    [
      "the bytes of a word are swapped when a packet is decoded",
      { file: PACKET, from: "const low = from + 1 - this.#flip;", to: "const low = high;" },
      /was sent with other voltages/,
    ],
    [
      "the raw lines of a board are in the wrong order when a packet is decoded",
      { file: PACKET, from: "target[at + i] = (word", to: "target[at + 31 - i] = (word" },
      /was sent with other voltages/,
    ],
    [
      "a voltage is wrong by a part in ten thousand",
      { file: PACKET, from: "= 0.03815 * 2;", to: "= 0.03815 * 2.0002;" },
      /was sent with other voltages/,
    ],
    [
      "the top bit is not inverted",
      { file: PACKET, from: "const TOP_BIT = 0x8000;", to: "const TOP_BIT = 0;" },
      /./,
    ],
    [
      "the boards are exchanged, both when packets are made and when they are decoded",
      {
        file: PACKET,
        from: "const PRIMARY_WORDS = 8;\nconst T_AUX = 72;\nconst AUXILIARY_WORDS = 80;",
        to: "const PRIMARY_WORDS = 80;\nconst T_AUX = 72;\nconst AUXILIARY_WORDS = 8;",
      },
      /^the simulator's packet of slot 0 from readout 0 on: raw line 0 of readout 0 is 0x/,
    ],
    [
      "TACK time and auxiliary stamp are exchanged, both ways",
      {
        file: PACKET,
        from: "const T_PRIM = 0;\nconst PRIMARY_WORDS = 8;\nconst T_AUX = 72;",
        to: "const T_PRIM = 72;\nconst PRIMARY_WORDS = 8;\nconst T_AUX = 0;",
      },
      /^the simulator's packet .* has other times than made$/,
    ],
    [
      "a packet is made with the raw lines of a board in the wrong order",
      { file: PACKET, from: "words[from + i] as number", to: "words[from + 31 - i] as number" },
      /^the simulator's packet of slot 0 from readout 0 on: raw line 0 of readout 0 is 0x/,
    ],
    [
      "each readout of a packet is made with the times of the first one",
      { file: "sim/simulated_module.ts", from: "times, 4 * i, words", to: "times, 0, words" },
      /^the simulator's packet .*readout 1 has other times than made$/,
    ],
    [
      "the times of readouts are a nanosecond too small",
      {
        file: "sim/readout_times.ts",
        from: "(2n * this.#numerator);",
        to: "(2n * this.#numerator) - 1n;",
      },
      /^the simulator's packet .*readout 0 has other times than made$/,
    ],
    [
      "the recorder stores the times of modules a byte too far",
      {
        file: "lib/recording/table/row.ts",
        from: "at + COLUMNS.tm_time.offset);",
        to: "at + COLUMNS.tm_time.offset + 1);",
      },
      /./,
    ],
  ] satisfies [string, Mistake, RegExp][]
) {
  Deno.test(`check finds that ${what}`, async () => {
    const { ok, problems } = await chainWith(mistake);
    assertEquals(ok, false);
    assertMatch(first(problems), told);
  });
}
