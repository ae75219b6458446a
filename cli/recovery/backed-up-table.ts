/** What the backups have of a Delta table: its files, the log's objects, and the newest version that can be read. */
import type { BackedUpObject } from './backed-up-objects.ts';
import { type LogEntry, readCheckpoint, readEntry, versionOfKey } from './log-entries.ts';
import { newestWholeVersion } from './newest-whole-version.ts';

export interface BackedUpTable {
  /** As `silver/users`. */
  path: string;
  version: number;
  /** The newest version whose log entry is there: later than `version` where files of it are missing. */
  newestVersion: number;
  /** The last batch that `version` has; undefined where the log no longer says. */
  batch: number | undefined;
  files: BackedUpObject[];
  /** Up to `version`, in the order in which they may be put into place: checkpoints before commits, commits in their order. */
  log: BackedUpObject[];
}

/** Undefined where no version of the table can be read. `objects`: those of the table alone. */
export async function backedUpTable(bucket: string, path: string, objects: readonly BackedUpObject[]): Promise<BackedUpTable | undefined> {
  const log = objects.filter(({ key }) => versionOfKey(key) !== undefined);
  const keys = new Set(objects.map(({ key }) => key));
  for (const start of startsOf(log)) {
    const entries = await entriesFrom(bucket, start, log);
    const version = newestWholeVersion(entries, (file) => keys.has(`${path}/${file}`));
    if (version === undefined) continue;
    return {
      path,
      version,
      batch: await batchAt(bucket, version, log),
      newestVersion: Math.max(...log.map(({ key }) => versionOfKey(key) ?? 0)),
      files: objects.filter(({ key }) => !key.startsWith(`${path}/_delta_log/`)),
      log: log.filter(({ key }) => (versionOfKey(key) ?? 0) <= version).sort(byPlace),
    };
  }
  return undefined;
}

const isCommit = ({ key }: BackedUpObject) => /\/\d{20}\.json$/.test(key);

const byPlace = (one: BackedUpObject, other: BackedUpObject) =>
  Number(isCommit(one)) - Number(isCommit(other)) || (one.key < other.key ? -1 : 1);

/** Where the log can be read from, the newest first: the parts of a checkpoint, or none for the first commit. */
function startsOf(log: readonly BackedUpObject[]): BackedUpObject[][] {
  const checkpoints = Object.groupBy(
    log.filter(({ key }) => key.endsWith('.parquet')),
    ({ key }) => versionOfKey(key) ?? -1,
  );
  const whole = Object.values(checkpoints).filter((parts) => parts !== undefined && parts.length === partsOf(parts[0]));
  const starts = whole.reverse() as BackedUpObject[][];
  return log.some((object) => isCommit(object) && versionOfKey(object.key) === 0) ? [...starts, []] : starts;
}

/** `<version>.checkpoint.parquet`, or `<version>.checkpoint.<part>.<parts>.parquet`. */
const partsOf = (part: BackedUpObject | undefined) => Number(/\.checkpoint\.\d{10}\.(\d{10})\./.exec(part?.key ?? '')?.[1] ?? 1);

/** Up to the first gap: what comes after it cannot be read. */
async function entriesFrom(bucket: string, checkpoint: readonly BackedUpObject[], log: readonly BackedUpObject[]): Promise<LogEntry[]> {
  const commits = new Map(log.filter(isCommit).map((object) => [versionOfKey(object.key) ?? -1, object]));
  const entries = checkpoint.length > 0 ? [await readCheckpoint(bucket, checkpoint)] : [];
  for (let version = (entries[0]?.version ?? -1) + 1; ; version += 1) {
    const commit = commits.get(version);
    if (!commit) return entries;
    entries.push(await readEntry(bucket, commit));
  }
}

async function batchAt(bucket: string, version: number, log: readonly BackedUpObject[]): Promise<number | undefined> {
  const commits = log.filter((object) => isCommit(object) && (versionOfKey(object.key) ?? 0) <= version).sort(byPlace);
  for (const commit of commits.reverse()) {
    const { batch } = await readEntry(bucket, commit);
    if (batch !== undefined) return batch;
  }
  return undefined;
}
