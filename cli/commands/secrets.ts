/** `etl secrets set`: real credentials into Secrets Manager, from a prompt or from standard input, never from the command line. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Argument, type Command } from 'commander';
import { z } from 'zod';
import { SOURCE_KINDS, type SourceKind } from '../../config/sources.ts';
import { parsedJson } from '../../functions/parsed-json.ts';
import { secretOf } from '../../functions/sources/by-kind.ts';
import { CommandFailed } from '../command-failed.ts';
import { openStage } from '../stage.ts';
import { storeSecret } from '../store-secrets.ts';
import { commonOptions } from './options.ts';

export function addSecrets(program: Command): void {
  const secrets = program.command('secrets').description('credentials of the sources, in Secrets Manager');
  secrets
    .command('set')
    .description('ask for the credentials of a source and store them; JSON on standard input is taken as it is')
    .addArgument(new Argument('<source>', 'whose credentials').choices(SOURCE_KINDS))
    .action(async (kind: SourceKind, _options, command: Command) => {
      const { stage: name, output } = commonOptions(command);
      const stage = await openStage(name);
      const schema = await secretOf(kind);
      const given = process.stdin.isTTY ? await prompt(schema) : parsedJson(await text(process.stdin));
      const parsed = schema.safeParse(given);
      if (!parsed.success) throw incomplete(kind, schema, parsed.error);
      await storeSecret(stage, kind, parsed.data);
      output.result({ secret: stage.names.secrets[kind] }, ({ secret }) =>
        output.line(`Stored ${secret} for ${name}. Next: npx etl doctor --stage ${name}`),
      );
    });
}

/** Field by field; nothing of a secret field is shown. Of a group that may be left out, each field may. */
async function prompt(schema: z.ZodObject, group = ''): Promise<Record<string, unknown>> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const answers: Record<string, unknown> = {};
  for (const [field, type] of Object.entries(schema.shape)) {
    if (type instanceof z.ZodOptional && type.unwrap() instanceof z.ZodObject) {
      const answered = await prompt(type.unwrap() as z.ZodObject, `${field}.`);
      if (Object.keys(answered).length > 0) answers[field] = answered;
      continue;
    }
    const hidden = /password|secret/i.test(field);
    process.stderr.write(`${group}${field}${field === 'ca' ? ' (PEM on one line, \\n for line ends)' : ''}: `);
    const lines = createInterface({ input: process.stdin, output: hidden ? silent : process.stderr, terminal: true });
    const answer = (await lines.question('')).trim();
    lines.close();
    if (hidden) process.stderr.write('\n');
    if (answer === '' && (group !== '' || type instanceof z.ZodOptional)) continue;
    answers[field] = typed(field, type, answer);
  }
  return answers;
}

function typed(field: string, type: unknown, answer: string): unknown {
  if (type instanceof z.ZodOptional) return typed(field, type.unwrap(), answer);
  if (type instanceof z.ZodNumber) return Number(answer);
  if (type instanceof z.ZodArray) return answer.split(',').map((item) => item.trim());
  return field === 'ca' ? answer.replaceAll('\\n', '\n') : answer;
}

function incomplete(kind: string, schema: z.ZodObject, error: z.ZodError): CommandFailed {
  return new CommandFailed({
    expected: `the credentials of ${kind} with ${Object.keys(schema.shape).join(', ')}`,
    found: `missing or wrong: ${[...new Set(error.issues.map(({ path }) => path.join('.') || 'the whole value'))].join(', ')}`,
    remedy: `npx etl secrets set ${kind}, or give them as JSON on standard input`,
  });
}
