/** The numbers from 1 to the last one: those of events of which none is missing. */
export function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}
