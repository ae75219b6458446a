import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { secretsManager } from '../../functions/aws/secrets-manager.ts';
import { readSecret } from '../../functions/secrets.ts';

test('a secret that the role may not read is PermissionDenied by its name, so that the datasets of other sources go on', async () => {
  // As Secrets Manager answers a role without the right; the emulator of this suite knows no roles.
  secretsManager.middlewareStack.add(
    () => () => Promise.reject(Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' })),
    {
      step: 'initialize',
      name: 'refuses',
    },
  );
  try {
    await expect(readSecret('etl/postgres', z.unknown())).rejects.toMatchObject({
      code: 'PermissionDenied',
      expected: expect.stringContaining('etl/postgres'),
    });
  } finally {
    secretsManager.middlewareStack.remove('refuses');
  }
});
