/**
 * Every way in which a function fails by name: what was expected, what was found, what to do, and whether trying again can help.
 * Spark's jobs have names of their own (spark-jobs/), and so have the state machines' states (statemachines/).
 */

/** `backoff`: the state machine tries again with jitter. `never`: trying again gives the same answer. */
export type Retry = 'never' | 'backoff';

/** What the next run does with the batch that was open: goes on with its plan, or gives it up, since that plan can be carried out no more. */
export type PlanAfter = 'resume' | 'plan anew';

export interface Failure {
  dataset?: string | undefined;
  expected: string;
  found: string;
  remedy: string;
  cause?: unknown;
}

/** The name of the error is what Retry and Catch of the state machine match; messages hold keys and names, no other values. */
export class PipelineError extends Error {
  readonly code: string;
  readonly retry: Retry;
  readonly dataset: string | undefined;
  readonly expected: string;
  readonly found: string;
  readonly remedy: string;

  constructor(code: string, retry: Retry, failure: Failure) {
    const { dataset, expected, found, remedy, cause } = failure;
    super(`${dataset ? `${dataset}: ` : ''}expected ${expected}; found ${found}. To mend it: ${remedy}`, { cause });
    this.name = code;
    this.code = code;
    this.retry = retry;
    this.dataset = dataset;
    this.expected = expected;
    this.found = found;
    this.remedy = remedy;
  }
}

/** One class a cause. The code is a literal, since bundling renames classes. */
function named(code: string, retry: Retry, planAfter: PlanAfter = 'resume') {
  return class extends PipelineError {
    static readonly code = code;
    static readonly retry = retry;
    static readonly planAfter = planAfter;
    constructor(failure: Failure) {
      super(code, retry, failure);
    }
  };
}

// What was asked
export class InputInvalid extends named('InputInvalid', 'never') {}
export class EnvironmentInvalid extends named('EnvironmentInvalid', 'never') {}
export class ContractInvalid extends named('ContractInvalid', 'never') {}
export class ObjectInvalid extends named('ObjectInvalid', 'never') {}

// Credentials and reach
export class SecretMissing extends named('SecretMissing', 'never') {}
export class SecretIncomplete extends named('SecretIncomplete', 'never') {}
export class CredentialRejected extends named('CredentialRejected', 'never') {}
export class CertificateRejected extends named('CertificateRejected', 'never') {}
export class PermissionDenied extends named('PermissionDenied', 'never') {}
export class SourceUnreachable extends named('SourceUnreachable', 'backoff') {}
export class SourceBusy extends named('SourceBusy', 'backoff') {}
export class SourceInterrupted extends named('SourceInterrupted', 'backoff') {}

// What the source holds
export class TableMissing extends named('TableMissing', 'never', 'plan anew') {}
export class ColumnMissing extends named('ColumnMissing', 'never', 'plan anew') {}
export class ColumnNameUnusable extends named('ColumnNameUnusable', 'never', 'plan anew') {}
export class ColumnTypeChanged extends named('ColumnTypeChanged', 'never', 'plan anew') {}
export class TableRewritten extends named('TableRewritten', 'never', 'plan anew') {}
export class SequenceUnusable extends named('SequenceUnusable', 'never') {}
export class CannotSeeTransactions extends named('CannotSeeTransactions', 'never') {}
export class LogUnavailable extends named('LogUnavailable', 'never') {}
export class SlotLost extends named('SlotLost', 'never', 'plan anew') {}
export class TableTruncated extends named('TableTruncated', 'never', 'plan anew') {}
export class ChangesUnavailable extends named('ChangesUnavailable', 'never') {}
export class ChangesExpired extends named('ChangesExpired', 'never', 'plan anew') {}
export class PointInTimeExpired extends named('PointInTimeExpired', 'never', 'plan anew') {}
export class OffsetLost extends named('OffsetLost', 'never', 'plan anew') {}
export class PartitionsAdded extends named('PartitionsAdded', 'never') {}
export class TopicRecreated extends named('TopicRecreated', 'never', 'plan anew') {}
export class StreamTruncated extends named('StreamTruncated', 'backoff') {}
export class ChunkDeadline extends named('ChunkDeadline', 'backoff') {}
export class SnapshotTooLarge extends named('SnapshotTooLarge', 'never', 'plan anew') {}
export class SourceFailed extends named('SourceFailed', 'never') {}

// Landing
export class DiskFull extends named('DiskFull', 'never') {}
export class MemoryFull extends named('MemoryFull', 'never') {}
export class LandingIncomplete extends named('LandingIncomplete', 'never') {}
export class ManifestMismatch extends named('ManifestMismatch', 'never', 'plan anew') {}
export class SchemaFrozen extends named('SchemaFrozen', 'never', 'plan anew') {}
export class EmptySnapshot extends named('EmptySnapshot', 'never', 'plan anew') {}

// Ledger and sequencing
export class VersionUnknown extends named('VersionUnknown', 'never') {}
export class RestoreOpen extends named('RestoreOpen', 'never') {}
export class BatchInSilver extends named('BatchInSilver', 'never') {}
export class BatchOpen extends named('BatchOpen', 'never') {}
export class DatasetBusy extends named('DatasetBusy', 'never') {}
export class LeaseLost extends named('LeaseLost', 'never') {}
export class PreviousRunStopping extends named('PreviousRunStopping', 'backoff') {}
export class ReceiptMismatch extends named('ReceiptMismatch', 'never') {}
export class ResultsMissing extends named('ResultsMissing', 'never') {}
export class LayerFailed extends named('LayerFailed', 'never') {}
