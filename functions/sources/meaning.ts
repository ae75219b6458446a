/** What an error of a source means: the name it gets, and how the innermost part that is known is found in what a client throws. */
import { CertificateRejected, type Failure, PipelineError, SourceFailed, SourceInterrupted, SourceUnreachable } from '../errors.ts';

export interface Meaning {
  error: new (failure: Failure) => PipelineError;
  expected: string;
  remedy: string;
}

export interface Part {
  code?: string | number | undefined;
  message?: string | undefined;
  /** A server's code and words, as some clients carry them beside their own. */
  apiId?: string | undefined;
  type?: string | undefined;
  serverErrorMessage?: string | null | undefined;
}

/** What the system and TLS say when no server answered, for any source reached over the network. */
export function networkMeanings(
  server: string,
  secret: string,
  authority: string,
): Record<string, Meaning> & { reach: Meaning; cut: Meaning; tls: Meaning } {
  const reach: Meaning = {
    error: SourceUnreachable,
    expected: `${server} to answer`,
    remedy: `check the addresses in the secret etl/${secret}, the security groups and the way out of the VPC`,
  };
  const cut: Meaning = {
    error: SourceInterrupted,
    expected: `the connection to ${server} to last`,
    remedy: `nothing: it is tried again; if it stays so, look at the state of ${server}`,
  };
  const tls: Meaning = {
    error: CertificateRejected,
    expected: `a certificate of ${server} for its host, issued by ${authority}`,
    remedy: `correct the addresses, and the ca where the secret has one: npx etl secrets set ${secret}`,
  };
  return {
    reach,
    cut,
    tls,
    ECONNREFUSED: reach,
    ENOTFOUND: reach,
    EHOSTUNREACH: reach,
    ENETUNREACH: reach,
    ETIMEDOUT: reach,
    EAI_AGAIN: reach,
    ECONNRESET: cut,
    EPIPE: cut,
    SELF_SIGNED_CERT_IN_CHAIN: tls,
    DEPTH_ZERO_SELF_SIGNED_CERT: tls,
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: tls,
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: tls,
    CERT_HAS_EXPIRED: tls,
    ERR_TLS_CERT_ALTNAME_INVALID: tls,
  };
}

/** An error with all that it wraps, outermost first: several at once, each with a cause of its own. */
function partsOf(error: unknown): Part[] {
  if (typeof error !== 'object' || error === null) return [];
  const { errors = [], cause } = error as { errors?: unknown[]; cause?: unknown };
  return [error, ...errors.flatMap(partsOf), ...partsOf(cause)];
}

/** The first part that has a meaning, tried by each way in turn. */
export function nameError(
  error: unknown,
  dataset: string,
  server: string,
  ...ways: ((part: Part) => Meaning | undefined)[]
): PipelineError {
  if (error instanceof PipelineError) return error;
  const parts = partsOf(error);
  for (const way of ways) {
    for (const part of parts) {
      const meaning = way(part);
      if (meaning) return named(meaning, dataset, part);
    }
  }
  const unknown = {
    error: SourceFailed,
    expected: `an answer from ${server}`,
    remedy: 'see docs/runbook.md; an error that is not known is not tried again',
  };
  return named(unknown, dataset, parts.at(-1) ?? { message: String(error) });
}

/** A client's error may carry its request with credentials in it, so only text and code go along as the cause. */
function named(
  { error, expected, remedy }: Meaning,
  dataset: string,
  { apiId, type, code, serverErrorMessage, message }: Part,
): PipelineError {
  const found = `${apiId ?? type ?? code ?? ''} ${serverErrorMessage ?? message ?? ''}`
    .replace(/\s+/g, ' ')
    .replace(/\.?\s*$/, '')
    .trim();
  return new error({ dataset, expected, found, remedy, cause: new Error(found) });
}
