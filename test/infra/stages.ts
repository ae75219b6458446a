/** The templates of all stages, synthesised once for all the promises that templates.test.ts gathers. */
import { synthesiseStages } from './synthesised.ts';

export const { local, dev, prod, prodOnEmr6 } = await synthesiseStages();
