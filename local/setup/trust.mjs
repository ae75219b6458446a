/** Decides whom downloads trust: where a proxy inspects TLS, its authority stands in a file that the user's environment names, or in the system's. */
import { existsSync } from 'node:fs';

const VARIABLES = ['SSL_CERT_FILE', 'PIP_CERT', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS'];
const SYSTEM = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/cert.pem'];

/** Files of authorities in PEM, the most likely first. */
export function authorityFiles(env = process.env) {
  const named = VARIABLES.map((name) => env[name]);
  return [...new Set([...named, ...SYSTEM])].filter((path) => path && existsSync(path));
}
