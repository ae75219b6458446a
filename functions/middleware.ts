/** What every function shares: parsed input, structured logs, tracing, metrics, and errors that keep their name. */
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { Tracer } from '@aws-lambda-powertools/tracer';
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware';
import middy, { type MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import type { z } from 'zod';
import { METRICS_NAMESPACE, SERVICE } from '../config/metrics.ts';
import { InputInvalid } from './errors.ts';

export const logger = new Logger();
/** Each metric is published as it is recorded (record-metric.ts): nothing is left over for the end of an invocation. */
export const metrics = new Metrics({ namespace: METRICS_NAMESPACE, serviceName: SERVICE });
const tracer = new Tracer();

/** Seconds before the function's own limit at which work is told to stop, so that it ends by its own name. */
const STOP_EARLY_MS = 60_000;

export interface Invocation {
  signal: AbortSignal;
}

/**
 * A handler around `work`: its input is what `input` says, or the call is refused before anything is opened.
 * Events are never logged: they may hold names of people one day, and keys suffice to find them.
 */
export function handlerOf<Input, Output>(input: z.ZodType<Input>, work: (input: Input, invocation: Invocation) => Promise<Output>) {
  return middy<unknown, Output>()
    .use(injectLambdaContext(logger, { clearState: true }))
    .use(captureLambdaHandler(tracer, { captureResponse: false }))
    .use(namedErrors())
    .handler((event: unknown, context: Context) => {
      const parsed = parse(input, event);
      logger.appendKeys(keysOf(parsed));
      return work(parsed, { signal: AbortSignal.timeout(Math.max(1_000, context.getRemainingTimeInMillis() - STOP_EARLY_MS)) });
    });
}

function parse<T>(schema: z.ZodType<T>, event: unknown): T {
  const parsed = schema.safeParse(event);
  if (parsed.success) return parsed.data;
  throw new InputInvalid({
    expected: 'an input of the form that docs/reference/shapes.md gives',
    found: parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the input'}: ${issue.message}`).join('; '),
    remedy: 'correct the input of the execution; {} loads all that has something new',
  });
}

/** Log lines carry run, dataset, seq and chunk where the input has them. */
function keysOf(input: unknown): Record<string, string | number> {
  const found: Record<string, string | number> = {};
  for (const key of ['run', 'dataset', 'seq', 'chunk', 'layer']) {
    const value = (input as Record<string, unknown>)[key];
    if (typeof value === 'string' || typeof value === 'number') found[key] = value;
  }
  return found;
}

/** Logs a failure once, with its name; the error itself goes on to the state machine. */
function namedErrors(): MiddlewareObj {
  return {
    onError: ({ error }) => {
      if (error) logger.error(error.message, { error: error.name });
    },
  };
}
