/** Code that does not end for inputs that begin with a certain byte. */
export function hang(bytes: Uint8Array): void {
  for (let at = 0; bytes[0] === 0xa5 || at < bytes.length; at++);
}
