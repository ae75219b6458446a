/** Lets S3 answer the next writes with errors that the emulator never gives; what comes after them is carried out. */
import { type PutObjectCommand, S3ServiceException } from '@aws-sdk/client-s3';
import { s3 } from '../../functions/aws/s3.ts';

export function answersInstead(...statuses: number[]): void {
  s3.middlewareStack.add(
    (next, { commandName }) =>
      async (request) => {
        const status = commandName === 'PutObjectCommand' ? statuses.shift() : undefined;
        if (status === undefined) return next(request);
        // The body is taken as it is when a request fails half way.
        for await (const _ of (request.input as InstanceType<typeof PutObjectCommand>['input']).Body as AsyncIterable<unknown>);
        throw new S3ServiceException({
          name: `Status${status}`,
          message: 'from the test',
          $fault: 'server',
          $metadata: { httpStatusCode: status },
        });
      },
    { step: 'initialize', name: 'answersInstead', override: true },
  );
}
