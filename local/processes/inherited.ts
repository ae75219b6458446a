/** The variables that every server gets: enough to find programs and to trust this network's certificates, and no credentials of the user. */
import { delimiter, dirname } from 'node:path';

const KEPT = /^(HOME|USER|LANG|LC_ALL|TZ|SystemRoot|.*_proxy|.*_PROXY|SSL_CERT_FILE|SSL_CERT_DIR|NODE_EXTRA_CA_CERTS|REQUESTS_CA_BUNDLE)$/;

export function inherited(temporaryFolder: string): Record<string, string> {
  const kept = Object.entries(process.env).filter((entry): entry is [string, string] => KEPT.test(entry[0]) && entry[1] !== undefined);
  // The emulator runs functions on the `node` of PATH.
  const path = [dirname(process.execPath), process.env.PATH ?? '/usr/bin:/bin'].join(delimiter);
  return { LANG: 'C.UTF-8', ...Object.fromEntries(kept), PATH: path, TMPDIR: temporaryFolder };
}
