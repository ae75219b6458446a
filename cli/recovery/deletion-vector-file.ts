/** In which file a deletion vector lies, by the Delta protocol ("Deletion Vector Descriptor Schema"): its name is a UUID in Z85. */

/** The 85 characters in the order of their values (ZeroMQ RFC 32). */
const Z85 = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';
const ENCODED_UUID = 20;

/** Relative to the table; undefined of a vector that stands in the log itself. */
export function deletionVectorFile({ storageType, pathOrInlineDv }: { storageType: string; pathOrInlineDv: string }): string | undefined {
  if (storageType !== 'u') return undefined;
  const folder = pathOrInlineDv.slice(0, -ENCODED_UUID);
  const hex = decoded(pathOrInlineDv.slice(-ENCODED_UUID)).toString('hex');
  const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return `${folder ? `${folder}/` : ''}deletion_vector_${uuid}.bin`;
}

/** Five characters are four octets. */
function decoded(text: string): Buffer {
  const octets = Buffer.alloc((text.length / 5) * 4);
  for (let at = 0; at < text.length; at += 5) {
    const value = [...text.slice(at, at + 5)].reduce((sum, character) => sum * 85 + Z85.indexOf(character), 0);
    octets.writeUInt32BE(value, (at / 5) * 4);
  }
  return octets;
}
