import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { findSystemJava } from '../../../local/setup/find-java.mjs';
import { program } from './program.ts';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'etl java-')));
});
afterEach(() => rmSync(folder, { recursive: true }));
const java = (place: string, says: string, status = 0) => program(join(folder, place, 'bin'), 'java', says, status);
const path = (...places: string[]) => ({ PATH: places.map((place) => join(folder, place, 'bin')).join(':'), JAVA_HOME: '' });

test('a Java 17 on PATH is taken, although another version comes before it', async () => {
  java('new', 'openjdk 21.0.2 2024-01-16');
  const wanted = java('right', 'openjdk 17.0.15 2025-04-15');
  expect(await findSystemJava(path('empty', 'new', 'right'))).toBe(wanted);
});

test('the one of JAVA_HOME comes first', async () => {
  java('path', 'openjdk 17.0.15 2025-04-15');
  const wanted = java('home', 'java 17.0.9 2023-10-17 LTS');
  expect(await findSystemJava({ ...path('path'), JAVA_HOME: join(folder, 'home') })).toBe(wanted);
});

test('neither a Java 8, which does not know the question, nor a stand-in that fails is taken', async () => {
  java('eight', 'Unrecognized option: --version', 1);
  java('stand-in', 'The operation could not be completed. Unable to locate a Java Runtime.', 1);
  expect(await findSystemJava(path('eight', 'stand-in'))).toBeUndefined();
});
