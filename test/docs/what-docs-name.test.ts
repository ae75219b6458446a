/** What the documents name is there: files, headings, commands with their options, and errors. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { program } from '../../cli/program.ts';
import * as errors from '../../functions/errors.ts';

const root = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const found = (file: string, pattern: RegExp) => [...read(file).matchAll(pattern)].map(([, name = '']) => name);
const documents = globSync(['*.md', 'docs/**/*.md', 'statemachines/*.md', 'local/aws/*.md'], { cwd: root });
const code = globSync(['{cli,config,functions,infra,local,spark-jobs}/**/*.{ts,mjs,py,sql}', 'statemachines/*.json'], { cwd: root });
const headingsOf = (file: string) =>
  found(file, /^#+ (.+)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );

function isDead(path: string, heading: string | undefined): boolean {
  return !existsSync(join(root, path)) || (heading !== undefined && !headingsOf(path).includes(heading));
}

test('documents link to files and headings that are there', () => {
  const dead = documents.flatMap((document) =>
    found(document, /\]\((?!https?:|mailto:)([^)]+)\)/g).filter((link) => {
      const [path, heading] = link.split('#');
      return isDead(path ? join(dirname(document), path) : document, heading);
    }),
  );
  expect(dead).toEqual([]);
});

test('documents name paths that are there', () => {
  // `<stage>`, `*` and `…` stand for something else; what set-up makes is not in the repository.
  const PATH = /`((?:cli|config|contracts|docs|functions|infra|local|spark-jobs|statemachines|test)\/[\w./-]*)`/g;
  const paths = documents.flatMap((document) => found(document, PATH));
  expect(paths.length).toBeGreaterThan(60);
  expect(paths.filter((path) => isDead(path, undefined))).toEqual([]);
});

test('code that points to a document points to one that is there, and to a heading of it', () => {
  const pointers = code.flatMap((file) => found(file, /\b(docs\/[\w/-]+\.md(?:#[\w-]+)?)/g).map((pointer) => pointer.split('#')));
  expect(pointers.length).toBeGreaterThan(10);
  expect(pointers.filter(([file = '', heading]) => isDead(file, heading))).toEqual([]);
});

/** What is wrong with the words after `etl`; undefined when the command knows them. */
function unknownIn(words: string[], command: Command = program): string | undefined {
  const [first = '', ...rest] = words;
  const next = command.commands.find((each) => each.name() === first);
  if (next) return unknownIn(rest, next);
  if (command.commands.length > 0) return first.startsWith('--') && command === program ? undefined : `no command ${first}`;
  const known = [...command.options, ...program.options].flatMap(({ short, long }) => [short, long]);
  return words.find((word) => /^--?[a-z]/.test(word) && !known.includes(word));
}

test('documents, remedies and messages name commands and options that the command has', () => {
  const calls = [...documents, ...code].flatMap((file) => found(file, /(?:npx |`)etl (-{0,2}[a-z].*?)(?=[`'"\n;,)·$]|&&|$)/gm));
  expect(calls.length).toBeGreaterThan(60);
  const wrong = calls.map((call) => [call, unknownIn(call.trim().split(/\s+/))]).filter(([, unknown]) => unknown);
  expect(wrong).toEqual([]);
});

test('the runbook says what to do about every error that functions, jobs and machines end with, and about no other', () => {
  const named = [
    ...Object.values(errors).flatMap((each) => ('code' in each ? [each.code] : [])),
    ...code.filter((file) => file.startsWith('spark-jobs/')).flatMap((file) => found(file, /JobError\(\s*"([A-Z]\w+)"/g)),
    ...code.filter((file) => file.startsWith('statemachines/')).flatMap((file) => found(file, /error['"]?\s*: ['"]([A-Z]\w+)['"]/gi)),
  ];
  const said = new Set(found('docs/runbook.md', /`([A-Z][a-z]+(?:[A-Z][a-z]+)*)`/g));
  const metrics = ['FreshnessSeconds'];
  expect([...said].filter((name) => !metrics.includes(name)).sort()).toEqual([...new Set(named)].sort());
});
