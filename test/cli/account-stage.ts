/** The stage `dev` as the command finds it, with the test file's account in the place of an AWS account. */

import type { Stage } from '../../cli/stage.ts';
import { namesFor } from '../../config/names.ts';
import { readSettings } from '../../config/settings.ts';

const settings = readSettings('dev', { account: process.env.AWS_ACCESS_KEY_ID, region: process.env.AWS_REGION });

export const stage: Stage = { name: 'dev', settings, names: namesFor(settings) };
