/** The kinds of source: one row each. Buckets, secrets, settings, rights, ports and the environment of functions are derived from it. */
import * as z from 'zod';

interface Row {
  /** The landing bucket, as `buckets` of names.ts calls it: `<prefix>-<bucket>-data-…`. Kinds may share one. */
  bucket: string;
  /** `rows` of columns, or `messages` as bytes whose columns Silver decodes. */
  lands: 'rows' | 'messages';
  /** Where functions reach it, unless the stage's settings say another; without one it is reached as AWS is, by 443. */
  port?: number;
  /** It keeps a position of its own, and is told of each commit. */
  confirms?: true;
  /** It does not show which transactions are under way: how late a row may become visible below the newest is what the contract says. */
  needsLookback?: true;
  /** It can tell what was done to rows, deletions among it: the load mode that asks for that. */
  tells?: 'log' | 'changes' | 'compacted';
  /** Properties of a contract that not every kind acts on; elsewhere they are refused. */
  heeds?: readonly ('rowFilter' | 'deletionsEveryHours')[];
}

export const SOURCES = {
  postgres: { bucket: 'internal', lands: 'rows', port: 5432, tells: 'log', confirms: true, heeds: ['rowFilter', 'deletionsEveryHours'] }, // A slot of the log goes on to what was committed.
  snowflake: { bucket: 'external', lands: 'rows', needsLookback: true, tells: 'changes' },
  kafka: { bucket: 'streaming', lands: 'messages', port: 9096, tells: 'compacted', confirms: true }, // The group's offsets are mirrored for lag tools.
} as const satisfies Record<string, Row>;

export type SourceKind = keyof typeof SOURCES;
export const SOURCE_KINDS = Object.keys(SOURCES) as SourceKind[];
export const SourceKind = z.enum(SOURCE_KINDS);

/** Those that are told of a commit. */
export type ConfirmingKind = { [Kind in SourceKind]: (typeof SOURCES)[Kind] extends { confirms: true } ? Kind : never }[SourceKind];
export const CONFIRMING_KINDS = SOURCE_KINDS.filter((kind): kind is ConfirmingKind => 'confirms' in SOURCES[kind]);

/** The load mode by which it tells what was done to rows, if it can. */
export const tellsBy = (kind: SourceKind): Row['tells'] => (SOURCES[kind] satisfies Row as Row).tells;

export type LandingBucket = (typeof SOURCES)[SourceKind]['bucket'];
export const LANDING_BUCKETS: readonly LandingBucket[] = [...new Set(SOURCE_KINDS.map((kind) => SOURCES[kind].bucket))].sort();

/** The same for each kind. */
export function byKind<T>(of: (kind: SourceKind) => T): Record<SourceKind, T> {
  return Object.fromEntries(SOURCE_KINDS.map((kind) => [kind, of(kind)])) as Record<SourceKind, T>;
}
