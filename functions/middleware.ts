/** What every function shares: parsed input, structured logs, metrics, and errors that keep their name. */
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics } from '@aws-lambda-powertools/metrics';
import middy, { type MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import type { z } from 'zod';
import { METRICS_NAMESPACE, SERVICE } from '../config/metrics.ts';
import { InputInvalid } from './errors.ts';
import { issuesText } from './issues.ts';

export const logger = new Logger();
/**
 * Each metric is published as it is recorded (record-metric.ts), and not at the end of an invocation by a middleware: that would put all of
 * them under the same dimensions, and lose them when the function is ended.
 */
export const metrics = new Metrics({ namespace: METRICS_NAMESPACE, serviceName: SERVICE });

/** Milliseconds before the function's own limit at which work is told to stop, so that it ends by its own name. */
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
    .use(namedErrors())
    .use(parsedInput(input))
    .handler((event: unknown, context: Context) =>
      // The middleware before has put what `input` makes of it in the event's place.
      work(event as Input, { signal: AbortSignal.timeout(Math.max(1_000, context.getRemainingTimeInMillis() - STOP_EARLY_MS)) }),
    );
}

/** Puts the parsed input in the event's place, and its keys into every line of the log. */
function parsedInput(schema: z.ZodType): MiddlewareObj {
  return {
    before: (request) => {
      const parsed = schema.safeParse(request.event);
      if (!parsed.success) {
        throw new InputInvalid({
          expected: 'an input of the form that docs/reference/shapes.md gives',
          found: issuesText(parsed.error, 'the input'),
          remedy: 'correct the input of the execution; {} loads all that has something new',
        });
      }
      request.event = parsed.data;
      logger.appendKeys(keysOf(parsed.data));
    },
  };
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
