/**
 * What of the lake is copied into the bucket of backups: what cannot be made again from elsewhere, or only slowly. Gold and its plans are
 * made anew from Silver; results of runs and of queries are of their day only.
 */
export const BACKED_UP = ['bronze/', 'silver/', 'quarantine/', 'run-log/'] as const;

/** An object that was deleted or overwritten in the backups, as it follows the lake, can be brought back for so many days. */
export const BACKUPS_KEEP_DAYS = 35;
