/** What the job of maintenance found and left of each table. */
import * as z from 'zod';

const Files = z.object({ files: z.number().int(), smallFiles: z.number().int(), bytes: z.number().int() });

const TableResult = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('ok'),
    seconds: z.number(),
    /** -1 of a table that was never written. */
    version: z.number().int(),
    /** Of Silver: the pinned version, where `version` has its rows. */
    sameRowsAs: z.number().int().optional(),
    before: Files.optional(),
    after: Files.optional(),
  }),
  z.object({ status: z.literal('failed'), seconds: z.number(), error: z.string(), cause: z.string() }),
]);
export type TableResult = z.infer<typeof TableResult>;

export const MaintenanceResults = z.object({ run: z.string(), tables: z.record(z.string(), TableResult) });
export type MaintenanceResults = z.infer<typeof MaintenanceResults>;

export const maintenanceResultsAddress = (results: string) => `${results}/maintain.json`;
