/** A folder that TMPDIR names from now on, gone after the tests of the file: what the code under test leaves behind is seen there. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'test-'));
  process.env.TMPDIR = folder;
  afterAll(() => rmSync(folder, { recursive: true }));
  return folder;
}
