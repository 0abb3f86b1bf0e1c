import { SsdaqProcess } from "../../../cli/process/ssdaq_process.ts";
import { assertEquals } from "../../assert.ts";
import { nth } from "../../elements.ts";

Deno.test("geometry --csv prints every pixel's numbers, place on its module, and centre", async () => {
  const { code, stdout } = await SsdaqProcess.run("geometry", "--csv");
  assertEquals(code, 0);
  const [head, ...rows] = stdout.trimEnd().split("\n");
  assertEquals(head, "slot,raw_line,tmpix,row,column,x_mm,y_mm");
  assertEquals(rows.length, 2048);
  // By the camera's mapping: raw line 55 is the last of the seventh row, 59 its seventh.
  const [line, near] = [nth(rows, 30 * 64 + 55).split(","), nth(rows, 9 * 64 + 59).split(",")];
  assertEquals(line.slice(0, 5), ["30", "55", "38", "6", "7"]);
  assertEquals(line.slice(5).map((mm) => Number(mm).toFixed(3)), ["-156.213", "-42.597"]);
  assertEquals(near.slice(0, 5), ["9", "59", "36", "6", "6"]);
});
