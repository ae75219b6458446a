import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { findPython } from '../../../local/setup/find-python.mjs';
import { program } from './program.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'etl python-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
/** No Python of this machine is in reach. */
const path = () => ({ PATH: folder, ETL_PYTHON: '' });

test('python3 is taken where it is one of 3.10 to 3.13, by the path of the interpreter that it says', async () => {
  program(folder, 'python3', '3 10 /opt/ten and a bit/python3.10');
  program(folder, 'python3.13', '3 13 /opt/thirteen/python3.13');
  expect(await findPython(path())).toBe('/opt/ten and a bit/python3.10');
});

test('where python3 is too old or too new, the newest that suits is taken', async () => {
  program(folder, 'python3', '3 14 /opt/fourteen/python3');
  program(folder, 'python3.10', '3 10 /opt/ten/python3.10');
  program(folder, 'python3.12', '3 12 /opt/twelve/python3.12');
  expect(await findPython(path())).toBe('/opt/twelve/python3.12');
});

test('the one that ETL_PYTHON names is taken before all others, and no other when it does not suit', async () => {
  program(folder, 'python3', '3 12 /opt/twelve/python3');
  const own = program(join(folder, 'own'), 'my-python', '3 11 /own/python');
  expect(await findPython({ ...path(), ETL_PYTHON: own })).toBe('/own/python');
  const old = program(join(folder, 'own'), 'old-python', '3 9 /own/old');
  await expect(findPython({ ...path(), ETL_PYTHON: old })).rejects.toThrow(/expected Python 3.10 to 3.13.*old-python is 3.9.*ETL_PYTHON=/s);
});

test('none that suits: what was found is told, one without its venv module included', async () => {
  program(folder, 'python3', '3 9 /opt/nine/python3');
  program(folder, 'python3.11', 'ModuleNotFoundError: No module named ensurepip', 1);
  await expect(findPython(path())).rejects.toThrow(
    /python3 is 3.9.*python3.13: not there.*python3.11: ModuleNotFoundError: No module named ensurepip/s,
  );
});
