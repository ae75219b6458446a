/** The templates of all stages, synthesised once for all the promises that templates.test.ts gathers. */
import { rmSync } from 'node:fs';
import { afterAll } from '@jest/globals';
import { synthesiseStages } from './synthesised.ts';

export const { folder, local, dev, prod, prodOnEmr6 } = await synthesiseStages();

afterAll(() => rmSync(folder, { recursive: true }));
